locals {
  log_groups = toset(concat(
    flatten([for identifier in local.postgres_identifiers : [
      for log in local.postgres_logs : "/aws/rds/instance/${identifier}/${log}"
    ]]),
    var.aurora == null ? [] : ["/aws/rds/cluster/${var.name}-aurora/postgresql"],
    var.mongodb == null ? [] : [for log in local.mongodb_logs : "/aws/docdb/${var.name}-mongodb/${log}"],
    var.neptune == null ? [] : [for log in local.neptune_logs : "/aws/neptune/${var.name}-neptune/${log}"],
    values(local.redis_log_groups),
    values(local.opensearch_log_groups),
  ))
}

# Created here, before the engines do it: a group that they make has neither an end nor a key.
resource "aws_cloudwatch_log_group" "this" {
  for_each = local.log_groups

  name              = each.key
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.databases.arn
  tags              = var.tags
}

resource "aws_iam_role" "monitoring" {
  count = anytrue([for engine in [var.postgres, var.aurora] : try(engine.monitoring_interval > 0, false)]) ? 1 : 0

  name        = "${local.role_prefix}-rds-monitoring"
  description = "Lets RDS write the enhanced monitoring of the databases of ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "monitoring.rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  count = length(aws_iam_role.monitoring)

  role       = aws_iam_role.monitoring[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
