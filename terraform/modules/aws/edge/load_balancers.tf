locals {
  # Public ones are open to everyone unless they name who may come, internal ones to the VPC.
  load_balancer_sources = merge([
    for key, balancer in var.load_balancers : {
      for pair in setproduct(
        balancer.cloudfront_only ? [] : coalesce(balancer.allowed_cidrs, balancer.internal ? [var.vpc_cidr] : ["0.0.0.0/0"]),
        balancer.redirect_http ? [80, 443] : [443],
      ) : "${key}-${pair[1]}-${pair[0]}" => { balancer = key, cidr = pair[0], port = pair[1] }
    }
  ]...)

  behind_cloudfront = toset([for key, balancer in var.load_balancers : key if balancer.cloudfront_only])

  target_groups = merge([
    for key, balancer in var.load_balancers : {
      for name, group in balancer.target_groups : "${key}-${name}" => merge(group, {
        balancer = key
        protocol = balancer.type == "application" ? "HTTPS" : "TLS"
      })
    }
  ]...)
  default_target_groups = { for key, group in local.target_groups : group.balancer => key if length(group.hosts) == 0 }
}

data "aws_ec2_managed_prefix_list" "cloudfront" {
  count = length(local.behind_cloudfront) > 0 ? 1 : 0

  name = "com.amazonaws.global.cloudfront.origin-facing"
}

resource "aws_security_group" "load_balancer" {
  for_each = var.load_balancers

  name        = "${var.name}-${each.key}-load-balancer"
  description = "Load balancer ${each.key} of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-${each.key}-load-balancer" })
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  for_each = local.load_balancer_sources

  security_group_id = aws_security_group.load_balancer[each.value.balancer].id
  description       = each.value.port == 443 ? "HTTPS" : "HTTP, answered with a redirect to HTTPS"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  tags              = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  for_each = local.behind_cloudfront

  security_group_id = aws_security_group.load_balancer[each.key].id
  description       = "HTTPS from CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront[0].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "load_balancer" {
  for_each = local.target_groups

  security_group_id = aws_security_group.load_balancer[each.value.balancer].id
  description       = "Targets of ${each.key}"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  tags              = var.tags
}

resource "aws_lb" "this" {
  for_each = var.load_balancers

  name                       = "${var.name}-${each.key}"
  load_balancer_type         = each.value.type
  internal                   = each.value.internal
  subnets                    = each.value.subnet_ids
  security_groups            = [aws_security_group.load_balancer[each.key].id]
  drop_invalid_header_fields = each.value.type == "application" ? true : null
  idle_timeout               = each.value.type == "application" ? each.value.idle_timeout : null
  enable_deletion_protection = var.deletion_protection
  tags                       = merge(var.tags, { Name = "${var.name}-${each.key}" })

  dynamic "access_logs" {
    for_each = each.value.access_logs_bucket[*]

    content {
      enabled = true
      bucket  = access_logs.value
      prefix  = "${var.name}-${each.key}"
    }
  }
}

# Named by AWS: a name of its own would stand in the way of its successor, and is too short for both keys.
resource "aws_lb_target_group" "this" {
  for_each = local.target_groups

  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = each.value.protocol
  port        = each.value.port
  tags        = merge(var.tags, { Name = "${var.name}-${each.key}" })

  health_check {
    protocol = "HTTPS"
    path     = each.value.health_check_path
    matcher  = "200-399"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "https" {
  for_each = var.load_balancers

  load_balancer_arn = aws_lb.this[each.key].arn
  protocol          = each.value.type == "application" ? "HTTPS" : "TLS"
  port              = 443
  ssl_policy        = var.tls_policy
  certificate_arn   = each.value.certificate == null ? each.value.certificate_arn : local.certificate_arns[each.value.certificate]
  tags              = var.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[local.default_target_groups[each.key]].arn
  }
}

resource "aws_lb_listener_rule" "host" {
  for_each = { for key, group in local.target_groups : key => group if length(group.hosts) > 0 }

  listener_arn = aws_lb_listener.https[each.value.balancer].arn
  tags         = var.tags

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[each.key].arn
  }

  condition {
    host_header {
      values = each.value.hosts
    }
  }
}

resource "aws_lb_listener" "redirect" {
  for_each = { for key, balancer in var.load_balancers : key => balancer if balancer.redirect_http }

  load_balancer_arn = aws_lb.this[each.key].arn
  protocol          = "HTTP"
  port              = 80
  tags              = var.tags

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  for_each = { for key, balancer in var.load_balancers : key => balancer if balancer.web_acl != null }

  resource_arn = aws_lb.this[each.key].arn
  web_acl_arn  = each.value.web_acl.arn
}
