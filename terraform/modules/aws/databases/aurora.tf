resource "aws_rds_cluster_parameter_group" "aurora" {
  count = var.aurora == null ? 0 : 1

  name        = "${var.name}-aurora-postgresql${split(".", var.aurora.engine_version)[0]}"
  description = "Aurora PostgreSQL of ${var.name}"
  family      = "aurora-postgresql${split(".", var.aurora.engine_version)[0]}"
  tags        = var.tags

  dynamic "parameter" {
    for_each = merge(local.postgres_parameters, var.aurora.parameters)

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

resource "aws_rds_cluster" "aurora" {
  count = var.aurora == null ? 0 : 1

  cluster_identifier              = "${var.name}-aurora"
  engine                          = "aurora-postgresql"
  engine_version                  = var.aurora.engine_version
  allow_major_version_upgrade     = var.aurora.allow_major_version_upgrade
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.aurora[0].name
  database_name                   = var.aurora.db_name
  port                            = var.aurora.port

  storage_encrypted = true
  kms_key_id        = aws_kms_key.databases.arn

  master_username                     = var.aurora.username
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.databases.arn
  iam_database_authentication_enabled = true

  db_subnet_group_name   = var.aurora.db_subnet_group_name
  vpc_security_group_ids = var.aurora.vpc_security_group_ids

  backup_retention_period   = var.aurora.backup_retention_period
  preferred_backup_window   = var.aurora.backup_window
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.deletion_protection
  deletion_protection       = var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${var.name}-aurora-final" : null
  skip_final_snapshot       = !var.deletion_protection

  apply_immediately               = var.aurora.apply_immediately
  preferred_maintenance_window    = var.aurora.maintenance_window
  enabled_cloudwatch_logs_exports = ["postgresql"]

  dynamic "serverlessv2_scaling_configuration" {
    for_each = var.aurora.serverless[*]

    content {
      min_capacity = serverlessv2_scaling_configuration.value.min_capacity
      max_capacity = serverlessv2_scaling_configuration.value.max_capacity
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-aurora" })

  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_rds_cluster_instance" "aurora" {
  count = var.aurora == null ? 0 : var.aurora.instance_count

  identifier           = "${var.name}-aurora-${count.index}"
  cluster_identifier   = aws_rds_cluster.aurora[0].id
  engine               = aws_rds_cluster.aurora[0].engine
  engine_version       = aws_rds_cluster.aurora[0].engine_version
  instance_class       = var.aurora.serverless == null ? var.aurora.instance_class : "db.serverless"
  availability_zone    = length(var.aurora.availability_zones) > 0 ? element(var.aurora.availability_zones, count.index) : null
  db_subnet_group_name = var.aurora.db_subnet_group_name
  publicly_accessible  = false
  ca_cert_identifier   = var.aurora.ca_cert_identifier

  apply_immediately          = var.aurora.apply_immediately
  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true

  monitoring_interval                   = var.aurora.monitoring_interval
  monitoring_role_arn                   = var.aurora.monitoring_interval > 0 ? one(aws_iam_role.monitoring[*].arn) : null
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.databases.arn
  performance_insights_retention_period = var.aurora.performance_insights_retention_period

  tags = merge(var.tags, { Name = "${var.name}-aurora-${count.index}" })

  depends_on = [aws_iam_role_policy_attachment.monitoring]
}
