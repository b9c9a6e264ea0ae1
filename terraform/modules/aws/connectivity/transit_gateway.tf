locals {
  transit_gateway_routes = var.transit_gateway == null ? {} : {
    for pair in setproduct(keys(var.transit_gateway.routes), keys(var.route_table_ids)) :
    join("-", pair) => { cidr = var.transit_gateway.routes[pair[0]], zone = pair[1] }
  }
}

resource "aws_ec2_transit_gateway_vpc_attachment" "this" {
  count = var.transit_gateway == null ? 0 : 1

  transit_gateway_id     = var.transit_gateway.transit_gateway_id
  vpc_id                 = var.vpc_id
  subnet_ids             = values(var.subnet_ids)
  appliance_mode_support = var.transit_gateway.appliance_mode ? "enable" : "disable"
  dns_support            = var.transit_gateway.dns_support ? "enable" : "disable"
  tags                   = merge(var.tags, { Name = var.name })
}

resource "aws_route" "transit_gateway" {
  for_each = local.transit_gateway_routes

  route_table_id         = var.route_table_ids[each.value.zone]
  destination_cidr_block = each.value.cidr
  transit_gateway_id     = aws_ec2_transit_gateway_vpc_attachment.this[0].transit_gateway_id
}
