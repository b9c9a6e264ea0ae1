data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name

  # Roles are global in an account: the region keeps the same cluster name in two regions apart.
  role_prefix = "${var.cluster_name}-${local.region}"

  cluster_arn = "arn:${local.partition}:eks:${local.region}:${local.account}:cluster/${var.cluster_name}"
  oidc_issuer = try(split("oidc-provider/", var.oidc_provider_arn)[1], null)

  controllers = {
    for name, controller in { autoscaler = var.cluster_autoscaler, karpenter = var.karpenter } :
    name => controller if controller != null
  }
}

resource "aws_iam_role" "controller" {
  for_each = local.controllers

  name        = "${local.role_prefix}-${each.key}"
  description = "Service account ${each.value.service_account} in ${each.value.namespace} of the cluster ${var.cluster_name}"
  tags        = var.tags

  assume_role_policy = var.identity == "irsa" ? jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = var.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.oidc_issuer}:aud" = "sts.amazonaws.com"
          "${local.oidc_issuer}:sub" = "system:serviceaccount:${each.value.namespace}:${each.value.service_account}"
        }
      }
    }]
    }) : jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = {
          "aws:RequestTag/eks-cluster-arn"            = local.cluster_arn
          "aws:RequestTag/kubernetes-namespace"       = each.value.namespace
          "aws:RequestTag/kubernetes-service-account" = each.value.service_account
        }
      }
    }]
  })
}

resource "aws_eks_pod_identity_association" "controller" {
  for_each = var.identity == "pod_identity" ? local.controllers : {}

  cluster_name    = var.cluster_name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.controller[each.key].arn
  tags            = var.tags
}
