variable "cost" {
  description = <<-EOT
    Budgets, anomalies, the export of all costs and the tags that costs are told apart by; the module cost tells what each key means. Who names no
    topic_arns tells security.findings_topic, where there is one. All but budgets exist once in an account: turn them on for one platform.
  EOT
  type = object({
    anomaly = optional(object({
      emails      = optional(list(string))
      monitor_arn = optional(string)
      tag = optional(object({
        key    = string
        values = list(string)
      }))
      threshold_amount  = optional(number)
      threshold_percent = optional(number)
      topic_arns        = optional(list(string))
    }))
    budgets = optional(map(object({
      amount            = string
      actual_percents   = optional(list(number))
      currency          = optional(string)
      emails            = optional(list(string))
      forecast_percents = optional(list(number))
      tags              = optional(map(string))
      time_unit         = optional(string)
      topic_arns        = optional(list(string))
    })), {})
    cost_allocation_tags = optional(set(string))
    export = optional(object({
      columns        = optional(list(string))
      retention_days = optional(number)
      settings       = optional(map(string))
      table          = optional(string)
    }))
  })
  default  = {}
  nullable = false
}
