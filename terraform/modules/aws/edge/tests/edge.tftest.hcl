mock_provider "aws" {
  override_during = plan

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_ec2_managed_prefix_list" {
    defaults = { id = "pl-cloudfront" }
  }
  mock_resource "aws_route53_zone" {
    defaults = { zone_id = "Z123", name_servers = ["ns1.example.net", "ns2.example.net"] }
  }
  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:eu-central-1:123456789012:certificate/platform"
      domain_validation_options = [
        { domain_name = "ai.example.com", resource_record_name = "_a.ai.example.com.", resource_record_type = "CNAME", resource_record_value = "_b.acm.aws." },
        { domain_name = "*.ai.example.com", resource_record_name = "_a.ai.example.com.", resource_record_type = "CNAME", resource_record_value = "_b.acm.aws." },
      ]
    }
  }
  mock_resource "aws_acm_certificate_validation" {
    defaults = { certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/platform" }
  }
  mock_resource "aws_route53_health_check" {
    defaults = { id = "health-check" }
  }
  mock_resource "aws_route53_record" {
    defaults = { fqdn = "_a.ai.example.com" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/public/1", dns_name = "public.elb.example", zone_id = "ZELB" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a/1" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/public/1/1" }
  }
  mock_resource "aws_cloudfront_distribution" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:distribution/E1", domain_name = "d1.cloudfront.example", hosted_zone_id = "ZCDN" }
  }
}

mock_provider "aws" {
  alias           = "global"
  override_during = plan

  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:us-east-1:123456789012:certificate/cdn"
      domain_validation_options = [
        { domain_name = "*.ai.example.com", resource_record_name = "_a.ai.example.com.", resource_record_type = "CNAME", resource_record_value = "_b.acm.aws." },
      ]
    }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:123456789012:key/logs" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:group" }
  }
  mock_resource "aws_wafv2_web_acl" {
    defaults = { arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/cdn/1" }
  }
  mock_resource "aws_cloudwatch_log_delivery_destination" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:delivery-destination:cdn" }
  }
}

variables {
  name     = "applied-ai-staging"
  vpc_id   = "vpc-a"
  vpc_cidr = "10.0.0.0/16"
  tags     = { Project = "applied-ai" }

  zones = {
    public = { domain_name = "ai.example.com" }
  }
  certificates = {
    cdn      = { domain_name = "*.ai.example.com", zone = "public", global = true }
    platform = { domain_name = "ai.example.com", subject_alternative_names = ["*.ai.example.com"], zone = "public" }
  }
  load_balancers = {
    public = {
      subnet_ids    = ["subnet-a", "subnet-b"]
      certificate   = "platform"
      target_groups = { gateway = { port = 8443 } }
    }
  }
}

run "creates_nothing_that_was_not_asked_for" {
  command = plan

  variables {
    zones          = {}
    certificates   = {}
    load_balancers = {}
  }

  assert {
    condition     = length(aws_route53_zone.this) + length(aws_route53_record.this) + length(aws_route53_record.validation) + length(aws_route53_health_check.this) == 0
    error_message = "DNS that was not asked for."
  }

  assert {
    condition     = length(aws_lb.this) + length(aws_security_group.load_balancer) + length(aws_acm_certificate.regional) + length(aws_acm_certificate.global) == 0
    error_message = "A load balancer or certificate that was not asked for."
  }

  assert {
    condition     = length(aws_cloudfront_distribution.this) + length(aws_wafv2_web_acl.cdn) + length(aws_kms_key.logs) == 0 && output.cdn == null
    error_message = "A distribution that was not asked for."
  }
}

run "makes_public_zones_and_private_ones" {
  command = plan

  variables {
    zones = {
      public   = { domain_name = "ai.example.com" }
      internal = { domain_name = "internal.ai.example.com", private_vpc_ids = ["vpc-a", "vpc-b"] }
    }
  }

  assert {
    condition     = toset([for vpc in aws_route53_zone.this["internal"].vpc : vpc.vpc_id]) == toset(["vpc-a", "vpc-b"]) && length(aws_route53_zone.this["public"].vpc) == 0
    error_message = "Zones are not seen from where they should be."
  }

  assert {
    condition     = alltrue([for zone in aws_route53_zone.this : !zone.force_destroy])
    error_message = "A zone goes with the records of others in it."
  }

  assert {
    condition     = output.zones["public"].name_servers == tolist(["ns1.example.net", "ns2.example.net"])
    error_message = "Nobody learns what to delegate to: ${jsonencode(output.zones)}"
  }

  assert {
    condition     = length(aws_route53_query_log.this) + length(aws_cloudwatch_log_group.queries) + length(aws_cloudwatch_log_resource_policy.queries) + length(aws_kms_key.logs) == 0
    error_message = "Queries are logged although nobody asked."
  }
}

run "uses_a_zone_that_is_there" {
  command = plan

  variables {
    zones = { public = { domain_name = "ai.example.com", id = "ZTHERE" } }
  }

  assert {
    condition     = length(aws_route53_zone.this) == 0 && aws_route53_record.validation["ai.example.com"].zone_id == "ZTHERE" && length(output.zones["public"].name_servers) == 0
    error_message = "A second zone beside the one that is there."
  }
}

run "logs_queries_where_asked" {
  command = plan

  variables {
    enable_query_logging = true
    zones = {
      public   = { domain_name = "ai.example.com" }
      internal = { domain_name = "internal.ai.example.com", private_vpc_ids = ["vpc-a"] }
    }
  }

  assert {
    condition     = keys(aws_route53_query_log.this) == ["public"] && aws_cloudwatch_log_group.queries["public"].name == "/aws/route53/applied-ai-staging-eu-central-1/ai.example.com"
    error_message = "Logged zones: ${join(", ", keys(aws_route53_query_log.this))}"
  }

  assert {
    condition     = aws_cloudwatch_log_group.queries["public"].kms_key_id == aws_kms_key.logs[0].arn && aws_kms_key.logs[0].enable_key_rotation && aws_cloudwatch_log_group.queries["public"].retention_in_days == 90
    error_message = "Queries are not encrypted under a key that is rotated, or kept without end."
  }

  assert {
    condition = (
      strcontains(aws_kms_key.logs[0].policy, "logs.us-east-1.amazonaws.com")
      && strcontains(aws_kms_key.logs[0].policy, "arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/applied-ai-staging-eu-central-1/*")
      && jsondecode(aws_cloudwatch_log_resource_policy.queries[0].policy_document).Statement[0].Resource == "arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/applied-ai-staging-eu-central-1/*"
    )
    error_message = "The policies do not follow the region of the logs, or reach further than the logs of queries."
  }
}

run "validates_a_domain_and_its_wildcard_by_one_record" {
  command = plan

  assert {
    condition     = keys(aws_route53_record.validation) == ["ai.example.com"] && aws_route53_record.validation["ai.example.com"].name == "_a.ai.example.com."
    error_message = "Records: ${join(", ", keys(aws_route53_record.validation))}"
  }

  assert {
    condition     = keys(aws_acm_certificate.regional) == ["platform"] && keys(aws_acm_certificate.global) == ["cdn"]
    error_message = "A certificate is in the wrong region."
  }

  assert {
    condition     = alltrue([for certificate in concat(values(aws_acm_certificate.regional), values(aws_acm_certificate.global)) : certificate.validation_method == "DNS" && certificate.key_algorithm == "RSA_2048"])
    error_message = "A certificate is not validated by DNS."
  }
}

run "opens_a_public_load_balancer_at_443_alone" {
  command = plan

  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.load_balancer : "${rule.cidr_ipv4} ${rule.from_port}-${rule.to_port} ${rule.ip_protocol}"] == ["0.0.0.0/0 443-443 tcp"]
    error_message = "Open: ${join(", ", keys(aws_vpc_security_group_ingress_rule.load_balancer))}"
  }

  assert {
    condition     = [for rule in aws_vpc_security_group_egress_rule.load_balancer : "${rule.cidr_ipv4} ${rule.from_port}-${rule.to_port} ${rule.ip_protocol}"] == ["10.0.0.0/16 8443-8443 tcp"]
    error_message = "The load balancer reaches more than its targets."
  }

  assert {
    condition     = aws_lb_listener.https["public"].protocol == "HTTPS" && aws_lb_listener.https["public"].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09" && length(aws_lb_listener.redirect) == 0
    error_message = "It listens elsewhere, or takes older versions of TLS."
  }

  assert {
    condition     = aws_lb_target_group.this["public-gateway"].protocol == "HTTPS" && aws_lb_target_group.this["public-gateway"].health_check[0].protocol == "HTTPS"
    error_message = "Behind the load balancer, traffic is in the clear."
  }

  assert {
    condition     = aws_lb.this["public"].drop_invalid_header_fields && !aws_lb.this["public"].enable_deletion_protection && !aws_lb.this["public"].internal && aws_lb.this["public"].idle_timeout == 60
    error_message = "The load balancer is not as by default."
  }

  assert {
    condition     = length(aws_wafv2_web_acl_association.this) + length(aws_lb.this["public"].access_logs) == 0
    error_message = "A web ACL or access logs that nobody asked for."
  }
}

run "makes_of_a_load_balancer_what_is_asked" {
  command = plan

  variables {
    deletion_protection = true
    load_balancers = {
      public = {
        subnet_ids         = ["subnet-a", "subnet-b"]
        certificate_arn    = "arn:aws:acm:eu-central-1:123456789012:certificate/given"
        access_logs_bucket = "logs"
        allowed_cidrs      = ["203.0.113.0/24"]
        idle_timeout       = 600
        redirect_http      = true
        web_acl            = { arn = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/given/1" }
        target_groups = {
          gateway = { port = 8443 }
          models  = { port = 9443, hosts = ["models.ai.example.com"], health_check_path = "/health" }
        }
      }
      internal = {
        subnet_ids    = ["subnet-a", "subnet-b"]
        certificate   = "platform"
        internal      = true
        type          = "network"
        target_groups = { grpc = { port = 9443 } }
      }
    }
  }

  assert {
    condition = keys(aws_vpc_security_group_ingress_rule.load_balancer) == [
      "internal-443-10.0.0.0/16", "public-443-203.0.113.0/24", "public-80-203.0.113.0/24",
    ]
    error_message = "Open: ${join(", ", keys(aws_vpc_security_group_ingress_rule.load_balancer))}"
  }

  assert {
    condition     = aws_lb_listener.redirect["public"].default_action[0].redirect[0].protocol == "HTTPS" && keys(aws_lb_listener.redirect) == ["public"]
    error_message = "Port 80 does more than redirect."
  }

  assert {
    condition     = aws_lb_listener.https["public"].certificate_arn == "arn:aws:acm:eu-central-1:123456789012:certificate/given" && aws_lb.this["public"].access_logs[0].bucket == "logs" && aws_lb.this["public"].idle_timeout == 600
    error_message = "Certificate, logs or timeout are not those that were given."
  }

  assert {
    condition     = keys(aws_lb_listener_rule.host) == ["public-models"] && one(one(aws_lb_listener_rule.host["public-models"].condition).host_header).values == toset(["models.ai.example.com"])
    error_message = "Hosts do not lead to their target group."
  }

  assert {
    condition     = aws_wafv2_web_acl_association.this["public"].web_acl_arn == "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/given/1" && length(aws_wafv2_web_acl_association.this) == 1
    error_message = "The web ACL is not in front of the load balancer."
  }

  assert {
    condition     = alltrue([for balancer in aws_lb.this : balancer.enable_deletion_protection])
    error_message = "A load balancer can be removed."
  }

  assert {
    condition     = aws_lb_listener.https["internal"].protocol == "TLS" && aws_lb_target_group.this["internal-grpc"].protocol == "TLS" && aws_lb.this["internal"].internal
    error_message = "The network load balancer does not speak TLS on both sides."
  }

  assert {
    condition     = keys(output.load_balancers["public"].target_group_arns) == ["gateway", "models"]
    error_message = "Target groups are not told by their keys."
  }
}

run "opens_to_cloudfront_alone" {
  command = plan

  variables {
    load_balancers = {
      public = {
        subnet_ids      = ["subnet-a", "subnet-b"]
        certificate     = "platform"
        cloudfront_only = true
        target_groups   = { gateway = { port = 8443 } }
      }
    }
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.load_balancer) == 0 && aws_vpc_security_group_ingress_rule.cloudfront["public"].prefix_list_id == "pl-cloudfront" && aws_vpc_security_group_ingress_rule.cloudfront["public"].to_port == 443
    error_message = "Others than CloudFront reach the load balancer."
  }
}

run "puts_a_firewall_before_the_distribution" {
  command = plan

  variables {
    cdn = {
      aliases        = ["api.ai.example.com"]
      certificate    = "cdn"
      default_origin = "platform"
      origins = {
        assets   = { domain_name = "assets.s3.example", type = "s3" }
        platform = { domain_name = "origin.ai.example.com" }
      }
      paths = [{ origin = "assets", pattern = "/assets/*" }]
    }
  }

  assert {
    condition     = aws_cloudfront_distribution.this[0].web_acl_id == aws_wafv2_web_acl.cdn[0].arn && aws_wafv2_web_acl.cdn[0].scope == "CLOUDFRONT"
    error_message = "The firewall is not in front of the distribution."
  }

  assert {
    condition = { for rule in aws_wafv2_web_acl.cdn[0].rule : rule.name => rule.priority } == {
      rate-limit                            = 0
      AWSManagedRulesAmazonIpReputationList = 1
      AWSManagedRulesCommonRuleSet          = 2
      AWSManagedRulesKnownBadInputsRuleSet  = 3
    }
    error_message = "Rules: ${jsonencode({ for rule in aws_wafv2_web_acl.cdn[0].rule : rule.name => rule.priority })}"
  }

  assert {
    condition = flatten([
      for rule in aws_wafv2_web_acl.cdn[0].rule : [
        for statement in rule.statement : [for group in statement.managed_rule_group_statement : group.rule_action_override[*].name]
      ]
    ]) == ["SizeRestrictions_BODY"]
    error_message = "Other rules than that of a body's size only count."
  }

  assert {
    condition     = [for rule in aws_wafv2_web_acl.cdn[0].rule : one(one(rule.statement).rate_based_statement).limit if rule.name == "rate-limit"] == [2000]
    error_message = "One address may ask without limit."
  }

  assert {
    condition     = aws_wafv2_web_acl_logging_configuration.cdn[0].log_destination_configs == toset([aws_cloudwatch_log_group.waf[0].arn]) && aws_cloudwatch_log_group.waf[0].kms_key_id == aws_kms_key.logs[0].arn && startswith(aws_cloudwatch_log_group.waf[0].name, "aws-waf-logs-")
    error_message = "What the firewall blocks is not logged, or not under the key."
  }

  assert {
    condition     = toset(flatten([for field in aws_wafv2_web_acl_logging_configuration.cdn[0].redacted_fields : field.single_header[*].name])) == toset(["authorization", "cookie"])
    error_message = "Credentials stand in the log."
  }

  assert {
    condition = (
      aws_cloudfront_distribution.this[0].viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021"
      && aws_cloudfront_distribution.this[0].viewer_certificate[0].acm_certificate_arn == "arn:aws:acm:us-east-1:123456789012:certificate/cdn"
      && alltrue([for behavior in concat(aws_cloudfront_distribution.this[0].default_cache_behavior, aws_cloudfront_distribution.this[0].ordered_cache_behavior) : behavior.viewer_protocol_policy == "redirect-to-https"])
      && alltrue(flatten([for origin in aws_cloudfront_distribution.this[0].origin : [for config in origin.custom_origin_config : config.origin_protocol_policy == "https-only" && config.origin_ssl_protocols == toset(["TLSv1.2"])]]))
    )
    error_message = "The distribution speaks without TLS, or an older version of it."
  }

  assert {
    condition     = keys(aws_cloudfront_origin_access_control.this) == ["assets"] && aws_cloudfront_distribution.this[0].ordered_cache_behavior[0].target_origin_id == "assets" && aws_cloudfront_distribution.this[0].ordered_cache_behavior[0].allowed_methods == toset(["GET", "HEAD", "OPTIONS"])
    error_message = "The bucket is not read as the distribution, or can be written to."
  }

  assert {
    condition = (
      aws_cloudfront_response_headers_policy.this[0].security_headers_config[0].strict_transport_security[0].override
      && aws_cloudfront_response_headers_policy.this[0].security_headers_config[0].strict_transport_security[0].access_control_max_age_sec == 31536000
      && length(aws_cloudfront_response_headers_policy.this[0].security_headers_config[0].content_security_policy) == 0
    )
    error_message = "Security headers are not as by default."
  }

  assert {
    condition     = aws_cloudfront_distribution.this[0].restrictions[0].geo_restriction[0].restriction_type == "none" && aws_cloudfront_distribution.this[0].price_class == "PriceClass_100" && length(aws_cloudwatch_log_delivery.cdn) == 0
    error_message = "The distribution is not as by default."
  }
}

run "makes_of_the_distribution_what_is_asked" {
  command = plan

  variables {
    cdn = {
      aliases                 = ["api.ai.example.com"]
      certificate             = "cdn"
      default_origin          = "platform"
      origins                 = { platform = { domain_name = "origin.ai.example.com" } }
      access_logs             = { bucket_arn = "arn:aws:s3:::logs" }
      content_security_policy = "default-src 'self'"
      geo_restriction         = { type = "whitelist", countries = ["DE", "FR"] }
      managed_rules           = { AWSManagedRulesCommonRuleSet = [] }
      price_class             = "PriceClass_All"
      rate_limit              = 100
    }
  }

  assert {
    condition     = aws_cloudfront_distribution.this[0].restrictions[0].geo_restriction[0].locations == toset(["DE", "FR"]) && aws_cloudfront_distribution.this[0].price_class == "PriceClass_All"
    error_message = "The distribution is seen from elsewhere."
  }

  assert {
    condition     = aws_cloudwatch_log_delivery_destination.cdn[0].delivery_destination_configuration[0].destination_resource_arn == "arn:aws:s3:::logs" && aws_cloudwatch_log_delivery_source.cdn[0].resource_arn == aws_cloudfront_distribution.this[0].arn
    error_message = "Access logs do not go to the bucket."
  }

  assert {
    condition     = length(aws_wafv2_web_acl.cdn[0].rule) == 2 && aws_cloudfront_response_headers_policy.this[0].security_headers_config[0].content_security_policy[0].content_security_policy == "default-src 'self'"
    error_message = "Rules or content policy are not those that were given."
  }
}

run "leads_names_to_where_they_belong" {
  command = plan

  variables {
    cdn = {
      aliases        = ["api.ai.example.com"]
      certificate    = "cdn"
      default_origin = "platform"
      origins        = { platform = { domain_name = "origin.ai.example.com" } }
    }
    health_checks = {
      api = { fqdn = "api.ai.example.com", path = "/healthz", interval = 10 }
    }
    records = {
      api       = { zone = "public", name = "api.ai.example.com", cdn = true }
      apex      = { zone = "public", name = "ai.example.com", load_balancer = "public", failover = "PRIMARY", health_check = "api" }
      apex-else = { zone = "public", name = "ai.example.com", values = ["192.0.2.1"], failover = "SECONDARY" }
      near      = { zone = "public", name = "near.ai.example.com", load_balancer = "public", latency_region = "eu-central-1" }
      proof     = { zone = "public", name = "ai.example.com", type = "TXT", values = ["proof"], ttl = 60 }
    }
  }

  assert {
    condition     = aws_route53_record.this["api"].alias[0].name == "d1.cloudfront.example" && !aws_route53_record.this["api"].alias[0].evaluate_target_health && aws_route53_record.this["api"].alias[0].zone_id == "ZCDN"
    error_message = "The name of the distribution does not lead there."
  }

  assert {
    condition = (
      aws_route53_record.this["apex"].alias[0].zone_id == "ZELB" && aws_route53_record.this["apex"].alias[0].evaluate_target_health
      && aws_route53_record.this["apex"].failover_routing_policy[0].type == "PRIMARY" && aws_route53_record.this["apex"].health_check_id == "health-check"
      && aws_route53_record.this["apex"].set_identifier == "eu-central-1-apex"
    )
    error_message = "The primary does not fail over by its health check."
  }

  assert {
    condition     = aws_route53_record.this["apex-else"].failover_routing_policy[0].type == "SECONDARY" && aws_route53_record.this["apex-else"].records == toset(["192.0.2.1"]) && length(aws_route53_record.this["apex-else"].alias) == 0
    error_message = "There is nothing to fail over to."
  }

  assert {
    condition     = aws_route53_record.this["near"].latency_routing_policy[0].region == "eu-central-1"
    error_message = "The name does not lead to the nearest region."
  }

  assert {
    condition     = aws_route53_record.this["proof"].ttl == 60 && aws_route53_record.this["proof"].type == "TXT" && length(aws_route53_record.this["proof"].failover_routing_policy) == 0
    error_message = "A plain record is not plain."
  }

  assert {
    condition     = aws_route53_health_check.this["api"].type == "HTTPS" && aws_route53_health_check.this["api"].port == 443 && aws_route53_health_check.this["api"].request_interval == 10 && aws_route53_health_check.this["api"].failure_threshold == 3
    error_message = "Health is not asked for over HTTPS."
  }
}

run "tags_what_it_creates" {
  command = plan

  variables {
    cdn = {
      aliases        = ["api.ai.example.com"]
      certificate    = "cdn"
      default_origin = "platform"
      origins        = { platform = { domain_name = "origin.ai.example.com" } }
    }
  }

  assert {
    condition = alltrue([
      for tags in [
        aws_route53_zone.this["public"].tags,
        aws_acm_certificate.regional["platform"].tags,
        aws_acm_certificate.global["cdn"].tags,
        aws_lb.this["public"].tags,
        aws_lb_target_group.this["public-gateway"].tags,
        aws_security_group.load_balancer["public"].tags,
        aws_cloudfront_distribution.this[0].tags,
        aws_wafv2_web_acl.cdn[0].tags,
        aws_kms_key.logs[0].tags,
      ] : tags["Project"] == "applied-ai" && startswith(tags["Name"], "applied-ai-staging-")
    ])
    error_message = "A resource without the module's tags and a name."
  }
}
