data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_region" "replica" {
  provider = aws.replica
}

locals {
  account_id     = data.aws_caller_identity.current.account_id
  dns_suffix     = data.aws_partition.current.dns_suffix
  partition      = data.aws_partition.current.partition
  region         = data.aws_region.current.name
  replica_region = data.aws_region.replica.name

  account_administers_key = {
    Sid       = "AccountAdministersThroughIam"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }
}

resource "aws_kms_key" "storage" {
  description             = "Buckets and file systems of ${var.name}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.account_administers_key],
      length(local.key_log_services) == 0 ? [] : [{
        Sid       = "LogsAreDelivered"
        Effect    = "Allow"
        Principal = { Service = local.key_log_services }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      }],
      # FSx reads and writes a bucket as a role that it makes for each file system, which has no permission of its own for keys.
      length(local.data_repositories) == 0 ? [] : [{
        Sid       = "LustreReachesBuckets"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          StringEquals = {
            "kms:CallerAccount" = local.account_id
            "kms:ViaService"    = "s3.${local.region}.${local.dns_suffix}"
          }
          ArnLike = {
            "aws:PrincipalArn" = "arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_*"
          }
        }
      }],
    )
  })
  tags = merge(var.tags, { Name = "${var.name}-storage" })
}
