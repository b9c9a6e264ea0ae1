# The emulator has no GuardDuty, Security Hub or Access Analyzer.
resource "aws_guardduty_detector" "this" {
  count = 0
}

resource "aws_guardduty_detector_feature" "this" {
  for_each = {}
}

resource "aws_securityhub_account" "this" {
  count = 0
}

resource "aws_securityhub_standards_subscription" "this" {
  for_each = {}
}

resource "aws_accessanalyzer_analyzer" "external_access" {
  count = 0
}

resource "aws_accessanalyzer_analyzer" "unused_access" {
  count = 0
}

# The emulator enables Inspector, yet always answers that it is not.
resource "aws_inspector2_enabler" "this" {
  count = 0
}

# The emulator makes a recorder and a delivery channel, but cannot remove them.
resource "aws_config_configuration_recorder" "this" {
  count = 0
}

resource "aws_config_delivery_channel" "this" {
  count = 0
}

resource "aws_config_configuration_recorder_status" "this" {
  count = 0
}

# The emulator does not tell the tags of a rule, without which the provider cannot read it, and has no conformance packs.
resource "aws_config_config_rule" "this" {
  for_each = {}
}

resource "aws_config_conformance_pack" "this" {
  for_each = {}
}

# The emulator has no insights, and forgets the log group, its role and the tags of a trail.
resource "aws_cloudtrail" "this" {
  dynamic "insight_selector" {
    for_each = []

    content {
      insight_type = insight_selector.value
    }
  }

  lifecycle {
    ignore_changes = [cloud_watch_logs_group_arn, cloud_watch_logs_role_arn, tags, tags_all]
  }
}
