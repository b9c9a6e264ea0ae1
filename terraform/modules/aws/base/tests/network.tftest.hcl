mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }
  mock_data "aws_region" {
    defaults = { name = "cn-north-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  availability_zones = ["cn-north-1a", "cn-north-1b", "cn-north-1c"]
  environment        = "staging"
  project            = "applied-ai"
  vpc_cidr           = "10.0.0.0/16"
}

run "derives_subnets_from_the_vpc" {
  command = plan

  assert {
    condition     = [for zone in var.availability_zones : aws_subnet.private[zone].cidr_block] == ["10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"]
    error_message = "Private subnets: ${jsonencode({ for zone, subnet in aws_subnet.private : zone => subnet.cidr_block })}"
  }

  assert {
    condition     = [for zone in var.availability_zones : aws_subnet.public[zone].cidr_block] == ["10.0.224.0/24", "10.0.225.0/24", "10.0.226.0/24"]
    error_message = "Public subnets: ${jsonencode({ for zone, subnet in aws_subnet.public : zone => subnet.cidr_block })}"
  }

  assert {
    condition     = [for zone in var.availability_zones : aws_subnet.database[zone].cidr_block] == ["10.0.240.0/24", "10.0.241.0/24", "10.0.242.0/24"]
    error_message = "Database subnets: ${jsonencode({ for zone, subnet in aws_subnet.database : zone => subnet.cidr_block })}"
  }

  assert {
    condition     = alltrue([for zone in var.availability_zones : aws_subnet.private[zone].availability_zone == zone])
    error_message = "A subnet is not in the zone it is named after."
  }

  assert {
    condition     = length(local.overlapping_subnets) == 0
    error_message = "Derived subnets overlap: ${join("; ", local.overlapping_subnets)}"
  }
}

run "derives_subnets_of_six_zones_from_the_smallest_vpc" {
  command = plan

  variables {
    availability_zones = ["cn-north-1a", "cn-north-1b", "cn-north-1c", "cn-north-1d", "cn-north-1e", "cn-north-1f"]
    vpc_cidr           = "10.0.0.0/20"
  }

  assert {
    condition     = aws_subnet.database["cn-north-1f"].cidr_block == "10.0.15.80/28"
    error_message = "Last database subnet: ${aws_subnet.database["cn-north-1f"].cidr_block}"
  }
}

run "takes_given_subnets" {
  command = plan

  variables {
    private_subnet_cidrs  = ["10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"]
    public_subnet_cidrs   = ["10.0.192.0/24", "10.0.193.0/24", "10.0.194.0/24"]
    database_subnet_cidrs = ["10.0.200.0/24", "10.0.201.0/24", "10.0.202.0/24"]
  }

  assert {
    condition     = jsonencode([for zone in var.availability_zones : aws_subnet.private[zone].cidr_block]) == jsonencode(var.private_subnet_cidrs)
    error_message = "Given private subnets are not used in the order of the zones."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.cache["cn-north-1b"].cidr_ipv4 == "10.0.64.0/18"
    error_message = "The cache does not open to the private subnet of the zone."
  }
}

run "gives_each_zone_a_nat_gateway" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_route.nat) == 3
    error_message = "${length(aws_nat_gateway.this)} NAT gateways and ${length(aws_route.nat)} routes for three zones."
  }

  assert {
    condition     = length(aws_vpn_gateway.this) == 0 && length(aws_vpn_gateway_route_propagation.private) == 0
    error_message = "A VPN gateway that nobody asked for."
  }
}

run "shares_one_nat_gateway" {
  command = plan

  variables {
    single_nat_gateway = true
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["cn-north-1a"] && length(aws_route.nat) == 3
    error_message = "NAT gateways in ${join(", ", keys(aws_nat_gateway.this))}, ${length(aws_route.nat)} routes; expected one gateway and a route in each zone."
  }
}

run "leaves_the_nat_gateway_out" {
  command = plan

  variables {
    enable_nat_gateway = false
  }

  assert {
    condition     = length(aws_nat_gateway.this) + length(aws_eip.nat) + length(aws_route.nat) == 0
    error_message = "NAT resources although enable_nat_gateway is off."
  }
}

run "attaches_a_vpn_gateway" {
  command = plan

  variables {
    enable_vpn_gateway = true
  }

  assert {
    condition     = length(aws_vpn_gateway.this) == 1 && length(aws_vpn_gateway_route_propagation.private) == 3
    error_message = "The VPN gateway does not reach the private subnets of all zones."
  }
}

run "keeps_databases_to_the_private_subnets" {
  command = plan

  assert {
    condition = toset(concat(
      values(aws_vpc_security_group_ingress_rule.database)[*].cidr_ipv4,
      values(aws_vpc_security_group_ingress_rule.cache)[*].cidr_ipv4,
    )) == toset(values(aws_subnet.private)[*].cidr_block)
    error_message = "Databases are open to something other than the private subnets."
  }

  assert {
    condition     = toset(values(aws_vpc_security_group_ingress_rule.database)[*].from_port) == toset([5432, 27017])
    error_message = "Databases are open at other ports than PostgreSQL's and MongoDB's."
  }

  assert {
    condition     = length(aws_default_security_group.this.ingress) + length(aws_default_security_group.this.egress) == 0
    error_message = "The default security group lets something in or out."
  }
}

run "records_traffic_under_a_key" {
  command = plan

  assert {
    condition     = aws_flow_log.this[0].max_aggregation_interval == 600 && aws_flow_log.this[0].traffic_type == "ALL"
    error_message = "Flow logs do not record all traffic in windows of ten minutes."
  }

  assert {
    condition     = aws_kms_key.logs[0].enable_key_rotation && aws_cloudwatch_log_group.flow_logs[0].retention_in_days == 90
    error_message = "The key is not rotated, or logs are kept without end."
  }

  assert {
    condition = (
      strcontains(aws_kms_key.logs[0].policy, "logs.cn-north-1.amazonaws.com.cn")
      && strcontains(aws_kms_key.logs[0].policy, "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/vpc/applied-ai-staging/*")
    )
    error_message = "The key's policy does not follow partition, region and account: ${aws_kms_key.logs[0].policy}"
  }
}

run "leaves_flow_logs_out" {
  command = plan

  variables {
    enable_flow_logs = false
  }

  assert {
    condition     = length(aws_flow_log.this) + length(aws_kms_key.logs) + length(aws_iam_role.flow_logs) + length(aws_cloudwatch_log_group.flow_logs) == 0
    error_message = "Flow log resources although enable_flow_logs is off."
  }
}

run "tags_what_it_creates" {
  command = plan

  variables {
    tags = { CostCentre = "ai" }
  }

  assert {
    condition = aws_vpc.this.tags == tomap({
      CostCentre  = "ai"
      Environment = "staging"
      Name        = "applied-ai-staging"
      Project     = "applied-ai"
    })
    error_message = "Tags of the VPC: ${jsonencode(aws_vpc.this.tags)}"
  }

  assert {
    condition     = aws_subnet.private["cn-north-1a"].tags["kubernetes.io/role/internal-elb"] == "1" && aws_subnet.public["cn-north-1a"].tags["kubernetes.io/role/elb"] == "1"
    error_message = "Load balancers would not find their subnets."
  }
}
