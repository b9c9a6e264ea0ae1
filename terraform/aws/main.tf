locals {
  name       = "${var.project}-${var.environment}"
  production = var.environment == "production"

  deletion_protection = coalesce(var.deletion_protection, local.production)

  # What is removed by mistake comes back for a month in production, for a week elsewhere.
  kms_deletion_window_days = local.production ? 30 : 7

  # What bears these two is the platform: its backups are chosen by them, its costs told by all.
  platform_tags = {
    Environment = var.environment
    Project     = var.project
  }
  tags = merge(var.tags, local.platform_tags, {
    CostCenter = var.cost_center
    ManagedBy  = "terraform"
    Service    = var.service
    Team       = var.team
  })

  cluster = merge(module.kubernetes_cluster.cluster, {
    role_arns           = merge(module.autoscaling.annotated_role_arns, module.identity.annotated_role_arns)
    shared_file_systems = { for name, system in module.storage.shared_file_systems : name => system.id }
    vpc_cidr            = module.base_infrastructure.vpc_cidr
    vpc_id              = module.base_infrastructure.vpc_id
  })
}

# Lets add-ons start while databases are still being created: it waits for the cluster, its nodes and the roles of service accounts.
resource "aws_ssm_parameter" "cluster" {
  name        = "/${var.project}/${var.environment}/${var.region}/cluster"
  description = "What a client needs to know of the cluster ${local.name}"
  type        = "String"
  tier        = "Intelligent-Tiering"
  tags        = local.tags

  # Nothing secret in it: a plan may show what changes.
  insecure_value = jsonencode(local.cluster)
}
