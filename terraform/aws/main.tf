locals {
  name       = "${var.project}-${var.environment}"
  production = var.environment == "production"

  # What is removed by mistake comes back for a month in production, for a week elsewhere.
  kms_deletion_window_days = local.production ? 30 : 7

  tags = merge(var.tags, {
    Environment = var.environment
    ManagedBy   = "terraform"
    Project     = var.project
  })
}

module "base_infrastructure" {
  source = "../modules/aws/base"

  # Network
  vpc_cidr              = var.vpc_cidr
  availability_zones    = var.availability_zones
  private_subnet_cidrs  = var.private_subnet_cidrs
  public_subnet_cidrs   = var.public_subnet_cidrs
  database_subnet_cidrs = var.database_subnet_cidrs

  # Ways in and out
  enable_nat_gateway = true
  single_nat_gateway = !local.production
  enable_vpn_gateway = local.production
  enable_flow_logs   = true

  kms_deletion_window_days = local.kms_deletion_window_days

  environment = var.environment
  project     = var.project
  tags        = local.tags
}

module "kubernetes_cluster" {
  source = "../modules/aws/kubernetes"

  cluster_name    = local.name
  cluster_version = var.cluster_version
  node_groups     = var.node_groups
  addons          = var.addons

  subnet_ids          = module.base_infrastructure.private_subnet_ids
  public_access_cidrs = var.cluster_public_access_cidrs

  enable_irsa              = true
  access_entries           = var.access_entries
  kms_deletion_window_days = local.kms_deletion_window_days

  tags = local.tags
}

module "databases" {
  source = "../modules/aws/databases"

  name                     = local.name
  deletion_protection      = coalesce(var.deletion_protection, local.production)
  kms_deletion_window_days = local.kms_deletion_window_days

  # PostgreSQL for application data
  postgres = var.db_instance_class == null ? null : {
    engine_version          = var.db_engine_version
    instance_class          = var.db_instance_class
    allocated_storage       = var.db_storage_size
    multi_az                = local.production
    backup_retention_period = 7
    vpc_security_group_ids  = [module.base_infrastructure.database_security_group_id]
    db_subnet_group_name    = module.base_infrastructure.database_subnet_group_name
  }

  # DocumentDB, which speaks MongoDB's protocol, for document storage
  mongodb = var.mongo_instance_size == null ? null : {
    instance_class         = var.mongo_instance_size
    instance_count         = coalesce(var.mongo_instance_count, local.production ? 3 : 1)
    vpc_security_group_ids = [module.base_infrastructure.database_security_group_id]
    db_subnet_group_name   = module.base_infrastructure.database_subnet_group_name
  }

  # Redis for caching
  redis = var.redis_node_type == null ? null : {
    node_type          = var.redis_node_type
    num_cache_nodes    = local.production ? 3 : 1
    subnet_group_name  = module.base_infrastructure.cache_subnet_group_name
    security_group_ids = [module.base_infrastructure.cache_security_group_id]
  }

  tags = local.tags
}

# Lets add-ons start while databases are still being created: it waits for the cluster and its nodes, and for nothing else.
resource "aws_ssm_parameter" "cluster" {
  name        = "/${var.project}/${var.environment}/${var.region}/cluster"
  description = "What a client needs to know of the cluster ${local.name}"
  type        = "String"
  tier        = "Intelligent-Tiering"
  tags        = local.tags

  # Nothing secret in it: a plan may show what changes.
  insecure_value = jsonencode(module.kubernetes_cluster.cluster)
}
