locals {
  mongodb_logs = ["audit", "profiler"]

  # The family of 5.0.0 is docdb5.0; parameter groups carry no dot in their names.
  mongodb_family = var.mongodb == null ? "" : "docdb${join(".", slice(split(".", var.mongodb.engine_version), 0, 2))}"
}

resource "aws_docdb_cluster_parameter_group" "mongodb" {
  count = var.mongodb == null ? 0 : 1

  name        = "${var.name}-${replace(local.mongodb_family, ".", "-")}"
  description = "DocumentDB of ${var.name}"
  family      = local.mongodb_family
  tags        = var.tags

  dynamic "parameter" {
    for_each = {
      audit_logs = "enabled"
      profiler   = "enabled"
      # Version 3.6 knows no least version of TLS.
      tls = startswith(var.mongodb.engine_version, "3.") ? "enabled" : "tls1.2+"
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

resource "aws_docdb_cluster" "mongodb" {
  count = var.mongodb == null ? 0 : 1

  cluster_identifier              = "${var.name}-mongodb"
  engine_version                  = var.mongodb.engine_version
  allow_major_version_upgrade     = var.mongodb.allow_major_version_upgrade
  db_cluster_parameter_group_name = aws_docdb_cluster_parameter_group.mongodb[0].name
  port                            = var.mongodb.port

  storage_encrypted = true
  kms_key_id        = aws_kms_key.databases.arn

  master_username             = var.mongodb.username
  manage_master_user_password = true

  db_subnet_group_name   = var.mongodb.db_subnet_group_name
  vpc_security_group_ids = var.mongodb.vpc_security_group_ids

  backup_retention_period   = var.mongodb.backup_retention_period
  preferred_backup_window   = var.mongodb.backup_window
  deletion_protection       = var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${var.name}-mongodb-final" : null
  skip_final_snapshot       = !var.deletion_protection

  apply_immediately               = var.mongodb.apply_immediately
  preferred_maintenance_window    = var.mongodb.maintenance_window
  enabled_cloudwatch_logs_exports = local.mongodb_logs

  tags = merge(var.tags, { Name = "${var.name}-mongodb" })

  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_docdb_cluster_instance" "mongodb" {
  count = var.mongodb == null ? 0 : var.mongodb.instance_count

  identifier         = "${var.name}-mongodb-${count.index}"
  cluster_identifier = aws_docdb_cluster.mongodb[0].id
  instance_class     = var.mongodb.instance_class
  ca_cert_identifier = var.mongodb.ca_cert_identifier
  apply_immediately  = var.mongodb.apply_immediately
  tags               = merge(var.tags, { Name = "${var.name}-mongodb-${count.index}" })
}
