resource "aws_wafv2_web_acl" "cdn" {
  count    = var.cdn == null ? 0 : 1
  provider = aws.global

  name        = "${local.global_name}-cdn"
  description = "In front of the distribution of ${var.name}"
  scope       = "CLOUDFRONT"
  tags        = merge(var.tags, { Name = "${local.global_name}-cdn" })

  default_action {
    allow {}
  }

  rule {
    name     = "rate-limit"
    priority = 0

    action {
      block {}
    }

    statement {
      rate_based_statement {
        aggregate_key_type = "IP"
        limit              = var.cdn.rate_limit
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "rate-limit"
      sampled_requests_enabled   = true
    }
  }

  dynamic "rule" {
    for_each = var.cdn.managed_rules

    content {
      name     = rule.key
      priority = 1 + index(keys(var.cdn.managed_rules), rule.key)

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key

          dynamic "rule_action_override" {
            for_each = rule.value

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "${local.global_name}-cdn"
    sampled_requests_enabled   = true
  }
}

# What was let through stands in the access log; who someone is stands in neither.
resource "aws_wafv2_web_acl_logging_configuration" "cdn" {
  count    = var.cdn == null ? 0 : 1
  provider = aws.global

  resource_arn            = aws_wafv2_web_acl.cdn[0].arn
  log_destination_configs = aws_cloudwatch_log_group.waf[*].arn

  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }

      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }

  dynamic "redacted_fields" {
    for_each = ["authorization", "cookie"]

    content {
      single_header {
        name = redacted_fields.value
      }
    }
  }
}
