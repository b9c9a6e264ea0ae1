locals {
  guardduty_features = var.guardduty == null ? [] : [
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
  ]
}

resource "aws_guardduty_detector" "this" {
  count = var.guardduty == null ? 0 : 1

  enable                       = true
  finding_publishing_frequency = var.guardduty.finding_publishing_frequency
  tags                         = var.tags
}

# A feature that is not named keeps the state AWS gave it, which is on for most: each is said.
resource "aws_guardduty_detector_feature" "this" {
  for_each = toset(local.guardduty_features)

  detector_id = aws_guardduty_detector.this[0].id
  name        = each.key
  status      = contains(var.guardduty.features, each.key) ? "ENABLED" : "DISABLED"

  # GuardDuty brings its agent to EKS by itself; no platform runs containers on Fargate, and no nodes outside EKS.
  dynamic "additional_configuration" {
    for_each = each.key == "RUNTIME_MONITORING" ? [
      { name = "EKS_ADDON_MANAGEMENT", status = contains(var.guardduty.features, each.key) ? "ENABLED" : "DISABLED" },
      { name = "ECS_FARGATE_AGENT_MANAGEMENT", status = "DISABLED" },
      { name = "EC2_AGENT_MANAGEMENT", status = "DISABLED" },
    ] : []

    content {
      name   = additional_configuration.value.name
      status = additional_configuration.value.status
    }
  }
}

resource "aws_securityhub_account" "this" {
  count = var.security_hub == null ? 0 : 1

  enable_default_standards = false
}

resource "aws_securityhub_standards_subscription" "this" {
  for_each = toset(try(var.security_hub.standards, []))

  standards_arn = "arn:${local.partition}:securityhub:${local.region}::standards/${each.key}"

  depends_on = [aws_securityhub_account.this]
}

resource "aws_accessanalyzer_analyzer" "external_access" {
  count = var.access_analyzer == null ? 0 : 1

  analyzer_name = "${var.name}-external-access"
  type          = var.access_analyzer.type
  tags          = var.tags
}

resource "aws_accessanalyzer_analyzer" "unused_access" {
  count = try(var.access_analyzer.unused_access_days, null) == null ? 0 : 1

  analyzer_name = "${var.name}-unused-access"
  type          = "${var.access_analyzer.type}_UNUSED_ACCESS"
  tags          = var.tags

  configuration {
    unused_access {
      unused_access_age = var.access_analyzer.unused_access_days
    }
  }
}

resource "aws_inspector2_enabler" "this" {
  count = var.inspector == null ? 0 : 1

  account_ids    = [local.account_id]
  resource_types = var.inspector.resource_types
}
