locals {
  made_zones = { for key, zone in var.zones : key => zone if zone.id == null }
  zone_ids   = { for key, zone in var.zones : key => zone.id == null ? aws_route53_zone.this[key].zone_id : zone.id }

  logged_zones = { for key, zone in local.made_zones : key => zone if var.enable_query_logging && length(zone.private_vpc_ids) == 0 }

  record_targets = {
    for key, record in var.records : key => (
      record.load_balancer != null ? {
        name    = aws_lb.this[record.load_balancer].dns_name
        zone_id = aws_lb.this[record.load_balancer].zone_id
        } : record.cdn ? {
        name    = aws_cloudfront_distribution.this[0].domain_name
        zone_id = aws_cloudfront_distribution.this[0].hosted_zone_id
      } : null
    )
  }
}

resource "aws_route53_zone" "this" {
  for_each = local.made_zones

  name          = each.value.domain_name
  comment       = "${length(each.value.private_vpc_ids) > 0 ? "Private" : "Public"} zone ${each.key} of ${var.name}"
  force_destroy = false
  tags          = merge(var.tags, { Name = "${var.name}-${each.key}" })

  dynamic "vpc" {
    for_each = each.value.private_vpc_ids

    content {
      vpc_id = vpc.value
    }
  }
}

resource "aws_route53_query_log" "this" {
  for_each = local.logged_zones

  zone_id                  = aws_route53_zone.this[each.key].zone_id
  cloudwatch_log_group_arn = aws_cloudwatch_log_group.queries[each.key].arn

  depends_on = [aws_cloudwatch_log_resource_policy.queries]
}

resource "aws_route53_health_check" "this" {
  for_each = var.health_checks

  type              = "HTTPS"
  fqdn              = each.value.fqdn
  port              = each.value.port
  resource_path     = each.value.path
  enable_sni        = true
  failure_threshold = each.value.failure_threshold
  request_interval  = each.value.interval
  tags              = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_route53_record" "this" {
  for_each = var.records

  zone_id         = local.zone_ids[each.value.zone]
  name            = each.value.name
  type            = each.value.type
  ttl             = local.record_targets[each.key] == null ? each.value.ttl : null
  records         = local.record_targets[each.key] == null ? each.value.values : null
  health_check_id = each.value.health_check == null ? null : aws_route53_health_check.this[each.value.health_check].id
  set_identifier  = each.value.failover == null && each.value.latency_region == null ? null : "${data.aws_region.current.name}-${each.key}"

  dynamic "alias" {
    for_each = local.record_targets[each.key][*]

    content {
      name                   = alias.value.name
      zone_id                = alias.value.zone_id
      evaluate_target_health = each.value.load_balancer != null
    }
  }

  dynamic "failover_routing_policy" {
    for_each = each.value.failover[*]

    content {
      type = failover_routing_policy.value
    }
  }

  dynamic "latency_routing_policy" {
    for_each = each.value.latency_region[*]

    content {
      region = latency_routing_policy.value
    }
  }
}
