module "security" {
  source = "../modules/aws/security"

  name = local.name

  # Records
  cloudtrail     = var.security.cloudtrail
  config         = var.security.config
  retention_days = var.security.retention_days

  # Detection
  access_analyzer = var.security.access_analyzer
  guardduty       = var.security.guardduty
  inspector       = var.security.inspector
  security_hub    = var.security.security_hub
  findings_topic  = var.security.findings_topic

  keys                     = var.security.keys
  password_policy          = var.security.password_policy
  kms_deletion_window_days = local.kms_deletion_window_days

  tags = local.tags
}
