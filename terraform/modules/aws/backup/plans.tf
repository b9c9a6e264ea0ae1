resource "aws_backup_plan" "this" {
  for_each = var.plans

  name = "${var.name}-${each.key}"
  tags = var.tags

  rule {
    rule_name                    = each.key
    target_vault_name            = aws_backup_vault.this.name
    schedule                     = each.value.schedule
    schedule_expression_timezone = each.value.timezone
    start_window                 = each.value.start_window_minutes
    completion_window            = each.value.completion_window_minutes
    enable_continuous_backup     = each.value.continuous
    recovery_point_tags          = var.tags

    lifecycle {
      cold_storage_after = each.value.cold_storage_after_days
      delete_after       = each.value.retention_days
    }

    dynamic "copy_action" {
      for_each = each.value.copy_retention_days == null ? [] : [each.value.copy_retention_days]

      content {
        destination_vault_arn = aws_backup_vault.replica[0].arn

        lifecycle {
          delete_after = copy_action.value
        }
      }
    }
  }

  # A lock that comes after the first backup would not hold it.
  depends_on = [
    aws_backup_vault_lock_configuration.replica,
    aws_backup_vault_lock_configuration.this,
  ]
}

resource "aws_backup_selection" "this" {
  for_each = var.plans

  name          = "${var.name}-${each.key}"
  plan_id       = aws_backup_plan.this[each.key].id
  iam_role_arn  = aws_iam_role.this["backup"].arn
  resources     = each.value.resources
  not_resources = each.value.not_resources

  # Conditions, not selection tags: a resource has to bear all of them, where one selection tag would do.
  condition {
    dynamic "string_equals" {
      for_each = coalesce(each.value.selection_tags, var.selection_tags)

      content {
        key   = "aws:ResourceTag/${string_equals.key}"
        value = string_equals.value
      }
    }
  }

  depends_on = [aws_iam_role_policy_attachment.this]
}
