output "gateway_endpoint_ids" {
  description = "Gateway endpoints by service."
  value       = { for service, endpoint in aws_vpc_endpoint.gateway : service => endpoint.id }
}

output "interface_endpoint_ids" {
  description = "Interface endpoints by service. They answer once this is known."
  value       = { for service, endpoint in aws_vpc_endpoint.interface : service => endpoint.id }
  depends_on  = [aws_vpc_security_group_ingress_rule.interface]
}

output "prefix_list_ids" {
  description = "Prefix lists of the gateway endpoints by service: what a security group names to let traffic out to the service alone."
  value       = { for service, endpoint in aws_vpc_endpoint.gateway : service => endpoint.prefix_list_id }
}

output "security_group_id" {
  description = "Security group of the interface endpoints; null without them."
  value       = one(aws_security_group.interface[*].id)
}
