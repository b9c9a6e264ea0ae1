output "cache_security_group_id" {
  description = "Security group for caches."
  value       = aws_security_group.cache.id
}

output "cache_subnet_group_name" {
  description = "ElastiCache subnet group over the database subnets."
  value       = aws_elasticache_subnet_group.cache.name
}

output "database_route_table_id" {
  description = "Route table of the database subnets. No route leads out of it."
  value       = aws_route_table.database.id
}

output "database_security_group_id" {
  description = "Security group for databases."
  value       = aws_security_group.database.id
}

output "database_subnet_group_name" {
  description = "RDS and DocumentDB subnet group over the database subnets."
  value       = aws_db_subnet_group.database.name
}

output "database_subnet_ids" {
  description = "Database subnets, in the order of availability_zones."
  value       = [for zone in var.availability_zones : aws_subnet.database[zone].id]
}

output "intra_route_table_id" {
  description = "Route table of the intra subnets, null without them. No route leads out of it."
  value       = one(aws_route_table.intra[*].id)
}

output "intra_subnet_ids" {
  description = "Intra subnets, in the order of availability_zones. Empty where enable_intra_subnets is off."
  value       = [for zone in var.availability_zones : aws_subnet.intra[zone].id if var.enable_intra_subnets]
  depends_on  = [aws_route_table_association.intra]
}

output "nat_public_ips" {
  description = "Addresses that the private subnets show to the internet, sorted by zone. Empty without a NAT gateway."
  value       = values(aws_eip.nat)[*].public_ip
}

output "private_route_table_ids" {
  description = "Route tables of the private subnets, in the order of availability_zones."
  value       = [for zone in var.availability_zones : aws_route_table.private[zone].id]
}

output "private_subnet_ids" {
  description = "Private subnets, in the order of availability_zones. Their route out exists once this is known."
  value       = [for zone in var.availability_zones : aws_subnet.private[zone].id]
  depends_on  = [aws_route.egress_ipv6, aws_route.nat, aws_route_table_association.private]
}

output "public_route_table_id" {
  description = "Route table of the public subnets."
  value       = aws_route_table.public.id
}

output "public_subnet_ids" {
  description = "Public subnets, in the order of availability_zones. Their route out exists once this is known."
  value       = [for zone in var.availability_zones : aws_subnet.public[zone].id]
  depends_on  = [aws_route.internet, aws_route.internet_ipv6, aws_route_table_association.public]
}

output "vpc_cidr" {
  description = "Address range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "vpc_ipv6_cidr" {
  description = "IPv6 range of the VPC; null where enable_ipv6 is off."
  value       = var.enable_ipv6 ? aws_vpc.this.ipv6_cidr_block : null
}

output "vpn_gateway_id" {
  description = "The VPN gateway; null without one."
  value       = one(aws_vpn_gateway.this[*].id)
}
