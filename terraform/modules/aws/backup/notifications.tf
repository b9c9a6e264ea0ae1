# Events, not the vault's own notifications: those tell of every job that ends well too.
resource "aws_cloudwatch_event_rule" "failures" {
  count = var.notifications == null ? 0 : 1

  name        = "${var.name}-backup-failures"
  description = "Backups, copies, restores and restore tests of ${var.name} that failed"
  event_pattern = jsonencode({
    source      = ["aws.backup"]
    detail-type = ["Backup Job State Change", "Copy Job State Change", "Restore Job State Change"]
    detail = {
      iamRoleArn = values(aws_iam_role.this)[*].arn
      # Backups and copies have a state, restores a status.
      "$or" = [
        { state = ["ABORTED", "EXPIRED", "FAILED", "PARTIAL"] },
        { status = ["ABORTED", "FAILED"] },
      ]
    }
  })
  tags = var.tags
}

resource "aws_cloudwatch_event_target" "failures" {
  count = var.notifications == null ? 0 : 1

  rule      = aws_cloudwatch_event_rule.failures[0].name
  target_id = "topic"
  arn       = var.notifications.topic_arn
}
