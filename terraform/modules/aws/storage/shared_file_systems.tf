locals {
  access_points = merge([
    for name, system in var.shared_file_systems : {
      for point, access_point in system.access_points : "${name}/${point}" => merge(access_point, { file_system = name, name = point })
    }
  ]...)

  mount_targets = merge([
    for name, system in var.shared_file_systems : {
      for zone, subnet_id in system.subnet_ids : "${name}/${zone}" => { file_system = name, subnet_id = subnet_id }
    }
  ]...)

  efs_clients = merge([
    for name, system in var.shared_file_systems : merge(
      { for cidr in system.allowed_cidrs : "${name}/${cidr}" => { file_system = name, client = cidr, cidr = cidr, security_group_id = null } },
      { for client, id in system.allowed_security_group_ids : "${name}/${client}" => { file_system = name, client = client, cidr = null, security_group_id = id } },
    )
  ]...)
}

resource "aws_efs_file_system" "this" {
  for_each = var.shared_file_systems

  creation_token   = "${var.name}-${each.key}"
  encrypted        = true
  kms_key_id       = aws_kms_key.storage.arn
  performance_mode = "generalPurpose"
  throughput_mode  = "elastic"
  tags             = merge(var.tags, { Name = "${var.name}-${each.key}" })

  dynamic "lifecycle_policy" {
    for_each = each.value.transition_to_ia == "NEVER" ? [] : [each.value.transition_to_ia]

    content {
      transition_to_ia = lifecycle_policy.value
    }
  }
}

resource "aws_efs_backup_policy" "this" {
  for_each = var.shared_file_systems

  file_system_id = aws_efs_file_system.this[each.key].id

  backup_policy {
    status = each.value.backup ? "ENABLED" : "DISABLED"
  }
}

# Who reaches a mount target may use the file system, with TLS and, unless root_access is on, not as root.
resource "aws_efs_file_system_policy" "this" {
  for_each = var.shared_file_systems

  file_system_id = aws_efs_file_system.this[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "MountTargetsLetIn"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action = concat(
          ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
          each.value.root_access ? ["elasticfilesystem:ClientRootAccess"] : [],
        )
        Resource  = aws_efs_file_system.this[each.key].arn
        Condition = { Bool = { "elasticfilesystem:AccessedViaMountTarget" = "true" } }
      },
      {
        Sid       = "OnlyTls"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "*"
        Resource  = aws_efs_file_system.this[each.key].arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_efs_mount_target" "this" {
  for_each = local.mount_targets

  file_system_id  = aws_efs_file_system.this[each.value.file_system].id
  subnet_id       = each.value.subnet_id
  security_groups = [aws_security_group.efs[each.value.file_system].id]
}

resource "aws_efs_access_point" "this" {
  for_each = local.access_points

  file_system_id = aws_efs_file_system.this[each.value.file_system].id
  tags           = merge(var.tags, { Name = "${var.name}-${each.value.file_system}-${each.value.name}" })

  posix_user {
    gid = each.value.gid
    uid = each.value.uid
  }

  root_directory {
    path = each.value.path

    creation_info {
      owner_gid   = each.value.gid
      owner_uid   = each.value.uid
      permissions = each.value.permissions
    }
  }
}

resource "aws_security_group" "efs" {
  for_each = var.shared_file_systems

  name        = "${var.name}-efs-${each.key}"
  description = "Shared file system ${each.key} of ${var.name}: reached by its clients only"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-efs-${each.key}" })
}

resource "aws_vpc_security_group_ingress_rule" "efs" {
  for_each = local.efs_clients

  security_group_id            = aws_security_group.efs[each.value.file_system].id
  description                  = "NFS from ${each.value.client}"
  cidr_ipv4                    = each.value.cidr
  referenced_security_group_id = each.value.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  tags                         = var.tags
}
