# The emulator pads the booleans of DocumentDB instances with line breaks, which the provider cannot read,
# neither there nor in RDS's list, where they appear too. The cluster is created, its instances are not.
resource "aws_docdb_cluster_instance" "mongodb" {
  count = 0
}

# The emulator forgets which logs are exported.
resource "aws_docdb_cluster" "mongodb" {
  lifecycle {
    ignore_changes = [enabled_cloudwatch_logs_exports]
  }
}

# The emulator forgets which logs are exported and the key of Performance Insights, and answers a window and a throughput of its own.
resource "aws_db_instance" "postgres" {
  lifecycle {
    ignore_changes = [backup_window, enabled_cloudwatch_logs_exports, performance_insights_kms_key_id, storage_throughput]
  }
}

# The emulator finds no instance by its resource id, so the end of a read replica is never seen while its source is there.
resource "aws_db_instance" "postgres_replica" {
  for_each = {}
}

# The emulator replicates no backups.
resource "aws_db_instance_automated_backups_replication" "postgres" {
  count = 0
}

# The emulator forgets which logs are exported.
resource "aws_rds_cluster" "aurora" {
  lifecycle {
    ignore_changes = [enabled_cloudwatch_logs_exports]
  }
}

# The emulator forgets the key of Performance Insights.
resource "aws_rds_cluster_instance" "aurora" {
  lifecycle {
    ignore_changes = [performance_insights_kms_key_id]
  }
}

# The emulator forgets which logs are exported.
resource "aws_neptune_cluster" "neptune" {
  lifecycle {
    ignore_changes = [enable_cloudwatch_logs_exports]
  }
}

# The emulator answers the table's key for that of a replica.
resource "aws_dynamodb_table" "this" {
  lifecycle {
    ignore_changes = [replica]
  }
}

# The emulator answers that a user signing in with IAM has no password.
resource "aws_elasticache_user" "client" {
  lifecycle {
    ignore_changes = [authentication_mode]
  }
}

# The emulator forgets the key at rest and the upgrades of minor versions.
resource "aws_elasticache_replication_group" "redis" {
  lifecycle {
    ignore_changes = [auto_minor_version_upgrade, kms_key_id]
  }
}

# The emulator runs a domain in a container, which the rehearsal has none of.
resource "aws_opensearch_domain" "search" {
  count = 0
}
