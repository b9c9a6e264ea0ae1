data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_region" "global" {
  provider = aws.global
}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
}

resource "aws_budgets_budget" "this" {
  for_each = var.budgets

  name         = "${var.name}-${each.key}"
  budget_type  = "COST"
  limit_amount = each.value.amount
  limit_unit   = each.value.currency
  time_unit    = each.value.time_unit
  tags         = var.tags

  dynamic "cost_filter" {
    for_each = length(each.value.tags) > 0 ? [each.value.tags] : []

    content {
      name   = "TagKeyValue"
      values = [for key, value in cost_filter.value : format("user:%s$%s", key, value)]
    }
  }

  dynamic "notification" {
    for_each = concat(
      [for percent in each.value.actual_percents : { type = "ACTUAL", percent = percent }],
      [for percent in each.value.forecast_percents : { type = "FORECASTED", percent = percent }],
    )

    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = notification.value.type
      threshold                  = notification.value.percent
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = each.value.emails
      subscriber_sns_topic_arns  = each.value.topic_arns
    }
  }
}

resource "aws_ce_cost_allocation_tag" "this" {
  for_each = var.cost_allocation_tags
  provider = aws.global

  tag_key = each.key
  status  = "Active"
}
