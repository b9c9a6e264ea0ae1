variable "name" {
  description = "What the names of budgets, monitor and export begin with, such as \"applied-ai-production\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,31}$", var.name)) && length(var.name) <= 32
    error_message = "name is \"${var.name}\"; give up to 32 lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "anomaly" {
  description = <<-EOT
    Cost anomaly detection: tells of costs that are above what is usual by threshold_amount (in the account's currency) and
    threshold_percent; 0 leaves one of them out. emails are written to once a day, topic_arns at once. tag watches what bears one of
    the values of a cost allocation tag; null watches each service. An account has one monitor of services: where AWS has made it
    already, give its ARN as monitor_arn. null: none.
  EOT
  type = object({
    emails      = optional(list(string), [])
    monitor_arn = optional(string)
    tag = optional(object({
      key    = string
      values = list(string)
    }))
    threshold_amount  = optional(number, 100)
    threshold_percent = optional(number, 40)
    topic_arns        = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.anomaly == null ? true : length(var.anomaly.emails) + length(var.anomaly.topic_arns) > 0
    error_message = "anomaly has the emails ${jsonencode(try(var.anomaly.emails, []))} and the topic_arns ${jsonencode(try(var.anomaly.topic_arns, []))}; give somebody to tell."
  }

  validation {
    condition = var.anomaly == null ? true : (
      min(var.anomaly.threshold_amount, var.anomaly.threshold_percent) >= 0 && max(var.anomaly.threshold_amount, var.anomaly.threshold_percent) > 0
    )
    error_message = "anomaly has the threshold_amount ${try(var.anomaly.threshold_amount, 0)} and the threshold_percent ${try(var.anomaly.threshold_percent, 0)}; give at least one above 0."
  }

  validation {
    condition     = var.anomaly == null ? true : var.anomaly.monitor_arn == null || var.anomaly.tag == null
    error_message = "anomaly has the monitor_arn ${jsonencode(try(var.anomaly.monitor_arn, null))} and the tag ${jsonencode(try(var.anomaly.tag, null))}; a monitor that is there watches what it watches, give one of the two."
  }
}

variable "budgets" {
  description = <<-EOT
    Budgets by name: of the whole account, or of what bears tags (a key and its value; such as Environment, Team or Service). Costs, and
    what AWS expects them to become by the end of the time unit, are told of when they pass so many percent of amount.
  EOT
  type = map(object({
    amount            = string
    actual_percents   = optional(list(number), [80, 100])
    currency          = optional(string, "USD")
    emails            = optional(list(string), [])
    forecast_percents = optional(list(number), [100])
    tags              = optional(map(string), {})
    time_unit         = optional(string, "MONTHLY")
    topic_arns        = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.budgets) : can(regex("^[A-Za-z0-9]+([ ._-][A-Za-z0-9]+)*$", name)) && length(name) <= 60])
    error_message = "budgets has the names ${join(", ", keys(var.budgets))}; each has to be up to 60 letters and digits with single spaces, dots, underscores or hyphens between, such as \"team-vision\"."
  }

  validation {
    condition     = alltrue([for budget in var.budgets : can(regex("^[0-9]+(\\.[0-9]{1,2})?$", budget.amount)) && try(tonumber(budget.amount) > 0, false)])
    error_message = "budgets has the amounts ${jsonencode({ for name, budget in var.budgets : name => budget.amount })}; each has to be a number above 0 as text, such as \"2500\" or \"99.50\"."
  }

  validation {
    condition     = alltrue([for budget in var.budgets : contains(["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"], budget.time_unit)])
    error_message = "budgets has the time units ${jsonencode({ for name, budget in var.budgets : name => budget.time_unit })}; give DAILY, MONTHLY, QUARTERLY or ANNUALLY."
  }

  validation {
    condition     = alltrue([for budget in var.budgets : length(budget.actual_percents) + length(budget.forecast_percents) <= 5])
    error_message = "budgets has the thresholds ${jsonencode({ for name, budget in var.budgets : name => concat(budget.actual_percents, budget.forecast_percents) })}; a budget has up to 5."
  }

  validation {
    condition = alltrue([for budget in var.budgets :
      length(budget.actual_percents) + length(budget.forecast_percents) == 0 || length(budget.emails) + length(budget.topic_arns) > 0
    ])
    error_message = "budgets tells ${jsonencode({ for name, budget in var.budgets : name => concat(budget.emails, budget.topic_arns) })}; give each an e-mail address or a topic, or no thresholds."
  }

  validation {
    condition     = alltrue([for budget in var.budgets : length(budget.emails) <= 10 && length(budget.topic_arns) <= 1])
    error_message = "budgets tells ${jsonencode({ for name, budget in var.budgets : name => concat(budget.emails, budget.topic_arns) })}; a budget tells up to 10 addresses and one topic."
  }

  validation {
    condition     = alltrue([for budget in var.budgets : !(budget.time_unit == "DAILY" && length(budget.forecast_percents) > 0)])
    error_message = "budgets has the forecast_percents ${jsonencode({ for name, budget in var.budgets : name => budget.forecast_percents if budget.time_unit == "DAILY" })}; AWS makes no forecast for a day, give [] there."
  }
}

variable "cost_allocation_tags" {
  description = <<-EOT
    Tags that costs are told apart by, such as Project, Environment, Team, Service and CostCenter. Account-wide, set in the account that
    pays; AWS takes a tag only once it has seen it on a resource that cost something.
  EOT
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for key in var.cost_allocation_tags : can(regex("^[A-Za-z0-9 _.:/=+@-]{1,128}$", key)) && !startswith(lower(key), "aws:")])
    error_message = "cost_allocation_tags is ${join(", ", var.cost_allocation_tags)}; give keys of your own tags, such as \"Team\"."
  }
}

variable "export" {
  description = <<-EOT
    All costs by day and resource, as Parquet in a bucket made here: as FOCUS (table FOCUS_1_2_AWS, the format that clouds share) or as
    CUR 2.0 (COST_AND_USAGE_REPORT). columns null: those that export.tf lists. settings adds to the table's settings or replaces them,
    such as TIME_GRANULARITY = "HOURLY". A change of table or settings makes a new export. null: none.
  EOT
  type = object({
    columns        = optional(list(string))
    retention_days = optional(number, 1096)
    settings       = optional(map(string), {})
    table          = optional(string, "FOCUS_1_2_AWS")
  })
  default = null

  validation {
    condition     = alltrue([for column in coalesce(try(var.export.columns, null), ["none"]) : can(regex("^[A-Za-z0-9_.]+$", column))])
    error_message = "export.columns is ${try(join(", ", var.export.columns), "")}; give names of columns."
  }

  validation {
    condition     = var.export == null ? true : var.export.retention_days >= 32
    error_message = "export.retention_days is ${try(var.export.retention_days, 0)}; give at least 32: the month that runs is refreshed until it ends."
  }

  validation {
    condition     = var.export == null ? true : contains(["COST_AND_USAGE_REPORT", "FOCUS_1_2_AWS"], var.export.table)
    error_message = "export.table is \"${try(var.export.table, "")}\"; give COST_AND_USAGE_REPORT or FOCUS_1_2_AWS."
  }
}

variable "kms_deletion_window_days" {
  description = "Days between the removal of the export's key and its loss."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days is ${var.kms_deletion_window_days}; KMS takes 7 to 30."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
