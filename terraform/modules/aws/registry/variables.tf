variable "name" {
  description = "What the names of the repositories begin with, such as \"applied-ai-production\": repository api becomes applied-ai-production/api."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,31}$", var.name)) && length(var.name) <= 32
    error_message = "name is \"${var.name}\"; give up to 32 lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "kms_deletion_window_days" {
  description = "Days between the removal of the images' key and its loss."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days is ${var.kms_deletion_window_days}; KMS takes 7 to 30."
  }
}

variable "pull_through_cache_rules" {
  description = <<-EOT
    Caches of other registries, by the prefix that their images get here. credential_arn is a secret that holds a user name and an access
    token; its name begins with ecr-pullthroughcache/. An image leaves expire_days after it was fetched; who asks for it later fetches it
    again. One rule per prefix, account and region.
  EOT
  type = map(object({
    upstream_registry_url      = string
    credential_arn             = optional(string)
    expire_days                = optional(number, 30)
    upstream_repository_prefix = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for prefix in keys(var.pull_through_cache_rules) : can(regex("^[a-z0-9]+([._-][a-z0-9]+)*$", prefix)) && length(prefix) >= 2 && length(prefix) <= 30])
    error_message = "pull_through_cache_rules has the prefixes ${join(", ", keys(var.pull_through_cache_rules))}; each has to be 2 to 30 lower-case letters and digits, with single hyphens, dots or underscores between, such as \"docker-hub\"."
  }

  validation {
    condition     = alltrue([for rule in var.pull_through_cache_rules : can(regex("^[a-z0-9][a-z0-9.-]+\\.[a-z]+$", rule.upstream_registry_url))])
    error_message = "pull_through_cache_rules names the registries ${join(", ", values(var.pull_through_cache_rules)[*].upstream_registry_url)}; give hosts without https://, such as \"registry-1.docker.io\"."
  }

  validation {
    condition = alltrue([for rule in var.pull_through_cache_rules :
      rule.credential_arn == null ? contains(["public.ecr.aws", "quay.io", "registry.k8s.io"], rule.upstream_registry_url)
      : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:ecr-pullthroughcache/.+$", rule.credential_arn))
    ])
    error_message = "pull_through_cache_rules has the credentials ${jsonencode({ for prefix, rule in var.pull_through_cache_rules : prefix => rule.credential_arn })}; every registry but public.ecr.aws, quay.io and registry.k8s.io needs the ARN of a secret whose name begins with ecr-pullthroughcache/."
  }

  validation {
    condition     = alltrue([for rule in var.pull_through_cache_rules : rule.expire_days >= 1])
    error_message = "pull_through_cache_rules has the expire_days ${jsonencode({ for prefix, rule in var.pull_through_cache_rules : prefix => rule.expire_days })}; give at least 1."
  }
}

variable "registry_scan_type" {
  description = <<-EOT
    How the whole registry is scanned: BASIC (on push, free) or ENHANCED (Inspector, all the time, operating system and languages).
    One per account and region. null: left as it is.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.registry_scan_type == null ? true : contains(["BASIC", "ENHANCED"], var.registry_scan_type)
    error_message = "registry_scan_type is \"${coalesce(var.registry_scan_type, "null")}\"; give BASIC, ENHANCED or null."
  }
}

variable "replication_regions" {
  description = "Regions that every image pushed here is copied to, in the same account. One set per account and region. Empty: none."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for region in var.replication_regions : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", region))])
    error_message = "replication_regions is ${join(", ", var.replication_regions)}; each has to be the code of an AWS region, such as \"us-west-2\"."
  }

  validation {
    condition     = length(distinct(var.replication_regions)) == length(var.replication_regions)
    error_message = "replication_regions names a region twice (${join(", ", var.replication_regions)}); give each region once."
  }
}

variable "repositories" {
  description = <<-EOT
    Repositories by name, without the platform's. The last keep_tagged tagged images stay; untagged ones leave after expire_untagged_days.
    pull_principals are accounts, roles or users of other accounts that may pull.
  EOT
  type = map(object({
    expire_untagged_days = optional(number, 14)
    immutable_tags       = optional(bool, true)
    keep_tagged          = optional(number, 50)
    pull_principals      = optional(list(string), [])
    scan_on_push         = optional(bool, true)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.repositories) : can(regex("^([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*$", name))])
    error_message = "repositories has the names ${join(", ", keys(var.repositories))}; each has to be lower-case letters and digits, with single hyphens, dots, underscores or slashes between, such as \"model-server\"."
  }

  validation {
    condition     = alltrue([for repository in var.repositories : repository.expire_untagged_days >= 1 && repository.keep_tagged >= 1])
    error_message = "repositories keeps ${jsonencode({ for name, repository in var.repositories : name => { expire_untagged_days = repository.expire_untagged_days, keep_tagged = repository.keep_tagged } })}; give at least 1 of each."
  }

  validation {
    condition = alltrue(flatten([for repository in var.repositories : [
      for principal in repository.pull_principals : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/.+)$", principal))
    ]]))
    error_message = "repositories names the pull_principals ${join(", ", flatten(values(var.repositories)[*].pull_principals))}; each has to be the ARN of an account's root, of a role or of a user."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
