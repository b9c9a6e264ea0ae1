variable "name" {
  description = "What the names of the buckets and file systems begin with, such as \"applied-ai-production\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9]){0,31}$", var.name)) && length(var.name) <= 32
    error_message = "name is \"${var.name}\"; give up to 32 lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "buckets" {
  description = <<-EOT
    Buckets by name. A bucket is called <name>-<key>-<account>-<region> unless it gives a bucket_name. access_logs_bucket is the key of
    a bucket here that takes s3_access. log_delivery lets services of the account write their logs: cloudtrail, config,
    elasticloadbalancing, s3_access, vpc_flow_logs. enforce_encryption refuses what is written under another key. transitions move
    objects to cheaper classes; intelligent_tiering ({} for its plain tiers, or with archive_days and deep_archive_days) leaves that to
    S3. replicate keeps a copy in the region of the provider aws.replica, replication_time_control within 15 minutes. object_lock
    refuses to remove a version for so many days, mode COMPLIANCE to everyone. force_destroy lets Terraform remove a bucket that is not
    empty.
  EOT
  type = map(object({
    abort_multipart_days = optional(number, 7)
    access_logs_bucket   = optional(string)
    bucket_name          = optional(string)
    enforce_encryption   = optional(bool, true)
    expiration_days      = optional(number)
    force_destroy        = optional(bool, false)
    intelligent_tiering = optional(object({
      archive_days      = optional(number)
      deep_archive_days = optional(number)
    }))
    log_delivery               = optional(list(string), [])
    noncurrent_expiration_days = optional(number, 90)
    object_lock                = optional(object({ days = number, mode = optional(string, "GOVERNANCE") }))
    replicate                  = optional(bool, false)
    replication_time_control   = optional(bool, false)
    transitions                = optional(list(object({ days = number, storage_class = string })), [])
    versioning                 = optional(bool, true)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.buckets) : can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", name))])
    error_message = "buckets has the names ${join(", ", keys(var.buckets))}; each has to be of lower-case letters, digits and hyphens, such as \"datasets\"."
  }

  validation {
    condition = alltrue([for name in compact(values(var.buckets)[*].bucket_name) :
      can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", name)) && !can(regex("^(xn--|sthree-)|(-s3alias|--ol-s3)$", name))
    ])
    error_message = "buckets has the bucket_name ${join(", ", compact(values(var.buckets)[*].bucket_name))}; S3 takes 3 to 63 lower-case letters, digits and hyphens, and keeps some beginnings and endings for itself."
  }

  validation {
    condition = alltrue(flatten([for bucket in var.buckets : [
      for service in bucket.log_delivery : contains(["cloudtrail", "config", "elasticloadbalancing", "s3_access", "vpc_flow_logs"], service)
    ]]))
    error_message = "buckets has the log_delivery ${jsonencode({ for name, bucket in var.buckets : name => bucket.log_delivery })}; give of cloudtrail, config, elasticloadbalancing, s3_access, vpc_flow_logs."
  }

  validation {
    condition = alltrue([for bucket in var.buckets :
      bucket.access_logs_bucket == null ? true : contains(try(var.buckets[bucket.access_logs_bucket].log_delivery, []), "s3_access")
    ])
    error_message = "buckets has the access_logs_bucket ${jsonencode({ for name, bucket in var.buckets : name => bucket.access_logs_bucket })}; name a key of buckets whose log_delivery has s3_access."
  }

  validation {
    condition     = alltrue([for bucket in var.buckets : bucket.versioning || (!bucket.replicate && bucket.object_lock == null)])
    error_message = "buckets has no versioning for ${join(", ", [for name, bucket in var.buckets : name if !bucket.versioning])}; replicate and object_lock take versioning."
  }

  validation {
    condition     = alltrue([for bucket in var.buckets : bucket.replicate || !bucket.replication_time_control])
    error_message = "buckets has replication_time_control for ${join(", ", [for name, bucket in var.buckets : name if bucket.replication_time_control])}; it takes replicate."
  }

  validation {
    condition     = alltrue([for bucket in var.buckets : try(bucket.object_lock.days >= 1 && contains(["COMPLIANCE", "GOVERNANCE"], bucket.object_lock.mode), bucket.object_lock == null)])
    error_message = "buckets has the object_lock ${jsonencode({ for name, bucket in var.buckets : name => bucket.object_lock })}; give at least 1 for days and COMPLIANCE or GOVERNANCE for mode."
  }

  validation {
    condition = alltrue(flatten([for bucket in var.buckets : [
      for transition in bucket.transitions :
      transition.days >= 0 && contains(["DEEP_ARCHIVE", "GLACIER", "GLACIER_IR", "INTELLIGENT_TIERING", "ONEZONE_IA", "STANDARD_IA"], transition.storage_class)
      && !(endswith(transition.storage_class, "_IA") && transition.days < 30)
    ]]))
    error_message = "buckets has the transitions ${jsonencode({ for name, bucket in var.buckets : name => bucket.transitions })}; give a storage class of S3, and at least 30 days before STANDARD_IA and ONEZONE_IA."
  }

  validation {
    condition = alltrue(flatten([for bucket in var.buckets : [
      for days in [bucket.abort_multipart_days, bucket.noncurrent_expiration_days, coalesce(bucket.expiration_days, 1)] : days >= 1
    ]]))
    error_message = "buckets has a period of less than a day: ${jsonencode({ for name, bucket in var.buckets : name => [bucket.abort_multipart_days, bucket.noncurrent_expiration_days, bucket.expiration_days] })}; give abort_multipart_days, noncurrent_expiration_days and expiration_days at least 1."
  }

  validation {
    condition = alltrue([for bucket in var.buckets :
      coalesce(try(bucket.intelligent_tiering.archive_days, null), 90) >= 90 && coalesce(try(bucket.intelligent_tiering.deep_archive_days, null), 180) >= 180
    ])
    error_message = "buckets has the intelligent_tiering ${jsonencode({ for name, bucket in var.buckets : name => bucket.intelligent_tiering })}; give at least 90 for archive_days and 180 for deep_archive_days."
  }
}

variable "ebs_encryption_by_default" {
  description = <<-EOT
    Encrypt every new EBS volume of the account in this region, under a key of its own. It concerns all that runs in the account, not
    this platform alone, so turn it on in one place only.
  EOT
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_deletion_window_days" {
  description = "Days between the removal of a key of the storage and its loss."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days is ${var.kms_deletion_window_days}; KMS takes 7 to 30."
  }
}

variable "lustre_file_systems" {
  description = <<-EOT
    FSx for Lustre file systems by name, on SSD in one subnet: storage_capacity in GiB, per_unit_storage_throughput in MB/s for each TiB.
    Reached from allowed_cidrs and allowed_security_group_ids (by a name for each). data_repositories show objects as files, by the path
    they appear under, such as "/datasets": source is a key of buckets or any "s3://bucket/prefix" of this region. FSx keeps no backups
    of a file system with data repositories: backup_retention_days has to be 0 there. maintenance_start is weekday (1 is Monday) and
    time in UTC; null: FSx chooses.
  EOT
  type = map(object({
    subnet_id                  = string
    allowed_cidrs              = optional(list(string), [])
    allowed_security_group_ids = optional(map(string), {})
    backup_retention_days      = optional(number, 0)
    data_repositories = optional(map(object({
      source      = string
      auto_export = optional(bool, true)
      auto_import = optional(bool, true)
    })), {})
    maintenance_start           = optional(string)
    per_unit_storage_throughput = optional(number, 125)
    storage_capacity            = optional(number, 1200)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.lustre_file_systems) : can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", name))])
    error_message = "lustre_file_systems has the names ${join(", ", keys(var.lustre_file_systems))}; each has to be of lower-case letters, digits and hyphens, such as \"scratch\"."
  }

  validation {
    condition     = alltrue([for system in var.lustre_file_systems : system.storage_capacity == 1200 || (system.storage_capacity >= 2400 && system.storage_capacity % 2400 == 0)])
    error_message = "lustre_file_systems has the storage_capacity ${jsonencode({ for name, system in var.lustre_file_systems : name => system.storage_capacity })}; FSx takes 1200 or a multiple of 2400 (GiB)."
  }

  validation {
    condition     = alltrue([for system in var.lustre_file_systems : contains([125, 250, 500, 1000], system.per_unit_storage_throughput)])
    error_message = "lustre_file_systems has the per_unit_storage_throughput ${jsonencode({ for name, system in var.lustre_file_systems : name => system.per_unit_storage_throughput })}; give 125, 250, 500 or 1000 (MB/s for each TiB)."
  }

  validation {
    condition     = alltrue(flatten([for system in var.lustre_file_systems : [for cidr in system.allowed_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")]]))
    error_message = "lustre_file_systems has the allowed_cidrs ${jsonencode({ for name, system in var.lustre_file_systems : name => system.allowed_cidrs })}; each has to be a network and none the whole internet, such as \"10.0.0.0/16\"."
  }

  validation {
    condition     = alltrue([for system in var.lustre_file_systems : system.backup_retention_days >= 0 && system.backup_retention_days <= (length(system.data_repositories) > 0 ? 0 : 90)])
    error_message = "lustre_file_systems has the backup_retention_days ${jsonencode({ for name, system in var.lustre_file_systems : name => system.backup_retention_days })}; give 0 to 90, and 0 beside data_repositories."
  }

  validation {
    condition = alltrue(flatten([for system in var.lustre_file_systems : [
      for path, repository in system.data_repositories : startswith(path, "/") && (startswith(repository.source, "s3://") || contains(keys(var.buckets), repository.source))
    ]]))
    error_message = "lustre_file_systems has the data_repositories ${jsonencode({ for name, system in var.lustre_file_systems : name => system.data_repositories })}; give paths that begin with / and sources that are keys of buckets or begin with s3://."
  }

  validation {
    condition     = alltrue([for start in compact(values(var.lustre_file_systems)[*].maintenance_start) : can(regex("^[1-7]:([01][0-9]|2[0-3]):[0-5][0-9]$", start))])
    error_message = "lustre_file_systems has the maintenance_start ${join(", ", compact(values(var.lustre_file_systems)[*].maintenance_start))}; give weekday and time, such as \"7:04:00\" for Sunday."
  }
}

variable "shared_file_systems" {
  description = <<-EOT
    EFS file systems by name, with a mount target in each of subnet_ids (by zone), reached from allowed_cidrs and
    allowed_security_group_ids (by a name for each) with TLS only. Each of access_points shows path as the root and acts as uid and gid;
    permissions are those that path is made with. root_access lets clients act as root. transition_to_ia is when unread files become
    cheaper, such as AFTER_30_DAYS, or NEVER.
  EOT
  type = map(object({
    subnet_ids = map(string)
    access_points = optional(map(object({
      path        = string
      gid         = optional(number, 1000)
      permissions = optional(string, "0750")
      uid         = optional(number, 1000)
    })), {})
    allowed_cidrs              = optional(list(string), [])
    allowed_security_group_ids = optional(map(string), {})
    backup                     = optional(bool, true)
    root_access                = optional(bool, false)
    transition_to_ia           = optional(string, "AFTER_30_DAYS")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.shared_file_systems) : can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", name))])
    error_message = "shared_file_systems has the names ${join(", ", keys(var.shared_file_systems))}; each has to be of lower-case letters, digits and hyphens, such as \"models\"."
  }

  validation {
    condition     = alltrue(flatten([for system in var.shared_file_systems : [for cidr in system.allowed_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")]]))
    error_message = "shared_file_systems has the allowed_cidrs ${jsonencode({ for name, system in var.shared_file_systems : name => system.allowed_cidrs })}; each has to be a network and none the whole internet, such as \"10.0.0.0/16\"."
  }

  validation {
    condition = alltrue(flatten([for system in var.shared_file_systems : [
      for point in system.access_points : startswith(point.path, "/") && can(regex("^0?[0-7]{3}$", point.permissions))
    ]]))
    error_message = "shared_file_systems has the access_points ${jsonencode({ for name, system in var.shared_file_systems : name => system.access_points })}; give paths that begin with / and octal permissions, such as \"0750\"."
  }

  validation {
    condition     = alltrue([for system in var.shared_file_systems : can(regex("^(NEVER|AFTER_1_DAY|AFTER_(7|14|30|60|90|180|270|365)_DAYS)$", system.transition_to_ia))])
    error_message = "shared_file_systems has the transition_to_ia ${join(", ", values(var.shared_file_systems)[*].transition_to_ia)}; give a period of EFS, such as AFTER_30_DAYS, or NEVER."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "vpc_id" {
  description = "VPC of the file systems. null: there are none."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id != null || length(var.lustre_file_systems) + length(var.shared_file_systems) == 0
    error_message = "vpc_id is \"${var.vpc_id == null ? "" : var.vpc_id}\"; file systems need the VPC of their subnets."
  }
}
