mock_provider "aws" {
  override_during = plan

  mock_data "aws_partition" {
    defaults = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }
  mock_data "aws_region" {
    defaults = { name = "cn-north-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/audit", key_id = "audit" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { id = "audit", arn = "arn:aws-cn:s3:::audit" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/cloudtrail/applied-ai-staging" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws-cn:iam::123456789012:role/made-here" }
  }
  mock_resource "aws_guardduty_detector" {
    defaults = { id = "detector" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws-cn:sns:cn-north-1:123456789012:applied-ai-staging-findings" }
  }
}

variables {
  name = "applied-ai-staging"
  tags = { Project = "applied-ai" }
}

run "switches_nothing_on_by_itself" {
  command = plan

  assert {
    condition     = length(aws_cloudtrail.this) + length(aws_config_configuration_recorder.this) + length(aws_config_config_rule.this) + length(aws_s3_bucket.audit) + length(aws_kms_key.audit) == 0
    error_message = "A record that nobody asked for."
  }

  assert {
    condition = length(aws_guardduty_detector.this) + length(aws_guardduty_detector_feature.this) + length(aws_securityhub_account.this) + length(aws_accessanalyzer_analyzer.external_access
    ) + length(aws_accessanalyzer_analyzer.unused_access) + length(aws_inspector2_enabler.this) == 0
    error_message = "Detection that nobody asked for."
  }

  assert {
    condition     = length(aws_sns_topic.findings) + length(aws_cloudwatch_event_rule.findings) + length(aws_iam_account_password_policy.this) + length(aws_kms_key.this) == 0
    error_message = "A topic, password policy or key that nobody asked for."
  }

  assert {
    condition     = alltrue([for value in [output.bucket_name, output.findings_topic_arn, output.guardduty_detector_id, output.kms_key_arn, output.trail_arn] : value == null]) && length(output.keys) == 0
    error_message = "An output of what is not there."
  }
}

run "records_who_did_what_in_every_region" {
  command = plan

  variables {
    cloudtrail = {}
  }

  assert {
    condition = (
      aws_cloudtrail.this[0].is_multi_region_trail && aws_cloudtrail.this[0].include_global_service_events
      && aws_cloudtrail.this[0].enable_log_file_validation && aws_cloudtrail.this[0].kms_key_id == aws_kms_key.audit[0].arn
      && aws_cloudtrail.this[0].s3_bucket_name == "audit"
    )
    error_message = "The trail misses a region, can be forged or is not encrypted."
  }

  assert {
    condition     = length(aws_cloudtrail.this[0].event_selector) + length(aws_cloudtrail.this[0].insight_selector) == 0
    error_message = "Events that cost are recorded without being asked for."
  }

  assert {
    condition = (
      aws_cloudwatch_log_group.cloudtrail[0].kms_key_id == aws_kms_key.audit[0].arn && aws_cloudwatch_log_group.cloudtrail[0].retention_in_days == 90
      && jsondecode(aws_iam_role_policy.cloudtrail[0].policy).Statement[0].Resource == "${aws_cloudwatch_log_group.cloudtrail[0].arn}:log-stream:123456789012_CloudTrail_cn-north-1*"
      && jsondecode(aws_iam_role.cloudtrail[0].assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceArn"] == "arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/applied-ai-staging"
    )
    error_message = "The log group is not encrypted, has no end, or CloudTrail may write elsewhere."
  }

  assert {
    condition     = length(aws_config_configuration_recorder.this) == 0 && length(aws_iam_role.config) == 0
    error_message = "A recorder that nobody asked for."
  }
}

run "records_the_objects_of_named_buckets" {
  command = plan

  variables {
    cloudtrail = {
      data_event_buckets = ["models"]
      insights           = ["ApiCallRateInsight", "ApiErrorRateInsight"]
    }
  }

  assert {
    condition     = aws_cloudtrail.this[0].event_selector[0].data_resource[0].values == tolist(["arn:aws-cn:s3:::models/"]) && aws_cloudtrail.this[0].event_selector[0].include_management_events
    error_message = "Not the objects of the named bucket, or nothing else any more."
  }

  assert {
    condition     = toset(aws_cloudtrail.this[0].insight_selector[*].insight_type) == toset(["ApiCallRateInsight", "ApiErrorRateInsight"])
    error_message = "Insights are not looked for."
  }
}

run "keeps_the_bucket_closed" {
  command = plan

  variables {
    cloudtrail     = {}
    config         = {}
    retention_days = 2557
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.audit[0].block_public_acls && aws_s3_bucket_public_access_block.audit[0].block_public_policy
      && aws_s3_bucket_public_access_block.audit[0].ignore_public_acls && aws_s3_bucket_public_access_block.audit[0].restrict_public_buckets
      && aws_s3_bucket_ownership_controls.audit[0].rule[0].object_ownership == "BucketOwnerEnforced"
      && one(aws_s3_bucket_server_side_encryption_configuration.audit[0].rule).apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.audit[0].arn
    )
    error_message = "The bucket is open or not encrypted under the key."
  }

  assert {
    condition = (
      aws_s3_bucket_versioning.audit[0].versioning_configuration[0].status == "Enabled" && aws_s3_bucket.audit[0].force_destroy == false
      && aws_s3_bucket_lifecycle_configuration.audit[0].rule[0].expiration[0].days == 2557
      && aws_s3_bucket_lifecycle_configuration.audit[0].rule[0].noncurrent_version_expiration[0].noncurrent_days == 2557
    )
    error_message = "Records can be lost before their time."
  }

  assert {
    condition = {
      for statement in jsondecode(aws_s3_bucket_policy.audit[0].policy).Statement : statement.Sid => "${statement.Effect} ${jsonencode(statement.Condition)}"
      } == {
      NothingWithoutTls          = "Deny {\"Bool\":{\"aws:SecureTransport\":\"false\"}}"
      CloudTrailLooksAtTheBucket = "Allow {\"StringEquals\":{\"aws:SourceArn\":\"arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/applied-ai-staging\"}}"
      CloudTrailDelivers         = "Allow {\"StringEquals\":{\"aws:SourceArn\":\"arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/applied-ai-staging\",\"s3:x-amz-acl\":\"bucket-owner-full-control\"}}"
      ConfigLooksAtTheBucket     = "Allow {\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"}}"
      ConfigDelivers             = "Allow {\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\",\"s3:x-amz-acl\":\"bucket-owner-full-control\"}}"
    }
    error_message = "The bucket lets somebody else in: ${aws_s3_bucket_policy.audit[0].policy}"
  }

  assert {
    condition     = can(regex("^applied-ai-staging-audit-[0-9a-f]{12}$", aws_s3_bucket.audit[0].bucket))
    error_message = "Name of the bucket: ${aws_s3_bucket.audit[0].bucket}"
  }
}

run "lets_only_its_services_use_the_key" {
  command = plan

  variables {
    cloudtrail = {}
  }

  assert {
    condition     = aws_kms_key.audit[0].enable_key_rotation && aws_kms_key.audit[0].deletion_window_in_days == 30
    error_message = "The key is not rotated, or is lost too soon."
  }

  assert {
    condition = {
      for statement in jsondecode(aws_kms_key.audit[0].policy).Statement : statement.Sid => try(values(values(statement.Condition)[0])[0], "") if try(statement.Principal.Service, "") != ""
      } == {
      CloudTrailEncrypts           = "arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/applied-ai-staging"
      CloudTrailLooksAtTheKey      = "arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/applied-ai-staging"
      CloudWatchLogsEncrypts       = "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/cloudtrail/applied-ai-staging"
      ConfigEncrypts               = "123456789012"
      EventBridgePublishesFindings = ""
      BillingPublishesCosts        = "123456789012"
    }
    error_message = "The key's policy does not follow partition, region and account: ${aws_kms_key.audit[0].policy}"
  }
}

run "delivers_to_buckets_that_are_there" {
  command = plan

  variables {
    cloudtrail = { bucket_name = "organization-trail" }
    config     = { bucket_name = "organization-config" }
  }

  assert {
    condition     = length(aws_s3_bucket.audit) == 0 && output.bucket_name == null
    error_message = "A bucket although both are given."
  }

  assert {
    condition     = aws_cloudtrail.this[0].s3_bucket_name == "organization-trail" && aws_config_delivery_channel.this[0].s3_bucket_name == "organization-config"
    error_message = "Records go elsewhere."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.config[0].policy).Statement[1].Resource == "arn:aws-cn:s3:::organization-config/AWSLogs/123456789012/Config/*"
    error_message = "Config may not write into its bucket: ${aws_iam_role_policy.config[0].policy}"
  }
}

run "records_what_is_there_and_checks_it" {
  command = plan

  variables {
    config = {}
  }

  assert {
    condition = (
      aws_config_configuration_recorder.this[0].recording_group[0].all_supported && aws_config_configuration_recorder.this[0].recording_group[0].include_global_resource_types
      && aws_config_configuration_recorder.this[0].recording_mode[0].recording_frequency == "CONTINUOUS" && aws_config_configuration_recorder_status.this[0].is_enabled
      && aws_config_delivery_channel.this[0].s3_kms_key_arn == aws_kms_key.audit[0].arn
    )
    error_message = "Config does not record everything, all the time, under the key."
  }

  assert {
    condition = length(setsubtract([
      "cloud-trail-enabled", "eks-endpoint-no-public-access", "eks-secrets-encrypted", "encrypted-volumes", "iam-password-policy",
      "incoming-ssh-disabled", "rds-storage-encrypted", "root-account-mfa-enabled", "s3-bucket-public-read-prohibited",
      "s3-bucket-public-write-prohibited", "vpc-default-security-group-closed", "vpc-flow-logs-enabled",
    ], keys(aws_config_config_rule.this))) == 0
    error_message = "Rules: ${join(", ", keys(aws_config_config_rule.this))}"
  }

  assert {
    condition     = alltrue([for name, rule in aws_config_config_rule.this : rule.source[0].owner == "AWS" && rule.source[0].source_identifier == upper(replace(name, "-", "_"))])
    error_message = "A rule does not have the name of what it checks."
  }

  assert {
    condition     = jsondecode(aws_config_config_rule.this["iam-password-policy"].input_parameters).MinimumPasswordLength == "14" && aws_config_config_rule.this["encrypted-volumes"].input_parameters == null
    error_message = "Parameters of a rule: ${aws_config_config_rule.this["iam-password-policy"].input_parameters}"
  }

  assert {
    condition     = aws_iam_role.config[0].name == "applied-ai-staging-cn-north-1-config" && aws_iam_role_policy_attachment.config[0].policy_arn == "arn:aws-cn:iam::aws:policy/service-role/AWS_ConfigRole"
    error_message = "Config's role does not follow region and partition."
  }
}

run "checks_what_else_was_asked_for" {
  command = plan

  variables {
    config = {
      conformance_packs             = { hipaa = { template_body = "Resources: {}", input_parameters = { MaximumAge = "90" } } }
      include_global_resource_types = false
      recording_frequency           = "DAILY"
      role_arn                      = "arn:aws-cn:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
      rules = {
        access-keys-rotated = {
          identifier       = "ACCESS_KEYS_ROTATED"
          input_parameters = { maxAccessKeyAge = "90" }
        }
        encrypted-volumes = null
        tagged = {
          identifier     = "REQUIRED_TAGS"
          resource_types = ["AWS::S3::Bucket"]
        }
      }
    }
  }

  assert {
    condition     = !contains(keys(aws_config_config_rule.this), "encrypted-volumes") && jsondecode(aws_config_config_rule.this["access-keys-rotated"].input_parameters).maxAccessKeyAge == "90"
    error_message = "A rule was not left out, or not added with its parameters."
  }

  assert {
    condition     = aws_config_config_rule.this["tagged"].scope[0].compliance_resource_types == toset(["AWS::S3::Bucket"]) && length(aws_config_config_rule.this["access-keys-rotated"].scope) == 0
    error_message = "A rule looks at other things than it was told to."
  }

  assert {
    condition     = length(aws_iam_role.config) + length(aws_iam_role_policy.config) + length(aws_iam_role_policy_attachment.config) == 0 && aws_config_configuration_recorder.this[0].role_arn == var.config.role_arn
    error_message = "The given role is not used."
  }

  assert {
    condition     = !aws_config_configuration_recorder.this[0].recording_group[0].include_global_resource_types && aws_config_configuration_recorder.this[0].recording_mode[0].recording_frequency == "DAILY"
    error_message = "Config records more than it was asked for."
  }

  assert {
    condition     = one(aws_config_conformance_pack.this["hipaa"].input_parameter).parameter_value == "90"
    error_message = "The pack does not get its parameter."
  }
}

run "detects_attacks" {
  command = plan

  variables {
    guardduty = {}
  }

  assert {
    condition     = aws_guardduty_detector.this[0].enable && aws_guardduty_detector.this[0].finding_publishing_frequency == "FIFTEEN_MINUTES"
    error_message = "The detector is off or slow."
  }

  assert {
    condition     = { for name, feature in aws_guardduty_detector_feature.this : name => feature.status } == { for name in var.guardduty.features : name => "ENABLED" } && length(aws_guardduty_detector_feature.this) == 5
    error_message = "Features: ${jsonencode({ for name, feature in aws_guardduty_detector_feature.this : name => feature.status })}"
  }

  assert {
    condition = { for addition in aws_guardduty_detector_feature.this["RUNTIME_MONITORING"].additional_configuration : addition.name => addition.status } == {
      EC2_AGENT_MANAGEMENT         = "DISABLED"
      ECS_FARGATE_AGENT_MANAGEMENT = "DISABLED"
      EKS_ADDON_MANAGEMENT         = "ENABLED"
    }
    error_message = "Runtime monitoring does not bring its agent to EKS, or brings it elsewhere."
  }
}

run "switches_features_off_that_are_not_named" {
  command = plan

  variables {
    guardduty = { features = ["EKS_AUDIT_LOGS"] }
  }

  assert {
    condition = (
      aws_guardduty_detector_feature.this["EKS_AUDIT_LOGS"].status == "ENABLED" && aws_guardduty_detector_feature.this["RUNTIME_MONITORING"].status == "DISABLED"
      && aws_guardduty_detector_feature.this["RUNTIME_MONITORING"].additional_configuration[0].status == "DISABLED"
    )
    error_message = "Features: ${jsonencode({ for name, feature in aws_guardduty_detector_feature.this : name => feature.status })}"
  }
}

run "gathers_findings_without_standards" {
  command = plan

  variables {
    security_hub = {}
  }

  assert {
    condition     = aws_securityhub_account.this[0].enable_default_standards == false && length(aws_securityhub_standards_subscription.this) == 0
    error_message = "Standards that nobody asked for."
  }
}

run "holds_the_account_to_standards" {
  command = plan

  variables {
    security_hub = { standards = ["aws-foundational-security-best-practices/v/1.0.0", "cis-aws-foundations-benchmark/v/3.0.0"] }
  }

  assert {
    condition = toset(values(aws_securityhub_standards_subscription.this)[*].standards_arn) == toset([
      "arn:aws-cn:securityhub:cn-north-1::standards/aws-foundational-security-best-practices/v/1.0.0",
      "arn:aws-cn:securityhub:cn-north-1::standards/cis-aws-foundations-benchmark/v/3.0.0",
    ])
    error_message = "Standards: ${join(", ", values(aws_securityhub_standards_subscription.this)[*].standards_arn)}"
  }
}

run "finds_what_is_open_to_others" {
  command = plan

  variables {
    access_analyzer = {}
  }

  assert {
    condition     = aws_accessanalyzer_analyzer.external_access[0].type == "ACCOUNT" && length(aws_accessanalyzer_analyzer.unused_access) == 0
    error_message = "The analyzer does not look at the account, or an analysis that costs was not asked for."
  }
}

run "finds_permissions_that_nobody_uses" {
  command = plan

  variables {
    access_analyzer = { type = "ORGANIZATION", unused_access_days = 90 }
  }

  assert {
    condition = (
      aws_accessanalyzer_analyzer.external_access[0].type == "ORGANIZATION" && aws_accessanalyzer_analyzer.unused_access[0].type == "ORGANIZATION_UNUSED_ACCESS"
      && aws_accessanalyzer_analyzer.unused_access[0].configuration[0].unused_access[0].unused_access_age == 90
    )
    error_message = "The analyzers do not look at the organization for 90 days."
  }
}

run "looks_for_known_weaknesses" {
  command = plan

  variables {
    inspector = {}
  }

  assert {
    condition     = aws_inspector2_enabler.this[0].account_ids == toset(["123456789012"]) && aws_inspector2_enabler.this[0].resource_types == toset(["EC2", "ECR"])
    error_message = "Inspector does not look at the images and instances of this account."
  }
}

run "tells_of_severe_findings" {
  command = plan

  variables {
    findings_topic = { emails = { security = "security@example.com" } }
  }

  assert {
    condition     = aws_sns_topic.findings[0].kms_master_key_id == aws_kms_key.audit[0].arn && output.findings_topic_arn == aws_sns_topic.findings[0].arn
    error_message = "The topic is not encrypted under the key."
  }

  assert {
    condition = (
      jsondecode(aws_cloudwatch_event_rule.findings["guardduty"].event_pattern).detail.severity[0].numeric == [">=", 7]
      && jsondecode(aws_cloudwatch_event_rule.findings["security-hub"].event_pattern).detail.findings.Severity.Label == ["HIGH", "CRITICAL"]
      && jsondecode(aws_cloudwatch_event_rule.findings["security-hub"].event_pattern).detail.findings.ProductName[0].anything-but == ["GuardDuty"]
    )
    error_message = "Rules: ${jsonencode(values(aws_cloudwatch_event_rule.findings)[*].event_pattern)}"
  }

  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.findings : target.arn == aws_sns_topic.findings[0].arn]) && length(aws_cloudwatch_event_target.findings) == 2
    error_message = "A finding does not reach the topic."
  }

  assert {
    condition     = aws_sns_topic_subscription.findings["security"].protocol == "email" && aws_sns_topic_subscription.findings["security"].endpoint == "security@example.com"
    error_message = "Nobody is written to."
  }

  assert {
    condition = [for statement in jsondecode(aws_sns_topic_policy.findings[0].policy).Statement : "${statement.Effect} ${jsonencode(statement.Principal)} ${jsonencode(try(statement.Condition, {}))}"] == [
      "Allow {\"Service\":\"events.amazonaws.com\"} {}",
      "Allow {\"Service\":[\"budgets.amazonaws.com\",\"costalerts.amazonaws.com\"]} {\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"}}",
      "Deny \"*\" {\"Bool\":{\"aws:SecureTransport\":\"false\"}}",
    ]
    error_message = "Policy of the topic: ${aws_sns_topic_policy.findings[0].policy}"
  }
}

run "asks_for_long_passwords" {
  command = plan

  variables {
    password_policy = {}
  }

  assert {
    condition = (
      aws_iam_account_password_policy.this[0].minimum_password_length == 14 && aws_iam_account_password_policy.this[0].password_reuse_prevention == 24
      && aws_iam_account_password_policy.this[0].require_symbols && aws_iam_account_password_policy.this[0].require_numbers
      && aws_iam_account_password_policy.this[0].require_lowercase_characters && aws_iam_account_password_policy.this[0].require_uppercase_characters
    )
    error_message = "The password policy is weaker than CIS asks for."
  }
}

run "makes_keys_with_policies_of_their_own" {
  command = plan

  variables {
    keys = {
      models = {
        administrators = ["arn:aws-cn:iam::123456789012:role/security"]
        description    = "Models at rest"
        services       = ["sns.amazonaws.com"]
        users          = ["arn:aws-cn:iam::123456789012:role/model-server"]
      }
      plain = { description = "For whom IAM allows it" }
    }
  }

  assert {
    condition     = aws_kms_key.this["models"].enable_key_rotation && aws_kms_alias.this["models"].name == "alias/applied-ai-staging-models"
    error_message = "The key is not rotated or has another alias."
  }

  assert {
    condition = [for statement in jsondecode(aws_kms_key.this["models"].policy).Statement : statement.Sid] == [
      "AccountAdministersThroughIam", "AdministratorsAdminister", "UsersUse", "UsersLetServicesUse", "ServicesUse",
    ] && [for statement in jsondecode(aws_kms_key.this["plain"].policy).Statement : statement.Sid] == ["AccountAdministersThroughIam"]
    error_message = "Policy: ${aws_kms_key.this["models"].policy}"
  }

  assert {
    condition = (
      !contains(jsondecode(aws_kms_key.this["models"].policy).Statement[1].Action, "kms:Decrypt")
      && jsondecode(aws_kms_key.this["models"].policy).Statement[2].Principal.AWS == ["arn:aws-cn:iam::123456789012:role/model-server"]
      && jsondecode(aws_kms_key.this["models"].policy).Statement[4].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    )
    error_message = "Administrators may decrypt, or a service may for another account: ${aws_kms_key.this["models"].policy}"
  }

  assert {
    condition     = keys(output.keys) == ["models", "plain"]
    error_message = "The output does not tell the keys."
  }
}

run "tags_what_it_creates" {
  command = plan

  variables {
    access_analyzer = { unused_access_days = 90 }
    cloudtrail      = {}
    config          = {}
    findings_topic  = {}
    guardduty       = {}
    keys            = { models = { description = "Models at rest" } }
  }

  assert {
    condition = alltrue([for tags in concat(
      aws_cloudtrail.this[*].tags, aws_cloudwatch_log_group.cloudtrail[*].tags, aws_iam_role.cloudtrail[*].tags, aws_iam_role.config[*].tags,
      aws_s3_bucket.audit[*].tags, aws_kms_key.audit[*].tags, values(aws_kms_key.this)[*].tags, values(aws_config_config_rule.this)[*].tags,
      aws_guardduty_detector.this[*].tags, aws_accessanalyzer_analyzer.external_access[*].tags, aws_accessanalyzer_analyzer.unused_access[*].tags,
      aws_sns_topic.findings[*].tags, values(aws_cloudwatch_event_rule.findings)[*].tags,
    ) : tags.Project == "applied-ai"])
    error_message = "Something is not tagged."
  }
}
