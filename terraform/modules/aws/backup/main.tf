data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  # Roles are global in an account: the region keeps the same name in two regions apart.
  role_prefix = "${var.name}-${local.region}"

  # Restore testing, reports and frameworks take underscores in their names, no hyphens.
  plain_name = replace(var.name, "-", "_")

  copies = anytrue([for plan in var.plans : plan.copy_retention_days != null])
}

resource "aws_backup_vault" "this" {
  name          = var.name
  kms_key_arn   = aws_kms_key.this.arn
  force_destroy = false
  tags          = var.tags
}

resource "aws_backup_vault_lock_configuration" "this" {
  count = var.vault_lock == null ? 0 : 1

  backup_vault_name   = aws_backup_vault.this.name
  changeable_for_days = var.vault_lock.changeable_for_days
  max_retention_days  = var.vault_lock.max_retention_days
  min_retention_days  = var.vault_lock.min_retention_days
}

resource "aws_kms_key" "this" {
  description             = "Backups of ${var.name}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministersThroughIam"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        # A condition names the role: as a principal it would have to be there, and AWS makes it with the first report plan.
        Sid       = "BackupEncryptsItsReports"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = ["kms:Encrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = {
          ArnEquals    = { "aws:PrincipalArn" = local.report_role_arn }
          StringEquals = { "kms:CallerAccount" = local.account_id }
        }
      },
    ]
  })
  tags = merge(var.tags, { Name = "${var.name}-backup" })
}

resource "aws_backup_vault" "replica" {
  count    = local.copies ? 1 : 0
  provider = aws.replica

  name          = "${var.name}-replica"
  kms_key_arn   = aws_kms_key.replica[0].arn
  force_destroy = false
  tags          = var.tags
}

resource "aws_backup_vault_lock_configuration" "replica" {
  count    = local.copies && var.vault_lock != null ? 1 : 0
  provider = aws.replica

  backup_vault_name   = aws_backup_vault.replica[0].name
  changeable_for_days = var.vault_lock.changeable_for_days
  max_retention_days  = var.vault_lock.max_retention_days
  min_retention_days  = var.vault_lock.min_retention_days
}

resource "aws_kms_key" "replica" {
  count    = local.copies ? 1 : 0
  provider = aws.replica

  description             = "Copies of the backups of ${var.name} from ${local.region}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  tags                    = merge(var.tags, { Name = "${var.name}-backup-replica" })
}

resource "aws_backup_region_settings" "this" {
  count = var.region_settings == null ? 0 : 1

  resource_type_opt_in_preference     = var.region_settings.opt_in
  resource_type_management_preference = var.region_settings.management
}
