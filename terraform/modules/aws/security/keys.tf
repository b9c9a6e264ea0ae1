locals {
  key_use = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
}

resource "aws_kms_key" "this" {
  for_each = var.keys

  description             = each.value.description
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "AccountAdministersThroughIam"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      }],
      [for principals in [each.value.administrators] : {
        Sid       = "AdministratorsAdminister"
        Effect    = "Allow"
        Principal = { AWS = principals }
        Action = [
          "kms:CancelKeyDeletion", "kms:Create*", "kms:Delete*", "kms:Describe*", "kms:Disable*", "kms:Enable*", "kms:Get*",
          "kms:List*", "kms:Put*", "kms:Revoke*", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource",
          "kms:UntagResource", "kms:Update*",
        ]
        Resource = "*"
      } if length(principals) > 0],
      [for principals in [each.value.users] : {
        Sid       = "UsersUse"
        Effect    = "Allow"
        Principal = { AWS = principals }
        Action    = local.key_use
        Resource  = "*"
      } if length(principals) > 0],
      [for principals in [each.value.users] : {
        Sid       = "UsersLetServicesUse"
        Effect    = "Allow"
        Principal = { AWS = principals }
        Action    = "kms:CreateGrant"
        Resource  = "*"
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      } if length(principals) > 0],
      [for principals in [each.value.services] : {
        Sid       = "ServicesUse"
        Effect    = "Allow"
        Principal = { Service = principals }
        Action    = local.key_use
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      } if length(principals) > 0],
    )
  })
  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_kms_alias" "this" {
  for_each = var.keys

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
