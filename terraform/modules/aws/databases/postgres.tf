resource "aws_db_instance" "postgres" {
  count = var.postgres == null ? 0 : 1

  identifier     = "${var.name}-postgres"
  engine         = "postgres"
  engine_version = var.postgres.engine_version
  instance_class = var.postgres.instance_class
  db_name        = var.postgres.db_name
  port           = var.postgres.port
  multi_az       = var.postgres.multi_az

  allocated_storage     = var.postgres.allocated_storage
  max_allocated_storage = coalesce(var.postgres.max_allocated_storage, 5 * var.postgres.allocated_storage)
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.databases.arn

  username                            = var.postgres.username
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.databases.arn
  iam_database_authentication_enabled = true

  db_subnet_group_name   = var.postgres.db_subnet_group_name
  vpc_security_group_ids = var.postgres.vpc_security_group_ids
  publicly_accessible    = false

  backup_retention_period   = var.postgres.backup_retention_period
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.deletion_protection
  deletion_protection       = var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${var.name}-postgres-final" : null
  skip_final_snapshot       = !var.deletion_protection

  auto_minor_version_upgrade      = true
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.databases.arn

  tags = merge(var.tags, { Name = "${var.name}-postgres" })
}
