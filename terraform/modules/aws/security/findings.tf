locals {
  # Security Hub repeats what GuardDuty finds: it is told of once.
  finding_patterns = {
    for product, pattern in {
      guardduty = {
        source      = ["aws.guardduty"]
        detail-type = ["GuardDuty Finding"]
        detail      = { severity = [{ numeric = [">=", 7] }] }
      }
      security-hub = {
        source      = ["aws.securityhub"]
        detail-type = ["Security Hub Findings - Imported"]
        detail = {
          findings = {
            ProductName = [{ anything-but = ["GuardDuty"] }]
            RecordState = ["ACTIVE"]
            Severity    = { Label = ["HIGH", "CRITICAL"] }
            Workflow    = { Status = ["NEW"] }
          }
        }
      }
    } : product => pattern if var.findings_topic != null
  }
}

resource "aws_sns_topic" "findings" {
  count = var.findings_topic == null ? 0 : 1

  name              = "${var.name}-findings"
  kms_master_key_id = aws_kms_key.audit[0].arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "findings" {
  count = var.findings_topic == null ? 0 : 1

  arn = aws_sns_topic.findings[0].arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Without a condition, for the reason that the key's policy gives.
        Sid       = "EventBridgePublishes"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.findings[0].arn
      },
      {
        # Who hears of findings may want to hear of budgets and unusual costs too.
        Sid       = "BillingPublishes"
        Effect    = "Allow"
        Principal = { Service = ["budgets.amazonaws.com", "costalerts.amazonaws.com"] }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.findings[0].arn
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
      {
        Sid       = "NothingWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.findings[0].arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "findings" {
  for_each = var.findings_topic == null ? {} : var.findings_topic.emails

  topic_arn = aws_sns_topic.findings[0].arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_event_rule" "findings" {
  for_each = local.finding_patterns

  name          = "${var.name}-findings-${each.key}"
  description   = "Severe findings of ${each.key}, for ${var.name}"
  event_pattern = jsonencode(each.value)
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "findings" {
  for_each = local.finding_patterns

  rule      = aws_cloudwatch_event_rule.findings[each.key].name
  target_id = "topic"
  arn       = aws_sns_topic.findings[0].arn
}
