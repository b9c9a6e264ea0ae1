mock_provider "aws" {}

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
