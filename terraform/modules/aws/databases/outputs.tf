output "deletion_protection" {
  description = "Whether the databases refuse to be removed."
  value       = var.deletion_protection
}

output "kms_key_arn" {
  description = "Key of the databases' data, backups and master passwords."
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

output "postgres" {
  description = "Where the relational database answers and which secret holds its master password; null without one."
  value = var.postgres == null ? null : {
    endpoint   = aws_db_instance.postgres[0].address
    port       = aws_db_instance.postgres[0].port
    database   = aws_db_instance.postgres[0].db_name
    multi_az   = aws_db_instance.postgres[0].multi_az
    secret_arn = one(aws_db_instance.postgres[0].master_user_secret[*].secret_arn)
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
