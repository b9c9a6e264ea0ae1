locals {
  replicated = { for name, bucket in var.buckets : name => bucket if bucket.replicate }

  replica_names = {
    for name, bucket in local.replicated : name => bucket.bucket_name == null ? "${var.name}-${name}-${local.account_id}-${local.replica_region}" : "${bucket.bucket_name}-replica"
  }
}

resource "aws_kms_key" "replica" {
  count    = length(local.replicated) > 0 ? 1 : 0
  provider = aws.replica

  description             = "Replicas of the buckets of ${var.name} that are in ${local.region}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.account_administers_key]
  })
  tags = merge(var.tags, { Name = "${var.name}-storage-replica" })
}

resource "aws_s3_bucket" "replica" {
  for_each = local.replicated
  provider = aws.replica

  bucket              = local.replica_names[each.key]
  force_destroy       = each.value.force_destroy
  object_lock_enabled = each.value.object_lock != null
  tags                = merge(var.tags, { Name = local.replica_names[each.key] })

  lifecycle {
    precondition {
      condition     = length(local.replica_names[each.key]) <= 63
      error_message = "The replica of buckets[\"${each.key}\"] would be called ${local.replica_names[each.key]}, ${length(local.replica_names[each.key])} characters; S3 takes 63, give it a bucket_name or a shorter key."
    }
    precondition {
      condition     = local.replica_region != local.region
      error_message = "buckets[\"${each.key}\"] is to be replicated from ${local.region} to ${local.replica_region}; give the provider aws.replica another region."
    }
  }
}

resource "aws_s3_bucket_public_access_block" "replica" {
  for_each = local.replicated
  provider = aws.replica

  bucket                  = aws_s3_bucket.replica[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "replica" {
  for_each = local.replicated
  provider = aws.replica

  bucket = aws_s3_bucket.replica[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "replica" {
  for_each = local.replicated
  provider = aws.replica

  bucket = aws_s3_bucket.replica[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      kms_master_key_id = aws_kms_key.replica[0].arn
      sse_algorithm     = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_versioning" "replica" {
  for_each = local.replicated
  provider = aws.replica

  bucket = aws_s3_bucket.replica[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "replica" {
  for_each = { for name, bucket in local.replicated : name => bucket.object_lock if bucket.object_lock != null }
  provider = aws.replica

  bucket = aws_s3_bucket.replica[each.key].id

  rule {
    default_retention {
      days = each.value.days
      mode = each.value.mode
    }
  }

  depends_on = [aws_s3_bucket_versioning.replica]
}

resource "aws_s3_bucket_policy" "replica" {
  for_each = local.replicated
  provider = aws.replica

  bucket = aws_s3_bucket.replica[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.replica[each.key].arn, "${aws_s3_bucket.replica[each.key].arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.replica]
}

# What the lifecycle removes is not removed in the replica: it needs its own.
resource "aws_s3_bucket_lifecycle_configuration" "replica" {
  for_each = local.replicated
  provider = aws.replica

  bucket = aws_s3_bucket.replica[each.key].id

  rule {
    id     = "housekeeping"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = each.value.abort_multipart_days
    }

    expiration {
      days                         = each.value.expiration_days
      expired_object_delete_marker = each.value.expiration_days == null ? true : null
    }

    noncurrent_version_expiration {
      noncurrent_days = each.value.noncurrent_expiration_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.replica]
}

resource "aws_iam_role" "replication" {
  count = length(local.replicated) > 0 ? 1 : 0

  name        = "${var.name}-${local.region}-replication"
  description = "Lets S3 replicate the buckets of ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy" "replication" {
  count = length(local.replicated) > 0 ? 1 : 0

  name = "replicate"
  role = aws_iam_role.replication[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
        Resource = [for name in keys(local.replicated) : aws_s3_bucket.this[name].arn]
      },
      {
        Effect = "Allow"
        Action = [
          "s3:GetObjectLegalHold",
          "s3:GetObjectRetention",
          "s3:GetObjectVersionAcl",
          "s3:GetObjectVersionForReplication",
          "s3:GetObjectVersionTagging",
        ]
        Resource = [for name in keys(local.replicated) : "${aws_s3_bucket.this[name].arn}/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
        Resource = [for name in keys(local.replicated) : "${aws_s3_bucket.replica[name].arn}/*"]
      },
      # With a bucket key, what is encrypted for is the bucket, not the object.
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.storage.arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = flatten([for name in keys(local.replicated) : [aws_s3_bucket.this[name].arn, "${aws_s3_bucket.this[name].arn}/*"]])
          }
        }
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Encrypt", "kms:GenerateDataKey"]
        Resource = aws_kms_key.replica[0].arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${local.replica_region}.${local.dns_suffix}" }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = flatten([for name in keys(local.replicated) : [aws_s3_bucket.replica[name].arn, "${aws_s3_bucket.replica[name].arn}/*"]])
          }
        }
      },
    ]
  })
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = local.replicated

  bucket = aws_s3_bucket.this[each.key].id
  role   = aws_iam_role.replication[0].arn

  rule {
    id     = "replica"
    status = "Enabled"

    filter {}

    delete_marker_replication {
      status = "Enabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = aws_s3_bucket.replica[each.key].arn

      encryption_configuration {
        replica_kms_key_id = aws_kms_key.replica[0].arn
      }

      dynamic "metrics" {
        for_each = each.value.replication_time_control ? [15] : []

        content {
          status = "Enabled"

          event_threshold {
            minutes = metrics.value
          }
        }
      }

      dynamic "replication_time" {
        for_each = each.value.replication_time_control ? [15] : []

        content {
          status = "Enabled"

          time {
            minutes = replication_time.value
          }
        }
      }
    }
  }

  depends_on = [
    aws_iam_role_policy.replication,
    aws_s3_bucket_versioning.replica,
    aws_s3_bucket_versioning.this,
  ]
}
