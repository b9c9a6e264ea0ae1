variable "availability_zones" {
  description = "Zones of the region that the platform spreads over, at least two."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for zone in var.availability_zones : can(regex("^${var.region}[a-z]$", zone))])
    error_message = "availability_zones is ${join(", ", var.availability_zones)}; each has to be a zone of region ${var.region}, such as \"${var.region}a\"."
  }
}

variable "cost_center" {
  description = "Who pays: the CostCenter tag."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9 ._:/=+@-]{0,62}$", var.cost_center))
    error_message = "cost_center is \"${var.cost_center}\"; give 1 to 63 letters, digits, spaces or ._:/=+@-, beginning with a letter or digit: it is the tag CostCenter."
  }
}

variable "environment" {
  description = "One of production, staging, development, local. Production is larger and harder to remove: see the README."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["production", "staging", "development", "local"], var.environment)
    error_message = "environment is \"${var.environment}\"; give one of production, staging, development, local."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is \"${var.region}\"; give the code of an AWS region, such as \"us-east-1\"."
  }
}

variable "team" {
  description = "Team that answers for the platform: the Team tag."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9 ._:/=+@-]{0,62}$", var.team))
    error_message = "team is \"${var.team}\"; give 1 to 63 letters, digits, spaces or ._:/=+@-, beginning with a letter or digit: it is the tag Team."
  }
}

variable "deletion_protection" {
  description = "Refuse to remove the databases, and keep a last snapshot of them. null: in production only. To remove production, apply false first."
  type        = bool
  default     = null
}

variable "global_region" {
  description = "Region in which AWS keeps what it has once for all regions: CloudFront's certificates and firewall, billing."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.global_region))
    error_message = "global_region is \"${var.global_region}\"; give the code of an AWS region, \"us-east-1\" outside China and the government's."
  }
}

variable "project" {
  description = "Project: the first half of every name, and the Project tag."
  type        = string
  default     = "applied-ai"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9])+$", var.project)) && length(var.project) <= 20
    error_message = "project is \"${var.project}\"; give 2 to 20 lower-case letters, digits and single hyphens, beginning with a letter."
  }

  validation {
    condition     = !can(regex("^(aws|ssm)", var.project))
    error_message = "project is \"${var.project}\"; Systems Manager keeps names that begin with aws or ssm for AWS, give another one."
  }
}

variable "secondary_region" {
  description = "Region for copies of backups and buckets, in the same partition. null: there are no copies."
  type        = string
  default     = null

  validation {
    condition     = var.secondary_region == null || (can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.secondary_region)) && var.secondary_region != var.region)
    error_message = "secondary_region is \"${coalesce(var.secondary_region, "null")}\"; give the code of another AWS region than ${var.region}, such as \"eu-west-1\", or null."
  }
}

variable "service" {
  description = "What the resources of this root are there for: the Service tag. Services that run on the platform bear their own."
  type        = string
  default     = "platform"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9 ._:/=+@-]{0,62}$", var.service))
    error_message = "service is \"${var.service}\"; give 1 to 63 letters, digits, spaces or ._:/=+@-, beginning with a letter or digit: it is the tag Service."
  }
}

variable "tags" {
  description = "Tags for every resource, beside those that the platform sets itself: CostCenter, Environment, ManagedBy, Project, Service, Team."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.tags), ["CostCenter", "Environment", "ManagedBy", "Project", "Service", "Team"])) == 0
    error_message = "tags sets ${join(", ", setintersection(keys(var.tags), ["CostCenter", "Environment", "ManagedBy", "Project", "Service", "Team"]))}, which the platform sets itself; leave them out."
  }
}
