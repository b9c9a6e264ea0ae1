mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
  mock_resource "aws_efs_access_point" {
    defaults = { id = "fsap-1" }
  }
  mock_resource "aws_efs_file_system" {
    defaults = { arn = "arn:efs", id = "fs-1", dns_name = "fs-1.efs.example" }
  }
  mock_resource "aws_fsx_lustre_file_system" {
    defaults = { id = "fs-0a1b2c3d4e5f6a7b8", dns_name = "fs-2.fsx.example", mount_name = "abcdef" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:123456789012:key/storage" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::datasets", id = "datasets" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-of-the-file-system" }
  }
}

mock_provider "aws" {
  alias           = "replica"
  override_during = plan

  mock_data "aws_region" {
    defaults = { name = "us-west-2" }
  }
}

variables {
  name   = "applied-ai-staging"
  tags   = { Project = "applied-ai" }
  vpc_id = "vpc-platform"

  buckets = { datasets = {} }

  shared_file_systems = {
    models = {
      subnet_ids                 = { us-east-1a = "subnet-a", us-east-1b = "subnet-b" }
      access_points              = { hub = { path = "/hub", uid = 1001 } }
      allowed_cidrs              = ["10.0.0.0/20"]
      allowed_security_group_ids = { nodes = "sg-nodes" }
    }
  }
  lustre_file_systems = {
    scratch = {
      subnet_id                  = "subnet-a"
      allowed_cidrs              = ["10.0.0.0/20"]
      allowed_security_group_ids = { nodes = "sg-nodes" }
      data_repositories = {
        "/datasets" = { source = "datasets" }
        "/public"   = { source = "s3://elsewhere/public", auto_export = false }
      }
    }
  }
}

run "creates_no_file_system_that_was_not_asked_for" {
  command = plan

  variables {
    lustre_file_systems = {}
    shared_file_systems = {}
    vpc_id              = null
  }

  assert {
    condition     = length(aws_efs_file_system.this) + length(aws_efs_mount_target.this) + length(aws_fsx_lustre_file_system.this) + length(aws_fsx_data_repository_association.this) == 0
    error_message = "A file system that nobody asked for."
  }

  assert {
    condition     = length(aws_security_group.efs) + length(aws_security_group.lustre) + length(aws_vpc_security_group_ingress_rule.efs) + length(aws_vpc_security_group_ingress_rule.lustre) == 0
    error_message = "A security group that nobody needs."
  }

  assert {
    condition     = output.shared_file_systems == {} && output.lustre_file_systems == {}
    error_message = "An output of a file system that is not there."
  }
}

run "encrypts_shared_file_systems_at_rest_and_on_the_way" {
  command = plan

  assert {
    condition     = aws_efs_file_system.this["models"].encrypted && aws_efs_file_system.this["models"].kms_key_id == aws_kms_key.storage.arn
    error_message = "A shared file system is not encrypted under the module's key."
  }

  assert {
    condition = anytrue([for statement in jsondecode(aws_efs_file_system_policy.this["models"].policy).Statement :
      statement.Effect == "Deny" && statement.Action == "*" && statement.Condition == { Bool = { "aws:SecureTransport" = "false" } }
    ])
    error_message = "A shared file system is mounted without TLS."
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_efs_file_system_policy.this["models"].policy).Statement :
      toset(statement.Action) == toset(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]) && statement.Condition == { Bool = { "elasticfilesystem:AccessedViaMountTarget" = "true" } }
      if statement.Effect == "Allow"
    ])
    error_message = "Clients act as root, or come by another way than the mount targets."
  }

  assert {
    condition = (
      aws_efs_file_system.this["models"].throughput_mode == "elastic" && aws_efs_file_system.this["models"].performance_mode == "generalPurpose"
      && aws_efs_file_system.this["models"].lifecycle_policy[0].transition_to_ia == "AFTER_30_DAYS"
      && aws_efs_backup_policy.this["models"].backup_policy[0].status == "ENABLED"
      && aws_efs_file_system.this["models"].tags["Project"] == "applied-ai"
    )
    error_message = "Throughput, lifecycle, backups or tags are others than by default."
  }

  assert {
    condition     = { for name, target in aws_efs_mount_target.this : name => target.subnet_id } == { "models/us-east-1a" = "subnet-a", "models/us-east-1b" = "subnet-b" }
    error_message = "A zone has no mount target."
  }

  assert {
    condition = (
      aws_efs_access_point.this["models/hub"].root_directory[0].path == "/hub" && aws_efs_access_point.this["models/hub"].posix_user[0].uid == 1001
      && aws_efs_access_point.this["models/hub"].root_directory[0].creation_info[0].permissions == "0750"
    )
    error_message = "The access point is another than asked for."
  }

  assert {
    condition     = output.shared_file_systems.models == { id = "fs-1", arn = "arn:efs", dns_name = "fs-1.efs.example", security_group_id = "sg-of-the-file-system", access_points = { hub = "fsap-1" } }
    error_message = "The output does not tell how to mount it."
  }
}

run "gives_clients_more_and_time_where_asked" {
  command = plan

  variables {
    shared_file_systems = {
      models = {
        subnet_ids       = { us-east-1a = "subnet-a" }
        backup           = false
        root_access      = true
        transition_to_ia = "NEVER"
      }
    }
  }

  assert {
    condition     = strcontains(aws_efs_file_system_policy.this["models"].policy, "ClientRootAccess") && aws_efs_backup_policy.this["models"].backup_policy[0].status == "DISABLED" && length(aws_efs_file_system.this["models"].lifecycle_policy) == 0
    error_message = "Root access, no backups and no lifecycle were asked for."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.efs) == 0
    error_message = "Somebody reaches a file system without clients."
  }
}

run "opens_the_ports_to_the_clients_only" {
  command = plan

  assert {
    condition = alltrue([for rule in aws_vpc_security_group_ingress_rule.efs : rule.from_port == 2049 && rule.to_port == 2049 && rule.ip_protocol == "tcp"]) && (
      { for name, rule in aws_vpc_security_group_ingress_rule.efs : name => coalesce(rule.cidr_ipv4, rule.referenced_security_group_id) } == { "models/10.0.0.0/20" = "10.0.0.0/20", "models/nodes" = "sg-nodes" }
    )
    error_message = "A shared file system is open to others, or at other ports."
  }

  assert {
    condition = alltrue([for rules in [aws_vpc_security_group_ingress_rule.lustre, aws_vpc_security_group_egress_rule.lustre] :
      toset([for rule in rules : "${rule.ip_protocol} ${rule.from_port}-${rule.to_port}"]) == toset(["tcp 988-988", "tcp 1018-1023"])
      && toset([for rule in rules : coalesce(rule.cidr_ipv4, rule.referenced_security_group_id)]) == toset(["10.0.0.0/20", "sg-nodes", "sg-of-the-file-system"])
      && length(rules) == 6
    ])
    error_message = "A Lustre file system is open to others, or at other ports."
  }
}

run "makes_lustre_file_systems_over_buckets" {
  command = plan

  assert {
    condition = (
      aws_fsx_lustre_file_system.this["scratch"].kms_key_id == aws_kms_key.storage.arn && aws_fsx_lustre_file_system.this["scratch"].deployment_type == "PERSISTENT_2"
      && aws_fsx_lustre_file_system.this["scratch"].data_compression_type == "LZ4" && aws_fsx_lustre_file_system.this["scratch"].tags["Project"] == "applied-ai"
    )
    error_message = "A Lustre file system is not encrypted, not persistent, not compressed or not tagged."
  }

  assert {
    condition     = aws_fsx_lustre_file_system.this["scratch"].storage_capacity == 1200 && aws_fsx_lustre_file_system.this["scratch"].per_unit_storage_throughput == 125 && aws_fsx_lustre_file_system.this["scratch"].automatic_backup_retention_days == 0 && aws_fsx_lustre_file_system.this["scratch"].skip_final_backup
    error_message = "The default is not the smallest."
  }

  assert {
    condition     = { for name, association in aws_fsx_data_repository_association.this : association.file_system_path => association.data_repository_path } == { "/datasets" = "s3://datasets", "/public" = "s3://elsewhere/public" }
    error_message = "The paths show other objects."
  }

  assert {
    condition = (
      length(aws_fsx_data_repository_association.this["scratch/datasets"].s3[0].auto_export_policy) == 1 && length(aws_fsx_data_repository_association.this["scratch/public"].s3[0].auto_export_policy) == 0
      && length(aws_fsx_data_repository_association.this["scratch/public"].s3[0].auto_import_policy) == 1
    )
    error_message = "What is imported and exported is other than asked for."
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_kms_key.storage.policy).Statement :
      statement.Condition.StringEquals == { "kms:CallerAccount" = "123456789012", "kms:ViaService" = "s3.us-east-1.amazonaws.com" }
      && startswith(statement.Condition.ArnLike["aws:PrincipalArn"], "arn:aws:iam::123456789012:role/aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/")
      if statement.Sid == "LustreReachesBuckets"
    ]) && strcontains(aws_kms_key.storage.policy, "LustreReachesBuckets")
    error_message = "FSx cannot read encrypted objects, or others can."
  }

  assert {
    condition     = output.lustre_file_systems.scratch.mount_name == "abcdef" && output.lustre_file_systems.scratch.data_repositories == { "/datasets" = "datasets", "/public" = "s3://elsewhere/public" }
    error_message = "The output does not tell how to mount it."
  }
}

run "keeps_backups_of_lustre_where_asked" {
  command = plan

  variables {
    lustre_file_systems = {
      home = { subnet_id = "subnet-a", backup_retention_days = 7, maintenance_start = "7:04:00", per_unit_storage_throughput = 500, storage_capacity = 4800 }
    }
  }

  assert {
    condition     = aws_fsx_lustre_file_system.this["home"].automatic_backup_retention_days == 7 && aws_fsx_lustre_file_system.this["home"].copy_tags_to_backups && !aws_fsx_lustre_file_system.this["home"].skip_final_backup
    error_message = "Backups are not kept, or not the last one."
  }

  assert {
    condition     = aws_fsx_lustre_file_system.this["home"].storage_capacity == 4800 && aws_fsx_lustre_file_system.this["home"].per_unit_storage_throughput == 500 && aws_fsx_lustre_file_system.this["home"].weekly_maintenance_start_time == "7:04:00" && length(aws_fsx_data_repository_association.this) == 0
    error_message = "The file system is another than asked for."
  }

  assert {
    condition     = !strcontains(aws_kms_key.storage.policy, "LustreReachesBuckets")
    error_message = "FSx may use the key without need."
  }
}
