resource "aws_docdb_cluster" "mongodb" {
  count = var.mongodb == null ? 0 : 1

  cluster_identifier = "${var.name}-mongodb"
  engine_version     = var.mongodb.engine_version
  port               = var.mongodb.port

  storage_encrypted = true
  kms_key_id        = aws_kms_key.databases.arn

  master_username             = var.mongodb.username
  manage_master_user_password = true

  db_subnet_group_name   = var.mongodb.db_subnet_group_name
  vpc_security_group_ids = var.mongodb.vpc_security_group_ids

  backup_retention_period   = var.mongodb.backup_retention_period
  deletion_protection       = var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${var.name}-mongodb-final" : null
  skip_final_snapshot       = !var.deletion_protection

  enabled_cloudwatch_logs_exports = ["audit", "profiler"]

  tags = merge(var.tags, { Name = "${var.name}-mongodb" })
}

resource "aws_docdb_cluster_instance" "mongodb" {
  count = var.mongodb == null ? 0 : var.mongodb.instance_count

  identifier         = "${var.name}-mongodb-${count.index}"
  cluster_identifier = aws_docdb_cluster.mongodb[0].id
  instance_class     = var.mongodb.instance_class
  tags               = merge(var.tags, { Name = "${var.name}-mongodb-${count.index}" })
}
