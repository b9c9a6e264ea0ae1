mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
}

variables {
  name = "applied-ai-staging"
}

run "refuses_a_name_with_capitals" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "Applied-AI"
  }
}

run "refuses_an_unknown_analyzer" {
  command         = plan
  expect_failures = [var.access_analyzer]
  variables {
    access_analyzer = { type = "ACCOUNT_UNUSED_ACCESS" }
  }
}

run "refuses_unused_access_of_no_time" {
  command         = plan
  expect_failures = [var.access_analyzer]
  variables {
    access_analyzer = { unused_access_days = 0 }
  }
}

run "refuses_a_bucket_that_is_an_arn" {
  command         = plan
  expect_failures = [var.cloudtrail]
  variables {
    cloudtrail = { data_event_buckets = ["arn:aws:s3:::models"] }
  }
}

run "refuses_an_unknown_insight" {
  command         = plan
  expect_failures = [var.cloudtrail]
  variables {
    cloudtrail = { insights = ["SlowQueryInsight"] }
  }
}

run "refuses_a_retention_that_cloudwatch_does_not_know" {
  command         = plan
  expect_failures = [var.cloudtrail]
  variables {
    cloudtrail = { log_group_retention_days = 100 }
  }
}

run "refuses_a_frequency_that_config_does_not_know" {
  command         = plan
  expect_failures = [var.config]
  variables {
    config = { recording_frequency = "HOURLY" }
  }
}

run "refuses_a_rule_by_its_name" {
  command         = plan
  expect_failures = [var.config]
  variables {
    config = { rules = { rds-multi-az-support = { identifier = "rds-multi-az-support" } } }
  }
}

run "refuses_a_role_that_is_no_arn" {
  command         = plan
  expect_failures = [var.config]
  variables {
    config = { role_arn = "AWSServiceRoleForConfig" }
  }
}

run "refuses_a_subscriber_without_an_address" {
  command         = plan
  expect_failures = [var.findings_topic]
  variables {
    findings_topic = { emails = { security = "security" } }
  }
}

run "refuses_an_unknown_feature" {
  command         = plan
  expect_failures = [var.guardduty]
  variables {
    guardduty = { features = ["EKS_RUNTIME_MONITORING"] }
  }
}

run "refuses_a_frequency_that_guardduty_does_not_know" {
  command         = plan
  expect_failures = [var.guardduty]
  variables {
    guardduty = { finding_publishing_frequency = "DAILY" }
  }
}

run "refuses_an_inspector_that_looks_at_nothing" {
  command         = plan
  expect_failures = [var.inspector]
  variables {
    inspector = { resource_types = [] }
  }
}

run "refuses_a_key_in_capitals" {
  command         = plan
  expect_failures = [var.keys]
  variables {
    keys = { Models = { description = "Models at rest" } }
  }
}

run "refuses_a_user_that_is_everybody" {
  command         = plan
  expect_failures = [var.keys]
  variables {
    keys = { models = { description = "Models at rest", users = ["*"] } }
  }
}

run "refuses_a_service_that_is_none" {
  command         = plan
  expect_failures = [var.keys]
  variables {
    keys = { models = { description = "Models at rest", services = ["sns"] } }
  }
}

run "refuses_a_deletion_window_that_kms_does_not_take" {
  command         = plan
  expect_failures = [var.kms_deletion_window_days]
  variables {
    kms_deletion_window_days = 3
  }
}

run "refuses_short_passwords" {
  command         = plan
  expect_failures = [var.password_policy]
  variables {
    password_policy = { minimum_length = 6 }
  }
}

run "refuses_to_remember_more_passwords_than_iam_does" {
  command         = plan
  expect_failures = [var.password_policy]
  variables {
    password_policy = { reuse_prevention = 25 }
  }
}

run "refuses_passwords_that_end_at_once" {
  command         = plan
  expect_failures = [var.password_policy]
  variables {
    password_policy = { max_age_days = 0 }
  }
}

run "refuses_a_record_of_three_months" {
  command         = plan
  expect_failures = [var.retention_days]
  variables {
    retention_days = 90
  }
}

run "refuses_a_standard_without_a_version" {
  command         = plan
  expect_failures = [var.security_hub]
  variables {
    security_hub = { standards = ["cis-aws-foundations-benchmark"] }
  }
}
