locals {
  # What a client signs in as. ElastiCache asks that name and id of an IAM user are the same.
  redis_user = "${var.name}-client"

  redis_log_groups = var.redis == null ? {} : {
    for log in ["engine-log", "slow-log"] : log => "/aws/elasticache/${var.name}-redis/${log}"
  }
}

resource "aws_elasticache_user" "client" {
  count = var.redis == null ? 0 : 1

  user_id       = local.redis_user
  user_name     = local.redis_user
  engine        = var.redis.engine
  access_string = "on ~* +@all -@admin"
  tags          = var.tags

  authentication_mode {
    type = "iam"
  }
}

# Redis user groups must have a user called default; this one is off. Valkey groups need none.
resource "aws_elasticache_user" "default" {
  count = try(var.redis.engine, "") == "redis" ? 1 : 0

  user_id              = "${var.name}-default"
  user_name            = "default"
  engine               = var.redis.engine
  access_string        = "off ~keys* -@all +get"
  no_password_required = true
  tags                 = var.tags
}

resource "aws_elasticache_user_group" "redis" {
  count = var.redis == null ? 0 : 1

  user_group_id = "${var.name}-redis"
  engine        = var.redis.engine
  user_ids      = concat(aws_elasticache_user.default[*].user_id, aws_elasticache_user.client[*].user_id)
  tags          = var.tags
}

resource "aws_elasticache_replication_group" "redis" {
  count = var.redis == null ? 0 : 1

  replication_group_id = "${var.name}-redis"
  description          = "Cache of ${var.name}"
  engine               = var.redis.engine
  engine_version       = var.redis.engine_version
  node_type            = var.redis.node_type
  num_cache_clusters   = var.redis.num_cache_nodes
  parameter_group_name = coalesce(var.redis.parameter_group_name, "default.${var.redis.engine}${split(".", var.redis.engine_version)[0]}")
  port                 = var.redis.port

  automatic_failover_enabled = var.redis.num_cache_nodes > 1
  multi_az_enabled           = var.redis.num_cache_nodes > 1

  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.databases.arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  user_group_ids             = [aws_elasticache_user_group.redis[0].user_group_id]

  security_group_ids = var.redis.security_group_ids
  subnet_group_name  = var.redis.subnet_group_name

  final_snapshot_identifier = var.deletion_protection ? "${var.name}-redis-final" : null
  snapshot_retention_limit  = var.redis.snapshot_retention_limit
  snapshot_window           = var.redis.snapshot_window

  apply_immediately          = var.redis.apply_immediately
  auto_minor_version_upgrade = true
  maintenance_window         = var.redis.maintenance_window

  dynamic "log_delivery_configuration" {
    for_each = local.redis_log_groups

    content {
      destination      = log_delivery_configuration.value
      destination_type = "cloudwatch-logs"
      log_format       = "json"
      log_type         = log_delivery_configuration.key
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-redis" })

  depends_on = [aws_cloudwatch_log_group.this]
}
