module "backup" {
  source = "../modules/aws/backup"
  count  = var.backup == null ? 0 : 1

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name           = local.name
  selection_tags = local.platform_tags

  # Daily, kept for 30 days unless a plan says otherwise, and as long in the second region where there is one
  plans = {
    for name, plan in var.backup.plans : name => merge(plan, {
      copy_retention_days = var.secondary_region == null ? null : coalesce(plan.copy_retention_days, plan.retention_days, 30)
    })
  }

  # Proof that backups are made and can be restored
  framework       = var.backup.framework
  notifications   = length(local.alert_topics) == 0 ? null : { topic_arn = local.alert_topics[0] }
  reports         = var.backup.reports
  restore_testing = var.backup.restore_testing

  region_settings          = var.backup.region_settings
  vault_lock               = var.backup.vault_lock
  kms_deletion_window_days = local.kms_deletion_window_days

  tags = local.tags
}
