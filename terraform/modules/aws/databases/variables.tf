variable "name" {
  description = "What the names of the databases begin with, such as \"applied-ai-production\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,31}$", var.name)) && length(var.name) <= 32
    error_message = "name is \"${var.name}\"; give up to 32 lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "deletion_protection" {
  description = "Refuse to remove a database, and keep a last snapshot of one that is removed all the same. For production."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_deletion_window_days" {
  description = "Days between the removal of the databases' key and its loss."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days is ${var.kms_deletion_window_days}; KMS takes 7 to 30."
  }
}

variable "mongodb" {
  description = <<-EOT
    Document store: a DocumentDB cluster of instance_count instances, the first of them the writer. Storage grows by itself.
    null: none. The master password lives in Secrets Manager, never here.
  EOT
  type = object({
    db_subnet_group_name    = string
    vpc_security_group_ids  = list(string)
    backup_retention_period = optional(number, 7)
    engine_version          = optional(string, "5.0.0")
    instance_class          = optional(string, "db.t4g.medium")
    instance_count          = optional(number, 1)
    port                    = optional(number, 27017)
    username                = optional(string, "platform")
  })
  default = null

  validation {
    condition     = var.mongodb == null ? true : can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.mongodb.instance_class))
    error_message = "mongodb.instance_class is \"${try(var.mongodb.instance_class, "")}\"; give one of the form db.<family>.<size>, such as \"db.r6g.large\"."
  }

  validation {
    condition     = var.mongodb == null ? true : var.mongodb.instance_count >= 1 && var.mongodb.instance_count <= 16
    error_message = "mongodb.instance_count is ${try(var.mongodb.instance_count, 0)}; DocumentDB takes 1 to 16."
  }

  validation {
    condition     = var.mongodb == null ? true : var.mongodb.backup_retention_period >= 1 && var.mongodb.backup_retention_period <= 35
    error_message = "mongodb.backup_retention_period is ${try(var.mongodb.backup_retention_period, 0)}; DocumentDB keeps backups for 1 to 35 days."
  }

  validation {
    condition     = var.mongodb == null ? true : can(regex("^[345]\\.[0-9]+\\.[0-9]+$", var.mongodb.engine_version))
    error_message = "mongodb.engine_version is \"${try(var.mongodb.engine_version, "")}\"; give a DocumentDB version, such as \"5.0.0\"."
  }
}

variable "postgres" {
  description = <<-EOT
    Relational database: an RDS PostgreSQL instance. engine_version may be a major version: RDS then chooses and renews the minor one.
    max_allocated_storage is how far storage may grow (GiB); null means five times allocated_storage.
    null: none. The master password lives in Secrets Manager, never here.
  EOT
  type = object({
    db_subnet_group_name    = string
    vpc_security_group_ids  = list(string)
    allocated_storage       = optional(number, 100)
    backup_retention_period = optional(number, 7)
    db_name                 = optional(string, "platform")
    engine_version          = optional(string, "15")
    instance_class          = optional(string, "db.t4g.medium")
    max_allocated_storage   = optional(number)
    multi_az                = optional(bool, false)
    port                    = optional(number, 5432)
    username                = optional(string, "platform")
  })
  default = null

  validation {
    condition     = var.postgres == null ? true : can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.postgres.instance_class))
    error_message = "postgres.instance_class is \"${try(var.postgres.instance_class, "")}\"; give one of the form db.<family>.<size>, such as \"db.r6g.large\"."
  }

  validation {
    condition     = var.postgres == null ? true : var.postgres.allocated_storage >= 20 && var.postgres.allocated_storage <= 65536
    error_message = "postgres.allocated_storage is ${try(var.postgres.allocated_storage, 0)}; gp3 storage takes 20 to 65536 (GiB)."
  }

  validation {
    condition     = try(var.postgres.max_allocated_storage >= var.postgres.allocated_storage, true)
    error_message = "postgres.max_allocated_storage is ${try(coalesce(var.postgres.max_allocated_storage), 0)}; give at least allocated_storage, ${try(var.postgres.allocated_storage, 0)}."
  }

  validation {
    condition     = var.postgres == null ? true : var.postgres.backup_retention_period >= 1 && var.postgres.backup_retention_period <= 35
    error_message = "postgres.backup_retention_period is ${try(var.postgres.backup_retention_period, 0)}; a database without backups is refused, RDS keeps them for 1 to 35 days."
  }

  validation {
    condition     = var.postgres == null ? true : can(regex("^1[5-9](\\.[0-9]+)?$", var.postgres.engine_version))
    error_message = "postgres.engine_version is \"${try(var.postgres.engine_version, "")}\"; give 15 or later, as \"15\" or \"15.14\": from 15 on RDS refuses connections without TLS."
  }
}

variable "redis" {
  description = <<-EOT
    Cache: an ElastiCache replication group of num_cache_nodes nodes, the first of them the primary; with more than one it fails over
    across zones. Clients come with TLS and sign in with IAM as the user that the output names. parameter_group_name null means the
    default one of the engine's major version, such as default.redis7.
    null: none.
  EOT
  type = object({
    security_group_ids       = list(string)
    subnet_group_name        = string
    engine                   = optional(string, "redis")
    engine_version           = optional(string, "7.1")
    node_type                = optional(string, "cache.t4g.small")
    num_cache_nodes          = optional(number, 1)
    parameter_group_name     = optional(string)
    port                     = optional(number, 6379)
    snapshot_retention_limit = optional(number, 7)
  })
  default = null

  validation {
    condition     = var.redis == null ? true : can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.redis.node_type))
    error_message = "redis.node_type is \"${try(var.redis.node_type, "")}\"; give one of the form cache.<family>.<size>, such as \"cache.r7g.large\"."
  }

  validation {
    condition     = var.redis == null ? true : var.redis.num_cache_nodes >= 1 && var.redis.num_cache_nodes <= 6
    error_message = "redis.num_cache_nodes is ${try(var.redis.num_cache_nodes, 0)}; a replication group has 1 to 6 nodes."
  }

  validation {
    condition     = var.redis == null ? true : contains(["redis", "valkey"], var.redis.engine)
    error_message = "redis.engine is \"${try(var.redis.engine, "")}\"; give \"redis\" or \"valkey\"."
  }

  validation {
    condition     = var.redis == null ? true : try(tonumber(split(".", var.redis.engine_version)[0]) >= 7, false)
    error_message = "redis.engine_version is \"${try(var.redis.engine_version, "")}\"; signing in with IAM takes 7 or later, such as \"7.1\"."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
