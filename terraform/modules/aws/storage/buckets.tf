locals {
  # Names of buckets are taken for everyone: account and region set them apart.
  bucket_names = {
    for name, bucket in var.buckets : name => coalesce(bucket.bucket_name, "${var.name}-${name}-${local.account_id}-${local.region}")
  }

  # Neither the load balancers nor S3's access logs can be written to a bucket whose default is a key of the customer's.
  has_sse_s3 = {
    for name, bucket in var.buckets : name => length(setintersection(bucket.log_delivery, ["elasticloadbalancing", "s3_access"])) > 0
  }

  # The class comes with the lifecycle, on the first day; only its archive tiers are a configuration of their own.
  transitions = {
    for name, bucket in var.buckets : name => concat(
      bucket.intelligent_tiering == null ? [] : [{ days = 0, storage_class = "INTELLIGENT_TIERING" }],
      bucket.transitions,
    )
  }
  archive_tiers = {
    for name, bucket in var.buckets : name => {
      for tier, days in {
        ARCHIVE_ACCESS      = try(bucket.intelligent_tiering.archive_days, null)
        DEEP_ARCHIVE_ACCESS = try(bucket.intelligent_tiering.deep_archive_days, null)
      } : tier => days if days != null
    }
  }
}

resource "aws_s3_bucket" "this" {
  for_each = var.buckets

  bucket              = local.bucket_names[each.key]
  force_destroy       = each.value.force_destroy
  object_lock_enabled = each.value.object_lock != null
  tags                = merge(var.tags, { Name = local.bucket_names[each.key] })

  lifecycle {
    precondition {
      condition     = length(local.bucket_names[each.key]) <= 63
      error_message = "buckets[\"${each.key}\"] would be called ${local.bucket_names[each.key]}, ${length(local.bucket_names[each.key])} characters; S3 takes 63, give it a bucket_name or a shorter key."
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = var.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = !local.has_sse_s3[each.key]

    apply_server_side_encryption_by_default {
      kms_master_key_id = local.has_sse_s3[each.key] ? null : aws_kms_key.storage.arn
      sse_algorithm     = local.has_sse_s3[each.key] ? "AES256" : "aws:kms"
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = each.value.versioning ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "this" {
  for_each = { for name, bucket in var.buckets : name => bucket.object_lock if bucket.object_lock != null }

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    default_retention {
      days = each.value.days
      mode = each.value.mode
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_policy" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for entry in local.bucket_statements[each.key] : entry.statement if entry.applies]
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "housekeeping"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = each.value.abort_multipart_days
    }

    # Where nothing expires, markers of deleted objects that have no version left are swept up all the same.
    expiration {
      days                         = each.value.expiration_days
      expired_object_delete_marker = each.value.expiration_days == null ? true : null
    }

    noncurrent_version_expiration {
      noncurrent_days = each.value.noncurrent_expiration_days
    }

    dynamic "transition" {
      for_each = local.transitions[each.key]

      content {
        days          = transition.value.days
        storage_class = transition.value.storage_class
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "this" {
  for_each = { for name, tiers in local.archive_tiers : name => tiers if length(tiers) > 0 }

  bucket = aws_s3_bucket.this[each.key].id
  name   = "archive"

  dynamic "tiering" {
    for_each = each.value

    content {
      access_tier = tiering.key
      days        = tiering.value
    }
  }
}

resource "aws_s3_bucket_logging" "this" {
  for_each = { for name, bucket in var.buckets : name => bucket.access_logs_bucket if bucket.access_logs_bucket != null }

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this[each.value].id
  target_prefix = "s3/${each.key}/"

  depends_on = [aws_s3_bucket_policy.this]
}
