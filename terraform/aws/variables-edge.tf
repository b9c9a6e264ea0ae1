variable "edge" {
  description = <<-EOT
    The way in from the internet: zones, certificates, load balancers, CloudFront with its firewall, health checks and records, by name; the
    module edge tells what each key means. Load balancers lie in the public subnets, internal ones in the private subnets; access_logs_bucket is
    a key of storage.buckets.
  EOT
  type = object({
    cdn = optional(object({
      aliases        = set(string)
      certificate    = string
      default_origin = string
      origins = map(object({
        domain_name = string
        path        = optional(string)
        type        = optional(string)
      }))
      access_logs             = optional(object({ bucket_arn = string }))
      content_security_policy = optional(string)
      default_root_object     = optional(string)
      geo_restriction = optional(object({
        countries = set(string)
        type      = string
      }))
      managed_rules = optional(map(set(string)))
      paths = optional(list(object({
        origin  = string
        pattern = string
      })))
      price_class = optional(string)
      rate_limit  = optional(number)
    }))
    certificates = optional(map(object({
      domain_name               = string
      zone                      = string
      global                    = optional(bool)
      key_algorithm             = optional(string)
      subject_alternative_names = optional(set(string))
    })))
    enable_query_logging = optional(bool)
    health_checks = optional(map(object({
      fqdn              = string
      failure_threshold = optional(number)
      interval          = optional(number)
      path              = optional(string)
      port              = optional(number)
    })))
    load_balancers = optional(map(object({
      target_groups = map(object({
        port              = number
        health_check_path = optional(string)
        hosts             = optional(set(string))
      }))
      access_logs_bucket = optional(string)
      allowed_cidrs      = optional(list(string))
      certificate        = optional(string)
      certificate_arn    = optional(string)
      cloudfront_only    = optional(bool)
      idle_timeout       = optional(number)
      internal           = optional(bool)
      redirect_http      = optional(bool)
      type               = optional(string)
      web_acl            = optional(object({ arn = string }))
    })), {})
    records = optional(map(object({
      name           = string
      zone           = string
      cdn            = optional(bool)
      failover       = optional(string)
      health_check   = optional(string)
      latency_region = optional(string)
      load_balancer  = optional(string)
      ttl            = optional(number)
      type           = optional(string)
      values         = optional(list(string))
    })))
    zones = optional(map(object({
      domain_name     = string
      id              = optional(string)
      private_vpc_ids = optional(list(string))
    })), {})
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for balancer in values(var.edge.load_balancers) :
      balancer.access_logs_bucket == null ? true : contains(keys(var.storage.buckets), balancer.access_logs_bucket)
    ])
    error_message = "edge.load_balancers logs to ${join(", ", compact(values(var.edge.load_balancers)[*].access_logs_bucket))}; give a key of storage.buckets (${join(", ", keys(var.storage.buckets))}) that takes the logs of elasticloadbalancing."
  }
}
