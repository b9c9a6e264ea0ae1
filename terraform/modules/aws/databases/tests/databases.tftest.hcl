mock_provider "aws" {
  override_during = plan

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:123456789012:key/databases" }
  }
  mock_resource "aws_db_instance" {
    defaults = { address = "postgres.example", master_user_secret = [{ secret_arn = "arn:postgres" }] }
  }
  mock_resource "aws_docdb_cluster" {
    defaults = { endpoint = "mongodb.example", master_user_secret = [{ secret_arn = "arn:mongodb" }] }
  }
  mock_resource "aws_elasticache_replication_group" {
    defaults = { primary_endpoint_address = "redis.example" }
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
