mock_provider "aws" {}

mock_provider "aws" {
  alias = "replica"
}

variables {
  name = "applied-ai-staging"
}

run "refuses_a_name_that_databases_cannot_carry" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "applied--ai"
  }
}

run "refuses_a_name_that_is_too_long" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "applied-ai-with-a-name-without-end"
  }
}

run "refuses_a_deletion_window_that_kms_does_not_take" {
  command         = plan
  expect_failures = [var.kms_deletion_window_days]
  variables {
    kms_deletion_window_days = 6
  }
}

run "refuses_a_mongodb_instance_class_of_ec2" {
  command         = plan
  expect_failures = [var.mongodb]
  variables {
    mongodb = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], instance_class = "r6g.large" }
  }
}

run "refuses_a_mongodb_without_instances" {
  command         = plan
  expect_failures = [var.mongodb]
  variables {
    mongodb = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], instance_count = 0 }
  }
}

run "refuses_a_mongodb_without_backups" {
  command         = plan
  expect_failures = [var.mongodb]
  variables {
    mongodb = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], backup_retention_period = 0 }
  }
}

run "refuses_a_mongodb_version_of_unknown_form" {
  command         = plan
  expect_failures = [var.mongodb]
  variables {
    mongodb = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], engine_version = "5" }
  }
}

run "refuses_a_postgres_instance_class_of_ec2" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], instance_class = "r6g.large" }
  }
}

run "refuses_a_postgres_with_too_little_storage" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], allocated_storage = 10 }
  }
}

run "refuses_a_postgres_that_may_not_even_keep_its_storage" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], allocated_storage = 100, max_allocated_storage = 50 }
  }
}

run "refuses_a_postgres_without_backups" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], backup_retention_period = 0 }
  }
}

run "refuses_a_postgres_that_takes_connections_without_tls" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], engine_version = "14" }
  }
}

run "refuses_a_redis_node_type_of_ec2" {
  command         = plan
  expect_failures = [var.redis]
  variables {
    redis = { subnet_group_name = "cache", security_group_ids = ["sg-cache"], node_type = "r7g.large" }
  }
}

run "refuses_a_redis_of_too_many_nodes" {
  command         = plan
  expect_failures = [var.redis]
  variables {
    redis = { subnet_group_name = "cache", security_group_ids = ["sg-cache"], num_cache_nodes = 7 }
  }
}

run "refuses_an_unknown_cache_engine" {
  command         = plan
  expect_failures = [var.redis]
  variables {
    redis = { subnet_group_name = "cache", security_group_ids = ["sg-cache"], engine = "memcached" }
  }
}

run "refuses_a_redis_that_knows_no_iam" {
  command         = plan
  expect_failures = [var.redis]
  variables {
    redis = { subnet_group_name = "cache", security_group_ids = ["sg-cache"], engine_version = "6.2" }
  }
}

run "refuses_an_aurora_instance_class_of_ec2" {
  command         = plan
  expect_failures = [var.aurora]
  variables {
    aurora = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], instance_class = "r6g.large" }
  }
}

run "refuses_an_aurora_without_instances" {
  command         = plan
  expect_failures = [var.aurora]
  variables {
    aurora = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], instance_count = 0 }
  }
}

run "refuses_a_serverless_aurora_that_shrinks_as_it_grows" {
  command         = plan
  expect_failures = [var.aurora]
  variables {
    aurora = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], serverless = { min_capacity = 8, max_capacity = 2 } }
  }
}

run "refuses_an_aurora_without_backups" {
  command         = plan
  expect_failures = [var.aurora]
  variables {
    aurora = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], backup_retention_period = 0 }
  }
}

run "refuses_an_aurora_that_is_too_old" {
  command         = plan
  expect_failures = [var.aurora]
  variables {
    aurora = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], engine_version = "14" }
  }
}

run "refuses_an_aurora_window_without_a_day" {
  command         = plan
  expect_failures = [var.aurora]
  variables {
    aurora = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], maintenance_window = "04:00-05:00" }
  }
}

run "refuses_aurora_insights_that_rds_does_not_keep" {
  command         = plan
  expect_failures = [var.aurora]
  variables {
    aurora = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], performance_insights_retention_period = 30 }
  }
}

run "refuses_an_aurora_monitoring_interval_that_rds_does_not_know" {
  command         = plan
  expect_failures = [var.aurora]
  variables {
    aurora = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], monitoring_interval = 20 }
  }
}

run "refuses_an_aurora_without_tls" {
  command         = plan
  expect_failures = [var.aurora]
  variables {
    aurora = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], parameters = { "rds.force_ssl" = "0" } }
  }
}

run "refuses_a_table_name_that_dynamodb_does_not_take" {
  command         = plan
  expect_failures = [var.dynamodb_tables]
  variables {
    dynamodb_tables = { "a table" = { hash_key = { name = "id" } } }
  }
}

run "refuses_a_key_of_unknown_type" {
  command         = plan
  expect_failures = [var.dynamodb_tables]
  variables {
    dynamodb_tables = { sessions = { hash_key = { name = "id", type = "string" } } }
  }
}

run "refuses_a_table_that_is_provisioned_with_nothing" {
  command         = plan
  expect_failures = [var.dynamodb_tables]
  variables {
    dynamodb_tables = { sessions = { hash_key = { name = "id" }, billing_mode = "PROVISIONED" } }
  }
}

run "refuses_an_index_over_an_unknown_attribute" {
  command         = plan
  expect_failures = [var.dynamodb_tables]
  variables {
    dynamodb_tables = { sessions = { hash_key = { name = "id" }, global_secondary_indexes = { by_model = { hash_key = "model" } } } }
  }
}

run "refuses_a_log_retention_that_cloudwatch_does_not_know" {
  command         = plan
  expect_failures = [var.log_retention_days]
  variables {
    log_retention_days = 42
  }
}

run "refuses_a_mongodb_window_out_of_the_day" {
  command         = plan
  expect_failures = [var.mongodb]
  variables {
    mongodb = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], backup_window = "24:00-25:00" }
  }
}

run "refuses_a_neptune_instance_class_of_ec2" {
  command         = plan
  expect_failures = [var.neptune]
  variables {
    neptune = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], instance_class = "r6g.large" }
  }
}

run "refuses_a_neptune_without_instances" {
  command         = plan
  expect_failures = [var.neptune]
  variables {
    neptune = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], instance_count = 0 }
  }
}

run "refuses_a_neptune_without_backups" {
  command         = plan
  expect_failures = [var.neptune]
  variables {
    neptune = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], backup_retention_period = 0 }
  }
}

run "refuses_a_neptune_version_that_is_not_full" {
  command         = plan
  expect_failures = [var.neptune]
  variables {
    neptune = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], engine_version = "1.4" }
  }
}

run "refuses_a_neptune_window_without_a_day" {
  command         = plan
  expect_failures = [var.neptune]
  variables {
    neptune = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], maintenance_window = "04:00-05:00" }
  }
}

run "refuses_an_opensearch_instance_type_of_ec2" {
  command         = plan
  expect_failures = [var.opensearch]
  variables {
    opensearch = { security_group_ids = ["sg-search"], subnet_ids = ["subnet-a"], instance_type = "r6g.large" }
  }
}

run "refuses_an_opensearch_of_four_zones" {
  command         = plan
  expect_failures = [var.opensearch]
  variables {
    opensearch = { security_group_ids = ["sg-search"], subnet_ids = ["a", "b", "c", "d"], instance_count = 4 }
  }
}

run "refuses_an_opensearch_with_zones_of_unequal_size" {
  command         = plan
  expect_failures = [var.opensearch]
  variables {
    opensearch = { security_group_ids = ["sg-search"], subnet_ids = ["a", "b"], instance_count = 3 }
  }
}

run "refuses_an_opensearch_version_of_unknown_form" {
  command         = plan
  expect_failures = [var.opensearch]
  variables {
    opensearch = { security_group_ids = ["sg-search"], subnet_ids = ["subnet-a"], engine_version = "2.19" }
  }
}

run "refuses_an_opensearch_domain_with_too_long_a_name" {
  command         = plan
  expect_failures = [var.opensearch]
  variables {
    opensearch = { security_group_ids = ["sg-search"], subnet_ids = ["subnet-a"], domain_name = "a-domain-with-a-name-without-end" }
  }
}

run "refuses_an_opensearch_master_that_is_no_role" {
  command         = plan
  expect_failures = [var.opensearch]
  variables {
    opensearch = { security_group_ids = ["sg-search"], subnet_ids = ["subnet-a"], master_role_arn = "admin" }
  }
}

run "refuses_an_opensearch_update_at_no_hour_of_the_day" {
  command         = plan
  expect_failures = [var.opensearch]
  variables {
    opensearch = { security_group_ids = ["sg-search"], subnet_ids = ["subnet-a"], off_peak_start_hour = 24 }
  }
}

run "refuses_iops_on_a_small_disk" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], iops = 12000 }
  }
}

run "refuses_a_read_replica_with_a_class_of_ec2" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], read_replicas = { reports = { instance_class = "r6g.large" } } }
  }
}

run "refuses_a_postgres_window_without_a_day" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], maintenance_window = "04:00-05:00" }
  }
}

run "refuses_postgres_insights_that_rds_does_not_keep" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], performance_insights_retention_period = 30 }
  }
}

run "refuses_a_postgres_monitoring_interval_that_rds_does_not_know" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], monitoring_interval = 20 }
  }
}

run "refuses_a_postgres_without_tls" {
  command         = plan
  expect_failures = [var.postgres]
  variables {
    postgres = { db_subnet_group_name = "database", vpc_security_group_ids = ["sg-database"], parameters = { "rds.force_ssl" = "0" } }
  }
}

run "refuses_a_redis_window_without_a_day" {
  command         = plan
  expect_failures = [var.redis]
  variables {
    redis = { subnet_group_name = "cache", security_group_ids = ["sg-cache"], maintenance_window = "04:00-05:00" }
  }
}
