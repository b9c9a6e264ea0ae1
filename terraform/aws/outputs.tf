output "platform" {
  description = "What the roles that follow need to know of the platform: names and addresses, no secret."
  value = {
    name        = local.name
    environment = var.environment
    region      = var.region
    cluster     = module.kubernetes_cluster.cluster
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
      postgres = module.databases.postgres
      mongodb  = module.databases.mongodb
      redis    = module.databases.redis
    }
  }
}
