resource "aws_backup_restore_testing_plan" "this" {
  count = var.restore_testing == null ? 0 : 1

  name                         = local.plain_name
  schedule_expression          = var.restore_testing.schedule
  schedule_expression_timezone = var.restore_testing.timezone
  start_window_hours           = var.restore_testing.start_window_hours
  tags                         = var.tags

  recovery_point_selection {
    algorithm             = var.restore_testing.algorithm
    include_vaults        = [aws_backup_vault.this.arn]
    recovery_point_types  = anytrue(values(var.plans)[*].continuous) ? ["CONTINUOUS", "SNAPSHOT"] : ["SNAPSHOT"]
    selection_window_days = var.restore_testing.selection_window_days
  }
}

resource "aws_backup_restore_testing_selection" "this" {
  for_each = var.restore_testing == null ? {} : var.restore_testing.selections

  name                       = replace(each.key, "-", "_")
  restore_testing_plan_name  = aws_backup_restore_testing_plan.this[0].name
  protected_resource_type    = each.value.resource_type
  protected_resource_arns    = length(each.value.resource_arns) > 0 ? each.value.resource_arns : null
  iam_role_arn               = aws_iam_role.this["restore"].arn
  restore_metadata_overrides = each.value.restore_metadata_overrides
  validation_window_hours    = each.value.validation_window_hours

  dynamic "protected_resource_conditions" {
    for_each = length(each.value.resource_arns) > 0 ? [] : [var.selection_tags]

    content {
      dynamic "string_equals" {
        for_each = protected_resource_conditions.value

        content {
          key   = "aws:ResourceTag/${string_equals.key}"
          value = string_equals.value
        }
      }
    }
  }

  depends_on = [aws_iam_role_policy_attachment.this]
}
