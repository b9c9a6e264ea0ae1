variable "name" {
  description = "What the names of vaults, plans and roles begin with, such as \"applied-ai-production\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,31}$", var.name)) && length(var.name) <= 32
    error_message = "name is \"${var.name}\"; give up to 32 lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "selection_tags" {
  description = "Tags that a resource has to bear, all of them, to be backed up and to have its restore tested, such as Project and Environment."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.selection_tags) > 0
    error_message = "selection_tags is ${jsonencode(var.selection_tags)}; without a tag everything in the account would be backed up, give at least one."
  }
}

variable "framework" {
  description = <<-EOT
    A framework of Backup Audit Manager: tells daily which resources of the account and region have no plan, no backup of the last day,
    too short a retention, no encryption, or took longer than max_restore_minutes to restore. It needs AWS Config to record. null: none.
  EOT
  type = object({
    max_restore_minutes = optional(number, 720)
    retention_days      = optional(number, 30)
  })
  default = null

  validation {
    condition     = var.framework == null ? true : var.framework.max_restore_minutes >= 1 && var.framework.retention_days >= 1
    error_message = "framework is ${jsonencode(var.framework)}; give at least 1 minute and 1 day."
  }
}

variable "kms_deletion_window_days" {
  description = "Days between the removal of a key of backups and its loss."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days is ${var.kms_deletion_window_days}; KMS takes 7 to 30."
  }
}

variable "notifications" {
  description = <<-EOT
    A topic that is told of backups, copies, restores and restore tests that fail. Its policy has to let events.amazonaws.com publish,
    without a condition. null: nobody is told.
  EOT
  type = object({
    topic_arn = string
  })
  default = null

  validation {
    condition     = var.notifications == null ? true : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$", var.notifications.topic_arn))
    error_message = "notifications.topic_arn is \"${try(var.notifications.topic_arn, "")}\"; give the ARN of a topic of SNS."
  }
}

variable "plans" {
  description = <<-EOT
    Backup plans by name. Each backs up the resources that bear selection_tags (null: those of the module; {}: no tag counts) and are
    among resources but not among not_resources (ARNs, * allowed). copy_retention_days copies each backup to the second region and keeps
    it there for so long; cold_storage_after_days moves it to cheaper storage; continuous lets a database or bucket be restored to any
    second of the last 35 days at most.
  EOT
  type = map(object({
    cold_storage_after_days   = optional(number)
    completion_window_minutes = optional(number, 600)
    continuous                = optional(bool, false)
    copy_retention_days       = optional(number)
    not_resources             = optional(list(string), [])
    resources                 = optional(list(string), ["*"])
    retention_days            = optional(number, 30)
    schedule                  = optional(string, "cron(0 3 * * ? *)")
    selection_tags            = optional(map(string))
    start_window_minutes      = optional(number, 60)
    timezone                  = optional(string, "Etc/UTC")
  }))
  default  = { daily = {} }
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.plans) : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", name)) && length(name) <= 17])
    error_message = "plans has the names ${join(", ", keys(var.plans))}; each has to be up to 17 lower-case letters, digits and single hyphens, such as \"daily\"."
  }

  validation {
    condition     = alltrue([for plan in var.plans : can(regex("^cron\\(.+\\)$", plan.schedule))])
    error_message = "plans has the schedules ${join(", ", values(var.plans)[*].schedule)}; each has to be a cron expression, such as \"cron(0 3 * * ? *)\"."
  }

  validation {
    condition     = alltrue([for plan in var.plans : plan.retention_days >= 1 && try(plan.copy_retention_days >= 1, true)])
    error_message = "plans keeps backups for ${jsonencode({ for name, plan in var.plans : name => { retention_days = plan.retention_days, copy_retention_days = plan.copy_retention_days } })}; give at least 1 day."
  }

  validation {
    condition     = alltrue([for plan in var.plans : plan.continuous ? plan.retention_days <= 35 && plan.cold_storage_after_days == null : true])
    error_message = "plans keeps continuous backups as ${jsonencode({ for name, plan in var.plans : name => { retention_days = plan.retention_days, cold_storage_after_days = plan.cold_storage_after_days } if plan.continuous })}; they are kept for 35 days at most and never in cold storage."
  }

  validation {
    condition     = alltrue([for plan in var.plans : try(plan.retention_days >= plan.cold_storage_after_days + 90, true)])
    error_message = "plans moves backups to cold storage as ${jsonencode({ for name, plan in var.plans : name => { cold_storage_after_days = plan.cold_storage_after_days, retention_days = plan.retention_days } })}; what is cold stays so for at least 90 days, so retention_days has to be that much longer."
  }

  validation {
    condition     = alltrue([for plan in var.plans : contains(plan.resources, "*") ? try(length(plan.selection_tags) > 0, true) : length(plan.resources) > 0])
    error_message = "plans selects ${jsonencode({ for name, plan in var.plans : name => { resources = plan.resources, selection_tags = plan.selection_tags } })}; without tags name the resources, or everything in the account would be backed up."
  }

  validation {
    condition     = alltrue([for plan in var.plans : plan.start_window_minutes >= 60 && plan.completion_window_minutes >= plan.start_window_minutes + 60])
    error_message = "plans has the windows ${jsonencode({ for name, plan in var.plans : name => { start_window_minutes = plan.start_window_minutes, completion_window_minutes = plan.completion_window_minutes } })}; a backup has at least 60 minutes to start and 60 more to end."
  }
}

variable "region_settings" {
  description = <<-EOT
    Which services AWS Backup may back up in this account and region (opt_in), and which it manages fully (management), by the name that
    AWS gives them. AWS answers with every service it knows: name all of them. null: left as they are.
  EOT
  type = object({
    opt_in     = map(bool)
    management = optional(map(bool))
  })
  default = null
}

variable "reports" {
  description = <<-EOT
    Daily reports of the account's jobs in this region, in a bucket made here: the evidence that backups are made, copied and restored.
    null: none.
  EOT
  type = object({
    formats        = optional(list(string), ["CSV"])
    retention_days = optional(number, 365)
    templates      = optional(set(string), ["BACKUP_JOB_REPORT", "COPY_JOB_REPORT", "RESTORE_JOB_REPORT"])
  })
  default = null

  validation {
    condition     = alltrue([for format in try(var.reports.formats, []) : contains(["CSV", "JSON"], format)])
    error_message = "reports.formats is ${try(join(", ", var.reports.formats), "")}; give CSV or JSON."
  }

  validation {
    condition     = var.reports == null ? true : var.reports.retention_days >= 1
    error_message = "reports.retention_days is ${try(var.reports.retention_days, 0)}; give at least 1."
  }

  validation {
    condition     = alltrue([for template in try(var.reports.templates, []) : contains(["BACKUP_JOB_REPORT", "COPY_JOB_REPORT", "RESTORE_JOB_REPORT"], template)])
    error_message = "reports.templates is ${try(join(", ", var.reports.templates), "")}; give BACKUP_JOB_REPORT, COPY_JOB_REPORT or RESTORE_JOB_REPORT."
  }
}

variable "restore_testing" {
  description = <<-EOT
    Restores that AWS Backup makes by itself, measures and removes again: the proof that backups can be restored. On schedule it takes a
    backup of the last selection_window_days for each resource that selections name by their type (such as RDS, DocumentDB, EBS, EFS,
    S3): those that bear the module's selection_tags, or those of resource_arns ("*" is all). restore_metadata_overrides says where to restore to; what is restored
    stays for validation_window_hours to be looked at. null: none.
  EOT
  type = object({
    selections = map(object({
      resource_type              = string
      resource_arns              = optional(list(string), [])
      restore_metadata_overrides = optional(map(string))
      validation_window_hours    = optional(number, 1)
    }))
    algorithm             = optional(string, "LATEST_WITHIN_WINDOW")
    schedule              = optional(string, "cron(0 6 ? * SUN *)")
    selection_window_days = optional(number, 7)
    start_window_hours    = optional(number, 8)
    timezone              = optional(string, "Etc/UTC")
  })
  default = null

  validation {
    condition     = alltrue([for name in keys(try(var.restore_testing.selections, {})) : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", name)) && length(name) <= 50])
    error_message = "restore_testing.selections has the names ${try(join(", ", keys(var.restore_testing.selections)), "")}; each has to be up to 50 lower-case letters, digits and single hyphens, such as \"postgres\"."
  }

  validation {
    condition = alltrue([for selection in try(var.restore_testing.selections, {}) :
      contains(["Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "Neptune", "RDS", "S3"], selection.resource_type)
    ])
    error_message = "restore_testing.selections has the types ${jsonencode({ for name, selection in try(var.restore_testing.selections, {}) : name => selection.resource_type })}; restores are tested of Aurora, DocumentDB, DynamoDB, EBS, EC2, EFS, FSx, Neptune, RDS and S3."
  }

  validation {
    condition = alltrue([for selection in try(var.restore_testing.selections, {}) :
      length(selection.resource_arns) <= 30 && (length(selection.resource_arns) == 1 || !contains(selection.resource_arns, "*"))
    ])
    error_message = "restore_testing.selections names the resources ${jsonencode({ for name, selection in try(var.restore_testing.selections, {}) : name => selection.resource_arns })}; give up to 30 ARNs, [\"*\"], or none to go by tags."
  }

  validation {
    condition     = alltrue([for selection in try(var.restore_testing.selections, {}) : selection.validation_window_hours >= 0 && selection.validation_window_hours <= 168])
    error_message = "restore_testing.selections keeps what it restores for ${jsonencode({ for name, selection in try(var.restore_testing.selections, {}) : name => selection.validation_window_hours })} hours; give 0 to 168."
  }

  validation {
    condition     = var.restore_testing == null ? true : contains(["LATEST_WITHIN_WINDOW", "RANDOM_WITHIN_WINDOW"], var.restore_testing.algorithm)
    error_message = "restore_testing.algorithm is \"${try(var.restore_testing.algorithm, "")}\"; give LATEST_WITHIN_WINDOW or RANDOM_WITHIN_WINDOW."
  }

  validation {
    condition     = var.restore_testing == null ? true : can(regex("^cron\\(.+\\)$", var.restore_testing.schedule))
    error_message = "restore_testing.schedule is \"${try(var.restore_testing.schedule, "")}\"; give a cron expression, such as \"cron(0 6 ? * SUN *)\"."
  }

  validation {
    condition     = var.restore_testing == null ? true : var.restore_testing.selection_window_days >= 1 && var.restore_testing.selection_window_days <= 365
    error_message = "restore_testing.selection_window_days is ${try(var.restore_testing.selection_window_days, 0)}; give 1 to 365."
  }

  validation {
    condition     = var.restore_testing == null ? true : var.restore_testing.start_window_hours >= 1 && var.restore_testing.start_window_hours <= 168
    error_message = "restore_testing.start_window_hours is ${try(var.restore_testing.start_window_hours, 0)}; give 1 to 168."
  }
}

variable "tags" {
  description = "Tags for every resource and every backup."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "vault_lock" {
  description = <<-EOT
    Lock both vaults: no backup leaves before min_retention_days, and none is kept beyond max_retention_days. changeable_for_days null
    is governance mode: who has the permission may take the lock off. A number is compliance mode: that many days after the apply, nobody
    can take the lock off or remove a backup, AWS and the account's root included. null: no lock.
  EOT
  type = object({
    changeable_for_days = optional(number)
    max_retention_days  = optional(number)
    min_retention_days  = optional(number, 7)
  })
  default = null

  validation {
    condition     = try(var.vault_lock.changeable_for_days >= 3, true)
    error_message = "vault_lock.changeable_for_days is ${try(coalesce(var.vault_lock.changeable_for_days), 0)}; compliance mode leaves at least 3 days to change one's mind, null is governance mode."
  }

  validation {
    condition = alltrue([for days in flatten([for plan in var.plans : [plan.retention_days, plan.copy_retention_days == null ? plan.retention_days : plan.copy_retention_days]]) :
      try(days >= var.vault_lock.min_retention_days, true) && try(days <= var.vault_lock.max_retention_days, true)
    ])
    error_message = "vault_lock is ${jsonencode(var.vault_lock)}, and a plan keeps backups for less or longer (${jsonencode({ for name, plan in var.plans : name => [plan.retention_days, plan.copy_retention_days] })}): its jobs would fail."
  }
}
