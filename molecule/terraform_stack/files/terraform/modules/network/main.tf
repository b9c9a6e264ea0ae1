variable "names" {
  description = "Subnets by name."
  type        = set(string)
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

locals {
  numbers = { for index, name in sort(var.names) : name => index }
}

resource "aws_subnet" "this" {
  for_each = local.numbers

  cidr_block = cidrsubnet("10.99.0.0/16", 8, each.value)
  vpc_id     = var.vpc_id
}

resource "aws_internet_gateway" "this" {
  vpc_id = var.vpc_id
}

resource "aws_route_table" "this" {
  for_each = local.numbers

  vpc_id = var.vpc_id
}

resource "aws_route" "this" {
  for_each = local.numbers

  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
  route_table_id         = aws_route_table.this[each.key].id
}

resource "aws_route_table_association" "this" {
  for_each = local.numbers

  route_table_id = aws_route_table.this[each.key].id
  subnet_id      = aws_subnet.this[each.key].id
}
