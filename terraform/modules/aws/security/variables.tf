variable "name" {
  description = "What the names of everything here begin with, such as \"applied-ai-production\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,31}$", var.name)) && length(var.name) <= 32
    error_message = "name is \"${var.name}\"; give up to 32 lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "access_analyzer" {
  description = <<-EOT
    IAM Access Analyzer: tells what is open to outside the account (type ACCOUNT) or the organization (ORGANIZATION). With
    unused_access_days also which permissions nobody used for so long; that costs per role and user. null: none.
  EOT
  type = object({
    type               = optional(string, "ACCOUNT")
    unused_access_days = optional(number)
  })
  default = null

  validation {
    condition     = var.access_analyzer == null ? true : contains(["ACCOUNT", "ORGANIZATION"], var.access_analyzer.type)
    error_message = "access_analyzer.type is \"${try(var.access_analyzer.type, "")}\"; give ACCOUNT or ORGANIZATION."
  }

  validation {
    condition     = try(var.access_analyzer.unused_access_days >= 1 && var.access_analyzer.unused_access_days <= 365, true)
    error_message = "access_analyzer.unused_access_days is ${try(coalesce(var.access_analyzer.unused_access_days), 0)}; give 1 to 365, or null for no analysis of unused access."
  }
}

variable "cloudtrail" {
  description = <<-EOT
    A trail of every region: who did what in the account. bucket_name null makes the bucket here; an existing bucket needs CloudTrail in
    its policy. data_event_buckets are buckets whose objects' reads and writes are recorded too; insights are ApiCallRateInsight and
    ApiErrorRateInsight. Both cost per event. null: none.
  EOT
  type = object({
    bucket_name              = optional(string)
    data_event_buckets       = optional(list(string), [])
    insights                 = optional(list(string), [])
    log_group_retention_days = optional(number, 90)
  })
  default = null

  validation {
    condition = alltrue([for bucket in try(concat(compact([var.cloudtrail.bucket_name]), var.cloudtrail.data_event_buckets), []) :
      can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", bucket))
    ])
    error_message = "cloudtrail names the buckets ${try(join(", ", concat(compact([var.cloudtrail.bucket_name]), var.cloudtrail.data_event_buckets)), "")}; give names of buckets, not ARNs."
  }

  validation {
    condition     = alltrue([for insight in try(var.cloudtrail.insights, []) : contains(["ApiCallRateInsight", "ApiErrorRateInsight"], insight)])
    error_message = "cloudtrail.insights is ${try(join(", ", var.cloudtrail.insights), "")}; CloudTrail knows ApiCallRateInsight and ApiErrorRateInsight."
  }

  validation {
    condition     = var.cloudtrail == null ? true : contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.cloudtrail.log_group_retention_days)
    error_message = "cloudtrail.log_group_retention_days is ${try(var.cloudtrail.log_group_retention_days, 0)}; CloudWatch Logs keeps logs for set periods only, such as 30, 90 or 365."
  }
}

variable "config" {
  description = <<-EOT
    AWS Config: records what is there and checks it against rules. rules adds AWS's managed rules to those that config.tf lists, or
    replaces one of the same name; null in place of a rule leaves it out. include_global_resource_types belongs on in one region of
    the account. bucket_name null makes the bucket here; role_arn null makes a role here. null: none.
  EOT
  type = object({
    bucket_name = optional(string)
    conformance_packs = optional(map(object({
      template_body    = string
      input_parameters = optional(map(string), {})
    })), {})
    include_global_resource_types = optional(bool, true)
    recording_frequency           = optional(string, "CONTINUOUS")
    role_arn                      = optional(string)
    rules = optional(map(object({
      identifier       = string
      input_parameters = optional(map(string), {})
      resource_types   = optional(list(string), [])
    })), {})
  })
  default = null

  validation {
    condition     = var.config == null ? true : contains(["CONTINUOUS", "DAILY"], var.config.recording_frequency)
    error_message = "config.recording_frequency is \"${try(var.config.recording_frequency, "")}\"; give CONTINUOUS or DAILY."
  }

  validation {
    condition     = alltrue([for rule in try(var.config.rules, {}) : rule == null ? true : can(regex("^[A-Z0-9_]+$", rule.identifier))])
    error_message = "config.rules has the identifiers ${jsonencode({ for name, rule in try(var.config.rules, {}) : name => try(rule.identifier, null) })}; give identifiers of AWS's managed rules, such as \"RDS_MULTI_AZ_SUPPORT\"."
  }

  validation {
    condition     = try(var.config.role_arn, null) == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.config.role_arn))
    error_message = "config.role_arn is \"${try(coalesce(var.config.role_arn), "")}\"; give the ARN of a role, or null for one of its own."
  }
}

variable "findings_topic" {
  description = <<-EOT
    A topic that severe findings of GuardDuty and Security Hub are published to, with its subscribers' addresses by name. Other rules of
    EventBridge, budgets and cost anomalies of the account may publish to it too. null: none.
  EOT
  type = object({
    emails = optional(map(string), {})
  })
  default = null

  validation {
    condition     = alltrue([for email in values(try(var.findings_topic.emails, {})) : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", email))])
    error_message = "findings_topic.emails is ${try(join(", ", values(var.findings_topic.emails)), "")}; each has to be an e-mail address."
  }
}

variable "guardduty" {
  description = <<-EOT
    GuardDuty: finds attacks in the account's own records. Each feature costs by what it reads. RUNTIME_MONITORING puts GuardDuty's
    agent into every EKS cluster of the account. null: none.
  EOT
  type = object({
    features                     = optional(set(string), ["EBS_MALWARE_PROTECTION", "EKS_AUDIT_LOGS", "RDS_LOGIN_EVENTS", "RUNTIME_MONITORING", "S3_DATA_EVENTS"])
    finding_publishing_frequency = optional(string, "FIFTEEN_MINUTES")
  })
  default = null

  validation {
    condition = var.guardduty == null ? true : length(setsubtract(
      var.guardduty.features,
      ["EBS_MALWARE_PROTECTION", "EKS_AUDIT_LOGS", "RDS_LOGIN_EVENTS", "RUNTIME_MONITORING", "S3_DATA_EVENTS"]
    )) == 0
    error_message = "guardduty.features is ${try(join(", ", var.guardduty.features), "")}; this module knows EBS_MALWARE_PROTECTION, EKS_AUDIT_LOGS, RDS_LOGIN_EVENTS, RUNTIME_MONITORING and S3_DATA_EVENTS."
  }

  validation {
    condition     = var.guardduty == null ? true : contains(["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"], var.guardduty.finding_publishing_frequency)
    error_message = "guardduty.finding_publishing_frequency is \"${try(var.guardduty.finding_publishing_frequency, "")}\"; give FIFTEEN_MINUTES, ONE_HOUR or SIX_HOURS."
  }
}

variable "inspector" {
  description = "Inspector: looks for known weaknesses in images (ECR), instances (EC2) and functions (LAMBDA). null: none."
  type = object({
    resource_types = optional(set(string), ["EC2", "ECR"])
  })
  default = null

  validation {
    condition     = var.inspector == null ? true : length(var.inspector.resource_types) > 0 && length(setsubtract(var.inspector.resource_types, ["EC2", "ECR", "LAMBDA"])) == 0
    error_message = "inspector.resource_types is ${try(join(", ", var.inspector.resource_types), "")}; give at least one of EC2, ECR and LAMBDA."
  }
}

variable "keys" {
  description = <<-EOT
    KMS keys by name; each gets the alias <name>-<key>. administrators manage a key, users encrypt and decrypt with it, services (such as
    "sns.amazonaws.com") use it for this account. Beside those, IAM policies of the account may allow it.
  EOT
  type = map(object({
    description    = string
    administrators = optional(list(string), [])
    services       = optional(list(string), [])
    users          = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.keys) : can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", name))])
    error_message = "keys has the names ${join(", ", keys(var.keys))}; each has to be lower-case letters, digits and single hyphens, such as \"models\"."
  }

  validation {
    condition = alltrue(flatten([for key in var.keys : [
      for principal in concat(key.administrators, key.users) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/.+)$", principal))
    ]]))
    error_message = "keys names the principals ${join(", ", flatten([for key in var.keys : concat(key.administrators, key.users)]))}; each has to be the ARN of an account's root, of a role or of a user."
  }

  validation {
    condition     = alltrue(flatten([for key in var.keys : [for service in key.services : can(regex("^[a-z0-9.-]+\\.amazonaws\\.com(\\.cn)?$", service))]]))
    error_message = "keys names the services ${join(", ", flatten(values(var.keys)[*].services))}; give service principals, such as \"sns.amazonaws.com\"."
  }
}

variable "kms_deletion_window_days" {
  description = "Days between the removal of a key and its loss."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days is ${var.kms_deletion_window_days}; KMS takes 7 to 30."
  }
}

variable "password_policy" {
  description = <<-EOT
    What the passwords of the account's IAM users have to be. max_age_days null: they do not expire, as NIST advises where there is a
    second factor. null: the account's policy is left as it is.
  EOT
  type = object({
    max_age_days     = optional(number)
    minimum_length   = optional(number, 14)
    reuse_prevention = optional(number, 24)
  })
  default = null

  validation {
    condition     = var.password_policy == null ? true : var.password_policy.minimum_length >= 8 && var.password_policy.minimum_length <= 128
    error_message = "password_policy.minimum_length is ${try(var.password_policy.minimum_length, 0)}; give 8 to 128."
  }

  validation {
    condition     = var.password_policy == null ? true : var.password_policy.reuse_prevention >= 1 && var.password_policy.reuse_prevention <= 24
    error_message = "password_policy.reuse_prevention is ${try(var.password_policy.reuse_prevention, 0)}; IAM remembers 1 to 24 passwords."
  }

  validation {
    condition     = try(var.password_policy.max_age_days >= 1 && var.password_policy.max_age_days <= 1095, true)
    error_message = "password_policy.max_age_days is ${try(coalesce(var.password_policy.max_age_days), 0)}; give 1 to 1095, or null for no end."
  }
}

variable "retention_days" {
  description = "Days that the records of CloudTrail and Config are kept in the bucket made here; from day 90 on in cheaper storage."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = var.retention_days > 90
    error_message = "retention_days is ${var.retention_days}; give more than 90: audits look back further, and that is when storage becomes cheaper."
  }
}

variable "security_hub" {
  description = <<-EOT
    Security Hub: gathers findings and, with standards, makes its own. A standard is named as in its ARN, such as
    "aws-foundational-security-best-practices/v/1.0.0" or "cis-aws-foundations-benchmark/v/3.0.0", and costs per check. null: none.
  EOT
  type = object({
    standards = optional(set(string), [])
  })
  default = null

  validation {
    condition     = alltrue([for standard in try(var.security_hub.standards, []) : can(regex("^[a-z0-9-]+/v/[0-9]+\\.[0-9]+\\.[0-9]+$", standard)) && standard != "cis-aws-foundations-benchmark/v/1.2.0"])
    error_message = "security_hub.standards is ${try(join(", ", var.security_hub.standards), "")}; each has to be <standard>/v/<version>, such as \"cis-aws-foundations-benchmark/v/3.0.0\", and CIS 1.4.0 or later."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
