resource "aws_db_subnet_group" "database" {
  name        = "${local.name}-database"
  description = "Database subnets of ${local.name}"
  subnet_ids  = values(aws_subnet.database)[*].id
  tags        = local.tags
}

resource "aws_elasticache_subnet_group" "cache" {
  name        = "${local.name}-cache"
  description = "Database subnets of ${local.name}"
  subnet_ids  = values(aws_subnet.database)[*].id
  tags        = local.tags
}

resource "aws_security_group" "database" {
  name        = "${local.name}-database"
  description = "Databases of ${local.name}: reached from the private subnets only"
  vpc_id      = aws_vpc.this.id
  tags        = merge(local.tags, { Name = "${local.name}-database" })
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each = {
    for pair in setproduct(keys(var.database_ports), var.availability_zones) : join("-", pair) => {
      name = pair[0]
      zone = pair[1]
    }
  }

  security_group_id = aws_security_group.database.id
  description       = "${each.value.name} from the private subnet in ${each.value.zone}"
  cidr_ipv4         = local.private_subnets[each.value.zone]
  ip_protocol       = "tcp"
  from_port         = var.database_ports[each.value.name]
  to_port           = var.database_ports[each.value.name]
  tags              = local.tags
}

resource "aws_security_group" "cache" {
  name        = "${local.name}-cache"
  description = "Caches of ${local.name}: reached from the private subnets only"
  vpc_id      = aws_vpc.this.id
  tags        = merge(local.tags, { Name = "${local.name}-cache" })
}

resource "aws_vpc_security_group_ingress_rule" "cache" {
  for_each = local.private_subnets

  security_group_id = aws_security_group.cache.id
  description       = "Redis from the private subnet in ${each.key}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = var.cache_port
  to_port           = var.cache_port
  tags              = local.tags
}
