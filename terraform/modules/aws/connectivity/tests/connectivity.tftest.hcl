mock_provider "aws" {
  override_during = plan

  mock_data "aws_partition" {
    defaults = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }
  mock_data "aws_region" {
    defaults = { name = "cn-north-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/logs" }
  }
}

variables {
  name            = "applied-ai-staging"
  vpc_id          = "vpc-a"
  subnet_ids      = { cn-north-1a = "subnet-a", cn-north-1b = "subnet-b" }
  route_table_ids = { cn-north-1a = "rtb-a", cn-north-1b = "rtb-b" }
  tags            = { Project = "applied-ai" }

  client_vpn = {
    client_cidr                = "172.16.0.0/22"
    server_certificate_arn     = "arn:aws-cn:acm:cn-north-1:123456789012:certificate/server"
    root_certificate_chain_arn = "arn:aws-cn:acm:cn-north-1:123456789012:certificate/root"
    authorized_networks        = { platform = { cidr = "10.0.0.0/16" } }
  }
  transit_gateway = {
    transit_gateway_id = "tgw-0a1b"
    routes             = { data-centre = "10.100.0.0/16", office = "10.200.0.0/16" }
  }
}

run "creates_nothing_that_was_not_asked_for" {
  command = plan

  variables {
    client_vpn      = null
    transit_gateway = null
  }

  assert {
    condition     = length(aws_ec2_client_vpn_endpoint.this) + length(aws_security_group.client_vpn) + length(aws_kms_key.logs) + length(aws_cloudwatch_log_group.client_vpn) == 0
    error_message = "A client VPN that was switched off."
  }

  assert {
    condition     = length(aws_ec2_transit_gateway_vpc_attachment.this) + length(aws_route.transit_gateway) == 0
    error_message = "A way to a transit gateway that was switched off."
  }

  assert {
    condition     = output.client_vpn == null && output.transit_gateway_attachment_id == null
    error_message = "An output of a connection that is not there."
  }
}

run "takes_clients_with_a_certificate_for_a_working_day" {
  command = plan

  assert {
    condition     = [for option in aws_ec2_client_vpn_endpoint.this[0].authentication_options : option.type] == ["certificate-authentication"]
    error_message = "Authentication: ${jsonencode(aws_ec2_client_vpn_endpoint.this[0].authentication_options)}"
  }

  assert {
    condition     = aws_ec2_client_vpn_endpoint.this[0].split_tunnel && aws_ec2_client_vpn_endpoint.this[0].session_timeout_hours == 8 && aws_ec2_client_vpn_endpoint.this[0].disconnect_on_session_timeout
    error_message = "All of a client's traffic takes the VPN, or its session does not end."
  }

  assert {
    condition     = keys(aws_ec2_client_vpn_network_association.this) == ["cn-north-1a"] && length(aws_ec2_client_vpn_route.this) == 0
    error_message = "Subnets in ${join(", ", keys(aws_ec2_client_vpn_network_association.this))}, ${length(aws_ec2_client_vpn_route.this)} routes; expected the first zone and none."
  }
}

run "lets_clients_reach_the_authorized_networks_alone" {
  command = plan

  variables {
    client_vpn = {
      client_cidr            = "172.16.0.0/22"
      server_certificate_arn = "arn:aws-cn:acm:cn-north-1:123456789012:certificate/server"
      saml_provider_arn      = "arn:aws-cn:iam::123456789012:saml-provider/vpn"
      dns_servers            = ["10.0.0.2"]
      zones                  = ["cn-north-1a", "cn-north-1b"]
      authorized_networks = {
        platform    = { cidr = "10.0.0.0/16", group_id = "engineers" }
        data-centre = { cidr = "10.100.0.0/16", beyond_vpc = true }
      }
    }
  }

  assert {
    condition = (
      toset(values(aws_ec2_client_vpn_authorization_rule.this)[*].target_network_cidr) == toset(["10.0.0.0/16", "10.100.0.0/16"])
      && toset(values(aws_vpc_security_group_egress_rule.client_vpn)[*].cidr_ipv4) == toset(["10.0.0.0/16", "10.100.0.0/16"])
    )
    error_message = "Clients reach other networks than the authorised ones."
  }

  assert {
    condition = (
      aws_ec2_client_vpn_authorization_rule.this["platform"].access_group_id == "engineers"
      && aws_ec2_client_vpn_authorization_rule.this["data-centre"].authorize_all_groups
    )
    error_message = "A network is open to others than its group."
  }

  assert {
    condition     = keys(aws_ec2_client_vpn_route.this) == ["data-centre-cn-north-1a", "data-centre-cn-north-1b"] && aws_ec2_client_vpn_route.this["data-centre-cn-north-1b"].target_vpc_subnet_id == "subnet-b"
    error_message = "Routes: ${join(", ", keys(aws_ec2_client_vpn_route.this))}; expected one through each subnet to what lies beyond the VPC."
  }

  assert {
    condition     = [for option in aws_ec2_client_vpn_endpoint.this[0].authentication_options : option.saml_provider_arn] == ["arn:aws-cn:iam::123456789012:saml-provider/vpn"]
    error_message = "Clients do not sign in at the SAML provider."
  }
}

run "logs_every_connection_under_a_key" {
  command = plan

  assert {
    condition = (
      aws_ec2_client_vpn_endpoint.this[0].connection_log_options[0].enabled
      && aws_ec2_client_vpn_endpoint.this[0].connection_log_options[0].cloudwatch_log_group == "/aws/client-vpn/applied-ai-staging"
      && aws_cloudwatch_log_group.client_vpn[0].kms_key_id == aws_kms_key.logs[0].arn
      && aws_cloudwatch_log_group.client_vpn[0].retention_in_days == 90
      && aws_kms_key.logs[0].enable_key_rotation
    )
    error_message = "Connections are not logged, or not under a key that is rotated, or kept without end."
  }

  assert {
    condition = (
      strcontains(aws_kms_key.logs[0].policy, "logs.cn-north-1.amazonaws.com.cn")
      && strcontains(aws_kms_key.logs[0].policy, "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/client-vpn/applied-ai-staging\"")
    )
    error_message = "The key's policy does not follow partition, region and account: ${aws_kms_key.logs[0].policy}"
  }
}

run "leads_each_zone_to_the_transit_gateway" {
  command = plan

  assert {
    condition = { for name, route in aws_route.transit_gateway : name => "${route.route_table_id} ${route.destination_cidr_block}" } == {
      data-centre-cn-north-1a = "rtb-a 10.100.0.0/16"
      data-centre-cn-north-1b = "rtb-b 10.100.0.0/16"
      office-cn-north-1a      = "rtb-a 10.200.0.0/16"
      office-cn-north-1b      = "rtb-b 10.200.0.0/16"
    }
    error_message = "Routes: ${jsonencode({ for name, route in aws_route.transit_gateway : name => "${route.route_table_id} ${route.destination_cidr_block}" })}"
  }

  assert {
    condition     = aws_ec2_transit_gateway_vpc_attachment.this[0].subnet_ids == toset(["subnet-a", "subnet-b"])
    error_message = "The attachment is not in every zone."
  }

  assert {
    condition     = aws_ec2_transit_gateway_vpc_attachment.this[0].appliance_mode_support == "disable" && aws_ec2_transit_gateway_vpc_attachment.this[0].dns_support == "enable"
    error_message = "Appliance mode or DNS support is not as by default."
  }
}

run "attaches_for_firewalls_without_routes" {
  command = plan

  variables {
    route_table_ids = {}
    transit_gateway = { transit_gateway_id = "tgw-0a1b", appliance_mode = true, dns_support = false }
  }

  assert {
    condition     = aws_ec2_transit_gateway_vpc_attachment.this[0].appliance_mode_support == "enable" && aws_ec2_transit_gateway_vpc_attachment.this[0].dns_support == "disable" && length(aws_route.transit_gateway) == 0
    error_message = "The attachment does not follow its switches."
  }
}

run "tags_what_it_creates" {
  command = plan

  assert {
    condition = alltrue([
      for tags in [
        aws_ec2_client_vpn_endpoint.this[0].tags,
        aws_ec2_transit_gateway_vpc_attachment.this[0].tags,
        aws_kms_key.logs[0].tags,
        aws_security_group.client_vpn[0].tags,
      ] : tags["Project"] == "applied-ai" && startswith(tags["Name"], "applied-ai-staging")
    ])
    error_message = "A resource without the module's tags and a name."
  }
}
