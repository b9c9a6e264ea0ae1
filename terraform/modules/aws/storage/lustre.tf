locals {
  # The servers of a file system talk with its clients and among themselves, both ways.
  lustre_peers = flatten([
    for name, system in var.lustre_file_systems : concat(
      [{ file_system = name, peer = "servers", cidr = null, security_group_id = aws_security_group.lustre[name].id }],
      [for cidr in system.allowed_cidrs : { file_system = name, peer = cidr, cidr = cidr, security_group_id = null }],
      [for peer, id in system.allowed_security_group_ids : { file_system = name, peer = peer, cidr = null, security_group_id = id }],
    )
  ])
  lustre_ports = { control = [988, 988], data = [1018, 1023] }
  lustre_rules = merge([
    for peer in local.lustre_peers : {
      for use, ports in local.lustre_ports : "${peer.file_system}/${peer.peer}/${use}" => merge(peer, { from_port = ports[0], to_port = ports[1] })
    }
  ]...)

  data_repositories = merge([
    for name, system in var.lustre_file_systems : {
      for path, repository in system.data_repositories : "${name}${path}" => merge(repository, { file_system = name, path = path })
    }
  ]...)
}

resource "aws_fsx_lustre_file_system" "this" {
  for_each = var.lustre_file_systems

  deployment_type             = "PERSISTENT_2"
  file_system_type_version    = "2.15"
  storage_type                = "SSD"
  storage_capacity            = each.value.storage_capacity
  per_unit_storage_throughput = each.value.per_unit_storage_throughput
  data_compression_type       = "LZ4"
  kms_key_id                  = aws_kms_key.storage.arn

  subnet_ids         = [each.value.subnet_id]
  security_group_ids = [aws_security_group.lustre[each.key].id]

  automatic_backup_retention_days = each.value.backup_retention_days
  copy_tags_to_backups            = each.value.backup_retention_days > 0
  skip_final_backup               = each.value.backup_retention_days == 0
  weekly_maintenance_start_time   = each.value.maintenance_start

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  depends_on = [
    aws_vpc_security_group_egress_rule.lustre,
    aws_vpc_security_group_ingress_rule.lustre,
  ]
}

resource "aws_fsx_data_repository_association" "this" {
  for_each = local.data_repositories

  file_system_id                   = aws_fsx_lustre_file_system.this[each.value.file_system].id
  file_system_path                 = each.value.path
  data_repository_path             = startswith(each.value.source, "s3://") ? each.value.source : "s3://${aws_s3_bucket.this[each.value.source].id}"
  batch_import_meta_data_on_create = true
  tags                             = merge(var.tags, { Name = "${var.name}-${each.value.file_system}" })

  s3 {
    dynamic "auto_import_policy" {
      for_each = each.value.auto_import ? [["NEW", "CHANGED", "DELETED"]] : []

      content {
        events = auto_import_policy.value
      }
    }

    dynamic "auto_export_policy" {
      for_each = each.value.auto_export ? [["NEW", "CHANGED", "DELETED"]] : []

      content {
        events = auto_export_policy.value
      }
    }
  }

  depends_on = [aws_s3_bucket_policy.this]
}

resource "aws_security_group" "lustre" {
  for_each = var.lustre_file_systems

  name        = "${var.name}-lustre-${each.key}"
  description = "Lustre file system ${each.key} of ${var.name}: its servers and its clients only"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-lustre-${each.key}" })
}

resource "aws_vpc_security_group_ingress_rule" "lustre" {
  for_each = local.lustre_rules

  security_group_id            = aws_security_group.lustre[each.value.file_system].id
  description                  = "Lustre from ${each.value.peer}"
  cidr_ipv4                    = each.value.cidr
  referenced_security_group_id = each.value.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value.from_port
  to_port                      = each.value.to_port
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "lustre" {
  for_each = local.lustre_rules

  security_group_id            = aws_security_group.lustre[each.value.file_system].id
  description                  = "Lustre to ${each.value.peer}"
  cidr_ipv4                    = each.value.cidr
  referenced_security_group_id = each.value.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value.from_port
  to_port                      = each.value.to_port
  tags                         = var.tags
}
