locals {
  postgres_logs = ["postgresql", "upgrade"]

  postgres_identifiers = var.postgres == null ? [] : concat(
    ["${var.name}-postgres"],
    [for name in keys(var.postgres.read_replicas) : "${var.name}-postgres-${name}"],
  )

  # What PostgreSQL is set to here, on RDS and on Aurora.
  postgres_parameters = {
    log_connections            = "1"
    log_disconnections         = "1"
    log_lock_waits             = "1"
    log_min_duration_statement = "1000"
    "rds.force_ssl"            = "1"
  }

  # RDS makes no read replica of an instance whose master password it manages itself.
  postgres_has_own_secret = try(length(var.postgres.read_replicas) > 0, false)

  # Random, another one in every run, and only ever given to write-only arguments: neither plan nor state holds it. A run that makes
  # or renews the password gives both, the secret and the instance, the same.
  postgres_new_password = uuid()
}

resource "aws_db_parameter_group" "postgres" {
  count = var.postgres == null ? 0 : 1

  # With the major version in its name, a new group stands beside the old one until an upgrade is through.
  name        = "${var.name}-postgres${split(".", var.postgres.engine_version)[0]}"
  description = "PostgreSQL of ${var.name}"
  family      = "postgres${split(".", var.postgres.engine_version)[0]}"
  tags        = var.tags

  # Static parameters take nothing else than pending-reboot, and RDS answers it for a parameter at its default.
  dynamic "parameter" {
    for_each = merge(local.postgres_parameters, var.postgres.parameters)

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

resource "aws_db_instance" "postgres" {
  count = var.postgres == null ? 0 : 1

  identifier                  = "${var.name}-postgres"
  engine                      = "postgres"
  engine_version              = var.postgres.engine_version
  allow_major_version_upgrade = var.postgres.allow_major_version_upgrade
  instance_class              = var.postgres.instance_class
  parameter_group_name        = aws_db_parameter_group.postgres[0].name
  db_name                     = var.postgres.db_name
  port                        = var.postgres.port
  multi_az                    = var.postgres.multi_az

  allocated_storage     = var.postgres.allocated_storage
  max_allocated_storage = coalesce(var.postgres.max_allocated_storage, 5 * var.postgres.allocated_storage)
  storage_type          = "gp3"
  iops                  = var.postgres.iops
  storage_throughput    = var.postgres.storage_throughput
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.databases.arn

  username                            = var.postgres.username
  manage_master_user_password         = local.postgres_has_own_secret ? null : true
  master_user_secret_kms_key_id       = local.postgres_has_own_secret ? null : aws_kms_key.databases.arn
  password_wo                         = local.postgres_has_own_secret ? local.postgres_new_password : null
  password_wo_version                 = local.postgres_has_own_secret ? var.postgres.master_password_version : null
  iam_database_authentication_enabled = true
  ca_cert_identifier                  = var.postgres.ca_cert_identifier

  db_subnet_group_name   = var.postgres.db_subnet_group_name
  vpc_security_group_ids = var.postgres.vpc_security_group_ids
  publicly_accessible    = false

  backup_retention_period   = var.postgres.backup_retention_period
  backup_window             = var.postgres.backup_window
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.deletion_protection
  deletion_protection       = var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${var.name}-postgres-final" : null
  skip_final_snapshot       = !var.deletion_protection

  apply_immediately          = var.postgres.apply_immediately
  auto_minor_version_upgrade = true
  maintenance_window         = var.postgres.maintenance_window

  enabled_cloudwatch_logs_exports       = local.postgres_logs
  monitoring_interval                   = var.postgres.monitoring_interval
  monitoring_role_arn                   = var.postgres.monitoring_interval > 0 ? one(aws_iam_role.monitoring[*].arn) : null
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.databases.arn
  performance_insights_retention_period = var.postgres.performance_insights_retention_period

  tags = merge(var.tags, { Name = "${var.name}-postgres" })

  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy_attachment.monitoring,
  ]
}

resource "aws_db_instance" "postgres_replica" {
  for_each = try(var.postgres.read_replicas, {})

  identifier           = "${var.name}-postgres-${each.key}"
  replicate_source_db  = aws_db_instance.postgres[0].identifier
  instance_class       = coalesce(each.value.instance_class, var.postgres.instance_class)
  parameter_group_name = aws_db_parameter_group.postgres[0].name
  port                 = var.postgres.port

  max_allocated_storage = coalesce(var.postgres.max_allocated_storage, 5 * var.postgres.allocated_storage)
  storage_type          = "gp3"
  iops                  = var.postgres.iops
  storage_throughput    = var.postgres.storage_throughput
  # Under the source's key.
  storage_encrypted = true

  iam_database_authentication_enabled = true
  ca_cert_identifier                  = var.postgres.ca_cert_identifier

  vpc_security_group_ids = var.postgres.vpc_security_group_ids
  publicly_accessible    = false

  # All that it holds is the source's, which is what backups are kept of.
  backup_retention_period = 0
  copy_tags_to_snapshot   = true
  skip_final_snapshot     = true

  apply_immediately          = var.postgres.apply_immediately
  auto_minor_version_upgrade = true
  maintenance_window         = var.postgres.maintenance_window

  enabled_cloudwatch_logs_exports       = local.postgres_logs
  monitoring_interval                   = var.postgres.monitoring_interval
  monitoring_role_arn                   = var.postgres.monitoring_interval > 0 ? one(aws_iam_role.monitoring[*].arn) : null
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.databases.arn
  performance_insights_retention_period = var.postgres.performance_insights_retention_period

  tags = merge(var.tags, { Name = "${var.name}-postgres-${each.key}" })

  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy_attachment.monitoring,
  ]
}

resource "aws_db_instance_automated_backups_replication" "postgres" {
  count    = try(var.postgres.cross_region_backup, false) ? 1 : 0
  provider = aws.replica

  source_db_instance_arn = aws_db_instance.postgres[0].arn
  kms_key_id             = aws_kms_key.replica[0].arn
  retention_period       = var.postgres.backup_retention_period
}

resource "aws_secretsmanager_secret" "postgres" {
  count = local.postgres_has_own_secret ? 1 : 0

  name_prefix = "${var.name}-postgres-master-"
  description = "Master user of PostgreSQL of ${var.name}"
  kms_key_id  = aws_kms_key.databases.arn
  tags        = var.tags

  # The instance takes another name without being replaced; its secret stays as well, and with it the password.
  lifecycle {
    ignore_changes = [name_prefix]
  }
}

resource "aws_secretsmanager_secret_version" "postgres" {
  count = local.postgres_has_own_secret ? 1 : 0

  secret_id                = aws_secretsmanager_secret.postgres[0].id
  secret_string_wo         = jsonencode({ username = var.postgres.username, password = local.postgres_new_password })
  secret_string_wo_version = var.postgres.master_password_version

  # A new instance comes with a new password.
  lifecycle {
    replace_triggered_by = [aws_db_instance.postgres[0].id]
  }
}
