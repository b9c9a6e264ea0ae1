resource "aws_kms_key" "volumes" {
  count = var.ebs_encryption_by_default ? 1 : 0

  description             = "EBS volumes of the account in ${local.region}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.account_administers_key,
      # As in AWS's own key for volumes: whoever may make one, the role of Auto Scaling among them, need not be named.
      {
        Sid       = "AccountEncryptsVolumes"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = {
          StringEquals = {
            "kms:CallerAccount" = local.account_id
            "kms:ViaService"    = "ec2.${local.region}.${local.dns_suffix}"
          }
        }
      },
    ]
  })
  tags = merge(var.tags, { Name = "${var.name}-volumes" })
}

resource "aws_ebs_encryption_by_default" "this" {
  count = var.ebs_encryption_by_default ? 1 : 0

  enabled = true
}

resource "aws_ebs_default_kms_key" "this" {
  count = var.ebs_encryption_by_default ? 1 : 0

  key_arn = aws_kms_key.volumes[0].arn
}
