output "client_vpn" {
  description = "The client VPN: its endpoint, the name that clients connect to, the security group they come as, and the log group of their connections; null without one."
  value = var.client_vpn == null ? null : {
    endpoint_id       = one(aws_ec2_client_vpn_endpoint.this[*].id)
    dns_name          = one(aws_ec2_client_vpn_endpoint.this[*].dns_name)
    security_group_id = aws_security_group.client_vpn[0].id
    log_group_name    = aws_cloudwatch_log_group.client_vpn[0].name
  }
  depends_on = [aws_ec2_client_vpn_authorization_rule.this, aws_ec2_client_vpn_network_association.this, aws_ec2_client_vpn_route.this]
}

output "transit_gateway_attachment_id" {
  description = "Attachment to the transit gateway; null without one. The routes exist once this is known."
  value       = one(aws_ec2_transit_gateway_vpc_attachment.this[*].id)
  depends_on  = [aws_route.transit_gateway]
}
