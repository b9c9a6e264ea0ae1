locals {
  # An export is checked by the one and delivered by the other.
  billing_services = ["bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com"]
}

resource "aws_s3_bucket" "export" {
  count = var.export == null ? 0 : 1

  # Names of buckets are global and end at 63 letters: a digest stands for account and region.
  bucket        = "${var.name}-costs-${substr(sha256("${local.account_id}/${data.aws_region.current.name}"), 0, 12)}"
  force_destroy = false
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "export" {
  count = var.export == null ? 0 : 1

  bucket                  = aws_s3_bucket.export[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "export" {
  count = var.export == null ? 0 : 1

  bucket = aws_s3_bucket.export[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "export" {
  count = var.export == null ? 0 : 1

  bucket = aws_s3_bucket.export[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "export" {
  count = var.export == null ? 0 : 1

  bucket = aws_s3_bucket.export[0].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.export[0].arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "export" {
  count = var.export == null ? 0 : 1

  bucket = aws_s3_bucket.export[0].id

  rule {
    id     = "keep-${var.export.retention_days}-days"
    status = "Enabled"

    filter {}

    expiration {
      days = var.export.retention_days
    }

    # Every refresh overwrites the month: its older versions are of use only while somebody looks into a mistake.
    noncurrent_version_expiration {
      noncurrent_days = 7
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.export]
}

resource "aws_s3_bucket_policy" "export" {
  count = var.export == null ? 0 : 1

  bucket = aws_s3_bucket.export[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "NothingWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.export[0].arn, "${aws_s3_bucket.export[0].arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "BillingDelivers"
        Effect    = "Allow"
        Principal = { Service = local.billing_services }
        Action    = ["s3:GetBucketPolicy", "s3:PutObject"]
        Resource  = [aws_s3_bucket.export[0].arn, "${aws_s3_bucket.export[0].arn}/*"]
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account_id }
          StringLike = {
            "aws:SourceArn" = [
              "arn:${local.partition}:bcm-data-exports:${data.aws_region.global.name}:${local.account_id}:export/*",
              "arn:${local.partition}:cur:${data.aws_region.global.name}:${local.account_id}:definition/*",
            ]
          }
        }
      },
    ]
  })

  # A policy that is put while the block on public access is being put fails.
  depends_on = [aws_s3_bucket_public_access_block.export]
}
