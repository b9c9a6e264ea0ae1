locals {
  database_network = {
    db_subnet_group_name   = module.base_infrastructure.database_subnet_group_name
    vpc_security_group_ids = [module.base_infrastructure.database_security_group_id]
  }
}

module "databases" {
  source = "../modules/aws/databases"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name                     = local.name
  deletion_protection      = local.deletion_protection
  kms_deletion_window_days = local.kms_deletion_window_days

  # PostgreSQL for application data
  postgres = var.db_instance_class == null ? null : merge(var.databases.postgres, local.database_network, {
    engine_version      = var.db_engine_version
    instance_class      = var.db_instance_class
    allocated_storage   = var.db_storage_size
    multi_az            = local.production
    cross_region_backup = coalesce(try(var.databases.postgres.cross_region_backup, null), local.production && var.secondary_region != null)
  })

  # Aurora instead of it, or beside it
  aurora = var.databases.aurora == null ? null : merge(var.databases.aurora, local.database_network, {
    availability_zones = var.availability_zones
    instance_count     = coalesce(var.databases.aurora.instance_count, local.production ? 2 : 1)
  })

  # DocumentDB, which speaks MongoDB's protocol, for document storage
  mongodb = var.mongo_instance_size == null ? null : merge(var.databases.mongodb, local.database_network, {
    instance_class = var.mongo_instance_size
    instance_count = coalesce(var.mongo_instance_count, local.production ? 3 : 1)
  })

  # Redis for caching
  redis = var.redis_node_type == null ? null : merge(var.databases.redis, {
    node_type          = var.redis_node_type
    num_cache_nodes    = local.production ? 3 : 1
    subnet_group_name  = module.base_infrastructure.cache_subnet_group_name
    security_group_ids = [module.base_infrastructure.cache_security_group_id]
  })

  # Tables
  dynamodb_tables = var.databases.dynamodb_tables

  # Neptune for graphs
  neptune = var.databases.neptune == null ? null : merge(var.databases.neptune, local.database_network, {
    instance_count = coalesce(var.databases.neptune.instance_count, local.production ? 2 : 1)
  })

  # OpenSearch for full text and vectors
  opensearch = var.databases.opensearch == null ? null : merge(var.databases.opensearch, {
    instance_count     = coalesce(var.databases.opensearch.instance_count, local.production ? 2 : 1)
    security_group_ids = [module.base_infrastructure.database_security_group_id]
    subnet_ids         = slice(module.base_infrastructure.database_subnet_ids, 0, local.production ? 2 : 1)
  })

  tags = local.tags
}
