locals {
  # File systems are for the nodes, whose security group is the cluster's.
  from_nodes = { nodes = module.kubernetes_cluster.cluster_security_group_id }
}

module "storage" {
  source = "../modules/aws/storage"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  name   = local.name
  vpc_id = module.base_infrastructure.vpc_id

  # Object storage for artifacts, models, logs and backups
  buckets = {
    for name, bucket in var.storage.buckets : name => merge(bucket, {
      force_destroy = coalesce(bucket.force_destroy, !local.deletion_protection)
    })
  }

  # Files that many pods share
  shared_file_systems = {
    for name, system in var.storage.shared_file_systems : name => merge(system, {
      subnet_ids                 = local.private_subnets
      allowed_security_group_ids = local.from_nodes
    })
  }

  # Files for distributed training
  lustre_file_systems = {
    for name, system in var.storage.lustre_file_systems : name => merge(system, {
      subnet_id                  = local.private_subnets[system.zone]
      allowed_security_group_ids = local.from_nodes
    })
  }

  ebs_encryption_by_default = var.storage.ebs_encryption_by_default
  kms_deletion_window_days  = local.kms_deletion_window_days

  tags = local.tags
}

module "registry" {
  source = "../modules/aws/registry"
  count  = var.registry == null ? 0 : 1

  name                     = local.name
  repositories             = var.registry.repositories
  pull_through_cache_rules = var.registry.pull_through_cache_rules
  registry_scan_type       = var.registry.registry_scan_type
  replication_regions      = var.registry.replication_regions

  kms_deletion_window_days = local.kms_deletion_window_days

  tags = local.tags
}
