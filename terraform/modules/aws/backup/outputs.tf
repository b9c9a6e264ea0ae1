output "framework_arn" {
  description = "Framework of Backup Audit Manager; null without one."
  value       = one(aws_backup_framework.this[*].arn)
}

output "kms_key_arn" {
  description = "Key of the backups and reports in this region."
  value       = aws_kms_key.this.arn
}

output "plan_ids" {
  description = "ID of each plan, by its name in plans."
  value       = { for name, plan in aws_backup_plan.this : name => plan.id }
  depends_on  = [aws_backup_selection.this]
}

output "replica_vault_arn" {
  description = "Vault of the copies in the second region; null where no plan copies."
  value       = one(aws_backup_vault.replica[*].arn)
}

output "reports_bucket_name" {
  description = "Bucket of the reports; null without them."
  value       = one(aws_s3_bucket.reports[*].id)
  depends_on  = [aws_s3_bucket_policy.reports]
}

output "restore_role_arn" {
  description = "Role that a restore is started with, by restore tests and by hand."
  value       = aws_iam_role.this["restore"].arn
  depends_on  = [aws_iam_role_policy_attachment.this]
}

output "restore_testing_plan_arn" {
  description = "Plan of the restore tests; null without one."
  value       = one(aws_backup_restore_testing_plan.this[*].arn)
  depends_on  = [aws_backup_restore_testing_selection.this]
}

output "vault_arn" {
  description = "Vault of the backups in this region."
  value       = aws_backup_vault.this.arn
}
