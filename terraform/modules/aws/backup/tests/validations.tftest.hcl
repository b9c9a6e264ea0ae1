mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
}

mock_provider "aws" {
  alias = "replica"
}

variables {
  name           = "applied-ai-staging"
  selection_tags = { Project = "applied-ai" }
}

run "refuses_a_name_with_capitals" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "Applied-AI"
  }
}

run "refuses_to_select_without_tags" {
  command         = plan
  expect_failures = [var.selection_tags]
  variables {
    selection_tags = {}
  }
}

run "refuses_a_restore_in_no_time" {
  command         = plan
  expect_failures = [var.framework]
  variables {
    framework = { max_restore_minutes = 0 }
  }
}

run "refuses_a_deletion_window_that_kms_does_not_take" {
  command         = plan
  expect_failures = [var.kms_deletion_window_days]
  variables {
    kms_deletion_window_days = 3
  }
}

run "refuses_a_topic_that_is_no_arn" {
  command         = plan
  expect_failures = [var.notifications]
  variables {
    notifications = { topic_arn = "alerts" }
  }
}

run "refuses_a_plan_with_a_long_name" {
  command         = plan
  expect_failures = [var.plans]
  variables {
    plans = { every-day-at-three = {} }
  }
}

run "refuses_a_schedule_that_is_a_rate" {
  command         = plan
  expect_failures = [var.plans]
  variables {
    plans = { daily = { schedule = "rate(1 day)" } }
  }
}

run "refuses_copies_that_are_not_kept" {
  command         = plan
  expect_failures = [var.plans]
  variables {
    plans = { daily = { copy_retention_days = 0 } }
  }
}

run "refuses_continuous_backups_for_longer_than_aws_keeps_them" {
  command         = plan
  expect_failures = [var.plans]
  variables {
    plans = { daily = { continuous = true, retention_days = 36 } }
  }
}

run "refuses_cold_storage_that_ends_too_soon" {
  command         = plan
  expect_failures = [var.plans]
  variables {
    plans = { daily = { cold_storage_after_days = 30, retention_days = 119 } }
  }
}

run "refuses_a_plan_for_everything" {
  command         = plan
  expect_failures = [var.plans]
  variables {
    plans = { daily = { selection_tags = {} } }
  }
}

run "refuses_a_backup_without_time_to_end" {
  command         = plan
  expect_failures = [var.plans]
  variables {
    plans = { daily = { start_window_minutes = 60, completion_window_minutes = 90 } }
  }
}

run "refuses_reports_in_an_unknown_format" {
  command         = plan
  expect_failures = [var.reports]
  variables {
    reports = { formats = ["PDF"] }
  }
}

run "refuses_reports_that_are_not_kept" {
  command         = plan
  expect_failures = [var.reports]
  variables {
    reports = { retention_days = 0 }
  }
}

run "refuses_an_unknown_report" {
  command         = plan
  expect_failures = [var.reports]
  variables {
    reports = { templates = ["JOB_REPORT"] }
  }
}

run "refuses_a_restore_test_in_capitals" {
  command         = plan
  expect_failures = [var.restore_testing]
  variables {
    restore_testing = { selections = { Postgres = { resource_type = "RDS" } } }
  }
}

run "refuses_a_restore_test_of_what_cannot_be_tested" {
  command         = plan
  expect_failures = [var.restore_testing]
  variables {
    restore_testing = { selections = { cache = { resource_type = "ElastiCache" } } }
  }
}

run "refuses_a_restore_test_of_everything_and_one" {
  command         = plan
  expect_failures = [var.restore_testing]
  variables {
    restore_testing = { selections = { postgres = { resource_type = "RDS", resource_arns = ["*", "arn:aws:rds:us-east-1:123456789012:db:postgres"] } } }
  }
}

run "refuses_to_keep_what_was_restored_for_months" {
  command         = plan
  expect_failures = [var.restore_testing]
  variables {
    restore_testing = { selections = { postgres = { resource_type = "RDS", validation_window_hours = 1000 } } }
  }
}

run "refuses_an_unknown_algorithm" {
  command         = plan
  expect_failures = [var.restore_testing]
  variables {
    restore_testing = { selections = {}, algorithm = "OLDEST" }
  }
}

run "refuses_a_restore_test_at_a_rate" {
  command         = plan
  expect_failures = [var.restore_testing]
  variables {
    restore_testing = { selections = {}, schedule = "rate(7 days)" }
  }
}

run "refuses_a_restore_test_of_the_last_years" {
  command         = plan
  expect_failures = [var.restore_testing]
  variables {
    restore_testing = { selections = {}, selection_window_days = 1000 }
  }
}

run "refuses_a_restore_test_without_time_to_start" {
  command         = plan
  expect_failures = [var.restore_testing]
  variables {
    restore_testing = { selections = {}, start_window_hours = 0 }
  }
}

run "refuses_a_lock_that_cannot_be_thought_over" {
  command         = plan
  expect_failures = [var.vault_lock]
  variables {
    vault_lock = { changeable_for_days = 1 }
  }
}

run "refuses_a_lock_that_a_plan_would_break" {
  command         = plan
  expect_failures = [var.vault_lock]
  variables {
    plans      = { daily = { retention_days = 30, copy_retention_days = 3 } }
    vault_lock = { min_retention_days = 7 }
  }
}
