output "cdn" {
  description = "The distribution: its ARN (what the policy of a bucket behind it names), id, name, and web ACL; null without one."
  value = var.cdn == null ? null : {
    arn         = aws_cloudfront_distribution.this[0].arn
    id          = aws_cloudfront_distribution.this[0].id
    domain_name = aws_cloudfront_distribution.this[0].domain_name
    web_acl_arn = aws_wafv2_web_acl.cdn[0].arn
  }
}

output "certificate_arns" {
  description = "Certificates by key. Known once they are valid."
  value       = local.certificate_arns
}

output "health_check_ids" {
  description = "Health checks by key."
  value       = { for key, check in aws_route53_health_check.this : key => check.id }
}

output "load_balancers" {
  description = "Load balancers by key: ARN, name and zone for DNS, security group (what nodes and pods let in), and target groups by key (what TargetGroupBindings name)."
  value = {
    for key, balancer in aws_lb.this : key => {
      arn               = balancer.arn
      dns_name          = balancer.dns_name
      zone_id           = balancer.zone_id
      security_group_id = aws_security_group.load_balancer[key].id
      target_group_arns = { for name in keys(var.load_balancers[key].target_groups) : name => aws_lb_target_group.this["${key}-${name}"].arn }
    }
  }
  depends_on = [aws_lb_listener.https, aws_vpc_security_group_egress_rule.load_balancer, aws_vpc_security_group_ingress_rule.load_balancer]
}

output "zones" {
  description = "Zones by key: id, and the name servers that the parent has to delegate to (none for a zone that was there already)."
  value = {
    for key in keys(var.zones) : key => {
      id           = local.zone_ids[key]
      name_servers = try(aws_route53_zone.this[key].name_servers, [])
    }
  }
}
