locals {
  # AWS's own policies: what it takes to back a service up changes with the service.
  role_policies = {
    backup = {
      backup = "service-role/AWSBackupServiceRolePolicyForBackup"
      s3     = "AWSBackupServiceRolePolicyForS3Backup"
    }
    restore = {
      restore = "service-role/AWSBackupServiceRolePolicyForRestores"
      s3      = "AWSBackupServiceRolePolicyForS3Restore"
    }
  }

  role_policy_attachments = merge([
    for role, policies in local.role_policies : { for name, policy in policies : "${role}-${name}" => { role = role, policy = policy } }
  ]...)
}

# Two roles: what backs up every night may not restore, and the other way round.
resource "aws_iam_role" "this" {
  for_each = local.role_policies

  name        = "${local.role_prefix}-${each.key}"
  description = "Lets AWS Backup ${each.key} what belongs to ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "backup.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.role_policy_attachments

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value.policy}"
}
