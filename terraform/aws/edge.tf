module "edge" {
  source = "../modules/aws/edge"

  providers = {
    aws        = aws
    aws.global = aws.global
  }

  name     = local.name
  vpc_id   = module.base_infrastructure.vpc_id
  vpc_cidr = module.base_infrastructure.vpc_cidr

  # Names and certificates
  zones                = var.edge.zones
  certificates         = var.edge.certificates
  records              = var.edge.records
  health_checks        = var.edge.health_checks
  enable_query_logging = var.edge.enable_query_logging

  # Load balancers with TLS
  load_balancers = {
    for name, balancer in var.edge.load_balancers : name => merge(balancer, {
      access_logs_bucket = balancer.access_logs_bucket == null ? null : module.storage.buckets[balancer.access_logs_bucket].name
      subnet_ids = (
        coalesce(balancer.internal, false)
        ? module.base_infrastructure.private_subnet_ids
        : module.base_infrastructure.public_subnet_ids
      )
    })
  }
  deletion_protection = local.deletion_protection

  # Content close to its readers, behind a firewall
  cdn = var.edge.cdn

  kms_deletion_window_days = local.kms_deletion_window_days

  tags = local.tags
}
