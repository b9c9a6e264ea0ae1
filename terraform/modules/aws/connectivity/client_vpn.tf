locals {
  client_vpn_subnets = var.client_vpn == null ? {} : {
    for zone in coalesce(var.client_vpn.zones, toset([keys(var.subnet_ids)[0]])) : zone => var.subnet_ids[zone]
  }
  authorized_networks = var.client_vpn == null ? {} : var.client_vpn.authorized_networks

  # The endpoint knows its way to the VPC; to what lies beyond, each subnet has to be told.
  client_vpn_routes = {
    for pair in setproduct([for name, network in local.authorized_networks : name if network.beyond_vpc], keys(local.client_vpn_subnets)) :
    join("-", pair) => { cidr = local.authorized_networks[pair[0]].cidr, zone = pair[1] }
  }

  log_group_name = "/aws/client-vpn/${var.name}"
}

resource "aws_kms_key" "logs" {
  count = var.client_vpn == null ? 0 : 1

  description             = "Log of the client VPN's connections to ${var.name}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministersThroughIam"
        Effect    = "Allow"
        Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "CloudWatchLogsEncrypts"
        Effect    = "Allow"
        Principal = { Service = "logs.${data.aws_region.current.name}.${data.aws_partition.current.dns_suffix}" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnEquals = {
            "kms:EncryptionContext:aws:logs:arn" = "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:log-group:${local.log_group_name}"
          }
        }
      },
    ]
  })
  tags = merge(var.tags, { Name = "${var.name}-client-vpn-logs" })
}

resource "aws_cloudwatch_log_group" "client_vpn" {
  count = var.client_vpn == null ? 0 : 1

  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.logs[0].arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_stream" "client_vpn" {
  count = var.client_vpn == null ? 0 : 1

  name           = "connections"
  log_group_name = aws_cloudwatch_log_group.client_vpn[0].name
}

# Nothing comes in: what is to be reached from the VPN names this group in its own rules.
resource "aws_security_group" "client_vpn" {
  count = var.client_vpn == null ? 0 : 1

  name        = "${var.name}-client-vpn"
  description = "Clients of the VPN to ${var.name}: they reach the authorised networks"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-client-vpn" })
}

resource "aws_vpc_security_group_egress_rule" "client_vpn" {
  for_each = local.authorized_networks

  security_group_id = aws_security_group.client_vpn[0].id
  description       = "Clients to ${each.key}"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "-1"
  tags              = var.tags
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  count = var.client_vpn == null ? 0 : 1

  description                   = "Clients of ${var.name}"
  vpc_id                        = var.vpc_id
  security_group_ids            = aws_security_group.client_vpn[*].id
  client_cidr_block             = var.client_vpn.client_cidr
  server_certificate_arn        = var.client_vpn.server_certificate_arn
  dns_servers                   = length(var.client_vpn.dns_servers) > 0 ? var.client_vpn.dns_servers : null
  split_tunnel                  = var.client_vpn.split_tunnel
  session_timeout_hours         = var.client_vpn.session_hours
  disconnect_on_session_timeout = true
  tags                          = merge(var.tags, { Name = var.name })

  # With both, a client shows its certificate and its user signs in.
  dynamic "authentication_options" {
    for_each = var.client_vpn.root_certificate_chain_arn == null ? [] : [var.client_vpn.root_certificate_chain_arn]

    content {
      type                       = "certificate-authentication"
      root_certificate_chain_arn = authentication_options.value
    }
  }

  dynamic "authentication_options" {
    for_each = var.client_vpn.saml_provider_arn == null ? [] : [var.client_vpn.saml_provider_arn]

    content {
      type              = "federated-authentication"
      saml_provider_arn = authentication_options.value
    }
  }

  connection_log_options {
    enabled               = true
    cloudwatch_log_group  = aws_cloudwatch_log_group.client_vpn[0].name
    cloudwatch_log_stream = aws_cloudwatch_log_stream.client_vpn[0].name
  }
}

resource "aws_ec2_client_vpn_network_association" "this" {
  for_each = local.client_vpn_subnets

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this[0].id
  subnet_id              = each.value
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  for_each = local.authorized_networks

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this[0].id
  description            = each.key
  target_network_cidr    = each.value.cidr
  access_group_id        = each.value.group_id
  authorize_all_groups   = each.value.group_id == null ? true : null
}

resource "aws_ec2_client_vpn_route" "this" {
  for_each = local.client_vpn_routes

  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this[0].id
  description            = each.key
  destination_cidr_block = each.value.cidr
  target_vpc_subnet_id   = aws_ec2_client_vpn_network_association.this[each.value.zone].subnet_id
}
