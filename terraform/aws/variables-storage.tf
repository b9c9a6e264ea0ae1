variable "registry" {
  description = <<-EOT
    Image registry: repositories by name and caches of other registries. registry_scan_type and replication_regions concern the whole registry of
    the account and region: set them on one platform of each. null: none.
  EOT
  type = object({
    pull_through_cache_rules = optional(map(object({
      upstream_registry_url      = string
      credential_arn             = optional(string)
      expire_days                = optional(number)
      upstream_repository_prefix = optional(string)
    })))
    registry_scan_type  = optional(string)
    replication_regions = optional(list(string))
    repositories = optional(map(object({
      expire_untagged_days = optional(number)
      immutable_tags       = optional(bool)
      keep_tagged          = optional(number)
      pull_principals      = optional(list(string))
      scan_on_push         = optional(bool)
    })))
  })
  default = null
}

variable "storage" {
  description = <<-EOT
    Buckets, shared file systems (EFS) and Lustre file systems (FSx), by name; the module storage tells what each key means. File systems lie in
    the private subnets and are reached from the cluster's nodes. zone is where a Lustre file system is.
    force_destroy of a bucket follows deletion_protection unless it is given.
  EOT
  type = object({
    buckets = optional(map(object({
      abort_multipart_days = optional(number)
      access_logs_bucket   = optional(string)
      bucket_name          = optional(string)
      enforce_encryption   = optional(bool)
      expiration_days      = optional(number)
      force_destroy        = optional(bool)
      intelligent_tiering = optional(object({
        archive_days      = optional(number)
        deep_archive_days = optional(number)
      }))
      log_delivery               = optional(list(string))
      noncurrent_expiration_days = optional(number)
      object_lock                = optional(object({ days = number, mode = optional(string) }))
      replicate                  = optional(bool)
      replication_time_control   = optional(bool)
      transitions                = optional(list(object({ days = number, storage_class = string })))
      versioning                 = optional(bool)
    })), {})
    ebs_encryption_by_default = optional(bool)
    lustre_file_systems = optional(map(object({
      zone                  = string
      backup_retention_days = optional(number)
      data_repositories = optional(map(object({
        source      = string
        auto_export = optional(bool)
        auto_import = optional(bool)
      })))
      maintenance_start           = optional(string)
      per_unit_storage_throughput = optional(number)
      storage_capacity            = optional(number)
    })), {})
    shared_file_systems = optional(map(object({
      access_points = optional(map(object({
        path        = string
        gid         = optional(number)
        permissions = optional(string)
        uid         = optional(number)
      })))
      backup           = optional(bool)
      root_access      = optional(bool)
      transition_to_ia = optional(string)
    })), {})
  })
  default = {
    buckets = {
      artifacts = {}
      backups   = {}
      logs      = { log_delivery = ["elasticloadbalancing", "s3_access"], expiration_days = 365 }
      models    = {}
    }
  }
  nullable = false
  validation {
    condition     = var.secondary_region != null || alltrue([for bucket in values(var.storage.buckets) : !coalesce(bucket.replicate, false)])
    error_message = "storage.buckets asks for the replication of ${join(", ", [for name, bucket in var.storage.buckets : name if coalesce(bucket.replicate, false)])}; set secondary_region to where to, or leave replicate out."
  }

  validation {
    condition     = alltrue([for system in values(var.storage.lustre_file_systems) : contains(var.availability_zones, system.zone)])
    error_message = "storage.lustre_file_systems has the zones ${join(", ", values(var.storage.lustre_file_systems)[*].zone)}; each has to be one of availability_zones."
  }
}
