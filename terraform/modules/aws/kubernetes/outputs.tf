output "capacity_reservation_ids" {
  description = "Capacity reservations and blocks by name."
  value       = local.capacity_reservation_ids
}

output "cluster" {
  description = "What a client needs to know of the cluster. Known once its node groups are there; add-ons that run on nodes may still be on their way."
  value = {
    name                       = aws_eks_cluster.this.name
    version                    = aws_eks_cluster.this.version
    endpoint                   = aws_eks_cluster.this.endpoint
    certificate_authority_data = aws_eks_cluster.this.certificate_authority[0].data
    region                     = local.region
    oidc_provider_arn          = one(aws_iam_openid_connect_provider.this[*].arn)
    node_groups = {
      for name, group in local.node_groups : name => {
        instance_types = group.instance_types
        capacity_type  = group.capacity_type
        desired_size   = group.scaling_config.desired_size
        min_size       = group.scaling_config.min_size
        max_size       = group.scaling_config.max_size
        labels         = group.labels
        taints         = group.taints
      }
    }
  }
  depends_on = [aws_eks_access_policy_association.this, aws_eks_node_group.this]
}

output "cluster_name" {
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "cluster_security_group_id" {
  description = "Security group that EKS puts on the control plane and the nodes."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "kms_key_arn" {
  description = "Key of the cluster's secrets and control plane logs."
  value       = aws_kms_key.cluster.arn
}

output "node_role_arn" {
  description = "Role of the nodes."
  value       = aws_iam_role.node.arn
}

output "oidc_issuer" {
  description = "Issuer of service account tokens, without https://: what a trust policy names."
  value       = local.oidc_issuer
}

output "oidc_provider_arn" {
  description = "OIDC provider for roles of service accounts; null where enable_irsa is off."
  value       = one(aws_iam_openid_connect_provider.this[*].arn)
}
