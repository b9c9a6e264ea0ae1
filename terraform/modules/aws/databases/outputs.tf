output "aurora" {
  description = "Where the Aurora cluster answers and which secret holds its master password; null without one."
  value = var.aurora == null ? null : {
    endpoint        = aws_rds_cluster.aurora[0].endpoint
    reader_endpoint = aws_rds_cluster.aurora[0].reader_endpoint
    port            = aws_rds_cluster.aurora[0].port
    database        = aws_rds_cluster.aurora[0].database_name
    instances       = var.aurora.instance_count
    secret_arn      = one(aws_rds_cluster.aurora[0].master_user_secret[*].secret_arn)
  }
  depends_on = [aws_rds_cluster_instance.aurora]
}

output "deletion_protection" {
  description = "Whether the databases refuse to be removed."
  value       = var.deletion_protection
}

output "dynamodb_tables" {
  description = "Name and ARN of each table, and the regions of its replicas."
  value = {
    for name, table in aws_dynamodb_table.this : name => {
      name            = table.name
      arn             = table.arn
      replica_regions = keys(var.dynamodb_tables[name].replicas)
    }
  }
}

output "kms_key_arn" {
  description = "Key of the databases' data, backups, logs and master passwords."
  value       = aws_kms_key.databases.arn
}

output "mongodb" {
  description = "Where the document store answers and which secret holds its master password; null without one."
  value = var.mongodb == null ? null : {
    endpoint        = aws_docdb_cluster.mongodb[0].endpoint
    reader_endpoint = aws_docdb_cluster.mongodb[0].reader_endpoint
    port            = aws_docdb_cluster.mongodb[0].port
    instances       = var.mongodb.instance_count
    secret_arn      = one(aws_docdb_cluster.mongodb[0].master_user_secret[*].secret_arn)
  }
  depends_on = [aws_docdb_cluster_instance.mongodb]
}

output "neptune" {
  description = "Where the graph database answers and the resource id that IAM policies for it name; null without one."
  value = var.neptune == null ? null : {
    endpoint        = one(aws_neptune_cluster.neptune[*].endpoint)
    reader_endpoint = one(aws_neptune_cluster.neptune[*].reader_endpoint)
    port            = one(aws_neptune_cluster.neptune[*].port)
    instances       = var.neptune.instance_count
    resource_id     = one(aws_neptune_cluster.neptune[*].cluster_resource_id)
  }
  depends_on = [aws_neptune_cluster_instance.neptune]
}

output "opensearch" {
  description = "Where the search domain answers (https) and the role that administers it; null without one."
  value = var.opensearch == null ? null : {
    endpoint        = one(aws_opensearch_domain.search[*].endpoint)
    arn             = local.opensearch_domain_arn
    instances       = var.opensearch.instance_count
    master_role_arn = local.opensearch_master_role_arn
  }
}

output "postgres" {
  description = "Where the relational database and its read replicas answer and which secret holds its master password; null without one."
  value = var.postgres == null ? null : {
    endpoint      = aws_db_instance.postgres[0].address
    port          = aws_db_instance.postgres[0].port
    database      = aws_db_instance.postgres[0].db_name
    multi_az      = aws_db_instance.postgres[0].multi_az
    read_replicas = { for name, replica in aws_db_instance.postgres_replica : name => replica.address }
    secret_arn    = local.postgres_has_own_secret ? aws_secretsmanager_secret.postgres[0].arn : one(aws_db_instance.postgres[0].master_user_secret[*].secret_arn)
  }
}

output "redis" {
  description = "Where the cache answers and the user that clients sign in as with IAM; null without one."
  value = var.redis == null ? null : {
    endpoint        = aws_elasticache_replication_group.redis[0].primary_endpoint_address
    reader_endpoint = aws_elasticache_replication_group.redis[0].reader_endpoint_address
    port            = aws_elasticache_replication_group.redis[0].port
    nodes           = var.redis.num_cache_nodes
    user_id         = local.redis_user
  }
}
