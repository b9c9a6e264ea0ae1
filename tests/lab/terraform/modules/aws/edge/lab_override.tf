# The emulator has no logging of DNS queries.
resource "aws_route53_query_log" "this" {
  for_each = {}
}

# The emulator's firewall has no logging.
resource "aws_wafv2_web_acl_logging_configuration" "cdn" {
  count = 0
}

# The emulator makes RSA keys only.
resource "aws_acm_certificate" "regional" {
  lifecycle {
    ignore_changes = [key_algorithm]
  }
}

resource "aws_acm_certificate" "global" {
  lifecycle {
    ignore_changes = [key_algorithm]
  }
}

# The emulator tells of headers to add and to remove where there are none.
resource "aws_cloudfront_response_headers_policy" "this" {
  lifecycle {
    ignore_changes = [custom_headers_config, remove_headers_config]
  }
}

# The emulator forgets the prefix list of a rule, and its description then.
resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  lifecycle {
    ignore_changes = [description, prefix_list_id]
  }
}
