variable "databases" {
  description = <<-EOT
    Databases beside the three of the PRD (db_*, mongo_* and redis_* size those), and what is special about them; the module databases tells what
    each key means. cross_region_backup of postgres is on in production where there is a secondary_region. Subnets, security groups and sizes for
    production are the platform's.
  EOT
  type = object({
    aurora = optional(object({
      allow_major_version_upgrade           = optional(bool)
      apply_immediately                     = optional(bool)
      backup_retention_period               = optional(number)
      backup_window                         = optional(string)
      ca_cert_identifier                    = optional(string)
      db_name                               = optional(string)
      engine_version                        = optional(string)
      instance_class                        = optional(string)
      instance_count                        = optional(number)
      maintenance_window                    = optional(string)
      monitoring_interval                   = optional(number)
      parameters                            = optional(map(string))
      performance_insights_retention_period = optional(number)
      port                                  = optional(number)
      serverless                            = optional(object({ min_capacity = number, max_capacity = number }))
      username                              = optional(string)
    }))
    dynamodb_tables = optional(map(object({
      hash_key     = object({ name = string, type = optional(string) })
      attributes   = optional(map(string))
      billing_mode = optional(string)
      global_secondary_indexes = optional(map(object({
        hash_key           = string
        non_key_attributes = optional(list(string))
        projection_type    = optional(string)
        range_key          = optional(string)
      })))
      range_key      = optional(object({ name = string, type = optional(string) }))
      read_capacity  = optional(number)
      replicas       = optional(map(object({ kms_key_arn = optional(string) })))
      ttl_attribute  = optional(string)
      write_capacity = optional(number)
    })))
    mongodb = optional(object({
      allow_major_version_upgrade = optional(bool)
      apply_immediately           = optional(bool)
      backup_retention_period     = optional(number)
      backup_window               = optional(string)
      ca_cert_identifier          = optional(string)
      engine_version              = optional(string)
      maintenance_window          = optional(string)
      port                        = optional(number)
      username                    = optional(string)
    }))
    neptune = optional(object({
      allow_major_version_upgrade = optional(bool)
      apply_immediately           = optional(bool)
      backup_retention_period     = optional(number)
      backup_window               = optional(string)
      engine_version              = optional(string)
      instance_class              = optional(string)
      instance_count              = optional(number)
      maintenance_window          = optional(string)
      port                        = optional(number)
    }))
    opensearch = optional(object({
      dedicated_master_type = optional(string)
      domain_name           = optional(string)
      engine_version        = optional(string)
      instance_count        = optional(number)
      instance_type         = optional(string)
      iops                  = optional(number)
      master_role_arn       = optional(string)
      off_peak_start_hour   = optional(number)
      throughput            = optional(number)
      volume_size           = optional(number)
    }))
    postgres = optional(object({
      allow_major_version_upgrade           = optional(bool)
      apply_immediately                     = optional(bool)
      backup_retention_period               = optional(number)
      backup_window                         = optional(string)
      ca_cert_identifier                    = optional(string)
      cross_region_backup                   = optional(bool)
      db_name                               = optional(string)
      iops                                  = optional(number)
      maintenance_window                    = optional(string)
      master_password_version               = optional(number)
      max_allocated_storage                 = optional(number)
      monitoring_interval                   = optional(number)
      parameters                            = optional(map(string))
      performance_insights_retention_period = optional(number)
      port                                  = optional(number)
      read_replicas                         = optional(map(object({ instance_class = optional(string) })))
      storage_throughput                    = optional(number)
      username                              = optional(string)
    }))
    redis = optional(object({
      apply_immediately        = optional(bool)
      engine                   = optional(string)
      engine_version           = optional(string)
      maintenance_window       = optional(string)
      parameter_group_name     = optional(string)
      port                     = optional(number)
      snapshot_retention_limit = optional(number)
      snapshot_window          = optional(string)
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.secondary_region != null || !coalesce(try(var.databases.postgres.cross_region_backup, null), false)
    error_message = "databases.postgres.cross_region_backup is ${coalesce(try(var.databases.postgres.cross_region_backup, null), false)}; set secondary_region to where backups go, or leave it out."
  }
}

variable "db_engine_version" {
  description = "PostgreSQL version, major (\"15\": RDS renews the minor version) or exact (\"15.14\")."
  type        = string
  default     = "15"
  nullable    = false
}

variable "db_instance_class" {
  description = "Instance class of PostgreSQL. null: no PostgreSQL."
  type        = string
  default     = "db.t4g.medium"
}

variable "db_storage_size" {
  description = "Storage of PostgreSQL at the start (GiB); it grows up to five times that."
  type        = number
  default     = 100
  nullable    = false
}

variable "mongo_instance_count" {
  description = "Instances of DocumentDB. null: three in production, else one."
  type        = number
  default     = null
}

variable "mongo_instance_size" {
  description = "Instance class of DocumentDB. null: no DocumentDB."
  type        = string
  default     = "db.t4g.medium"
}

variable "redis_node_type" {
  description = "Node type of Redis. null: no Redis."
  type        = string
  default     = "cache.t4g.small"
}
