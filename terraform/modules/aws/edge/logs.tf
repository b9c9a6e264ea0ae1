locals {
  query_log_prefix = "/aws/route53/${local.global_name}"
  waf_log_group    = "aws-waf-logs-${local.global_name}-cdn"

  # Route 53 and the firewall of CloudFront log in their own region only.
  keeps_logs = length(local.logged_zones) > 0 || var.cdn != null
  logs_arn   = "arn:${local.partition}:logs:${data.aws_region.global.name}:${local.account_id}:log-group"
}

resource "aws_kms_key" "logs" {
  count    = local.keeps_logs ? 1 : 0
  provider = aws.global

  description             = "Logs of DNS queries and of the firewall in front of ${var.name}"
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
        Sid       = "CloudWatchLogsEncrypts"
        Effect    = "Allow"
        Principal = { Service = "logs.${data.aws_region.global.name}.${data.aws_partition.current.dns_suffix}" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = ["${local.logs_arn}:${local.query_log_prefix}/*", "${local.logs_arn}:${local.waf_log_group}"]
          }
        }
      },
    ]
  })
  tags = merge(var.tags, { Name = "${local.global_name}-edge-logs" })
}

resource "aws_cloudwatch_log_group" "queries" {
  for_each = local.logged_zones
  provider = aws.global

  name              = "${local.query_log_prefix}/${each.value.domain_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.logs[0].arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_resource_policy" "queries" {
  count    = length(local.logged_zones) > 0 ? 1 : 0
  provider = aws.global

  policy_name = "${local.global_name}-dns-queries"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Route53WritesQueries"
      Effect    = "Allow"
      Principal = { Service = "route53.amazonaws.com" }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "${local.logs_arn}:${local.query_log_prefix}/*"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_cloudwatch_log_group" "waf" {
  count    = var.cdn == null ? 0 : 1
  provider = aws.global

  name              = local.waf_log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.logs[0].arn
  tags              = var.tags
}
