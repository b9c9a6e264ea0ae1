locals {
  # Cost Explorer mails once a day or week, and publishes to a topic at once: a subscription has subscribers of one kind.
  anomaly_subscribers = {
    for frequency, subscribers in {
      DAILY     = [for email in try(var.anomaly.emails, []) : { type = "EMAIL", address = email }]
      IMMEDIATE = [for arn in try(var.anomaly.topic_arns, []) : { type = "SNS", address = arn }]
    } : frequency => subscribers if length(subscribers) > 0
  }

  anomaly_thresholds = {
    for key, threshold in {
      ANOMALY_TOTAL_IMPACT_ABSOLUTE   = try(var.anomaly.threshold_amount, 0)
      ANOMALY_TOTAL_IMPACT_PERCENTAGE = try(var.anomaly.threshold_percent, 0)
    } : key => tostring(threshold) if threshold > 0
  }
}

resource "aws_ce_anomaly_monitor" "this" {
  count    = try(var.anomaly.monitor_arn == null, false) ? 1 : 0
  provider = aws.global

  name              = var.name
  monitor_type      = var.anomaly.tag == null ? "DIMENSIONAL" : "CUSTOM"
  monitor_dimension = var.anomaly.tag == null ? "SERVICE" : null
  monitor_specification = var.anomaly.tag == null ? null : jsonencode({
    And            = null
    CostCategories = null
    Dimensions     = null
    Not            = null
    Or             = null
    Tags = {
      Key          = var.anomaly.tag.key
      MatchOptions = null
      Values       = var.anomaly.tag.values
    }
  })
  tags = var.tags
}

resource "aws_ce_anomaly_subscription" "this" {
  for_each = local.anomaly_subscribers
  provider = aws.global

  name             = "${var.name}-${lower(each.key)}"
  frequency        = each.key
  monitor_arn_list = [coalesce(var.anomaly.monitor_arn, one(aws_ce_anomaly_monitor.this[*].arn))]
  tags             = var.tags

  dynamic "subscriber" {
    for_each = each.value

    content {
      type    = subscriber.value.type
      address = subscriber.value.address
    }
  }

  threshold_expression {
    dynamic "dimension" {
      for_each = length(local.anomaly_thresholds) == 1 ? local.anomaly_thresholds : {}

      content {
        key           = dimension.key
        match_options = ["GREATER_THAN_OR_EQUAL"]
        values        = [dimension.value]
      }
    }

    dynamic "and" {
      for_each = length(local.anomaly_thresholds) == 2 ? local.anomaly_thresholds : {}

      content {
        dimension {
          key           = and.key
          match_options = ["GREATER_THAN_OR_EQUAL"]
          values        = [and.value]
        }
      }
    }
  }
}
