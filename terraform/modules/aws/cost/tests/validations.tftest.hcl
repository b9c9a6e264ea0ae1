mock_provider "aws" {}

mock_provider "aws" {
  alias = "global"
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

run "refuses_an_anomaly_that_nobody_hears_of" {
  command         = plan
  expect_failures = [var.anomaly]
  variables {
    anomaly = {}
  }
}

run "refuses_anomalies_without_a_threshold" {
  command         = plan
  expect_failures = [var.anomaly]
  variables {
    anomaly = { emails = ["finance@example.com"], threshold_amount = 0, threshold_percent = 0 }
  }
}

run "refuses_a_tag_for_a_monitor_that_is_there" {
  command         = plan
  expect_failures = [var.anomaly]
  variables {
    anomaly = {
      emails      = ["finance@example.com"]
      monitor_arn = "arn:aws:ce::123456789012:anomalymonitor/default"
      tag         = { key = "Environment", values = ["staging"] }
    }
  }
}

run "refuses_a_budget_with_a_colon" {
  command         = plan
  expect_failures = [var.budgets]
  variables {
    budgets = { "team:vision" = { amount = "100", emails = ["vision@example.com"] } }
  }
}

run "refuses_a_budget_of_nothing" {
  command         = plan
  expect_failures = [var.budgets]
  variables {
    budgets = { account = { amount = "0", emails = ["finance@example.com"] } }
  }
}

run "refuses_a_budget_by_the_week" {
  command         = plan
  expect_failures = [var.budgets]
  variables {
    budgets = { account = { amount = "100", emails = ["finance@example.com"], time_unit = "WEEKLY" } }
  }
}

run "refuses_more_thresholds_than_a_budget_has" {
  command         = plan
  expect_failures = [var.budgets]
  variables {
    budgets = { account = { amount = "100", emails = ["finance@example.com"], actual_percents = [50, 60, 70, 80, 90, 100] } }
  }
}

run "refuses_a_budget_that_nobody_hears_of" {
  command         = plan
  expect_failures = [var.budgets]
  variables {
    budgets = { account = { amount = "100" } }
  }
}

run "refuses_more_addresses_than_a_budget_writes_to" {
  command         = plan
  expect_failures = [var.budgets]
  variables {
    budgets = { account = { amount = "100", emails = [for number in range(11) : "finance-${number}@example.com"] } }
  }
}

run "refuses_a_forecast_of_a_day" {
  command         = plan
  expect_failures = [var.budgets]
  variables {
    budgets = { account = { amount = "100", emails = ["finance@example.com"], time_unit = "DAILY" } }
  }
}

run "refuses_a_tag_of_aws" {
  command         = plan
  expect_failures = [var.cost_allocation_tags]
  variables {
    cost_allocation_tags = ["aws:createdBy"]
  }
}

run "refuses_columns_that_are_a_star" {
  command         = plan
  expect_failures = [var.export]
  variables {
    export = { columns = ["*"] }
  }
}

run "refuses_to_keep_costs_for_less_than_a_month" {
  command         = plan
  expect_failures = [var.export]
  variables {
    export = { retention_days = 7 }
  }
}

run "refuses_an_unknown_table" {
  command         = plan
  expect_failures = [var.export]
  variables {
    export = { table = "CARBON_EMISSIONS" }
  }
}

run "refuses_a_deletion_window_that_kms_does_not_take" {
  command         = plan
  expect_failures = [var.kms_deletion_window_days]
  variables {
    kms_deletion_window_days = 3
  }
}
