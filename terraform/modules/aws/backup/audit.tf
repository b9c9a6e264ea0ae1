locals {
  report_role_arn = "arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"

  # Controls of Backup Audit Manager with their parameters.
  framework_controls = merge(
    {
      BACKUP_LAST_RECOVERY_POINT_CREATED = { recoveryPointAgeUnit = "days", recoveryPointAgeValue = "1" }
      BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK = {
        requiredFrequencyUnit  = "days"
        requiredFrequencyValue = "1"
        requiredRetentionDays  = try(tostring(var.framework.retention_days), "")
      }
      BACKUP_RECOVERY_POINT_ENCRYPTED           = {}
      BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN = {}
      RESTORE_TIME_FOR_RESOURCES_MEET_TARGET    = { maxRestoreTime = try(tostring(var.framework.max_restore_minutes), "") }
    },
    { for name in ["BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION"] : name => {} if local.copies },
    { for name in ["BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK"] : name => {} if var.vault_lock != null },
  )
}

resource "aws_backup_report_plan" "this" {
  for_each = toset(try(var.reports.templates, []))

  name        = "${local.plain_name}_${lower(each.key)}"
  description = "${each.key} of ${var.name}"
  tags        = var.tags

  report_delivery_channel {
    s3_bucket_name = aws_s3_bucket.reports[0].id
    s3_key_prefix  = var.name
    formats        = var.reports.formats
  }

  report_setting {
    report_template = each.key
  }
}

resource "aws_s3_bucket" "reports" {
  count = var.reports == null ? 0 : 1

  # Names of buckets are global and end at 63 letters: a digest stands for account and region.
  bucket        = "${var.name}-backup-reports-${substr(sha256("${local.account_id}/${local.region}"), 0, 12)}"
  force_destroy = false
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "reports" {
  count = var.reports == null ? 0 : 1

  bucket                  = aws_s3_bucket.reports[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "reports" {
  count = var.reports == null ? 0 : 1

  bucket = aws_s3_bucket.reports[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "reports" {
  count = var.reports == null ? 0 : 1

  bucket = aws_s3_bucket.reports[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "reports" {
  count = var.reports == null ? 0 : 1

  bucket = aws_s3_bucket.reports[0].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "reports" {
  count = var.reports == null ? 0 : 1

  bucket = aws_s3_bucket.reports[0].id

  rule {
    id     = "keep-${var.reports.retention_days}-days"
    status = "Enabled"

    filter {}

    expiration {
      days = var.reports.retention_days
    }

    noncurrent_version_expiration {
      noncurrent_days = var.reports.retention_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.reports]
}

resource "aws_s3_bucket_policy" "reports" {
  count = var.reports == null ? 0 : 1

  bucket = aws_s3_bucket.reports[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "NothingWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.reports[0].arn, "${aws_s3_bucket.reports[0].arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "BackupDelivers"
        Effect    = "Allow"
        Principal = { AWS = local.report_role_arn }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.reports[0].arn}/${var.name}/*"
        Condition = { StringEquals = { "s3:x-amz-acl" = "bucket-owner-full-control" } }
      },
    ]
  })

  # The role that the policy names comes with the first report plan of the account.
  depends_on = [
    aws_backup_report_plan.this,
    aws_s3_bucket_public_access_block.reports,
  ]
}

resource "aws_backup_framework" "this" {
  count = var.framework == null ? 0 : 1

  name        = local.plain_name
  description = "Whether what is in the account is backed up, kept, encrypted and restored as ${var.name} asks"
  tags        = var.tags

  dynamic "control" {
    for_each = local.framework_controls

    content {
      name = control.key

      dynamic "input_parameter" {
        for_each = control.value

        content {
          name  = input_parameter.key
          value = input_parameter.value
        }
      }
    }
  }
}
