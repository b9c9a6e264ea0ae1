locals {
  zone_ids = values(module.edge.zones)[*].id

  # What each controller of the platform may reach is what the platform has.
  controller_presets = {
    aws_load_balancer_controller = {}
    cert_manager                 = { zone_ids = local.zone_ids }
    elastic_stack                = { bucket_arn = try(module.storage.buckets["snapshots"].arn, null), kms_key_arns = [module.storage.kms_key_arn] }
    external_dns                 = { zone_ids = local.zone_ids }
    external_secrets             = { secret_prefixes = ["${local.name}/"], parameter_prefixes = ["/${var.project}/${var.environment}/"] }
    opencost                     = {}
    velero = {
      bucket_arn          = try(module.storage.buckets["backups"].arn, null)
      kms_key_arns        = [module.storage.kms_key_arn]
      replica_bucket_arn  = try(module.storage.buckets["backups"].replica.arn, null)
      replica_kms_key_arn = module.storage.replica_kms_key_arn
    }
    weaviate = { bucket_arn = try(module.storage.buckets["backups"].arn, null), kms_key_arns = [module.storage.kms_key_arn] }
  }
}

module "identity" {
  source = "../modules/aws/identity"

  name              = local.name
  cluster_name      = module.kubernetes_cluster.cluster_name
  oidc_provider_arn = module.kubernetes_cluster.oidc_provider_arn

  # Service accounts
  presets               = { for name, preset in local.controller_presets : name => preset if contains(var.identity.controllers, name) }
  service_account_roles = var.identity.service_account_roles

  # Pipelines
  oidc_issuers = var.identity.oidc_issuers
  deploy_roles = var.identity.deploy_roles

  permission_boundary = var.identity.permission_boundary

  tags = local.tags
}
