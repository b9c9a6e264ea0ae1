locals {
  neptune_logs = ["audit", "slowquery"]

  # The family of 1.4.5.1 is neptune1.4; parameter groups carry no dot in their names.
  neptune_family = var.neptune == null ? "" : "neptune${join(".", slice(split(".", var.neptune.engine_version), 0, 2))}"
}

# Neptune speaks TLS only: there is no parameter for it.
resource "aws_neptune_cluster_parameter_group" "neptune" {
  count = var.neptune == null ? 0 : 1

  name        = "${var.name}-${replace(local.neptune_family, ".", "-")}"
  description = "Neptune of ${var.name}"
  family      = local.neptune_family
  tags        = var.tags

  dynamic "parameter" {
    for_each = {
      neptune_enable_audit_log      = "1"
      neptune_enable_slow_query_log = "info"
    }

    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "pending-reboot"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_neptune_cluster" "neptune" {
  count = var.neptune == null ? 0 : 1

  cluster_identifier                   = "${var.name}-neptune"
  engine_version                       = var.neptune.engine_version
  allow_major_version_upgrade          = var.neptune.allow_major_version_upgrade
  neptune_cluster_parameter_group_name = aws_neptune_cluster_parameter_group.neptune[0].name
  port                                 = var.neptune.port

  storage_encrypted                   = true
  kms_key_arn                         = aws_kms_key.databases.arn
  iam_database_authentication_enabled = true

  neptune_subnet_group_name = var.neptune.db_subnet_group_name
  vpc_security_group_ids    = var.neptune.vpc_security_group_ids

  backup_retention_period   = var.neptune.backup_retention_period
  preferred_backup_window   = var.neptune.backup_window
  copy_tags_to_snapshot     = true
  deletion_protection       = var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${var.name}-neptune-final" : null
  skip_final_snapshot       = !var.deletion_protection

  apply_immediately              = var.neptune.apply_immediately
  preferred_maintenance_window   = var.neptune.maintenance_window
  enable_cloudwatch_logs_exports = local.neptune_logs

  tags = merge(var.tags, { Name = "${var.name}-neptune" })

  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_neptune_cluster_instance" "neptune" {
  count = var.neptune == null ? 0 : var.neptune.instance_count

  identifier                = "${var.name}-neptune-${count.index}"
  cluster_identifier        = aws_neptune_cluster.neptune[0].id
  engine_version            = aws_neptune_cluster.neptune[0].engine_version
  instance_class            = var.neptune.instance_class
  port                      = var.neptune.port
  neptune_subnet_group_name = var.neptune.db_subnet_group_name
  publicly_accessible       = false
  apply_immediately         = var.neptune.apply_immediately
  tags                      = merge(var.tags, { Name = "${var.name}-neptune-${count.index}" })
}
