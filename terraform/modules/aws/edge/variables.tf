variable "name" {
  description = "What the names of the way in begin with, such as \"applied-ai-production\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,23}$", var.name)) && length(var.name) <= 24
    error_message = "name is \"${var.name}\"; give up to 24 lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "vpc_cidr" {
  description = "Address range of the VPC: where targets are, and who reaches an internal load balancer."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && !endswith(var.vpc_cidr, "/0")
    error_message = "vpc_cidr is \"${var.vpc_cidr}\"; give the network of the VPC, such as \"10.0.0.0/16\"."
  }
}

variable "vpc_id" {
  description = "VPC of the load balancers and their targets."
  type        = string
  nullable    = false
}

variable "cdn" {
  description = <<-EOT
    CloudFront distribution that answers to aliases with a certificate (key of one with global = true). Each of origins is "custom" (a
    name with a certificate that fits; it sees all of a request, Host included, and nothing of it is cached) or "s3" (a bucket's regional
    domain name; cached, read with the distribution's identity). paths are tried in order; what fits none goes to default_origin.
    rate_limit is what one address may ask in five minutes. managed_rules names AWS's groups of firewall rules, each with those of its rules
    that only count: by default the size of a body, as prompts are long. geo_restriction.type is "whitelist" or "blacklist".
    The bucket of access_logs takes them as Parquet. null: none.
  EOT
  type = object({
    aliases        = set(string)
    certificate    = string
    default_origin = string
    origins = map(object({
      domain_name = string
      path        = optional(string, "")
      type        = optional(string, "custom")
    }))
    access_logs = optional(object({
      bucket_arn = string
    }))
    content_security_policy = optional(string)
    default_root_object     = optional(string)
    geo_restriction = optional(object({
      countries = set(string)
      type      = string
    }))
    managed_rules = optional(map(set(string)), {
      AWSManagedRulesAmazonIpReputationList = []
      AWSManagedRulesCommonRuleSet          = ["SizeRestrictions_BODY"]
      AWSManagedRulesKnownBadInputsRuleSet  = []
    })
    paths = optional(list(object({
      origin  = string
      pattern = string
    })), [])
    price_class = optional(string, "PriceClass_100")
    rate_limit  = optional(number, 2000)
  })
  default = null

  validation {
    condition     = var.cdn == null ? true : length(var.cdn.aliases) > 0 && try(var.certificates[var.cdn.certificate].global, false)
    error_message = "cdn answers to ${jsonencode(try(var.cdn.aliases, []))} with the certificate \"${try(var.cdn.certificate, "")}\"; give at least one alias, and the key of one of certificates with global = true."
  }

  validation {
    condition     = var.cdn == null ? true : alltrue([for origin in concat([var.cdn.default_origin], var.cdn.paths[*].origin) : contains(keys(var.cdn.origins), origin)])
    error_message = "cdn sends requests to ${try(join(", ", concat([var.cdn.default_origin], var.cdn.paths[*].origin)), "")}; each has to be one of its origins, ${try(join(", ", keys(var.cdn.origins)), "")}."
  }

  validation {
    condition     = var.cdn == null ? true : alltrue([for origin in var.cdn.origins : contains(["custom", "s3"], origin.type)])
    error_message = "cdn.origins has the types ${jsonencode(try({ for key, origin in var.cdn.origins : key => origin.type }, {}))}; each has to be \"custom\" or \"s3\"."
  }

  validation {
    condition     = try(contains(["whitelist", "blacklist"], var.cdn.geo_restriction.type) && length(var.cdn.geo_restriction.countries) > 0, true)
    error_message = "cdn.geo_restriction is ${jsonencode(try(var.cdn.geo_restriction, null))}; give the type \"whitelist\" or \"blacklist\" and at least one country, such as \"DE\"."
  }

  validation {
    condition     = var.cdn == null ? true : contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.cdn.price_class)
    error_message = "cdn.price_class is \"${try(var.cdn.price_class, "")}\"; give PriceClass_100, PriceClass_200 or PriceClass_All."
  }

  validation {
    condition     = var.cdn == null ? true : var.cdn.rate_limit >= 10 && var.cdn.rate_limit <= 2000000000
    error_message = "cdn.rate_limit is ${try(var.cdn.rate_limit, 0)}; the firewall takes 10 to 2000000000."
  }
}

variable "certificates" {
  description = <<-EOT
    Certificates by key, each validated by a record in a public zone (key of zones) that all its domains lie in. They renew themselves.
    global: made in CloudFront's region, for the cdn.
  EOT
  type = map(object({
    domain_name               = string
    zone                      = string
    global                    = optional(bool, false)
    key_algorithm             = optional(string, "RSA_2048")
    subject_alternative_names = optional(set(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for certificate in var.certificates : try(length(var.zones[certificate.zone].private_vpc_ids) == 0, false)])
    error_message = "certificates are validated in the zones ${jsonencode({ for key, certificate in var.certificates : key => certificate.zone })}; each has to be the key of a public one of zones."
  }

  validation {
    condition = alltrue(flatten([for certificate in var.certificates : [
      for name in concat([certificate.domain_name], tolist(certificate.subject_alternative_names)) :
      endswith(".${name}", ".${var.zones[certificate.zone].domain_name}") if can(var.zones[certificate.zone])
    ]]))
    error_message = "certificates name the domains ${jsonencode({ for key, certificate in var.certificates : key => concat([certificate.domain_name], tolist(certificate.subject_alternative_names)) })}; each has to lie in the zone of its certificate."
  }

  validation {
    condition     = alltrue([for certificate in var.certificates : contains(["RSA_2048", "EC_prime256v1", "EC_secp384r1"], certificate.key_algorithm)])
    error_message = "certificates have the key_algorithm ${jsonencode({ for key, certificate in var.certificates : key => certificate.key_algorithm })}; give RSA_2048, EC_prime256v1 or EC_secp384r1."
  }
}

variable "deletion_protection" {
  description = "Refuse to remove a load balancer. For production."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_query_logging" {
  description = "Log the queries to the public zones that are made here."
  type        = bool
  default     = false
  nullable    = false
}

variable "health_checks" {
  description = "Health checks by key: Route 53 asks for path over HTTPS every interval (10 or 30 seconds), and takes failure_threshold failures in a row for an outage."
  type = map(object({
    fqdn              = string
    failure_threshold = optional(number, 3)
    interval          = optional(number, 30)
    path              = optional(string, "/")
    port              = optional(number, 443)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for check in var.health_checks : contains([10, 30], check.interval) && check.failure_threshold >= 1 && check.failure_threshold <= 10])
    error_message = "health_checks ask with ${jsonencode({ for key, check in var.health_checks : key => "interval ${check.interval}, failure_threshold ${check.failure_threshold}" })}; give an interval of 10 or 30 and a failure_threshold of 1 to 10."
  }

  validation {
    condition     = alltrue([for check in var.health_checks : startswith(check.path, "/")])
    error_message = "health_checks ask for ${jsonencode({ for key, check in var.health_checks : key => check.path })}; a path begins with /."
  }
}

variable "kms_deletion_window_days" {
  description = "Days between the removal of the key for logs and its loss."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days is ${var.kms_deletion_window_days}; KMS takes 7 to 30."
  }
}

variable "load_balancers" {
  description = <<-EOT
    Load balancers by key, of type "application" or "network". All listen at 443 with a certificate: the key of one of certificates, or
    certificate_arn. A public one is open to everyone, an internal one to the VPC, unless allowed_cidrs names who may come; with
    cloudfront_only a public one is open to CloudFront alone, so that nobody walks around its firewall. redirect_http answers at 80 with a
    redirect to 443. target_groups takes addresses of pods (TargetGroupBinding) that speak TLS at port: requests for its hosts go to a
    group, all others to the one without hosts. web_acl puts a regional web ACL in front. access_logs_bucket names a bucket that
    takes the logs of load balancers. idle_timeout, in seconds, is how long an answer may pause.
  EOT
  type = map(object({
    subnet_ids = list(string)
    target_groups = map(object({
      port              = number
      health_check_path = optional(string, "/")
      hosts             = optional(set(string), [])
    }))
    access_logs_bucket = optional(string)
    allowed_cidrs      = optional(list(string))
    certificate        = optional(string)
    certificate_arn    = optional(string)
    cloudfront_only    = optional(bool, false)
    idle_timeout       = optional(number, 60)
    internal           = optional(bool, false)
    redirect_http      = optional(bool, false)
    type               = optional(string, "application")
    web_acl = optional(object({
      arn = string
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.load_balancers) : can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", key)) && length("${var.name}-${key}") <= 32])
    error_message = "load_balancers has the keys ${join(", ", keys(var.load_balancers))}; each has to be lower-case letters, digits and hyphens, 32 characters at most together with ${var.name} and a hyphen."
  }

  validation {
    condition     = alltrue([for balancer in var.load_balancers : contains(["application", "network"], balancer.type)])
    error_message = "load_balancers has the types ${jsonencode({ for key, balancer in var.load_balancers : key => balancer.type })}; each has to be \"application\" or \"network\"."
  }

  validation {
    condition     = alltrue([for balancer in var.load_balancers : length(balancer.subnet_ids) >= 2])
    error_message = "load_balancers has ${jsonencode({ for key, balancer in var.load_balancers : key => length(balancer.subnet_ids) })} subnets; each needs two or more, in zones of their own."
  }

  validation {
    condition = alltrue([for balancer in var.load_balancers :
      (balancer.certificate == null) != (balancer.certificate_arn == null)
      && (balancer.certificate == null ? true : try(!var.certificates[balancer.certificate].global, false))
    ])
    error_message = "load_balancers has the certificates ${jsonencode({ for key, balancer in var.load_balancers : key => balancer.certificate })}; give each either the key of one of certificates that is not global, or certificate_arn."
  }

  validation {
    condition     = alltrue([for balancer in var.load_balancers : length([for group in balancer.target_groups : group if length(group.hosts) == 0]) == 1])
    error_message = "load_balancers has the target_groups ${jsonencode({ for key, balancer in var.load_balancers : key => { for name, group in balancer.target_groups : name => group.hosts } })}; exactly one of each has no hosts: what fits no other goes there."
  }

  validation {
    condition = alltrue([for balancer in var.load_balancers :
      balancer.type == "application" || length(balancer.target_groups) == 1 && !balancer.redirect_http && balancer.web_acl == null
    ])
    error_message = "load_balancers asks of ${join(", ", [for key, balancer in var.load_balancers : key if balancer.type == "network"])} what a network load balancer cannot do: it has one target group, no redirect_http and no web_acl."
  }

  validation {
    condition = alltrue([for balancer in var.load_balancers :
      !balancer.cloudfront_only || !balancer.internal && !balancer.redirect_http && balancer.allowed_cidrs == null
    ])
    error_message = "load_balancers has ${join(", ", [for key, balancer in var.load_balancers : key if balancer.cloudfront_only])} with cloudfront_only, which goes with neither internal nor redirect_http nor allowed_cidrs."
  }

  validation {
    condition = alltrue(flatten([for balancer in var.load_balancers : [
      for cidr in coalesce(balancer.allowed_cidrs, []) : try(cidrhost(cidr, 0) == split("/", cidr)[0], false)
    ]]))
    error_message = "load_balancers has the allowed_cidrs ${jsonencode({ for key, balancer in var.load_balancers : key => balancer.allowed_cidrs })}; each has to be an IPv4 network that starts at its first address, such as \"203.0.113.0/24\"."
  }
}

variable "log_retention_days" {
  description = "Days that the logs of DNS queries and of the firewall are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}; CloudWatch Logs keeps logs for set periods only, such as 30, 90 or 365."
  }
}

variable "records" {
  description = <<-EOT
    DNS records by key, with their full name. Each leads to a load_balancer (key), to the cdn (true), or to values. With failover
    ("PRIMARY" or "SECONDARY") or latency_region, several records share a name; health_check (key) tells which of them are alive. A
    record that leads to a load balancer is also taken for dead where none of its targets is healthy.
  EOT
  type = map(object({
    name           = string
    zone           = string
    cdn            = optional(bool, false)
    failover       = optional(string)
    health_check   = optional(string)
    latency_region = optional(string)
    load_balancer  = optional(string)
    ttl            = optional(number, 300)
    type           = optional(string, "A")
    values         = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for record in var.records : try(endswith(".${record.name}", ".${var.zones[record.zone].domain_name}"), false)])
    error_message = "records has the names ${jsonencode({ for key, record in var.records : key => "${record.name} in ${record.zone}" })}; each has to be a full name in one of zones."
  }

  validation {
    condition     = alltrue([for record in var.records : length([for given in [record.load_balancer != null, record.cdn, length(record.values) > 0] : given if given]) == 1])
    error_message = "records leads to ${jsonencode({ for key, record in var.records : key => { cdn = record.cdn, load_balancer = record.load_balancer, values = record.values } })}; each has to lead to exactly one of load_balancer, cdn and values."
  }

  validation {
    condition = alltrue([for record in var.records :
      length(setsubtract(record.load_balancer[*], keys(var.load_balancers))) == 0
      && length(setsubtract(record.health_check[*], keys(var.health_checks))) == 0
      && (!record.cdn || var.cdn != null)
    ])
    error_message = "records names ${jsonencode({ for key, record in var.records : key => { cdn = record.cdn, health_check = record.health_check, load_balancer = record.load_balancer } })}; load_balancer and health_check have to be keys of load_balancers and health_checks, and cdn to be there."
  }

  validation {
    condition = alltrue([for record in var.records :
      record.failover == null ? true : contains(["PRIMARY", "SECONDARY"], record.failover) && record.latency_region == null && (
        record.failover == "SECONDARY" || record.health_check != null || record.load_balancer != null
      )
    ])
    error_message = "records fails over as ${jsonencode({ for key, record in var.records : key => record.failover })}; give PRIMARY or SECONDARY, without latency_region, and a PRIMARY with a health_check or a load_balancer."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tls_policy" {
  description = "What the load balancers speak: by default TLS 1.3 with post-quantum key exchange where a client can, TLS 1.2 at least."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
  nullable    = false

  validation {
    condition     = can(regex("^ELBSecurityPolicy-TLS13-1-[23]-", var.tls_policy))
    error_message = "tls_policy is \"${var.tls_policy}\"; give one that begins with ELBSecurityPolicy-TLS13-1-2- or ELBSecurityPolicy-TLS13-1-3-: others take older versions."
  }
}

variable "zones" {
  description = "Route 53 zones by key: made here, or (id) used where they are already. private_vpc_ids makes a zone private to those VPCs."
  type = map(object({
    domain_name     = string
    id              = optional(string)
    private_vpc_ids = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for zone in var.zones : can(regex("^([a-z0-9_]([a-z0-9_-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*$", zone.domain_name))])
    error_message = "zones has the domain names ${jsonencode({ for key, zone in var.zones : key => zone.domain_name })}; give each in lower case and without a last dot, such as \"example.com\"."
  }
}
