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
  mock_resource "aws_vpc" {
    defaults = { ipv6_cidr_block = "2001:db8:1200::/56" }
  }
  mock_resource "aws_internet_gateway" {
    defaults = { id = "igw-a" }
  }
  mock_resource "aws_egress_only_internet_gateway" {
    defaults = { id = "eigw-a" }
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
    condition     = [for zone in var.availability_zones : aws_subnet.intra[zone].cidr_block] == ["10.0.232.0/24", "10.0.233.0/24", "10.0.234.0/24"]
    error_message = "Intra subnets: ${jsonencode({ for zone, subnet in aws_subnet.intra : zone => subnet.cidr_block })}"
  }

  assert {
    condition     = alltrue([for zone in var.availability_zones : aws_subnet.private[zone].availability_zone == zone && aws_subnet.intra[zone].availability_zone == zone])
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

  assert {
    condition     = aws_subnet.intra["cn-north-1f"].cidr_block == "10.0.14.208/28"
    error_message = "Last intra subnet: ${aws_subnet.intra["cn-north-1f"].cidr_block}"
  }
}

run "takes_given_subnets" {
  command = plan

  variables {
    private_subnet_cidrs  = ["10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"]
    public_subnet_cidrs   = ["10.0.192.0/24", "10.0.193.0/24", "10.0.194.0/24"]
    database_subnet_cidrs = ["10.0.200.0/24", "10.0.201.0/24", "10.0.202.0/24"]
    intra_subnet_cidrs    = ["10.0.208.0/28", "10.0.208.16/28", "10.0.208.32/28"]
  }

  assert {
    condition     = jsonencode([for zone in var.availability_zones : aws_subnet.private[zone].cidr_block]) == jsonencode(var.private_subnet_cidrs)
    error_message = "Given private subnets are not used in the order of the zones."
  }

  assert {
    condition     = jsonencode([for zone in var.availability_zones : aws_subnet.intra[zone].cidr_block]) == jsonencode(var.intra_subnet_cidrs)
    error_message = "Given intra subnets are not used in the order of the zones."
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

run "lets_nothing_out_of_the_intra_subnets" {
  command = plan

  assert {
    condition     = length(aws_subnet.intra) == 3 && length(aws_route_table_association.intra) == 3 && length(aws_route_table.intra) == 1
    error_message = "${length(aws_subnet.intra)} intra subnets and ${length(aws_route_table_association.intra)} associations for three zones."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.intra : length([for tag in keys(subnet.tags) : tag if startswith(tag, "kubernetes.io/role/")]) == 0])
    error_message = "Load balancers would be put into the intra subnets."
  }
}

run "leaves_the_intra_subnets_out" {
  command = plan

  variables {
    enable_intra_subnets = false
  }

  assert {
    condition     = length(aws_subnet.intra) + length(aws_route_table.intra) + length(aws_route_table_association.intra) == 0
    error_message = "Intra subnets although enable_intra_subnets is off."
  }

  assert {
    condition     = length(output.intra_subnet_ids) == 0 && output.intra_route_table_id == null
    error_message = "Outputs of intra subnets that are not there."
  }
}

run "speaks_ipv4_only_by_default" {
  command = plan

  assert {
    condition     = !aws_vpc.this.assign_generated_ipv6_cidr_block && !aws_subnet.private["cn-north-1a"].assign_ipv6_address_on_creation
    error_message = "IPv6 although enable_ipv6 is off."
  }

  assert {
    condition     = length(aws_egress_only_internet_gateway.this) + length(aws_route.internet_ipv6) + length(aws_route.egress_ipv6) == 0 && output.vpc_ipv6_cidr == null
    error_message = "IPv6 routes although enable_ipv6 is off."
  }
}

run "speaks_ipv6_where_asked" {
  command = plan

  variables {
    enable_ipv6 = true
  }

  assert {
    condition = (
      [for zone in var.availability_zones : aws_subnet.private[zone].ipv6_cidr_block] == ["2001:db8:1200::/64", "2001:db8:1200:1::/64", "2001:db8:1200:2::/64"]
      && [for zone in var.availability_zones : aws_subnet.public[zone].ipv6_cidr_block] == ["2001:db8:1200:10::/64", "2001:db8:1200:11::/64", "2001:db8:1200:12::/64"]
      && [for zone in var.availability_zones : aws_subnet.intra[zone].ipv6_cidr_block] == ["2001:db8:1200:20::/64", "2001:db8:1200:21::/64", "2001:db8:1200:22::/64"]
    )
    error_message = "IPv6 ranges: ${jsonencode(local.ipv6_subnets)}"
  }

  assert {
    condition     = alltrue([for subnet in concat(values(aws_subnet.private), values(aws_subnet.public), values(aws_subnet.intra)) : subnet.assign_ipv6_address_on_creation])
    error_message = "A subnet does not give its IPv6 addresses away."
  }

  assert {
    condition     = alltrue([for route in aws_route.egress_ipv6 : route.egress_only_gateway_id == "eigw-a"]) && length(aws_route.egress_ipv6) == 3
    error_message = "A private subnet can be reached over IPv6, or does not get out."
  }

  assert {
    condition     = aws_route.internet_ipv6[0].gateway_id == "igw-a" && aws_route.internet_ipv6[0].destination_ipv6_cidr_block == "::/0"
    error_message = "Public subnets do not reach the internet over IPv6."
  }
}

run "tells_subnets_and_route_tables_in_the_order_of_the_zones" {
  command = plan

  variables {
    availability_zones = ["cn-north-1b", "cn-north-1a"]
  }

  override_resource {
    target          = aws_route_table.private["cn-north-1a"]
    override_during = plan
    values          = { id = "rtb-a" }
  }

  override_resource {
    target          = aws_route_table.private["cn-north-1b"]
    override_during = plan
    values          = { id = "rtb-b" }
  }

  override_resource {
    target          = aws_subnet.intra["cn-north-1a"]
    override_during = plan
    values          = { id = "subnet-a" }
  }

  override_resource {
    target          = aws_subnet.intra["cn-north-1b"]
    override_during = plan
    values          = { id = "subnet-b" }
  }

  assert {
    condition     = output.private_route_table_ids == ["rtb-b", "rtb-a"]
    error_message = "Private route tables are not in the order of the zones."
  }

  assert {
    condition     = output.intra_subnet_ids == ["subnet-b", "subnet-a"]
    error_message = "Intra subnets are not in the order of the zones."
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

run "tags_private_subnets_as_asked" {
  command = plan

  variables {
    private_subnet_tags = { "karpenter.sh/discovery" = "applied-ai-staging" }
  }

  assert {
    condition = (
      alltrue([for subnet in aws_subnet.private : subnet.tags["karpenter.sh/discovery"] == "applied-ai-staging"])
      && alltrue([for subnet in aws_subnet.public : !contains(keys(subnet.tags), "karpenter.sh/discovery")])
    )
    error_message = "Tags of private subnets: ${jsonencode(values(aws_subnet.private)[*].tags)}"
  }
}
