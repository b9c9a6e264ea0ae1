# The emulator's catalogue of endpoint services lacks some, such as eks: their names are composed instead.
data "aws_vpc_endpoint_service" "interface" {
  for_each = {}
}

# The emulator forgets all of an endpoint but its service, subnets and route tables.
resource "aws_vpc_endpoint" "gateway" {
  lifecycle {
    ignore_changes = [policy]
  }
}

resource "aws_vpc_endpoint" "interface" {
  service_name = "com.amazonaws.${local.region}.${each.key}"
  policy       = local.policies[each.key]

  lifecycle {
    ignore_changes = [policy, private_dns_enabled, security_group_ids]
  }
}
