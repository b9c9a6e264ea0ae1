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
    defaults = { arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/backup" }
  }
  mock_resource "aws_backup_vault" {
    defaults = { arn = "arn:aws-cn:backup:cn-north-1:123456789012:backup-vault:applied-ai-staging" }
  }
  mock_resource "aws_backup_plan" {
    defaults = { id = "plan" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws-cn:iam::123456789012:role/backup" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { id = "reports", arn = "arn:aws-cn:s3:::reports" }
  }
}

mock_provider "aws" {
  alias           = "replica"
  override_during = plan

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws-cn:kms:cn-northwest-1:123456789012:key/backup-replica" }
  }
  mock_resource "aws_backup_vault" {
    defaults = { arn = "arn:aws-cn:backup:cn-northwest-1:123456789012:backup-vault:applied-ai-staging-replica" }
  }
}

variables {
  name           = "applied-ai-staging"
  selection_tags = { Environment = "staging", Project = "applied-ai" }
  tags           = { Project = "applied-ai" }
}

run "backs_up_every_night_and_keeps_it_for_a_month" {
  command = plan

  assert {
    condition     = keys(aws_backup_plan.this) == ["daily"] && aws_backup_plan.this["daily"].name == "applied-ai-staging-daily"
    error_message = "Plans: ${join(", ", values(aws_backup_plan.this)[*].name)}"
  }

  assert {
    condition = (
      one(aws_backup_plan.this["daily"].rule).schedule == "cron(0 3 * * ? *)" && one(aws_backup_plan.this["daily"].rule).lifecycle[0].delete_after == 30
      && !one(aws_backup_plan.this["daily"].rule).enable_continuous_backup && one(aws_backup_plan.this["daily"].rule).target_vault_name == "applied-ai-staging"
    )
    error_message = "The daily plan does not run every night, keeps its backups for other than 30 days, or fills another vault."
  }

  assert {
    condition     = length(one(aws_backup_plan.this["daily"].rule).copy_action) == 0
    error_message = "A copy that nobody asked for."
  }
}

run "selects_what_bears_all_tags" {
  command = plan

  assert {
    condition = { for condition in one(aws_backup_selection.this["daily"].condition).string_equals : condition.key => condition.value } == {
      "aws:ResourceTag/Environment" = "staging"
      "aws:ResourceTag/Project"     = "applied-ai"
    }
    error_message = "The selection is not by the platform's tags."
  }

  assert {
    condition     = aws_backup_selection.this["daily"].resources == toset(["*"]) && length(aws_backup_selection.this["daily"].selection_tag) == 0
    error_message = "The selection reaches what bears one of the tags only."
  }
}

run "selects_what_a_plan_names" {
  command = plan

  variables {
    plans = {
      database = {
        resources      = ["arn:aws-cn:rds:cn-north-1:123456789012:db:postgres"]
        selection_tags = {}
      }
      vision = { selection_tags = { Team = "vision" }, not_resources = ["arn:aws-cn:s3:::scratch"] }
    }
  }

  assert {
    condition     = aws_backup_selection.this["database"].resources == toset(["arn:aws-cn:rds:cn-north-1:123456789012:db:postgres"]) && length(one(aws_backup_selection.this["database"].condition).string_equals) == 0
    error_message = "The plan does not back up the database that it names."
  }

  assert {
    condition     = one(one(aws_backup_selection.this["vision"].condition).string_equals).key == "aws:ResourceTag/Team" && aws_backup_selection.this["vision"].not_resources == toset(["arn:aws-cn:s3:::scratch"])
    error_message = "The plan does not follow its own tags, or backs up what it leaves out."
  }
}

run "makes_nothing_that_was_not_asked_for" {
  command = plan

  assert {
    condition     = length(aws_backup_vault.replica) + length(aws_kms_key.replica) + length(aws_backup_vault_lock_configuration.this) + length(aws_backup_vault_lock_configuration.replica) == 0
    error_message = "A second vault or a lock that nobody asked for."
  }

  assert {
    condition = length(aws_backup_restore_testing_plan.this) + length(aws_backup_restore_testing_selection.this) + length(aws_backup_report_plan.this
    ) + length(aws_s3_bucket.reports) + length(aws_backup_framework.this) + length(aws_cloudwatch_event_rule.failures) + length(aws_backup_region_settings.this) == 0
    error_message = "A test, report, framework, notification or setting that nobody asked for."
  }

  assert {
    condition = alltrue([for value in [
      output.framework_arn, output.replica_vault_arn, output.reports_bucket_name, output.restore_testing_plan_arn,
    ] : value == null])
    error_message = "An output of what is not there."
  }
}

run "encrypts_vaults_under_their_own_keys" {
  command = plan

  variables {
    plans = { daily = { copy_retention_days = 90 } }
  }

  assert {
    condition     = aws_backup_vault.this.kms_key_arn == aws_kms_key.this.arn && aws_backup_vault.replica[0].kms_key_arn == aws_kms_key.replica[0].arn && aws_kms_key.replica[0].arn != aws_kms_key.this.arn
    error_message = "A vault is not under a key of its own region."
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.replica[0].enable_key_rotation
    error_message = "A key is not rotated."
  }

  assert {
    condition     = aws_backup_vault.this.force_destroy == false && aws_backup_vault.replica[0].force_destroy == false
    error_message = "A vault can be removed with the backups in it."
  }
}

run "copies_backups_to_the_second_region" {
  command = plan

  variables {
    plans = {
      daily  = { copy_retention_days = 90 }
      weekly = { schedule = "cron(0 3 ? * SUN *)" }
    }
  }

  assert {
    condition = (
      one(one(aws_backup_plan.this["daily"].rule).copy_action).destination_vault_arn == aws_backup_vault.replica[0].arn
      && one(one(aws_backup_plan.this["daily"].rule).copy_action).lifecycle[0].delete_after == 90
    )
    error_message = "Copies do not go to the second region, or are kept for another time than asked for."
  }

  assert {
    condition     = length(one(aws_backup_plan.this["weekly"].rule).copy_action) == 0 && output.replica_vault_arn == aws_backup_vault.replica[0].arn
    error_message = "A plan copies that does not ask for it, or the output does not tell the vault."
  }
}

run "moves_backups_to_cold_storage_and_keeps_them_continuous" {
  command = plan

  variables {
    plans = {
      continuous = { continuous = true, retention_days = 35 }
      yearly     = { cold_storage_after_days = 30, retention_days = 365 }
    }
  }

  assert {
    condition     = one(aws_backup_plan.this["yearly"].rule).lifecycle[0].cold_storage_after == 30 && one(aws_backup_plan.this["continuous"].rule).enable_continuous_backup
    error_message = "A plan does not do what it was asked for."
  }
}

run "locks_both_vaults" {
  command = plan

  variables {
    plans      = { daily = { copy_retention_days = 30 } }
    vault_lock = { max_retention_days = 90 }
  }

  assert {
    condition = alltrue([for lock in concat(aws_backup_vault_lock_configuration.this, aws_backup_vault_lock_configuration.replica) :
      lock.min_retention_days == 7 && lock.max_retention_days == 90 && lock.changeable_for_days == null
    ]) && length(aws_backup_vault_lock_configuration.this) + length(aws_backup_vault_lock_configuration.replica) == 2
    error_message = "A vault is not locked in governance mode for 7 to 90 days."
  }
}

run "locks_for_good_when_asked" {
  command = plan

  variables {
    vault_lock = { changeable_for_days = 14 }
  }

  assert {
    condition     = aws_backup_vault_lock_configuration.this[0].changeable_for_days == 14
    error_message = "The lock is not in compliance mode."
  }
}

run "keeps_backing_up_and_restoring_apart" {
  command = plan

  assert {
    condition = { for name, attachment in aws_iam_role_policy_attachment.this : name => attachment.policy_arn } == {
      backup-backup   = "arn:aws-cn:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
      backup-s3       = "arn:aws-cn:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup"
      restore-restore = "arn:aws-cn:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores"
      restore-s3      = "arn:aws-cn:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore"
    }
    error_message = "Policies: ${jsonencode({ for name, attachment in aws_iam_role_policy_attachment.this : name => attachment.policy_arn })}"
  }

  assert {
    condition     = aws_iam_role.this["backup"].name == "applied-ai-staging-cn-north-1-backup" && aws_iam_role.this["restore"].name == "applied-ai-staging-cn-north-1-restore"
    error_message = "The roles' names do not tell the region: ${join(", ", values(aws_iam_role.this)[*].name)}"
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.this : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"])
    error_message = "AWS Backup of another account may take a role."
  }
}

run "tests_that_backups_can_be_restored" {
  command = plan

  variables {
    restore_testing = {
      selections = {
        postgres-15 = {
          resource_type              = "RDS"
          restore_metadata_overrides = { dbSubnetGroupName = "database" }
        }
        scratch = {
          resource_type           = "EBS"
          resource_arns           = ["arn:aws-cn:ec2:cn-north-1:123456789012:volume/vol-1"]
          validation_window_hours = 24
        }
      }
    }
  }

  assert {
    condition = (
      aws_backup_restore_testing_plan.this[0].name == "applied_ai_staging" && aws_backup_restore_testing_plan.this[0].schedule_expression == "cron(0 6 ? * SUN *)"
      && aws_backup_restore_testing_plan.this[0].recovery_point_selection[0].algorithm == "LATEST_WITHIN_WINDOW"
      && aws_backup_restore_testing_plan.this[0].recovery_point_selection[0].include_vaults == toset([aws_backup_vault.this.arn])
      && aws_backup_restore_testing_plan.this[0].recovery_point_selection[0].recovery_point_types == toset(["SNAPSHOT"])
    )
    error_message = "The latest backups of the vault are not tested every week."
  }

  assert {
    condition = (
      aws_backup_restore_testing_selection.this["postgres-15"].name == "postgres_15"
      && aws_backup_restore_testing_selection.this["postgres-15"].protected_resource_type == "RDS"
      && aws_backup_restore_testing_selection.this["postgres-15"].restore_metadata_overrides == tomap({ dbSubnetGroupName = "database" })
      && { for condition in aws_backup_restore_testing_selection.this["postgres-15"].protected_resource_conditions[0].string_equals : condition.key => condition.value } == {
        "aws:ResourceTag/Environment" = "staging"
        "aws:ResourceTag/Project"     = "applied-ai"
      }
    )
    error_message = "The databases of the platform are not tested where they were to be restored."
  }

  assert {
    condition = (
      aws_backup_restore_testing_selection.this["scratch"].protected_resource_arns == toset(["arn:aws-cn:ec2:cn-north-1:123456789012:volume/vol-1"])
      && length(aws_backup_restore_testing_selection.this["scratch"].protected_resource_conditions) == 0
      && aws_backup_restore_testing_selection.this["scratch"].validation_window_hours == 24
    )
    error_message = "A named volume is tested only where it bears tags, or is gone too soon."
  }

  assert {
    condition     = alltrue([for selection in aws_backup_restore_testing_selection.this : selection.iam_role_arn == aws_iam_role.this["restore"].arn])
    error_message = "Tests do not run as the role that restores."
  }
}

run "tests_continuous_backups_too" {
  command = plan

  variables {
    plans           = { daily = { continuous = true } }
    restore_testing = { selections = { postgres = { resource_type = "RDS" } } }
  }

  assert {
    condition     = aws_backup_restore_testing_plan.this[0].recovery_point_selection[0].recovery_point_types == toset(["CONTINUOUS", "SNAPSHOT"])
    error_message = "Continuous backups are not tested."
  }
}

run "tells_of_what_fails" {
  command = plan

  variables {
    notifications = { topic_arn = "arn:aws-cn:sns:cn-north-1:123456789012:alerts" }
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.failures[0].event_pattern).detail.iamRoleArn == values(aws_iam_role.this)[*].arn && length(aws_iam_role.this) == 2
    error_message = "The rule hears of other platforms' jobs: ${aws_cloudwatch_event_rule.failures[0].event_pattern}"
  }

  assert {
    condition = (
      length(jsondecode(aws_cloudwatch_event_rule.failures[0].event_pattern).detail-type) == 3
      && contains(jsondecode(aws_cloudwatch_event_rule.failures[0].event_pattern).detail["$or"][0].state, "FAILED")
      && contains(jsondecode(aws_cloudwatch_event_rule.failures[0].event_pattern).detail["$or"][1].status, "FAILED")
    )
    error_message = "The rule misses jobs that fail: ${aws_cloudwatch_event_rule.failures[0].event_pattern}"
  }

  assert {
    condition     = aws_cloudwatch_event_target.failures[0].arn == var.notifications.topic_arn
    error_message = "The topic is not told."
  }
}

run "reports_jobs_into_a_closed_bucket" {
  command = plan

  variables {
    reports = {}
  }

  assert {
    condition     = toset(values(aws_backup_report_plan.this)[*].name) == toset(["applied_ai_staging_backup_job_report", "applied_ai_staging_copy_job_report", "applied_ai_staging_restore_job_report"])
    error_message = "Reports: ${join(", ", values(aws_backup_report_plan.this)[*].name)}"
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.reports[0].block_public_acls && aws_s3_bucket_public_access_block.reports[0].block_public_policy
      && aws_s3_bucket_public_access_block.reports[0].ignore_public_acls && aws_s3_bucket_public_access_block.reports[0].restrict_public_buckets
      && aws_s3_bucket_ownership_controls.reports[0].rule[0].object_ownership == "BucketOwnerEnforced"
      && aws_s3_bucket_versioning.reports[0].versioning_configuration[0].status == "Enabled"
      && one(aws_s3_bucket_server_side_encryption_configuration.reports[0].rule).apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.this.arn
      && aws_s3_bucket.reports[0].force_destroy == false
    )
    error_message = "The bucket is open, forgets, is not encrypted or can be removed with what is in it."
  }

  assert {
    condition = (
      jsondecode(aws_s3_bucket_policy.reports[0].policy).Statement[0].Effect == "Deny"
      && jsondecode(aws_s3_bucket_policy.reports[0].policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    )
    error_message = "The bucket is reached without TLS: ${aws_s3_bucket_policy.reports[0].policy}"
  }

  assert {
    condition = (
      jsondecode(aws_s3_bucket_policy.reports[0].policy).Statement[1].Principal.AWS == "arn:aws-cn:iam::123456789012:role/aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"
      && jsondecode(aws_s3_bucket_policy.reports[0].policy).Statement[1].Action == "s3:PutObject"
      && jsondecode(aws_s3_bucket_policy.reports[0].policy).Statement[1].Resource == "arn:aws-cn:s3:::reports/applied-ai-staging/*"
      && jsondecode(aws_kms_key.this.policy).Statement[1].Condition.ArnEquals["aws:PrincipalArn"] == jsondecode(aws_s3_bucket_policy.reports[0].policy).Statement[1].Principal.AWS
      && jsondecode(aws_kms_key.this.policy).Statement[1].Condition.StringEquals["kms:CallerAccount"] == "123456789012"
    )
    error_message = "Somebody else than the reports' role may write into the bucket or use the key."
  }

  assert {
    condition     = can(regex("^applied-ai-staging-backup-reports-[0-9a-f]{12}$", aws_s3_bucket.reports[0].bucket))
    error_message = "Name of the bucket: ${aws_s3_bucket.reports[0].bucket}"
  }
}

run "audits_against_a_framework" {
  command = plan

  variables {
    framework = { max_restore_minutes = 240 }
  }

  assert {
    condition = toset(aws_backup_framework.this[0].control[*].name) == toset([
      "BACKUP_LAST_RECOVERY_POINT_CREATED",
      "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK",
      "BACKUP_RECOVERY_POINT_ENCRYPTED",
      "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN",
      "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET",
    ])
    error_message = "Controls: ${join(", ", aws_backup_framework.this[0].control[*].name)}"
  }

  assert {
    condition = one([for control in aws_backup_framework.this[0].control : one(control.input_parameter).value if control.name == "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET"]
    ) == "240"
    error_message = "The framework does not hold restores to the target."
  }
}

run "audits_copies_and_lock_where_there_are_any" {
  command = plan

  variables {
    framework  = {}
    plans      = { daily = { copy_retention_days = 30 } }
    vault_lock = {}
  }

  assert {
    condition     = length(setintersection(aws_backup_framework.this[0].control[*].name, ["BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK", "BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION"])) == 2
    error_message = "Controls: ${join(", ", aws_backup_framework.this[0].control[*].name)}"
  }
}

run "opts_services_in" {
  command = plan

  variables {
    region_settings = { opt_in = { RDS = true, VirtualMachine = false } }
  }

  assert {
    condition     = aws_backup_region_settings.this[0].resource_type_opt_in_preference == tomap({ RDS = true, VirtualMachine = false })
    error_message = "Services are not opted in as asked for."
  }
}

run "tags_what_it_creates" {
  command = plan

  variables {
    framework       = {}
    notifications   = { topic_arn = "arn:aws-cn:sns:cn-north-1:123456789012:alerts" }
    plans           = { daily = { copy_retention_days = 30 } }
    reports         = {}
    restore_testing = { selections = {} }
  }

  assert {
    condition = alltrue([for tags in concat(
      [aws_backup_vault.this.tags, aws_kms_key.this.tags, one(aws_backup_plan.this["daily"].rule).recovery_point_tags],
      aws_backup_vault.replica[*].tags, aws_kms_key.replica[*].tags, values(aws_backup_plan.this)[*].tags, values(aws_iam_role.this)[*].tags,
      aws_backup_restore_testing_plan.this[*].tags, values(aws_backup_report_plan.this)[*].tags, aws_s3_bucket.reports[*].tags,
      aws_backup_framework.this[*].tags, aws_cloudwatch_event_rule.failures[*].tags,
    ) : tags.Project == "applied-ai"])
    error_message = "Something is not tagged."
  }
}
