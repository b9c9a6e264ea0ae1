variable "backup" {
  description = <<-EOT
    Backups of everything that bears the platform's Project and Environment tags, by AWS Backup; the module backup tells what each key means.
    Without plans there is a daily one that keeps backups for 30 days. Where there is a secondary_region, a copy of each is kept there for as long
    as the backup itself, or for copy_retention_days. What fails is told to security.findings_topic where there is one. null: none.
  EOT
  type = object({
    framework = optional(object({
      max_restore_minutes = optional(number)
      retention_days      = optional(number)
    }))
    plans = optional(map(object({
      cold_storage_after_days   = optional(number)
      completion_window_minutes = optional(number)
      continuous                = optional(bool)
      copy_retention_days       = optional(number)
      not_resources             = optional(list(string))
      resources                 = optional(list(string))
      retention_days            = optional(number)
      schedule                  = optional(string)
      selection_tags            = optional(map(string))
      start_window_minutes      = optional(number)
      timezone                  = optional(string)
    })), { daily = {} })
    region_settings = optional(object({
      opt_in     = map(bool)
      management = optional(map(bool))
    }))
    reports = optional(object({
      formats        = optional(list(string))
      retention_days = optional(number)
      templates      = optional(set(string))
    }))
    restore_testing = optional(object({
      selections = map(object({
        resource_type              = string
        resource_arns              = optional(list(string))
        restore_metadata_overrides = optional(map(string))
        validation_window_hours    = optional(number)
      }))
      algorithm             = optional(string)
      schedule              = optional(string)
      selection_window_days = optional(number)
      start_window_hours    = optional(number)
      timezone              = optional(string)
    }))
    vault_lock = optional(object({
      changeable_for_days = optional(number)
      max_retention_days  = optional(number)
      min_retention_days  = optional(number)
    }))
  })
  default = null

  validation {
    condition     = var.backup == null || var.secondary_region != null || alltrue([for plan in values(try(var.backup.plans, {})) : plan.copy_retention_days == null])
    error_message = "backup.plans gives copy_retention_days to ${join(", ", [for name, plan in try(var.backup.plans, {}) : name if plan.copy_retention_days != null])}; set secondary_region to where copies go, or leave it out."
  }
}
