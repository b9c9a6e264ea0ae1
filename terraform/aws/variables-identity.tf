variable "identity" {
  description = <<-EOT
    Roles for service accounts and pipelines, by name; the module identity tells what each key means. controllers names those of the platform's
    own controllers that get a role for what the platform has: aws_load_balancer_controller, cert_manager, elastic_stack, external_dns,
    external_secrets, opencost, velero, weaviate.
  EOT
  type = object({
    controllers = optional(set(string), [])
    deploy_roles = optional(map(object({
      issuer               = string
      subjects             = list(string)
      allow_wildcard       = optional(bool)
      managed_policies     = optional(list(string))
      max_session_duration = optional(number)
      policy = optional(list(object({
        actions    = list(string)
        resources  = list(string)
        conditions = optional(map(map(list(string))))
        effect     = optional(string)
      })))
    })))
    oidc_issuers = optional(map(object({
      url          = string
      audience     = optional(string)
      provider_arn = optional(string)
    })))
    permission_boundary = optional(object({
      arn = optional(string)
    }))
    service_account_roles = optional(map(object({
      namespace            = string
      service_account      = string
      allow_wildcard       = optional(bool)
      managed_policies     = optional(list(string))
      max_session_duration = optional(number)
      mode                 = optional(string)
      policy = optional(list(object({
        actions    = list(string)
        resources  = list(string)
        conditions = optional(map(map(list(string))))
        effect     = optional(string)
      })))
    })))
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for name in var.identity.controllers :
      contains(["aws_load_balancer_controller", "cert_manager", "elastic_stack", "external_dns", "external_secrets", "opencost", "velero", "weaviate"], name)
    ])
    error_message = "identity.controllers is ${join(", ", var.identity.controllers)}; give some of aws_load_balancer_controller, cert_manager, elastic_stack, external_dns, external_secrets, opencost, velero, weaviate."
  }

  validation {
    condition = alltrue([
      for name, bucket in { elastic_stack = "snapshots", velero = "backups", weaviate = "backups" } :
      !contains(var.identity.controllers, name) || contains(keys(var.storage.buckets), bucket)
    ])
    error_message = "identity.controllers is ${join(", ", var.identity.controllers)}; elastic_stack writes to the bucket snapshots, velero and weaviate to backups: storage.buckets has ${join(", ", keys(var.storage.buckets))}."
  }

  validation {
    condition     = length(setintersection(var.identity.controllers, ["cert_manager", "external_dns"])) == 0 || length(var.edge.zones) > 0
    error_message = "identity.controllers is ${join(", ", var.identity.controllers)}; cert_manager and external_dns write to the zones of edge.zones, which has none."
  }
}
