output "buckets" {
  description = "Name, ARN and region of each bucket, and of its replica; replica is null without one. Known once a bucket is closed and encrypted."
  value = {
    for name, bucket in aws_s3_bucket.this : name => {
      name   = bucket.id
      arn    = bucket.arn
      region = local.region
      replica = var.buckets[name].replicate ? {
        name   = aws_s3_bucket.replica[name].id
        arn    = aws_s3_bucket.replica[name].arn
        region = local.replica_region
      } : null
    }
  }
  depends_on = [
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_replication_configuration.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "kms_key_arn" {
  description = "Key of the buckets and file systems."
  value       = aws_kms_key.storage.arn
}

output "lustre_file_systems" {
  description = "What a client needs to mount each Lustre file system."
  value = {
    for name, system in aws_fsx_lustre_file_system.this : name => {
      id                = system.id
      dns_name          = system.dns_name
      mount_name        = system.mount_name
      security_group_id = aws_security_group.lustre[name].id
      data_repositories = { for path, repository in var.lustre_file_systems[name].data_repositories : path => repository.source }
    }
  }
  depends_on = [aws_fsx_data_repository_association.this]
}

output "replica_kms_key_arn" {
  description = "Key of the replicas in the second region; null without one."
  value       = one(aws_kms_key.replica[*].arn)
}

output "shared_file_systems" {
  description = "What a client needs to mount each shared file system: its id, name and access points. Known once it answers."
  value = {
    for name, system in aws_efs_file_system.this : name => {
      id                = system.id
      arn               = system.arn
      dns_name          = system.dns_name
      security_group_id = aws_security_group.efs[name].id
      access_points     = { for point in local.access_points : point.name => aws_efs_access_point.this["${name}/${point.name}"].id if point.file_system == name }
    }
  }
  depends_on = [aws_efs_file_system_policy.this, aws_efs_mount_target.this, aws_vpc_security_group_ingress_rule.efs]
}

output "volumes_kms_key_arn" {
  description = "Key of the account's EBS volumes in this region; null where ebs_encryption_by_default is off."
  value       = one(aws_kms_key.volumes[*].arn)
}
