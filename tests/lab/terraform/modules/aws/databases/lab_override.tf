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

# The emulator forgets which logs are exported and the key of Performance Insights.
resource "aws_db_instance" "postgres" {
  lifecycle {
    ignore_changes = [enabled_cloudwatch_logs_exports, performance_insights_kms_key_id]
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
