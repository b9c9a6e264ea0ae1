variable "name" {
  description = "What the names of the databases begin with, such as \"applied-ai-production\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,31}$", var.name)) && length(var.name) <= 32
    error_message = "name is \"${var.name}\"; give up to 32 lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "aurora" {
  description = <<-EOT
    Relational database: an Aurora PostgreSQL cluster of instance_count instances, the first of them the writer, instead of or beside
    postgres. With serverless, instances grow and shrink between its capacities (in ACU; 0 lets an idle one pause) and instance_class
    does not count. Instances take turns in availability_zones; empty: RDS chooses. parameters are those of the cluster parameter
    group, in force after the next restart.
    null: none. The master password lives in Secrets Manager, never here.
  EOT
  type = object({
    db_subnet_group_name                  = string
    vpc_security_group_ids                = list(string)
    allow_major_version_upgrade           = optional(bool, false)
    apply_immediately                     = optional(bool, false)
    availability_zones                    = optional(list(string), [])
    backup_retention_period               = optional(number, 7)
    backup_window                         = optional(string)
    ca_cert_identifier                    = optional(string)
    db_name                               = optional(string, "platform")
    engine_version                        = optional(string, "16")
    instance_class                        = optional(string, "db.t4g.medium")
    instance_count                        = optional(number, 1)
    maintenance_window                    = optional(string)
    monitoring_interval                   = optional(number, 0)
    parameters                            = optional(map(string), {})
    performance_insights_retention_period = optional(number, 7)
    port                                  = optional(number, 5432)
    serverless                            = optional(object({ min_capacity = number, max_capacity = number }))
    username                              = optional(string, "platform")
  })
  default = null

  validation {
    condition     = var.aurora == null ? true : can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.aurora.instance_class))
    error_message = "aurora.instance_class is \"${try(var.aurora.instance_class, "")}\"; give one of the form db.<family>.<size>, such as \"db.r6g.large\"."
  }

  validation {
    condition     = var.aurora == null ? true : var.aurora.instance_count >= 1 && var.aurora.instance_count <= 16
    error_message = "aurora.instance_count is ${try(var.aurora.instance_count, 0)}; Aurora takes 1 to 16."
  }

  validation {
    condition     = try(var.aurora.serverless.min_capacity >= 0 && var.aurora.serverless.min_capacity <= var.aurora.serverless.max_capacity && var.aurora.serverless.max_capacity >= 1 && var.aurora.serverless.max_capacity <= 256, true)
    error_message = "aurora.serverless is ${jsonencode(try(var.aurora.serverless, null))}; it takes 0 <= min_capacity <= max_capacity and 1 <= max_capacity <= 256."
  }

  validation {
    condition     = var.aurora == null ? true : var.aurora.backup_retention_period >= 1 && var.aurora.backup_retention_period <= 35
    error_message = "aurora.backup_retention_period is ${try(var.aurora.backup_retention_period, 0)}; Aurora keeps backups for 1 to 35 days."
  }

  validation {
    condition     = var.aurora == null ? true : can(regex("^1[5-9](\\.[0-9]+)?$", var.aurora.engine_version))
    error_message = "aurora.engine_version is \"${try(var.aurora.engine_version, "")}\"; give 15 or later, as \"16\" or \"16.6\"."
  }

  validation {
    condition = alltrue(concat(
      [for window in compact([try(var.aurora.backup_window, null)]) : can(regex(local.daily_window, window))],
      [for window in compact([try(var.aurora.maintenance_window, null)]) : can(regex(local.weekly_window, window))],
    ))
    error_message = "aurora has the backup_window ${jsonencode(try(var.aurora.backup_window, null))} and the maintenance_window ${jsonencode(try(var.aurora.maintenance_window, null))}; give times in UTC, such as \"02:00-03:00\" and \"sun:04:00-sun:05:00\"."
  }

  validation {
    condition     = var.aurora == null ? true : contains(concat([7, 731], [for months in range(1, 24) : 31 * months]), var.aurora.performance_insights_retention_period)
    error_message = "aurora.performance_insights_retention_period is ${try(var.aurora.performance_insights_retention_period, 0)}; RDS keeps 7 days for nothing, and for money 31 days or a multiple of it up to 713, or 731."
  }

  validation {
    condition     = var.aurora == null ? true : contains([0, 1, 5, 10, 15, 30, 60], var.aurora.monitoring_interval)
    error_message = "aurora.monitoring_interval is ${try(var.aurora.monitoring_interval, 0)}; give 1, 5, 10, 15, 30 or 60 (seconds), or 0 for none."
  }

  validation {
    condition     = !contains(keys(try(var.aurora.parameters, {})), "rds.force_ssl")
    error_message = "aurora.parameters sets ${jsonencode(try(var.aurora.parameters, {}))}; leave rds.force_ssl out: no connection goes without TLS."
  }
}

variable "deletion_protection" {
  description = "Refuse to remove a database, and keep a last snapshot of one that is removed all the same. For production."
  type        = bool
  default     = false
  nullable    = false
}

variable "dynamodb_tables" {
  description = <<-EOT
    Tables of DynamoDB by name; their names begin with the platform's. Types of keys and attributes are S, N or B; attributes are the
    further ones that indexes use as keys. billing_mode PROVISIONED takes read_capacity and write_capacity, for the indexes too.
    replicas make a global table: by region, under the key of that region that kms_key_arn names; null: the module's key in the
    region of the provider aws.replica.
  EOT
  type = map(object({
    hash_key     = object({ name = string, type = optional(string, "S") })
    attributes   = optional(map(string), {})
    billing_mode = optional(string, "PAY_PER_REQUEST")
    global_secondary_indexes = optional(map(object({
      hash_key           = string
      non_key_attributes = optional(list(string))
      projection_type    = optional(string, "ALL")
      range_key          = optional(string)
    })), {})
    range_key      = optional(object({ name = string, type = optional(string, "S") }))
    read_capacity  = optional(number)
    replicas       = optional(map(object({ kms_key_arn = optional(string) })), {})
    ttl_attribute  = optional(string)
    write_capacity = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.dynamodb_tables) : can(regex("^[a-zA-Z0-9_.-]{1,222}$", name))])
    error_message = "dynamodb_tables has the names ${join(", ", keys(var.dynamodb_tables))}; each has to be of letters, digits and _.-."
  }

  validation {
    condition = alltrue(flatten([for table in var.dynamodb_tables : [
      for type in concat([table.hash_key.type], table.range_key[*].type, values(table.attributes)) : contains(["S", "N", "B"], type)
    ]]))
    error_message = "dynamodb_tables is ${jsonencode(var.dynamodb_tables)}; the type of every key and attribute has to be S, N or B."
  }

  validation {
    condition = alltrue([for table in var.dynamodb_tables : (
      table.billing_mode == "PAY_PER_REQUEST" && table.read_capacity == null && table.write_capacity == null
      || table.billing_mode == "PROVISIONED" && table.read_capacity != null && table.write_capacity != null && length(table.replicas) == 0
    )])
    error_message = "dynamodb_tables has the billing_mode ${jsonencode({ for name, table in var.dynamodb_tables : name => table.billing_mode })}; give PAY_PER_REQUEST without capacities, or PROVISIONED with read_capacity and write_capacity and without replicas."
  }

  validation {
    condition = alltrue(flatten([for table in var.dynamodb_tables : [
      for index in table.global_secondary_indexes : [
        for key in compact([index.hash_key, index.range_key]) : contains(concat([table.hash_key.name], table.range_key[*].name, keys(table.attributes)), key)
      ]
    ]]))
    error_message = "dynamodb_tables has indexes over unknown attributes: ${jsonencode({ for name, table in var.dynamodb_tables : name => table.global_secondary_indexes })}; name each of their keys in attributes."
  }
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

variable "log_retention_days" {
  description = "Days that the logs of the databases are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}; CloudWatch Logs keeps logs for set periods only, such as 30, 90 or 365."
  }
}

variable "mongodb" {
  description = <<-EOT
    Document store: a DocumentDB cluster of instance_count instances, the first of them the writer. Storage grows by itself.
    null: none. The master password lives in Secrets Manager, never here.
  EOT
  type = object({
    db_subnet_group_name        = string
    vpc_security_group_ids      = list(string)
    allow_major_version_upgrade = optional(bool, false)
    apply_immediately           = optional(bool, false)
    backup_retention_period     = optional(number, 7)
    backup_window               = optional(string)
    ca_cert_identifier          = optional(string)
    engine_version              = optional(string, "5.0.0")
    instance_class              = optional(string, "db.t4g.medium")
    instance_count              = optional(number, 1)
    maintenance_window          = optional(string)
    port                        = optional(number, 27017)
    username                    = optional(string, "platform")
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

  validation {
    condition = alltrue(concat(
      [for window in compact([try(var.mongodb.backup_window, null)]) : can(regex(local.daily_window, window))],
      [for window in compact([try(var.mongodb.maintenance_window, null)]) : can(regex(local.weekly_window, window))],
    ))
    error_message = "mongodb has the backup_window ${jsonencode(try(var.mongodb.backup_window, null))} and the maintenance_window ${jsonencode(try(var.mongodb.maintenance_window, null))}; give times in UTC, such as \"02:00-03:00\" and \"sun:04:00-sun:05:00\"."
  }
}

variable "neptune" {
  description = <<-EOT
    Graph database: a Neptune cluster of instance_count instances, the first of them the writer. Storage grows by itself. Clients come
    with TLS and sign their requests with IAM: there is no password.
    null: none.
  EOT
  type = object({
    db_subnet_group_name        = string
    vpc_security_group_ids      = list(string)
    allow_major_version_upgrade = optional(bool, false)
    apply_immediately           = optional(bool, false)
    backup_retention_period     = optional(number, 7)
    backup_window               = optional(string)
    engine_version              = optional(string, "1.4.5.1")
    instance_class              = optional(string, "db.t4g.medium")
    instance_count              = optional(number, 1)
    maintenance_window          = optional(string)
    port                        = optional(number, 8182)
  })
  default = null

  validation {
    condition     = var.neptune == null ? true : can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.neptune.instance_class))
    error_message = "neptune.instance_class is \"${try(var.neptune.instance_class, "")}\"; give one of the form db.<family>.<size>, such as \"db.r6g.large\"."
  }

  validation {
    condition     = var.neptune == null ? true : var.neptune.instance_count >= 1 && var.neptune.instance_count <= 16
    error_message = "neptune.instance_count is ${try(var.neptune.instance_count, 0)}; Neptune takes 1 to 16."
  }

  validation {
    condition     = var.neptune == null ? true : var.neptune.backup_retention_period >= 1 && var.neptune.backup_retention_period <= 35
    error_message = "neptune.backup_retention_period is ${try(var.neptune.backup_retention_period, 0)}; Neptune keeps backups for 1 to 35 days."
  }

  validation {
    condition     = var.neptune == null ? true : can(regex("^1\\.[2-9]\\.[0-9]+\\.[0-9]+$", var.neptune.engine_version))
    error_message = "neptune.engine_version is \"${try(var.neptune.engine_version, "")}\"; give a full version from 1.2 on, such as \"1.4.5.1\"."
  }

  validation {
    condition = alltrue(concat(
      [for window in compact([try(var.neptune.backup_window, null)]) : can(regex(local.daily_window, window))],
      [for window in compact([try(var.neptune.maintenance_window, null)]) : can(regex(local.weekly_window, window))],
    ))
    error_message = "neptune has the backup_window ${jsonencode(try(var.neptune.backup_window, null))} and the maintenance_window ${jsonencode(try(var.neptune.maintenance_window, null))}; give times in UTC, such as \"02:00-03:00\" and \"sun:04:00-sun:05:00\"."
  }
}

variable "opensearch" {
  description = <<-EOT
    Search: an OpenSearch domain in the VPC, one subnet per zone: 1 for one zone, 2 or 3 for production; instance_count is a multiple
    of that. Requests are signed with IAM; master_role_arn is the role that may do everything in the domain and lets others in, null:
    one of the module's own, which the account's IAM decides who may assume. domain_name null means the platform's name with -search.
    off_peak_start_hour (UTC) begins the ten hours in which software updates are installed.
    null: none.
  EOT
  type = object({
    security_group_ids    = list(string)
    subnet_ids            = list(string)
    dedicated_master_type = optional(string)
    domain_name           = optional(string)
    engine_version        = optional(string, "OpenSearch_2.19")
    instance_count        = optional(number, 1)
    instance_type         = optional(string, "t3.small.search")
    iops                  = optional(number)
    master_role_arn       = optional(string)
    off_peak_start_hour   = optional(number, 0)
    throughput            = optional(number)
    volume_size           = optional(number, 20)
  })
  default = null

  validation {
    condition     = alltrue([for type in compact([try(var.opensearch.instance_type, null), try(var.opensearch.dedicated_master_type, null)]) : can(regex("^[a-z0-9]+\\.[a-z0-9]+\\.search$", type))])
    error_message = "opensearch has the instance_type ${jsonencode(try(var.opensearch.instance_type, null))} and the dedicated_master_type ${jsonencode(try(var.opensearch.dedicated_master_type, null))}; give types of the form <family>.<size>.search, such as \"r6g.large.search\"."
  }

  validation {
    condition     = var.opensearch == null ? true : length(var.opensearch.subnet_ids) >= 1 && length(var.opensearch.subnet_ids) <= 3
    error_message = "opensearch.subnet_ids has ${try(length(var.opensearch.subnet_ids), 0)} entries; give 1 to 3 subnets, each in a zone of its own."
  }

  validation {
    condition     = try(var.opensearch.instance_count >= 1 && var.opensearch.instance_count % length(var.opensearch.subnet_ids) == 0, true)
    error_message = "opensearch.instance_count is ${try(var.opensearch.instance_count, 0)}; give a multiple of the number of subnets, so that every zone holds as many."
  }

  validation {
    condition     = var.opensearch == null ? true : can(regex("^OpenSearch_[1-9]\\.[0-9]+$", var.opensearch.engine_version))
    error_message = "opensearch.engine_version is \"${try(var.opensearch.engine_version, "")}\"; give one of the form \"OpenSearch_2.19\"."
  }

  validation {
    condition     = var.opensearch == null ? true : can(regex("^[a-z][a-z0-9-]{2,27}$", coalesce(var.opensearch.domain_name, "${var.name}-search")))
    error_message = "opensearch.domain_name is \"${try(coalesce(var.opensearch.domain_name, "${var.name}-search"), "")}\"; OpenSearch takes 3 to 28 lower-case letters, digits and hyphens, beginning with a letter."
  }

  validation {
    condition     = try(var.opensearch.master_role_arn, null) == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.opensearch.master_role_arn))
    error_message = "opensearch.master_role_arn is \"${try(coalesce(var.opensearch.master_role_arn), "")}\"; give the ARN of an IAM role."
  }

  validation {
    condition     = var.opensearch == null ? true : contains(range(24), var.opensearch.off_peak_start_hour)
    error_message = "opensearch.off_peak_start_hour is ${try(var.opensearch.off_peak_start_hour, 0)}; give an hour of the day, 0 to 23."
  }
}

variable "postgres" {
  description = <<-EOT
    Relational database: an RDS PostgreSQL instance. engine_version may be a major version: RDS then chooses and renews the minor one.
    max_allocated_storage is how far storage may grow (GiB); null means five times allocated_storage. iops and storage_throughput are
    for 400 GiB and more; below, gp3 has 3000 and 125 MiB/s. parameters are those of the parameter group, in force after the next
    restart. cross_region_backup keeps the backups in the region of the provider aws.replica too. read_replicas are by name, of the
    instance's class unless they give their own; RDS makes none of an instance whose master password it manages itself, so with them
    the secret is the module's, and master_password_version, raised, renews the password.
    null: none. The master password lives in Secrets Manager, never here.
  EOT
  type = object({
    db_subnet_group_name                  = string
    vpc_security_group_ids                = list(string)
    allocated_storage                     = optional(number, 100)
    allow_major_version_upgrade           = optional(bool, false)
    apply_immediately                     = optional(bool, false)
    backup_retention_period               = optional(number, 7)
    backup_window                         = optional(string)
    ca_cert_identifier                    = optional(string)
    cross_region_backup                   = optional(bool, false)
    db_name                               = optional(string, "platform")
    engine_version                        = optional(string, "15")
    instance_class                        = optional(string, "db.t4g.medium")
    iops                                  = optional(number)
    maintenance_window                    = optional(string)
    master_password_version               = optional(number, 1)
    max_allocated_storage                 = optional(number)
    monitoring_interval                   = optional(number, 0)
    multi_az                              = optional(bool, false)
    parameters                            = optional(map(string), {})
    performance_insights_retention_period = optional(number, 7)
    port                                  = optional(number, 5432)
    read_replicas                         = optional(map(object({ instance_class = optional(string) })), {})
    storage_throughput                    = optional(number)
    username                              = optional(string, "platform")
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

  validation {
    condition     = try(var.postgres.iops == null && var.postgres.storage_throughput == null || var.postgres.allocated_storage >= 400, true)
    error_message = "postgres.allocated_storage is ${try(var.postgres.allocated_storage, 0)}; iops and storage_throughput of their own take at least 400 (GiB)."
  }

  validation {
    condition = alltrue([for name, replica in try(var.postgres.read_replicas, {}) :
      can(regex("^[a-z0-9]([a-z0-9]|-[a-z0-9]){0,20}$", name)) && length("${var.name}-postgres-${name}") <= 63
      && can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", coalesce(replica.instance_class, var.postgres.instance_class)))
    ])
    error_message = "postgres.read_replicas is ${jsonencode(try(var.postgres.read_replicas, {}))}; give short names of lower-case letters, digits and single hyphens, and classes such as \"db.r6g.large\"."
  }

  validation {
    condition = alltrue(concat(
      [for window in compact([try(var.postgres.backup_window, null)]) : can(regex(local.daily_window, window))],
      [for window in compact([try(var.postgres.maintenance_window, null)]) : can(regex(local.weekly_window, window))],
    ))
    error_message = "postgres has the backup_window ${jsonencode(try(var.postgres.backup_window, null))} and the maintenance_window ${jsonencode(try(var.postgres.maintenance_window, null))}; give times in UTC, such as \"02:00-03:00\" and \"sun:04:00-sun:05:00\"."
  }

  validation {
    condition     = var.postgres == null ? true : contains(concat([7, 731], [for months in range(1, 24) : 31 * months]), var.postgres.performance_insights_retention_period)
    error_message = "postgres.performance_insights_retention_period is ${try(var.postgres.performance_insights_retention_period, 0)}; RDS keeps 7 days for nothing, and for money 31 days or a multiple of it up to 713, or 731."
  }

  validation {
    condition     = var.postgres == null ? true : contains([0, 1, 5, 10, 15, 30, 60], var.postgres.monitoring_interval)
    error_message = "postgres.monitoring_interval is ${try(var.postgres.monitoring_interval, 0)}; give 1, 5, 10, 15, 30 or 60 (seconds), or 0 for none."
  }

  validation {
    condition     = !contains(keys(try(var.postgres.parameters, {})), "rds.force_ssl")
    error_message = "postgres.parameters sets ${jsonencode(try(var.postgres.parameters, {}))}; leave rds.force_ssl out: no connection goes without TLS."
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
    apply_immediately        = optional(bool, false)
    engine                   = optional(string, "redis")
    engine_version           = optional(string, "7.1")
    maintenance_window       = optional(string)
    node_type                = optional(string, "cache.t4g.small")
    num_cache_nodes          = optional(number, 1)
    parameter_group_name     = optional(string)
    port                     = optional(number, 6379)
    snapshot_retention_limit = optional(number, 7)
    snapshot_window          = optional(string)
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

  validation {
    condition = alltrue(concat(
      [for window in compact([try(var.redis.snapshot_window, null)]) : can(regex(local.daily_window, window))],
      [for window in compact([try(var.redis.maintenance_window, null)]) : can(regex(local.weekly_window, window))],
    ))
    error_message = "redis has the snapshot_window ${jsonencode(try(var.redis.snapshot_window, null))} and the maintenance_window ${jsonencode(try(var.redis.maintenance_window, null))}; give times in UTC, such as \"02:00-03:00\" and \"sun:04:00-sun:05:00\"."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
