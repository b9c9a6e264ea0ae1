locals {
  origins = var.cdn == null ? {} : {
    for key, origin in var.cdn.origins : key => merge(origin, {
      # What an application answers is its own affair; files are kept.
      cache_policy    = origin.type == "s3" ? "Managed-CachingOptimized" : "Managed-CachingDisabled"
      request_policy  = origin.type == "s3" ? null : data.aws_cloudfront_origin_request_policy.all[0].id
      allowed_methods = origin.type == "s3" ? ["GET", "HEAD", "OPTIONS"] : ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    })
  }
  cdn_logs = var.cdn == null ? null : var.cdn.access_logs
}

data "aws_cloudfront_cache_policy" "this" {
  for_each = var.cdn == null ? [] : toset(["Managed-CachingDisabled", "Managed-CachingOptimized"])

  name = each.key
}

data "aws_cloudfront_origin_request_policy" "all" {
  count = var.cdn == null ? 0 : 1

  name = "Managed-AllViewer"
}

resource "aws_cloudfront_origin_access_control" "this" {
  for_each = { for key, origin in local.origins : key => origin if origin.type == "s3" }

  name                              = "${local.global_name}-${each.key}"
  description                       = "Bucket ${each.key} of ${var.name}: read by the distribution alone"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_response_headers_policy" "this" {
  count = var.cdn == null ? 0 : 1

  name    = "${local.global_name}-security"
  comment = "Security headers of ${var.name}"

  # An application may set the others to its own needs; these two nobody loosens.
  security_headers_config {
    content_type_options {
      override = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = true
      override                   = true
    }

    frame_options {
      frame_option = "DENY"
      override     = false
    }

    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = false
    }

    dynamic "content_security_policy" {
      for_each = var.cdn.content_security_policy[*]

      content {
        content_security_policy = content_security_policy.value
        override                = false
      }
    }
  }
}

resource "aws_cloudfront_distribution" "this" {
  count = var.cdn == null ? 0 : 1

  enabled             = true
  comment             = var.name
  aliases             = var.cdn.aliases
  default_root_object = var.cdn.default_root_object
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  price_class         = var.cdn.price_class
  web_acl_id          = aws_wafv2_web_acl.cdn[0].arn
  tags                = merge(var.tags, { Name = "${var.name}-cdn" })

  dynamic "origin" {
    for_each = local.origins

    content {
      origin_id                = origin.key
      domain_name              = origin.value.domain_name
      origin_path              = origin.value.path
      origin_access_control_id = origin.value.type == "s3" ? aws_cloudfront_origin_access_control.this[origin.key].id : null

      dynamic "custom_origin_config" {
        for_each = origin.value.type == "s3" ? [] : [443]

        content {
          http_port              = 80
          https_port             = custom_origin_config.value
          origin_protocol_policy = "https-only"
          origin_read_timeout    = 60
          origin_ssl_protocols   = ["TLSv1.2"]
        }
      }
    }
  }

  default_cache_behavior {
    target_origin_id           = var.cdn.default_origin
    allowed_methods            = local.origins[var.cdn.default_origin].allowed_methods
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = data.aws_cloudfront_cache_policy.this[local.origins[var.cdn.default_origin].cache_policy].id
    origin_request_policy_id   = local.origins[var.cdn.default_origin].request_policy
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this[0].id
    viewer_protocol_policy     = "redirect-to-https"
  }

  dynamic "ordered_cache_behavior" {
    for_each = var.cdn.paths

    content {
      path_pattern               = ordered_cache_behavior.value.pattern
      target_origin_id           = ordered_cache_behavior.value.origin
      allowed_methods            = local.origins[ordered_cache_behavior.value.origin].allowed_methods
      cached_methods             = ["GET", "HEAD"]
      compress                   = true
      cache_policy_id            = data.aws_cloudfront_cache_policy.this[local.origins[ordered_cache_behavior.value.origin].cache_policy].id
      origin_request_policy_id   = local.origins[ordered_cache_behavior.value.origin].request_policy
      response_headers_policy_id = aws_cloudfront_response_headers_policy.this[0].id
      viewer_protocol_policy     = "redirect-to-https"
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = var.cdn.geo_restriction == null ? "none" : var.cdn.geo_restriction.type
      locations        = var.cdn.geo_restriction == null ? [] : var.cdn.geo_restriction.countries
    }
  }

  viewer_certificate {
    acm_certificate_arn      = local.certificate_arns[var.cdn.certificate]
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }
}

resource "aws_cloudwatch_log_delivery_source" "cdn" {
  count    = local.cdn_logs == null ? 0 : 1
  provider = aws.global

  name         = "${local.global_name}-cdn"
  log_type     = "ACCESS_LOGS"
  resource_arn = aws_cloudfront_distribution.this[0].arn
  tags         = var.tags
}

resource "aws_cloudwatch_log_delivery_destination" "cdn" {
  count    = local.cdn_logs == null ? 0 : 1
  provider = aws.global

  name          = "${local.global_name}-cdn"
  output_format = "parquet"
  tags          = var.tags

  delivery_destination_configuration {
    destination_resource_arn = local.cdn_logs.bucket_arn
  }
}

resource "aws_cloudwatch_log_delivery" "cdn" {
  count    = local.cdn_logs == null ? 0 : 1
  provider = aws.global

  delivery_source_name     = aws_cloudwatch_log_delivery_source.cdn[0].name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.cdn[0].arn
  tags                     = var.tags
}
