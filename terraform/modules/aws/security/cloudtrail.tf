resource "aws_cloudtrail" "this" {
  count = var.cloudtrail == null ? 0 : 1

  name                          = var.name
  s3_bucket_name                = coalesce(var.cloudtrail.bucket_name, one(aws_s3_bucket.audit[*].id))
  kms_key_id                    = aws_kms_key.audit[0].arn
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.cloudtrail[0].arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.cloudtrail[0].arn
  tags                          = var.tags

  dynamic "event_selector" {
    for_each = length(var.cloudtrail.data_event_buckets) > 0 ? [var.cloudtrail.data_event_buckets] : []

    content {
      read_write_type           = "All"
      include_management_events = true

      data_resource {
        type   = "AWS::S3::Object"
        values = [for bucket in event_selector.value : "arn:${local.partition}:s3:::${bucket}/"]
      }
    }
  }

  dynamic "insight_selector" {
    for_each = toset(var.cloudtrail.insights)

    content {
      insight_type = insight_selector.value
    }
  }

  depends_on = [
    aws_iam_role_policy.cloudtrail,
    aws_s3_bucket_policy.audit,
  ]
}

resource "aws_cloudwatch_log_group" "cloudtrail" {
  count = var.cloudtrail == null ? 0 : 1

  name              = local.log_group_name
  retention_in_days = var.cloudtrail.log_group_retention_days
  kms_key_id        = aws_kms_key.audit[0].arn
  tags              = var.tags
}

resource "aws_iam_role" "cloudtrail" {
  count = var.cloudtrail == null ? 0 : 1

  name        = "${local.role_prefix}-cloudtrail"
  description = "Lets the trail ${var.name} write to CloudWatch Logs"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy" "cloudtrail" {
  count = var.cloudtrail == null ? 0 : 1

  name = "write-events"
  role = aws_iam_role.cloudtrail[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.cloudtrail[0].arn}:log-stream:${local.account_id}_CloudTrail_${local.region}*"
    }]
  })
}
