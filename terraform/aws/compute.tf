module "kubernetes_cluster" {
  source = "../modules/aws/kubernetes"

  cluster_name    = local.name
  cluster_version = var.cluster_version
  node_groups     = var.node_groups
  # A shared file system is of no use without its driver, nor are Velero's copies of volumes without who makes snapshots.
  addons = merge({
    for name, wanted in {
      aws-efs-csi-driver  = length(var.storage.shared_file_systems) > 0
      snapshot-controller = contains(var.identity.controllers, "velero")
    } : name => { version = null, configuration_values = null } if wanted
  }, var.addons)

  # Networking
  subnet_ids               = module.base_infrastructure.private_subnet_ids
  subnet_ids_by_zone       = local.private_subnets
  control_plane_subnet_ids = module.base_infrastructure.intra_subnet_ids
  public_access_cidrs      = var.cluster_public_access_cidrs

  # Capacity that is paid for whether it runs or not
  capacity_blocks       = var.capacity_blocks
  capacity_reservations = var.capacity_reservations

  # Security
  enable_irsa              = true
  access_entries           = var.access_entries
  kms_deletion_window_days = local.kms_deletion_window_days

  tags = local.tags
}

module "autoscaling" {
  source = "../modules/aws/autoscaling"

  cluster_name       = module.kubernetes_cluster.cluster_name
  identity           = var.autoscaling.identity
  oidc_provider_arn  = module.kubernetes_cluster.oidc_provider_arn
  cluster_autoscaler = var.autoscaling.cluster_autoscaler
  karpenter          = var.autoscaling.karpenter

  # EKS makes this group, so that Terraform keeps none of its tags.
  discovery_resource_ids = var.autoscaling.karpenter == null ? {} : { cluster = module.kubernetes_cluster.cluster_security_group_id }

  tags = local.tags
}
