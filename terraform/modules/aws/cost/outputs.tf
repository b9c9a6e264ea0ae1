output "anomaly_monitor_arn" {
  description = "Monitor of cost anomalies made here; null without one."
  value       = one(aws_ce_anomaly_monitor.this[*].arn)
}

output "budget_names" {
  description = "Name that each budget has in AWS, by its name in budgets."
  value       = { for name, budget in aws_budgets_budget.this : name => budget.name }
}

output "export_arn" {
  description = "Data export of the costs; null without one."
  value       = one(aws_bcmdataexports_export.this[*].id)
}

output "export_bucket_name" {
  description = "Bucket of the exported costs; null without them."
  value       = one(aws_s3_bucket.export[*].id)
}

output "kms_key_arn" {
  description = "Key of the exported costs; null without them."
  value       = one(aws_kms_key.export[*].arn)
}
