variable "security" {
  description = <<-EOT
    Guard rails of the account: records, detection, keys. Most exist once in an account or a region: turn them on for one platform of each, as the
    README of the module security tells.
  EOT
  type = object({
    access_analyzer = optional(object({
      type               = optional(string)
      unused_access_days = optional(number)
    }))
    cloudtrail = optional(object({
      bucket_name              = optional(string)
      data_event_buckets       = optional(list(string))
      insights                 = optional(list(string))
      log_group_retention_days = optional(number)
    }))
    config = optional(object({
      bucket_name = optional(string)
      conformance_packs = optional(map(object({
        template_body    = string
        input_parameters = optional(map(string))
      })))
      include_global_resource_types = optional(bool)
      recording_frequency           = optional(string)
      role_arn                      = optional(string)
      rules = optional(map(object({
        identifier       = string
        input_parameters = optional(map(string))
        resource_types   = optional(list(string))
      })))
    }))
    findings_topic = optional(object({
      emails = optional(map(string))
    }))
    guardduty = optional(object({
      features                     = optional(set(string))
      finding_publishing_frequency = optional(string)
    }))
    inspector = optional(object({
      resource_types = optional(set(string))
    }))
    keys = optional(map(object({
      description    = string
      administrators = optional(list(string))
      services       = optional(list(string))
      users          = optional(list(string))
    })))
    password_policy = optional(object({
      max_age_days     = optional(number)
      minimum_length   = optional(number)
      reuse_prevention = optional(number)
    }))
    retention_days = optional(number)
    security_hub = optional(object({
      standards = optional(set(string))
    }))
  })
  default  = {}
  nullable = false
}
