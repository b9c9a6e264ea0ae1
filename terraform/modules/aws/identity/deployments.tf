locals {
  issuer_arns = {
    for name, issuer in var.oidc_issuers : name => coalesce(issuer.provider_arn, try(aws_iam_openid_connect_provider.deploy[name].arn, null))
  }
  issuer_hosts = { for name, issuer in var.oidc_issuers : name => trimprefix(issuer.url, "https://") }

  deploy_trusts = {
    for name, role in var.deploy_roles : name => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Federated = local.issuer_arns[role.issuer] }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = {
          StringEquals = { "${local.issuer_hosts[role.issuer]}:aud" = var.oidc_issuers[role.issuer].audience }
          StringLike   = { "${local.issuer_hosts[role.issuer]}:sub" = role.subjects }
        }
      }]
    })
  }
}

resource "aws_iam_openid_connect_provider" "deploy" {
  for_each = { for name, issuer in var.oidc_issuers : name => issuer if issuer.provider_arn == null }

  url            = each.value.url
  client_id_list = [each.value.audience]
  tags           = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
