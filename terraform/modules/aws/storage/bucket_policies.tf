locals {
  # Who writes the logs of a service below AWSLogs/<account>.
  log_services = {
    cloudtrail           = "cloudtrail.amazonaws.com"
    config               = "config.amazonaws.com"
    elasticloadbalancing = "delivery.logs.amazonaws.com"
    vpc_flow_logs        = "delivery.logs.amazonaws.com"
  }
  bucket_log_services = {
    for name, bucket in var.buckets : name => distinct([for service in bucket.log_delivery : local.log_services[service] if service != "s3_access"])
  }
  key_log_services = distinct(flatten([for name, services in local.bucket_log_services : services if !local.has_sse_s3[name]]))

  bucket_statements = {
    for name, bucket in var.buckets : name => [
      {
        applies = true
        statement = {
          Sid       = "OnlyTls"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = [aws_s3_bucket.this[name].arn, "${aws_s3_bucket.this[name].arn}/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        }
      },
      # Whoever names no encryption gets the bucket's; whoever names one has to name the same.
      {
        applies = bucket.enforce_encryption && !local.has_sse_s3[name]
        statement = {
          Sid       = "OnlyKms"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:PutObject"
          Resource  = "${aws_s3_bucket.this[name].arn}/*"
          Condition = {
            Null            = { "s3:x-amz-server-side-encryption" = "false" }
            StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
          }
        }
      },
      {
        applies = bucket.enforce_encryption && !local.has_sse_s3[name]
        statement = {
          Sid       = "OnlyThisKey"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:PutObject"
          Resource  = "${aws_s3_bucket.this[name].arn}/*"
          Condition = {
            Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
            StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.storage.arn }
          }
        }
      },
      {
        applies = length(local.bucket_log_services[name]) > 0
        statement = {
          Sid       = "LogServicesLookAtTheBucket"
          Effect    = "Allow"
          Principal = { Service = local.bucket_log_services[name] }
          Action    = ["s3:GetBucketAcl", "s3:ListBucket"]
          Resource  = aws_s3_bucket.this[name].arn
          Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
        }
      },
      {
        applies = length(local.bucket_log_services[name]) > 0
        statement = {
          Sid       = "LogsAreDelivered"
          Effect    = "Allow"
          Principal = { Service = local.bucket_log_services[name] }
          Action    = "s3:PutObject"
          Resource  = "${aws_s3_bucket.this[name].arn}/*AWSLogs/${local.account_id}/*"
          Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
        }
      },
      {
        applies = contains(bucket.log_delivery, "s3_access")
        statement = {
          Sid       = "AccessLogsAreDelivered"
          Effect    = "Allow"
          Principal = { Service = "logging.s3.amazonaws.com" }
          Action    = "s3:PutObject"
          Resource  = "${aws_s3_bucket.this[name].arn}/s3/*"
          Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
        }
      },
      # Application load balancers name no source; they write below the id of their own account only.
      {
        applies = contains(bucket.log_delivery, "elasticloadbalancing")
        statement = {
          Sid       = "LoadBalancerLogsAreDelivered"
          Effect    = "Allow"
          Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
          Action    = "s3:PutObject"
          Resource  = "${aws_s3_bucket.this[name].arn}/*AWSLogs/${local.account_id}/*"
        }
      },
    ]
  }
}
