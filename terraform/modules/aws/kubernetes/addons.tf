locals {
  # Nodes become Ready only where these already are; the other add-ons need nodes to run on.
  node_addons = ["eks-pod-identity-agent", "kube-proxy", "vpc-cni"]

  # What an add-on may do in AWS, and the service account it does it with.
  addon_permissions = {
    for name, permission in {
      aws-ebs-csi-driver = { policy = "service-role/AmazonEBSCSIDriverPolicy", service_account = "kube-system:ebs-csi-controller-sa" }
      aws-efs-csi-driver = { policy = "service-role/AmazonEFSCSIDriverPolicy", service_account = "kube-system:efs-csi-controller-sa" }
      vpc-cni            = { policy = "AmazonEKS_CNI_Policy", service_account = "kube-system:aws-node" }
    } : name => permission if contains(keys(var.addons), name)
  }
}

resource "aws_iam_role" "addon" {
  for_each = var.enable_irsa ? local.addon_permissions : {}

  name        = "${local.role_prefix}-${trimprefix(each.key, "aws-")}"
  description = "Add-on ${each.key} of the cluster ${var.cluster_name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.this[0].arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.oidc_issuer}:aud" = "sts.amazonaws.com"
          "${local.oidc_issuer}:sub" = "system:serviceaccount:${each.value.service_account}"
        }
      }
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "addon" {
  for_each = var.enable_irsa ? local.addon_permissions : {}

  role       = aws_iam_role.addon[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value.policy}"
}

resource "aws_eks_addon" "before_nodes" {
  for_each = { for name, addon in var.addons : name => addon if contains(local.node_addons, name) }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value.version
  configuration_values        = each.value.configuration_values
  service_account_role_arn    = try(aws_iam_role.addon[each.key].arn, null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  tags                        = var.tags

  depends_on = [aws_iam_role_policy_attachment.addon]
}

resource "aws_eks_addon" "on_nodes" {
  for_each = { for name, addon in var.addons : name => addon if !contains(local.node_addons, name) }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value.version
  configuration_values        = each.value.configuration_values
  service_account_role_arn    = try(aws_iam_role.addon[each.key].arn, null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  tags                        = var.tags

  depends_on = [
    aws_eks_node_group.this,
    aws_iam_role_policy_attachment.addon,
  ]
}
