module "base_infrastructure" {
  source = "../modules/aws/base"

  # Network
  vpc_cidr              = var.vpc_cidr
  availability_zones    = var.availability_zones
  private_subnet_cidrs  = var.private_subnet_cidrs
  public_subnet_cidrs   = var.public_subnet_cidrs
  database_subnet_cidrs = var.database_subnet_cidrs
  intra_subnet_cidrs    = var.intra_subnet_cidrs
  enable_ipv6           = var.enable_ipv6

  # Ways in and out
  enable_nat_gateway = true
  single_nat_gateway = coalesce(var.single_nat_gateway, !local.production)
  enable_vpn_gateway = coalesce(var.enable_vpn_gateway, local.production)
  enable_flow_logs   = true

  # What the databases of this platform listen at
  database_ports = merge(
    { mongodb = 27017, postgres = 5432 },
    var.databases.neptune == null ? {} : { neptune = coalesce(var.databases.neptune.port, 8182) },
    var.databases.opensearch == null ? {} : { opensearch = 443 },
  )

  private_subnet_tags      = var.autoscaling.karpenter == null ? {} : { "karpenter.sh/discovery" = local.name }
  kms_deletion_window_days = local.kms_deletion_window_days

  environment = var.environment
  project     = var.project
  tags        = local.tags
}

# Ways to AWS that do not leave the VPC. Those through routes cost nothing.
module "endpoints" {
  source = "../modules/aws/endpoints"

  name               = local.name
  vpc_id             = module.base_infrastructure.vpc_id
  vpc_cidr           = module.base_infrastructure.vpc_cidr
  route_table_ids    = concat(module.base_infrastructure.private_route_table_ids, [module.base_infrastructure.database_route_table_id])
  interface_services = var.interface_endpoints
  subnet_ids         = module.base_infrastructure.private_subnet_ids

  tags = local.tags
}

# Private ways in
module "connectivity" {
  source = "../modules/aws/connectivity"

  name            = local.name
  vpc_id          = module.base_infrastructure.vpc_id
  subnet_ids      = local.private_subnets
  route_table_ids = zipmap(var.availability_zones, module.base_infrastructure.private_route_table_ids)

  client_vpn      = var.client_vpn
  transit_gateway = var.transit_gateway

  kms_deletion_window_days = local.kms_deletion_window_days

  tags = local.tags
}

locals {
  private_subnets = zipmap(var.availability_zones, module.base_infrastructure.private_subnet_ids)
}
