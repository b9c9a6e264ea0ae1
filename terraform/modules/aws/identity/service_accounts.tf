locals {
  oidc_issuer = try(split("oidc-provider/", var.oidc_provider_arn)[1], null)

  service_accounts = merge(
    {
      for name, role in var.service_account_roles : name => {
        namespace            = role.namespace
        service_account      = role.service_account
        mode                 = role.mode
        max_session_duration = role.max_session_duration
      }
    },
    {
      for name, preset in var.presets : name => {
        namespace            = preset.namespace
        service_account      = preset.service_account
        mode                 = preset.mode
        max_session_duration = 3600
      } if preset != null
    },
  )

  service_account_trusts = merge(
    {
      for name, account in local.service_accounts : name => jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Principal = { Federated = var.oidc_provider_arn }
          Action    = "sts:AssumeRoleWithWebIdentity"
          Condition = {
            StringEquals = {
              "${local.oidc_issuer}:aud" = "sts.amazonaws.com"
              "${local.oidc_issuer}:sub" = "system:serviceaccount:${account.namespace}:${account.service_account}"
            }
          }
        }]
      }) if account.mode == "irsa"
    },
    {
      for name, account in local.service_accounts : name => jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Principal = { Service = "pods.eks.amazonaws.com" }
          Action    = ["sts:AssumeRole", "sts:TagSession"]
          Condition = {
            StringEquals = {
              "aws:RequestTag/eks-cluster-arn"            = "arn:${local.partition}:eks:${local.region}:${local.account}:cluster/${var.cluster_name}"
              "aws:RequestTag/kubernetes-namespace"       = account.namespace
              "aws:RequestTag/kubernetes-service-account" = account.service_account
            }
          }
        }]
      }) if account.mode == "pod_identity"
    },
  )
}

resource "aws_eks_pod_identity_association" "this" {
  for_each = { for name, account in local.service_accounts : name => account if account.mode == "pod_identity" }

  cluster_name    = var.cluster_name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.this[each.key].arn
  tags            = var.tags
}
