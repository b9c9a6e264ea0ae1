data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name = "${var.project}-${var.environment}"

  tags = merge(var.tags, {
    Environment = var.environment
    Project     = var.project
  })

  # A /16 gives private subnets of 4096 addresses; the last two sixteenths hold the smaller subnets: the first half of the
  # one before last the public, its second half the intra, the last the database subnets.
  private_subnet_cidrs = length(var.private_subnet_cidrs) > 0 ? var.private_subnet_cidrs : [
    for index in range(length(var.availability_zones)) : cidrsubnet(var.vpc_cidr, 4, index)
  ]
  public_subnet_cidrs = length(var.public_subnet_cidrs) > 0 ? var.public_subnet_cidrs : [
    for index in range(length(var.availability_zones)) : cidrsubnet(var.vpc_cidr, 8, 14 * 16 + index)
  ]
  intra_subnet_cidrs = !var.enable_intra_subnets ? [] : length(var.intra_subnet_cidrs) > 0 ? var.intra_subnet_cidrs : [
    for index in range(length(var.availability_zones)) : cidrsubnet(var.vpc_cidr, 8, 14 * 16 + 8 + index)
  ]
  database_subnet_cidrs = length(var.database_subnet_cidrs) > 0 ? var.database_subnet_cidrs : [
    for index in range(length(var.availability_zones)) : cidrsubnet(var.vpc_cidr, 8, 15 * 16 + index)
  ]

  private_subnets  = zipmap(var.availability_zones, local.private_subnet_cidrs)
  public_subnets   = zipmap(var.availability_zones, local.public_subnet_cidrs)
  intra_subnets    = { for index, cidr in local.intra_subnet_cidrs : var.availability_zones[index] => cidr }
  database_subnets = zipmap(var.availability_zones, local.database_subnet_cidrs)

  # Two networks overlap when they are the same once both are widened to the larger one's prefix.
  _subnet_cidrs = concat(local.private_subnet_cidrs, local.public_subnet_cidrs, local.intra_subnet_cidrs, local.database_subnet_cidrs)
  overlapping_subnets = [
    for pair in setproduct(range(length(local._subnet_cidrs)), range(length(local._subnet_cidrs))) :
    "${local._subnet_cidrs[pair[0]]} and ${local._subnet_cidrs[pair[1]]}"
    if pair[0] < pair[1] && length(distinct([
      for index in pair : cidrhost(join("/", [
        split("/", local._subnet_cidrs[index])[0],
        min([for other in pair : tonumber(split("/", local._subnet_cidrs[other])[1])]...),
      ]), 0)
    ])) == 1
  ]

  nat_gateway_zones = slice(
    var.availability_zones, 0,
    !var.enable_nat_gateway ? 0 : var.single_nat_gateway ? 1 : length(var.availability_zones)
  )

  # AWS gives the VPC a /56: 256 networks of /64, of which each kind of subnet has sixteen.
  ipv6_subnets = {
    for kind, first in { private = 0, public = 16, intra = 32 } : kind => {
      for index, zone in var.availability_zones : zone =>
      var.enable_ipv6 ? cidrsubnet(aws_vpc.this.ipv6_cidr_block, 8, first + index) : null
    }
  }
}
