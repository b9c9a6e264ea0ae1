data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_region" "replica" {
  provider = aws.replica
}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  # Roles are global in an account: the region keeps platforms of one name in two regions apart.
  role_prefix = "${var.name}-${local.region}"

  account_administers_key = {
    Sid       = "AccountAdministersThroughIam"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }

  has_replica_key = try(var.postgres.cross_region_backup, false) || anytrue([for table in var.dynamodb_tables : length(table.replicas) > 0])

  daily_window  = "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
  weekly_window = "^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$"
}

resource "aws_kms_key" "databases" {
  description             = "Data, backups, logs and master passwords of the databases of ${var.name}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.account_administers_key,
      {
        Sid       = "CloudWatchLogsEncrypts"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.${data.aws_partition.current.dns_suffix}" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/*/${var.name}-*"
          }
        }
      },
    ]
  })
  tags = merge(var.tags, { Name = "${var.name}-databases" })
}

resource "aws_kms_key" "replica" {
  count    = local.has_replica_key ? 1 : 0
  provider = aws.replica

  description             = "Backups and replicas of the databases of ${var.name} that run in ${local.region}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.account_administers_key]
  })
  tags = merge(var.tags, { Name = "${var.name}-databases-replica" })
}
