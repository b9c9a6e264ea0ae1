locals {
  # Who is told of what goes wrong, where nobody else is named.
  alert_topics = var.security.findings_topic == null ? [] : [module.security.findings_topic_arn]
}

module "cost" {
  source = "../modules/aws/cost"

  providers = {
    aws        = aws
    aws.global = aws.global
  }

  name = local.name

  budgets = {
    for name, budget in var.cost.budgets : name => merge(budget, {
      topic_arns = budget.topic_arns == null ? local.alert_topics : budget.topic_arns
    })
  }
  anomaly = var.cost.anomaly == null ? null : merge(var.cost.anomaly, {
    topic_arns = var.cost.anomaly.topic_arns == null ? local.alert_topics : var.cost.anomaly.topic_arns
  })
  export               = var.cost.export
  cost_allocation_tags = var.cost.cost_allocation_tags

  kms_deletion_window_days = local.kms_deletion_window_days

  tags = local.tags
}
