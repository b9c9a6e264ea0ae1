data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  region = data.aws_region.current.name

  # Not every request has an identity of ours: packages and image layers come from public buckets and with links that AWS
  # signed, and whoever exchanges a token for a role has none yet.
  anonymous_actions = {
    s3  = ["s3:GetObject"]
    sts = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
  }

  # Keys of a stranger brought into the network carry nothing out through an endpoint.
  policies = {
    for service in setunion(var.gateway_services, var.interface_services) : service => jsonencode({
      Version = "2012-10-17"
      Statement = concat(
        [{
          Sid       = "TrustedAccounts"
          Effect    = "Allow"
          Principal = "*"
          Action    = "*"
          Resource  = "*"
          Condition = {
            StringEquals = {
              "aws:PrincipalAccount" = concat([data.aws_caller_identity.current.account_id], var.trusted_account_ids)
            }
          }
        }],
        [for action in lookup(local.anonymous_actions, service, []) : {
          Effect    = "Allow"
          Principal = "*"
          Action    = action
          Resource  = "*"
        }],
      )
    })
  }
}

# Looked up, not composed: in some partitions the prefix differs from service to service, and not every service takes a policy.
data "aws_vpc_endpoint_service" "gateway" {
  for_each = var.gateway_services

  service_type = "Gateway"

  filter {
    name   = "service-name"
    values = [for prefix in ["com.amazonaws", data.aws_partition.current.reverse_dns_prefix] : "${prefix}.${local.region}.${each.key}"]
  }
}

data "aws_vpc_endpoint_service" "interface" {
  for_each = var.interface_services

  service_type = "Interface"

  filter {
    name   = "service-name"
    values = [for prefix in ["com.amazonaws", data.aws_partition.current.reverse_dns_prefix] : "${prefix}.${local.region}.${each.key}"]
  }
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = var.gateway_services

  vpc_id            = var.vpc_id
  vpc_endpoint_type = "Gateway"
  service_name      = data.aws_vpc_endpoint_service.gateway[each.key].service_name
  policy            = local.policies[each.key]
  route_table_ids   = var.route_table_ids
  tags              = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_security_group" "interface" {
  count = length(var.interface_services) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "Endpoints of AWS services for ${var.name}: reached from the VPC only"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-endpoints" })
}

resource "aws_vpc_security_group_ingress_rule" "interface" {
  count = length(var.interface_services) > 0 ? 1 : 0

  security_group_id = aws_security_group.interface[0].id
  description       = "HTTPS from the VPC"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_services

  vpc_id              = var.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = data.aws_vpc_endpoint_service.interface[each.key].service_name
  policy              = data.aws_vpc_endpoint_service.interface[each.key].vpc_endpoint_policy_supported ? local.policies[each.key] : null
  private_dns_enabled = true
  security_group_ids  = aws_security_group.interface[*].id
  subnet_ids          = var.subnet_ids
  tags                = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
