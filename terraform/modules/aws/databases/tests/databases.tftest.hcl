mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/monitoring" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:123456789012:key/databases" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:own" }
  }
  mock_resource "aws_db_instance" {
    defaults = { address = "postgres.example", arn = "arn:aws:rds:us-east-1:123456789012:db:postgres", master_user_secret = [{ secret_arn = "arn:postgres" }] }
  }
  mock_resource "aws_docdb_cluster" {
    defaults = { endpoint = "mongodb.example", master_user_secret = [{ secret_arn = "arn:mongodb" }] }
  }
  mock_resource "aws_elasticache_replication_group" {
    defaults = { primary_endpoint_address = "redis.example" }
  }
}

mock_provider "aws" {
  alias           = "replica"
  override_during = plan

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-west-2:123456789012:key/replica" }
  }
  mock_data "aws_region" {
    defaults = { name = "us-west-2" }
  }
}

variables {
  name = "applied-ai-staging"

  postgres = {
    db_subnet_group_name   = "database"
    vpc_security_group_ids = ["sg-database"]
  }
  mongodb = {
    db_subnet_group_name   = "database"
    vpc_security_group_ids = ["sg-database"]
  }
  redis = {
    subnet_group_name  = "cache"
    security_group_ids = ["sg-cache"]
  }
}

run "creates_nothing_that_was_not_asked_for" {
  command = plan

  variables {
    postgres = null
    mongodb  = null
    redis    = null
  }

  assert {
    condition     = length(aws_db_instance.postgres) + length(aws_docdb_cluster.mongodb) + length(aws_docdb_cluster_instance.mongodb) == 0
    error_message = "A database that was switched off."
  }

  assert {
    condition     = length(aws_elasticache_replication_group.redis) + length(aws_elasticache_user.client) + length(aws_elasticache_user.default) + length(aws_elasticache_user_group.redis) == 0
    error_message = "A cache that was switched off."
  }

  assert {
    condition     = output.postgres == null && output.mongodb == null && output.redis == null
    error_message = "An output of a database that is not there."
  }
}

run "encrypts_everything_and_keeps_no_password" {
  command = plan

  assert {
    condition = (
      aws_db_instance.postgres[0].storage_encrypted && aws_db_instance.postgres[0].kms_key_id == aws_kms_key.databases.arn
      && aws_docdb_cluster.mongodb[0].storage_encrypted && aws_docdb_cluster.mongodb[0].kms_key_id == aws_kms_key.databases.arn
      && tobool(aws_elasticache_replication_group.redis[0].at_rest_encryption_enabled) && aws_elasticache_replication_group.redis[0].kms_key_id == aws_kms_key.databases.arn
    )
    error_message = "A database is not encrypted at rest under the module's key."
  }

  assert {
    condition     = aws_elasticache_replication_group.redis[0].transit_encryption_enabled && aws_elasticache_replication_group.redis[0].transit_encryption_mode == "required"
    error_message = "Redis takes connections without TLS."
  }

  assert {
    condition = (
      aws_db_instance.postgres[0].manage_master_user_password && aws_db_instance.postgres[0].password == null
      && aws_docdb_cluster.mongodb[0].manage_master_user_password && aws_docdb_cluster.mongodb[0].master_password == null
      && aws_elasticache_user.client[0].authentication_mode[0].type == "iam" && aws_elasticache_replication_group.redis[0].auth_token == null
    )
    error_message = "A password passes through Terraform."
  }

  assert {
    condition     = startswith(aws_elasticache_user.default[0].access_string, "off ")
    error_message = "Redis lets its default user in."
  }

  assert {
    condition     = !aws_db_instance.postgres[0].publicly_accessible
    error_message = "PostgreSQL is reached from the internet."
  }

  assert {
    condition     = output.postgres.secret_arn == "arn:postgres" && output.mongodb.secret_arn == "arn:mongodb" && output.redis.user_id == "applied-ai-staging-client"
    error_message = "The outputs do not tell where the passwords are."
  }
}

run "is_small_and_removable_by_default" {
  command = plan

  assert {
    condition     = !aws_db_instance.postgres[0].multi_az && length(aws_docdb_cluster_instance.mongodb) == 1 && aws_elasticache_replication_group.redis[0].num_cache_clusters == 1
    error_message = "More than one of something."
  }

  assert {
    condition     = !aws_elasticache_replication_group.redis[0].automatic_failover_enabled && !aws_elasticache_replication_group.redis[0].multi_az_enabled
    error_message = "A single node cannot fail over."
  }

  assert {
    condition     = aws_db_instance.postgres[0].skip_final_snapshot && !aws_db_instance.postgres[0].deletion_protection && !aws_docdb_cluster.mongodb[0].deletion_protection
    error_message = "The databases resist their removal."
  }

  assert {
    condition     = aws_db_instance.postgres[0].backup_retention_period == 7 && aws_docdb_cluster.mongodb[0].backup_retention_period == 7 && aws_elasticache_replication_group.redis[0].snapshot_retention_limit == 7
    error_message = "Backups are not kept for a week."
  }

  assert {
    condition     = aws_db_instance.postgres[0].storage_type == "gp3" && aws_db_instance.postgres[0].allocated_storage == 100 && aws_db_instance.postgres[0].max_allocated_storage == 500
    error_message = "PostgreSQL does not start with 100 GiB of gp3 that grow to 500."
  }

  assert {
    condition     = aws_elasticache_replication_group.redis[0].parameter_group_name == "default.redis7"
    error_message = "Parameter group: ${aws_elasticache_replication_group.redis[0].parameter_group_name}"
  }
}

run "is_large_and_protected_where_asked" {
  command = plan

  variables {
    deletion_protection = true
    postgres = {
      db_subnet_group_name   = "database"
      vpc_security_group_ids = ["sg-database"]
      multi_az               = true
    }
    mongodb = {
      db_subnet_group_name   = "database"
      vpc_security_group_ids = ["sg-database"]
      instance_count         = 3
    }
    redis = {
      subnet_group_name  = "cache"
      security_group_ids = ["sg-cache"]
      num_cache_nodes    = 3
    }
  }

  assert {
    condition     = aws_db_instance.postgres[0].multi_az && length(aws_docdb_cluster_instance.mongodb) == 3 && aws_elasticache_replication_group.redis[0].num_cache_clusters == 3
    error_message = "A database is smaller than asked for."
  }

  assert {
    condition     = aws_elasticache_replication_group.redis[0].automatic_failover_enabled && aws_elasticache_replication_group.redis[0].multi_az_enabled
    error_message = "Redis does not fail over across zones."
  }

  assert {
    condition     = aws_db_instance.postgres[0].deletion_protection && aws_docdb_cluster.mongodb[0].deletion_protection
    error_message = "A database can be removed."
  }

  assert {
    condition = (
      aws_db_instance.postgres[0].final_snapshot_identifier == "applied-ai-staging-postgres-final"
      && aws_docdb_cluster.mongodb[0].final_snapshot_identifier == "applied-ai-staging-mongodb-final"
      && aws_elasticache_replication_group.redis[0].final_snapshot_identifier == "applied-ai-staging-redis-final"
    )
    error_message = "A database goes without a last snapshot."
  }
}

run "runs_valkey" {
  command = plan

  variables {
    redis = {
      subnet_group_name  = "cache"
      security_group_ids = ["sg-cache"]
      engine             = "valkey"
      engine_version     = "8.0"
    }
  }

  assert {
    condition     = aws_elasticache_replication_group.redis[0].parameter_group_name == "default.valkey8" && length(aws_elasticache_user.default) == 0
    error_message = "Valkey does not get its own parameter group, or a default user that it does not take."
  }
}

run "speaks_tls_only_and_logs" {
  command = plan

  assert {
    condition = (
      { for parameter in aws_db_parameter_group.postgres[0].parameter : parameter.name => parameter.value }["rds.force_ssl"] == "1"
      && aws_db_parameter_group.postgres[0].family == "postgres15"
      && aws_db_instance.postgres[0].parameter_group_name == aws_db_parameter_group.postgres[0].name
    )
    error_message = "PostgreSQL takes connections without TLS."
  }

  assert {
    condition = (
      { for parameter in aws_docdb_cluster_parameter_group.mongodb[0].parameter : parameter.name => parameter.value } == { audit_logs = "enabled", profiler = "enabled", tls = "tls1.2+" }
      && aws_docdb_cluster_parameter_group.mongodb[0].family == "docdb5.0"
      && aws_docdb_cluster.mongodb[0].db_cluster_parameter_group_name == aws_docdb_cluster_parameter_group.mongodb[0].name
    )
    error_message = "DocumentDB takes connections without TLS, or keeps no audit log."
  }

  assert {
    condition = toset(keys(aws_cloudwatch_log_group.this)) == toset([
      "/aws/docdb/applied-ai-staging-mongodb/audit",
      "/aws/docdb/applied-ai-staging-mongodb/profiler",
      "/aws/elasticache/applied-ai-staging-redis/engine-log",
      "/aws/elasticache/applied-ai-staging-redis/slow-log",
      "/aws/rds/instance/applied-ai-staging-postgres/postgresql",
      "/aws/rds/instance/applied-ai-staging-postgres/upgrade",
    ])
    error_message = "Log groups: ${join(", ", keys(aws_cloudwatch_log_group.this))}"
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.this : group.kms_key_id == aws_kms_key.databases.arn && group.retention_in_days == 90])
    error_message = "A log group without a key or an end."
  }

  assert {
    condition     = { for log in aws_elasticache_replication_group.redis[0].log_delivery_configuration : log.log_type => log.destination } == { engine-log = "/aws/elasticache/applied-ai-staging-redis/engine-log", slow-log = "/aws/elasticache/applied-ai-staging-redis/slow-log" }
    error_message = "Redis does not log into its groups."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.databases.policy).Statement :
      statement.Principal == { Service = "logs.us-east-1.amazonaws.com" } && statement.Condition.ArnLike["kms:EncryptionContext:aws:logs:arn"] == "arn:aws:logs:us-east-1:123456789012:log-group:/aws/*/applied-ai-staging-*"
      if statement.Sid != "AccountAdministersThroughIam"
    ])
    error_message = "The key lets more in than the account and the logs of the databases: ${aws_kms_key.databases.policy}"
  }
}

run "changes_nothing_at_once_and_nothing_to_the_next_major_version" {
  command = plan

  assert {
    condition     = !aws_db_instance.postgres[0].apply_immediately && !aws_docdb_cluster.mongodb[0].apply_immediately && !aws_elasticache_replication_group.redis[0].apply_immediately
    error_message = "A change does not wait for its window."
  }

  assert {
    condition     = !aws_db_instance.postgres[0].allow_major_version_upgrade && !aws_docdb_cluster.mongodb[0].allow_major_version_upgrade
    error_message = "A new major version needs no leave."
  }

  assert {
    condition     = length(aws_db_instance.postgres_replica) + length(aws_secretsmanager_secret.postgres) + length(aws_db_instance_automated_backups_replication.postgres) + length(aws_kms_key.replica) + length(aws_iam_role.monitoring) == 0
    error_message = "Something that was not asked for."
  }

  assert {
    condition     = aws_db_instance.postgres[0].monitoring_interval == 0 && aws_db_instance.postgres[0].performance_insights_retention_period == 7
    error_message = "Monitoring that costs."
  }
}

run "watches_tunes_and_times_postgres_as_asked" {
  command = plan

  variables {
    postgres = {
      db_subnet_group_name                  = "database"
      vpc_security_group_ids                = ["sg-database"]
      allocated_storage                     = 400
      apply_immediately                     = true
      backup_window                         = "02:00-03:00"
      ca_cert_identifier                    = "rds-ca-rsa4096-g1"
      iops                                  = 12000
      maintenance_window                    = "sun:04:00-sun:05:00"
      monitoring_interval                   = 60
      parameters                            = { log_min_duration_statement = "250", max_connections = "200" }
      performance_insights_retention_period = 62
      storage_throughput                    = 500
    }
    redis = {
      subnet_group_name  = "cache"
      security_group_ids = ["sg-cache"]
      maintenance_window = "sun:04:00-sun:05:00"
      snapshot_window    = "02:00-03:00"
    }
  }

  assert {
    condition     = aws_db_instance.postgres[0].monitoring_interval == 60 && aws_db_instance.postgres[0].monitoring_role_arn == aws_iam_role.monitoring[0].arn
    error_message = "Nothing writes the enhanced monitoring."
  }

  assert {
    condition = (
      aws_iam_role.monitoring[0].name == "applied-ai-staging-us-east-1-rds-monitoring"
      && aws_iam_role_policy_attachment.monitoring[0].policy_arn == "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
      && jsondecode(aws_iam_role.monitoring[0].assume_role_policy).Statement[0].Principal == { Service = "monitoring.rds.amazonaws.com" }
    )
    error_message = "The role of the monitoring is not RDS's."
  }

  assert {
    condition = (
      { for parameter in aws_db_parameter_group.postgres[0].parameter : parameter.name => parameter.value }["log_min_duration_statement"] == "250"
      && { for parameter in aws_db_parameter_group.postgres[0].parameter : parameter.name => parameter.value }["max_connections"] == "200"
    )
    error_message = "PostgreSQL is not set as asked."
  }

  assert {
    condition = (
      aws_db_instance.postgres[0].iops == 12000 && aws_db_instance.postgres[0].storage_throughput == 500
      && aws_db_instance.postgres[0].backup_window == "02:00-03:00" && aws_db_instance.postgres[0].maintenance_window == "sun:04:00-sun:05:00"
      && aws_db_instance.postgres[0].ca_cert_identifier == "rds-ca-rsa4096-g1" && aws_db_instance.postgres[0].apply_immediately
      && aws_db_instance.postgres[0].performance_insights_retention_period == 62
      && aws_elasticache_replication_group.redis[0].snapshot_window == "02:00-03:00" && aws_elasticache_replication_group.redis[0].maintenance_window == "sun:04:00-sun:05:00"
    )
    error_message = "A window, a certificate authority or the disk is another than asked for."
  }
}

run "makes_read_replicas_with_a_secret_of_its_own" {
  command = plan

  variables {
    postgres = {
      db_subnet_group_name   = "database"
      vpc_security_group_ids = ["sg-database"]
      read_replicas          = { reports = { instance_class = "db.r6g.large" }, search = {} }
    }
  }

  assert {
    condition     = { for name, replica in aws_db_instance.postgres_replica : name => replica.instance_class } == { reports = "db.r6g.large", search = "db.t4g.medium" }
    error_message = "The read replicas are others than asked for."
  }

  assert {
    condition = alltrue([for name, replica in aws_db_instance.postgres_replica :
      replica.replicate_source_db == "applied-ai-staging-postgres" && replica.storage_encrypted && !replica.publicly_accessible
      && replica.parameter_group_name == aws_db_parameter_group.postgres[0].name && contains(keys(aws_cloudwatch_log_group.this), "/aws/rds/instance/applied-ai-staging-postgres-${name}/postgresql")
    ])
    error_message = "A read replica is less closed than its source."
  }

  assert {
    condition     = aws_db_instance.postgres[0].manage_master_user_password == null && aws_db_instance.postgres[0].password == null && aws_secretsmanager_secret_version.postgres[0].secret_string == null
    error_message = "RDS refuses a read replica of an instance that manages its password, or the password gets into the state."
  }

  assert {
    condition     = aws_secretsmanager_secret.postgres[0].kms_key_id == aws_kms_key.databases.arn && aws_db_instance.postgres[0].password_wo_version == 1 && aws_secretsmanager_secret_version.postgres[0].secret_string_wo_version == 1
    error_message = "Secret and instance do not get the same password under the module's key."
  }

  assert {
    condition     = output.postgres.secret_arn == "arn:own" && toset(keys(output.postgres.read_replicas)) == toset(["reports", "search"])
    error_message = "The output does not tell of the read replicas and their secret."
  }
}

run "keeps_backups_in_a_second_region" {
  command = plan

  variables {
    postgres = {
      db_subnet_group_name    = "database"
      vpc_security_group_ids  = ["sg-database"]
      backup_retention_period = 14
      cross_region_backup     = true
    }
  }

  assert {
    condition     = aws_db_instance_automated_backups_replication.postgres[0].kms_key_id == "arn:aws:kms:us-west-2:123456789012:key/replica" && aws_db_instance_automated_backups_replication.postgres[0].retention_period == 14
    error_message = "The backups in the second region are not under a key of that region, or kept shorter."
  }

  assert {
    condition     = aws_kms_key.replica[0].enable_key_rotation && length(jsondecode(aws_kms_key.replica[0].policy).Statement) == 1
    error_message = "The key of the second region is not rotated, or lets in more than the account."
  }
}
