# For what other tools made (such as the cluster's security group, which EKS makes): a resource with tags in Terraform takes the tag there.
resource "aws_ec2_tag" "discovery" {
  for_each = var.discovery_resource_ids

  resource_id = each.value
  key         = "karpenter.sh/discovery"
  value       = var.cluster_name
}
