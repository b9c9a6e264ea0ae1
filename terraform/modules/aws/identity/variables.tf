variable "name" {
  description = "What the names of roles and policies begin with, such as applied-ai-production."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9-]{0,31}$", var.name))
    error_message = "name is \"${var.name}\"; give up to 32 letters, digits and hyphens, beginning with a letter or digit."
  }
}

variable "cluster_name" {
  description = "The cluster: what mode pod_identity and the preset aws_load_balancer_controller need."
  type        = string
  default     = null

  validation {
    condition = var.cluster_name != null || (
      var.presets.aws_load_balancer_controller == null
      && alltrue([for account in local.service_accounts : account.mode != "pod_identity"])
    )
    error_message = "cluster_name is ${jsonencode(var.cluster_name)}; mode pod_identity and the preset aws_load_balancer_controller need the cluster's name."
  }
}

variable "deploy_roles" {
  description = <<-EOT
    Roles for pipelines, by name: issuer is a key of oidc_issuers, subjects are what its tokens say of themselves (for GitHub
    repo:ORG/REPOSITORY:environment:NAME or repo:ORG/REPOSITORY:ref:refs/heads/BRANCH; * may stand for an end, not for a repository).
    Permissions as in service_account_roles.
  EOT
  type = map(object({
    issuer               = string
    subjects             = list(string)
    allow_wildcard       = optional(bool, false)
    managed_policies     = optional(list(string), [])
    max_session_duration = optional(number, 3600)
    policy = optional(list(object({
      actions    = list(string)
      resources  = list(string)
      conditions = optional(map(map(list(string))), {})
      effect     = optional(string, "Allow")
    })), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for name in keys(var.deploy_roles) :
      can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", name)) && length(name) + length(var.name) <= 48
    ])
    error_message = "deploy_roles has the names ${join(", ", keys(var.deploy_roles))}; each has to be of lower-case letters, digits and hyphens, and with ${var.name} up to 48 long."
  }

  validation {
    condition     = length(setintersection(keys(var.deploy_roles), concat(keys(var.service_account_roles), local.preset_names))) == 0
    error_message = "deploy_roles has the names ${join(", ", keys(var.deploy_roles))}; service accounts have some of them (${join(", ", concat(keys(var.service_account_roles), local.preset_names))}), give others."
  }

  validation {
    condition     = alltrue([for role in var.deploy_roles : contains(keys(var.oidc_issuers), role.issuer)])
    error_message = "deploy_roles names the issuers ${join(", ", values(var.deploy_roles)[*].issuer)}; each has to be a key of oidc_issuers (${join(", ", keys(var.oidc_issuers))})."
  }

  validation {
    condition = alltrue([for role in var.deploy_roles : length(role.subjects) > 0 && alltrue([
      for subject in role.subjects : can(regex("^([^*?]+|[^*?:]+:[^*?:]+:[^?]+)$", subject))
    ])])
    error_message = "deploy_roles has the subjects ${jsonencode({ for name, role in var.deploy_roles : name => role.subjects })}; name one or more, with a * only after the repository, such as \"repo:example/platform:ref:refs/tags/*\"."
  }

  validation {
    condition = alltrue(flatten([for role in var.deploy_roles : [for statement in role.policy :
      contains(["Allow", "Deny"], statement.effect) && length(statement.actions) > 0 && length(statement.resources) > 0
    ]]))
    error_message = "deploy_roles has the policies ${jsonencode({ for name, role in var.deploy_roles : name => role.policy })}; each statement has actions and resources, and effect Allow or Deny."
  }

  validation {
    condition = alltrue([for role in var.deploy_roles : role.allow_wildcard || alltrue(concat(
      [for policy in role.managed_policies : !contains(["AdministratorAccess", "IAMFullAccess", "PowerUserAccess"], reverse(split("/", policy))[0])],
      [for statement in role.policy : statement.effect == "Deny" || !(
        contains(statement.actions, "*")
        || contains(statement.resources, "*") && anytrue([for action in statement.actions : endswith(action, ":*")])
      )],
    ))])
    error_message = "deploy_roles has roles that may do nearly everything: ${jsonencode({ for name, role in var.deploy_roles : name => { managed_policies = role.managed_policies, policy = role.policy } if !role.allow_wildcard })}; name actions and resources, or say allow_wildcard = true."
  }

  validation {
    condition     = alltrue(flatten([for role in var.deploy_roles : [for policy in role.managed_policies : can(regex("^(arn:[a-z-]+:iam::([0-9]{12}|aws):policy/)?[\\w+=,.@/-]+$", policy))]]))
    error_message = "deploy_roles names the managed_policies ${join(", ", flatten(values(var.deploy_roles)[*].managed_policies))}; give names of AWS's own, such as \"AmazonS3ReadOnlyAccess\", or ARNs."
  }

  validation {
    condition     = alltrue([for role in var.deploy_roles : role.max_session_duration >= 3600 && role.max_session_duration <= 43200])
    error_message = "deploy_roles has the max_session_duration ${jsonencode({ for name, role in var.deploy_roles : name => role.max_session_duration })}; IAM takes 3600 to 43200 seconds."
  }
}

variable "oidc_issuers" {
  description = <<-EOT
    Who vouches for pipelines, by name: the issuer of their tokens, such as https://token.actions.githubusercontent.com. An account has one
    OIDC provider for each issuer: provider_arn names it where it is there already, null makes it.
  EOT
  type = map(object({
    url          = string
    audience     = optional(string, "sts.amazonaws.com")
    provider_arn = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for issuer in var.oidc_issuers : can(regex("^https://[^/ ]+(/[^ ]*[^/ ])?$", issuer.url))])
    error_message = "oidc_issuers has the urls ${join(", ", values(var.oidc_issuers)[*].url)}; each has to begin with https:// and not to end with /."
  }

  validation {
    condition     = alltrue([for issuer in var.oidc_issuers : issuer.provider_arn == null ? true : endswith(issuer.provider_arn, ":oidc-provider/${trimprefix(issuer.url, "https://")}")])
    error_message = "oidc_issuers has ${jsonencode(var.oidc_issuers)}; provider_arn has to be the OIDC provider of the same url, or null."
  }
}

variable "oidc_provider_arn" {
  description = "The cluster's OIDC provider in IAM: what mode irsa needs."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/.+$", var.oidc_provider_arn))
    error_message = "oidc_provider_arn is ${jsonencode(var.oidc_provider_arn)}; give the ARN of an OIDC provider in IAM."
  }

  validation {
    condition     = var.oidc_provider_arn != null || alltrue([for account in local.service_accounts : account.mode != "irsa"])
    error_message = "oidc_provider_arn is ${jsonencode(var.oidc_provider_arn)}; mode irsa needs the cluster's OIDC provider."
  }
}

variable "permission_boundary" {
  description = <<-EOT
    What bounds every role of the module: {} makes a policy that keeps roles from widening their rights, leaving the organization and
    silencing its records; arn names an existing policy instead. null: nothing does.
  EOT
  type = object({
    arn = optional(string)
  })
  default = null

  validation {
    condition     = try(var.permission_boundary.arn, null) == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$", var.permission_boundary.arn))
    error_message = "permission_boundary has the arn ${jsonencode(try(var.permission_boundary.arn, null))}; give the ARN of a policy, or null for one made here."
  }
}

variable "presets" {
  description = "Roles with the least permissions for controllers of the platform, each for what is named. Namespaces and service accounts are those of the controllers' charts."
  type = object({
    aws_load_balancer_controller = optional(object({
      mode            = optional(string, "irsa")
      namespace       = optional(string, "kube-system")
      service_account = optional(string, "aws-load-balancer-controller")
    }))
    cert_manager = optional(object({
      zone_ids        = list(string)
      mode            = optional(string, "irsa")
      namespace       = optional(string, "cert-manager")
      service_account = optional(string, "cert-manager")
    }))
    elastic_stack = optional(object({
      bucket_arn      = string
      kms_key_arns    = optional(list(string), [])
      mode            = optional(string, "irsa")
      namespace       = optional(string, "observability")
      service_account = optional(string, "elastic-stack")
    }))
    external_dns = optional(object({
      zone_ids        = list(string)
      mode            = optional(string, "irsa")
      namespace       = optional(string, "external-dns")
      service_account = optional(string, "external-dns")
    }))
    external_secrets = optional(object({
      kms_key_arns       = optional(list(string), [])
      mode               = optional(string, "irsa")
      namespace          = optional(string, "external-secrets")
      parameter_prefixes = optional(list(string), [])
      secret_prefixes    = optional(list(string), [])
      service_account    = optional(string, "external-secrets")
    }))
    opencost = optional(object({
      mode                 = optional(string, "irsa")
      namespace            = optional(string, "opencost")
      service_account      = optional(string, "opencost")
      spot_feed_bucket_arn = optional(string)
    }))
    velero = optional(object({
      bucket_arn          = string
      kms_key_arns        = optional(list(string), [])
      mode                = optional(string, "irsa")
      namespace           = optional(string, "velero")
      replica_bucket_arn  = optional(string)
      replica_kms_key_arn = optional(string)
      service_account     = optional(string, "velero-server")
    }))
    weaviate = optional(object({
      bucket_arn      = string
      kms_key_arns    = optional(list(string), [])
      mode            = optional(string, "irsa")
      namespace       = optional(string, "weaviate")
      service_account = optional(string, "weaviate")
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for preset in var.presets : preset == null ? true : contains(["irsa", "pod_identity"], preset.mode)])
    error_message = "presets has the mode ${jsonencode({ for name, preset in var.presets : name => preset.mode if preset != null })}; each has to be irsa or pod_identity."
  }

  validation {
    condition = alltrue([for zone_ids in [try(var.presets.cert_manager.zone_ids, ["none asked for"]), try(var.presets.external_dns.zone_ids, ["none asked for"])] :
      length(zone_ids) > 0 && !contains(zone_ids, "*")
    ])
    error_message = "presets has the zone_ids ${jsonencode({ for name, preset in var.presets : name => preset.zone_ids if can(preset.zone_ids) })}; name the hosted zones."
  }

  validation {
    condition = var.presets.external_secrets == null ? true : (
      length(concat(var.presets.external_secrets.secret_prefixes, var.presets.external_secrets.parameter_prefixes)) > 0
      && alltrue([for prefix in concat(var.presets.external_secrets.secret_prefixes, var.presets.external_secrets.parameter_prefixes) : length(trim(prefix, "/*")) > 0])
    )
    error_message = "presets has external_secrets with ${jsonencode(var.presets.external_secrets)}; name one prefix or more, such as \"applied-ai/production/\": an empty one would open every secret."
  }
}

variable "service_account_roles" {
  description = <<-EOT
    Roles for service accounts, by name. policy is a list of statements (conditions as in IAM: operator, key, values), managed_policies are
    names of AWS's own policies or ARNs. mode is irsa (the service account bears the role's ARN) or pod_identity (the cluster knows the
    role). Permissions for nearly everything are refused unless allow_wildcard says that they are meant.
  EOT
  type = map(object({
    namespace            = string
    service_account      = string
    allow_wildcard       = optional(bool, false)
    managed_policies     = optional(list(string), [])
    max_session_duration = optional(number, 3600)
    mode                 = optional(string, "irsa")
    policy = optional(list(object({
      actions    = list(string)
      resources  = list(string)
      conditions = optional(map(map(list(string))), {})
      effect     = optional(string, "Allow")
    })), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for name in keys(var.service_account_roles) :
      can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", name)) && length(name) + length(var.name) <= 48 && !contains(local.preset_names, name)
    ])
    error_message = "service_account_roles has the names ${join(", ", keys(var.service_account_roles))}; each has to be of lower-case letters, digits and hyphens, with ${var.name} up to 48 long, and none of the presets' (${join(", ", local.preset_names)})."
  }

  validation {
    condition     = alltrue([for role in var.service_account_roles : alltrue([for name in [role.namespace, role.service_account] : can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", name))])])
    error_message = "service_account_roles is for ${join(", ", [for role in var.service_account_roles : "${role.namespace}/${role.service_account}"])}; give one namespace and one service account each, no patterns."
  }

  validation {
    condition     = alltrue([for role in var.service_account_roles : contains(["irsa", "pod_identity"], role.mode)])
    error_message = "service_account_roles has the mode ${jsonencode({ for name, role in var.service_account_roles : name => role.mode })}; each has to be irsa or pod_identity."
  }

  validation {
    condition = alltrue(flatten([for role in var.service_account_roles : [for statement in role.policy :
      contains(["Allow", "Deny"], statement.effect) && length(statement.actions) > 0 && length(statement.resources) > 0
    ]]))
    error_message = "service_account_roles has the policies ${jsonencode({ for name, role in var.service_account_roles : name => role.policy })}; each statement has actions and resources, and effect Allow or Deny."
  }

  validation {
    condition = alltrue([for role in var.service_account_roles : role.allow_wildcard || alltrue(concat(
      [for policy in role.managed_policies : !contains(["AdministratorAccess", "IAMFullAccess", "PowerUserAccess"], reverse(split("/", policy))[0])],
      [for statement in role.policy : statement.effect == "Deny" || !(
        contains(statement.actions, "*")
        || contains(statement.resources, "*") && anytrue([for action in statement.actions : endswith(action, ":*")])
      )],
    ))])
    error_message = "service_account_roles has roles that may do nearly everything: ${jsonencode({ for name, role in var.service_account_roles : name => { managed_policies = role.managed_policies, policy = role.policy } if !role.allow_wildcard })}; name actions and resources, or say allow_wildcard = true."
  }

  validation {
    condition     = alltrue(flatten([for role in var.service_account_roles : [for policy in role.managed_policies : can(regex("^(arn:[a-z-]+:iam::([0-9]{12}|aws):policy/)?[\\w+=,.@/-]+$", policy))]]))
    error_message = "service_account_roles names the managed_policies ${join(", ", flatten(values(var.service_account_roles)[*].managed_policies))}; give names of AWS's own, such as \"AmazonS3ReadOnlyAccess\", or ARNs."
  }

  validation {
    condition     = alltrue([for role in var.service_account_roles : role.max_session_duration >= 3600 && role.max_session_duration <= 43200])
    error_message = "service_account_roles has the max_session_duration ${jsonencode({ for name, role in var.service_account_roles : name => role.max_session_duration })}; IAM takes 3600 to 43200 seconds."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
