output "platform" {
  description = "What the roles that follow need to know of the platform: names and addresses, no secret."
  value = {
    name        = local.name
    environment = var.environment
    region      = var.region
    tags        = local.tags
    cluster     = local.cluster
    network = {
      vpc_id              = module.base_infrastructure.vpc_id
      vpc_cidr            = module.base_infrastructure.vpc_cidr
      availability_zones  = var.availability_zones
      private_subnet_ids  = module.base_infrastructure.private_subnet_ids
      public_subnet_ids   = module.base_infrastructure.public_subnet_ids
      database_subnet_ids = module.base_infrastructure.database_subnet_ids
      nat_public_ips      = module.base_infrastructure.nat_public_ips
      vpn_gateway_id      = module.base_infrastructure.vpn_gateway_id
    }
    databases = {
      postgres        = module.databases.postgres
      aurora          = module.databases.aurora
      mongodb         = module.databases.mongodb
      redis           = module.databases.redis
      dynamodb_tables = module.databases.dynamodb_tables
      neptune         = module.databases.neptune
      opensearch      = module.databases.opensearch
    }
    storage = {
      buckets             = module.storage.buckets
      shared_file_systems = module.storage.shared_file_systems
      lustre_file_systems = module.storage.lustre_file_systems
      repository_urls     = try(module.registry[0].repository_urls, {})
    }
    edge = {
      certificate_arns = module.edge.certificate_arns
      load_balancers   = module.edge.load_balancers
      zones            = module.edge.zones
    }
    roles = {
      cluster_autoscaler = module.autoscaling.cluster_autoscaler_role_arn
      karpenter          = module.autoscaling.karpenter_role_arn
      service_accounts   = module.identity.service_account_role_arns
    }
    karpenter = {
      instance_profile = module.autoscaling.karpenter_instance_profile_name
      queue            = module.autoscaling.karpenter_queue_name
    }
  }
}
