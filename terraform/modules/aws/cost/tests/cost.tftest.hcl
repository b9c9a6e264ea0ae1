mock_provider "aws" {
  override_during = plan

  mock_data "aws_partition" {
    defaults = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }
  mock_data "aws_region" {
    defaults = { name = "cn-northwest-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws-cn:kms:cn-northwest-1:123456789012:key/costs" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { id = "costs", arn = "arn:aws-cn:s3:::costs" }
  }
}

mock_provider "aws" {
  alias           = "global"
  override_during = plan

  mock_data "aws_region" {
    defaults = { name = "cn-north-1" }
  }
  mock_resource "aws_ce_anomaly_monitor" {
    defaults = { arn = "arn:aws-cn:ce::123456789012:anomalymonitor/made-here" }
  }
  mock_resource "aws_bcmdataexports_export" {
    defaults = { id = "export" }
  }
}

variables {
  name = "applied-ai-staging"
  tags = { Project = "applied-ai" }
}

run "makes_nothing_that_was_not_asked_for" {
  command = plan

  assert {
    condition = length(aws_budgets_budget.this) + length(aws_ce_anomaly_monitor.this) + length(aws_ce_anomaly_subscription.this) + length(aws_ce_cost_allocation_tag.this
    ) + length(aws_bcmdataexports_export.this) + length(aws_s3_bucket.export) + length(aws_kms_key.export) == 0
    error_message = "Something that nobody asked for."
  }

  assert {
    condition     = alltrue([for value in [output.anomaly_monitor_arn, output.export_arn, output.export_bucket_name, output.kms_key_arn] : value == null]) && length(output.budget_names) == 0
    error_message = "An output of what is not there."
  }
}

run "budgets_the_account_and_its_teams" {
  command = plan

  variables {
    budgets = {
      account = {
        amount     = "20000"
        emails     = ["finance@example.com"]
        topic_arns = ["arn:aws-cn:sns:cn-north-1:123456789012:costs"]
      }
      team-vision = {
        actual_percents   = [50]
        amount            = "99.50"
        currency          = "CNY"
        emails            = ["vision@example.com"]
        forecast_percents = []
        tags              = { Environment = "staging", Team = "vision" }
        time_unit         = "QUARTERLY"
      }
    }
  }

  assert {
    condition = (
      aws_budgets_budget.this["account"].name == "applied-ai-staging-account" && aws_budgets_budget.this["account"].limit_amount == "20000"
      && aws_budgets_budget.this["account"].limit_unit == "USD" && aws_budgets_budget.this["account"].time_unit == "MONTHLY"
      && aws_budgets_budget.this["account"].budget_type == "COST" && length(aws_budgets_budget.this["account"].cost_filter) == 0
    )
    error_message = "The account has no monthly budget of all its costs."
  }

  assert {
    condition     = toset([for notification in aws_budgets_budget.this["account"].notification : "${notification.notification_type} ${notification.threshold} ${notification.threshold_type}"]) == toset(["ACTUAL 80 PERCENTAGE", "ACTUAL 100 PERCENTAGE", "FORECASTED 100 PERCENTAGE"])
    error_message = "The account's budget does not tell of 80 and 100 percent and of a forecast above."
  }

  assert {
    condition = alltrue([for notification in aws_budgets_budget.this["account"].notification :
      notification.subscriber_email_addresses == toset(["finance@example.com"]) && notification.subscriber_sns_topic_arns == toset(["arn:aws-cn:sns:cn-north-1:123456789012:costs"])
    ])
    error_message = "A threshold is not told to address and topic."
  }

  assert {
    condition = (
      one(aws_budgets_budget.this["team-vision"].cost_filter).name == "TagKeyValue"
      && one(aws_budgets_budget.this["team-vision"].cost_filter).values == tolist(["user:Environment$staging", "user:Team$vision"])
      && aws_budgets_budget.this["team-vision"].limit_unit == "CNY" && aws_budgets_budget.this["team-vision"].time_unit == "QUARTERLY"
    )
    error_message = "The team's budget does not go by its tags: ${jsonencode(aws_budgets_budget.this["team-vision"].cost_filter)}"
  }

  assert {
    condition     = one(aws_budgets_budget.this["team-vision"].notification).threshold == 50 && one(aws_budgets_budget.this["team-vision"].notification).notification_type == "ACTUAL"
    error_message = "The team's budget tells of other thresholds than asked for."
  }
}

run "detects_unusual_costs_of_services" {
  command = plan

  variables {
    anomaly = { emails = ["finance@example.com"], topic_arns = ["arn:aws-cn:sns:cn-north-1:123456789012:costs"] }
  }

  assert {
    condition     = aws_ce_anomaly_monitor.this[0].monitor_type == "DIMENSIONAL" && aws_ce_anomaly_monitor.this[0].monitor_dimension == "SERVICE"
    error_message = "The monitor does not watch each service."
  }

  assert {
    condition = { for frequency, subscription in aws_ce_anomaly_subscription.this : frequency => one(subscription.subscriber).address } == {
      DAILY     = "finance@example.com"
      IMMEDIATE = "arn:aws-cn:sns:cn-north-1:123456789012:costs"
    }
    error_message = "Mail is not daily, or the topic is not told at once."
  }

  assert {
    condition = { for threshold in aws_ce_anomaly_subscription.this["DAILY"].threshold_expression[0].and : threshold.dimension[0].key => one(threshold.dimension[0].values) } == {
      ANOMALY_TOTAL_IMPACT_ABSOLUTE   = "100"
      ANOMALY_TOTAL_IMPACT_PERCENTAGE = "40"
    } && length(aws_ce_anomaly_subscription.this["DAILY"].threshold_expression[0].dimension) == 0
    error_message = "Anomalies are not told of from 100 and 40 percent on."
  }

  assert {
    condition     = aws_ce_anomaly_subscription.this["DAILY"].monitor_arn_list == tolist([output.anomaly_monitor_arn])
    error_message = "The subscription hears of another monitor."
  }
}

run "detects_unusual_costs_of_a_tag" {
  command = plan

  variables {
    anomaly = {
      tag               = { key = "Environment", values = ["staging"] }
      threshold_percent = 0
      topic_arns        = ["arn:aws-cn:sns:cn-north-1:123456789012:costs"]
    }
  }

  assert {
    condition     = aws_ce_anomaly_monitor.this[0].monitor_type == "CUSTOM" && jsondecode(aws_ce_anomaly_monitor.this[0].monitor_specification).Tags.Values == ["staging"] && aws_ce_anomaly_monitor.this[0].monitor_dimension == null
    error_message = "The monitor does not watch the tag: ${aws_ce_anomaly_monitor.this[0].monitor_specification}"
  }

  assert {
    condition     = keys(aws_ce_anomaly_subscription.this) == ["IMMEDIATE"] && aws_ce_anomaly_subscription.this["IMMEDIATE"].threshold_expression[0].dimension[0].key == "ANOMALY_TOTAL_IMPACT_ABSOLUTE" && length(aws_ce_anomaly_subscription.this["IMMEDIATE"].threshold_expression[0].and) == 0
    error_message = "The subscription is not by the amount alone."
  }
}

run "listens_to_the_monitor_that_is_there" {
  command = plan

  variables {
    anomaly = { emails = ["finance@example.com"], monitor_arn = "arn:aws-cn:ce::123456789012:anomalymonitor/default" }
  }

  assert {
    condition     = length(aws_ce_anomaly_monitor.this) == 0 && aws_ce_anomaly_subscription.this["DAILY"].monitor_arn_list == tolist(["arn:aws-cn:ce::123456789012:anomalymonitor/default"])
    error_message = "A second monitor of services, or a subscription to another one."
  }
}

run "exports_costs_as_focus" {
  command = plan

  variables {
    export = {}
  }

  assert {
    condition = (
      startswith(aws_bcmdataexports_export.this[0].export[0].data_query[0].query_statement, "SELECT AvailabilityZone, BilledCost, ")
      && endswith(aws_bcmdataexports_export.this[0].export[0].data_query[0].query_statement, ", x_ServiceCode FROM FOCUS_1_2_AWS")
      && aws_bcmdataexports_export.this[0].export[0].data_query[0].table_configurations == tomap({ FOCUS_1_2_AWS = tomap({ TIME_GRANULARITY = "DAILY" }) })
    )
    error_message = "Query: ${aws_bcmdataexports_export.this[0].export[0].data_query[0].query_statement}"
  }

  assert {
    condition = (
      aws_bcmdataexports_export.this[0].export[0].destination_configurations[0].s3_destination[0].s3_bucket == "costs"
      && aws_bcmdataexports_export.this[0].export[0].destination_configurations[0].s3_destination[0].s3_region == "cn-northwest-1"
      && aws_bcmdataexports_export.this[0].export[0].destination_configurations[0].s3_destination[0].s3_output_configurations[0].format == "PARQUET"
      && aws_bcmdataexports_export.this[0].export[0].destination_configurations[0].s3_destination[0].s3_output_configurations[0].overwrite == "OVERWRITE_REPORT"
    )
    error_message = "The export is not Parquet in the module's bucket, in the bucket's region."
  }
}

run "exports_costs_as_asked_for" {
  command = plan

  variables {
    export = {
      columns  = ["line_item_unblended_cost", "resource_tags"]
      settings = { TIME_GRANULARITY = "HOURLY" }
      table    = "COST_AND_USAGE_REPORT"
    }
  }

  assert {
    condition     = aws_bcmdataexports_export.this[0].export[0].data_query[0].query_statement == "SELECT line_item_unblended_cost, resource_tags FROM COST_AND_USAGE_REPORT"
    error_message = "Query: ${aws_bcmdataexports_export.this[0].export[0].data_query[0].query_statement}"
  }

  assert {
    condition = (
      aws_bcmdataexports_export.this[0].export[0].data_query[0].table_configurations.COST_AND_USAGE_REPORT.TIME_GRANULARITY == "HOURLY"
      && aws_bcmdataexports_export.this[0].export[0].data_query[0].table_configurations.COST_AND_USAGE_REPORT.BILLING_VIEW_ARN == "arn:aws-cn:billing::123456789012:billingview/primary"
    )
    error_message = "Settings: ${jsonencode(aws_bcmdataexports_export.this[0].export[0].data_query[0].table_configurations)}"
  }
}

run "keeps_the_bucket_closed" {
  command = plan

  variables {
    export = { retention_days = 400 }
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.export[0].block_public_acls && aws_s3_bucket_public_access_block.export[0].block_public_policy
      && aws_s3_bucket_public_access_block.export[0].ignore_public_acls && aws_s3_bucket_public_access_block.export[0].restrict_public_buckets
      && aws_s3_bucket_ownership_controls.export[0].rule[0].object_ownership == "BucketOwnerEnforced"
      && aws_s3_bucket_versioning.export[0].versioning_configuration[0].status == "Enabled"
      && one(aws_s3_bucket_server_side_encryption_configuration.export[0].rule).apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.export[0].arn
      && aws_s3_bucket.export[0].force_destroy == false && aws_kms_key.export[0].enable_key_rotation
      && aws_s3_bucket_lifecycle_configuration.export[0].rule[0].expiration[0].days == 400
    )
    error_message = "The bucket is open, forgets, is not encrypted or can be removed with what is in it."
  }

  assert {
    condition = (
      jsondecode(aws_s3_bucket_policy.export[0].policy).Statement[0].Effect == "Deny"
      && jsondecode(aws_s3_bucket_policy.export[0].policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    )
    error_message = "The bucket is reached without TLS: ${aws_s3_bucket_policy.export[0].policy}"
  }

  assert {
    condition = (
      jsondecode(aws_s3_bucket_policy.export[0].policy).Statement[1].Principal.Service == ["bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com"]
      && jsondecode(aws_s3_bucket_policy.export[0].policy).Statement[1].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
      && jsondecode(aws_s3_bucket_policy.export[0].policy).Statement[1].Condition.StringLike["aws:SourceArn"][0] == "arn:aws-cn:bcm-data-exports:cn-north-1:123456789012:export/*"
      && jsondecode(aws_kms_key.export[0].policy).Statement[1].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    )
    error_message = "Billing of another account may deliver: ${aws_s3_bucket_policy.export[0].policy}"
  }

  assert {
    condition     = can(regex("^applied-ai-staging-costs-[0-9a-f]{12}$", aws_s3_bucket.export[0].bucket)) && output.export_bucket_name == "costs"
    error_message = "Name of the bucket: ${aws_s3_bucket.export[0].bucket}"
  }
}

run "tells_costs_apart_by_tags" {
  command = plan

  variables {
    cost_allocation_tags = ["Environment", "Team"]
  }

  assert {
    condition     = keys(aws_ce_cost_allocation_tag.this) == ["Environment", "Team"] && alltrue([for tag in aws_ce_cost_allocation_tag.this : tag.status == "Active"])
    error_message = "Tags: ${join(", ", keys(aws_ce_cost_allocation_tag.this))}"
  }
}

run "tags_what_it_creates" {
  command = plan

  variables {
    anomaly = { emails = ["finance@example.com"] }
    budgets = { account = { amount = "20000", emails = ["finance@example.com"] } }
    export  = {}
  }

  assert {
    condition = alltrue([for tags in concat(
      values(aws_budgets_budget.this)[*].tags, aws_ce_anomaly_monitor.this[*].tags, values(aws_ce_anomaly_subscription.this)[*].tags,
      aws_bcmdataexports_export.this[*].tags, aws_s3_bucket.export[*].tags, aws_kms_key.export[*].tags,
    ) : tags.Project == "applied-ai"])
    error_message = "Something is not tagged."
  }
}
