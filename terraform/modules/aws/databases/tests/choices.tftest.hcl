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
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:search" }
  }
  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:table" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/made-here" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:123456789012:key/databases" }
  }
  mock_resource "aws_neptune_cluster" {
    defaults = { cluster_resource_id = "cluster-GRAPH", endpoint = "neptune.example" }
  }
  mock_resource "aws_opensearch_domain" {
    defaults = { endpoint = "search.example" }
  }
  mock_resource "aws_rds_cluster" {
    defaults = { endpoint = "aurora.example", master_user_secret = [{ secret_arn = "arn:aurora" }] }
  }
}

mock_provider "aws" {
  alias           = "replica"
  override_during = plan

  mock_data "aws_region" {
    defaults = { name = "us-west-2" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-west-2:123456789012:key/replica" }
  }
}

variables {
  name = "applied-ai-staging"
  tags = { Project = "applied-ai" }

  aurora = {
    db_subnet_group_name   = "database"
    vpc_security_group_ids = ["sg-database"]
  }
  neptune = {
    db_subnet_group_name   = "database"
    vpc_security_group_ids = ["sg-database"]
  }
  opensearch = {
    security_group_ids = ["sg-search"]
    subnet_ids         = ["subnet-a"]
  }
  dynamodb_tables = {
    sessions = { hash_key = { name = "user" } }
  }
}

run "creates_none_that_was_not_chosen" {
  command = plan

  variables {
    aurora          = null
    neptune         = null
    opensearch      = null
    dynamodb_tables = {}
  }

  assert {
    condition     = length(aws_rds_cluster.aurora) + length(aws_rds_cluster_instance.aurora) + length(aws_neptune_cluster.neptune) + length(aws_neptune_cluster_instance.neptune) == 0
    error_message = "A cluster that was switched off."
  }

  assert {
    condition     = length(aws_opensearch_domain.search) + length(aws_cloudwatch_log_resource_policy.opensearch) + length(aws_iam_role.opensearch_master) + length(aws_dynamodb_table.this) + length(aws_cloudwatch_log_group.this) == 0
    error_message = "A domain, a table or a log group that was switched off."
  }

  assert {
    condition     = output.aurora == null && output.neptune == null && output.opensearch == null && output.dynamodb_tables == {}
    error_message = "An output of a database that is not there."
  }
}

run "encrypts_every_choice_and_keeps_no_password" {
  command = plan

  assert {
    condition = (
      aws_rds_cluster.aurora[0].storage_encrypted && aws_rds_cluster.aurora[0].kms_key_id == aws_kms_key.databases.arn
      && aws_neptune_cluster.neptune[0].storage_encrypted && aws_neptune_cluster.neptune[0].kms_key_arn == aws_kms_key.databases.arn
      && aws_opensearch_domain.search[0].encrypt_at_rest[0].enabled && aws_opensearch_domain.search[0].encrypt_at_rest[0].kms_key_id == aws_kms_key.databases.arn
      && aws_dynamodb_table.this["sessions"].server_side_encryption[0].kms_key_arn == aws_kms_key.databases.arn
    )
    error_message = "A database is not encrypted at rest under the module's key."
  }

  assert {
    condition = (
      { for parameter in aws_rds_cluster_parameter_group.aurora[0].parameter : parameter.name => parameter.value }["rds.force_ssl"] == "1"
      && aws_rds_cluster.aurora[0].db_cluster_parameter_group_name == aws_rds_cluster_parameter_group.aurora[0].name
      && aws_opensearch_domain.search[0].domain_endpoint_options[0].enforce_https
      && aws_opensearch_domain.search[0].domain_endpoint_options[0].tls_security_policy == "Policy-Min-TLS-1-2-PFS-2023-10"
      && aws_opensearch_domain.search[0].node_to_node_encryption[0].enabled
    )
    error_message = "A database takes connections without TLS."
  }

  assert {
    condition = (
      aws_rds_cluster.aurora[0].manage_master_user_password && aws_rds_cluster.aurora[0].master_password == null && aws_rds_cluster.aurora[0].iam_database_authentication_enabled
      && aws_neptune_cluster.neptune[0].iam_database_authentication_enabled
      && aws_opensearch_domain.search[0].advanced_security_options[0].enabled && !aws_opensearch_domain.search[0].advanced_security_options[0].internal_user_database_enabled
    )
    error_message = "A password passes through Terraform, or requests go unsigned."
  }

  assert {
    condition     = alltrue([for instance in concat(aws_rds_cluster_instance.aurora, aws_neptune_cluster_instance.neptune) : !instance.publicly_accessible])
    error_message = "An instance is reached from the internet."
  }

  assert {
    condition     = output.aurora.secret_arn == "arn:aurora" && output.neptune.resource_id == "cluster-GRAPH" && output.opensearch.endpoint == "search.example" && output.dynamodb_tables.sessions.name == "applied-ai-staging-sessions"
    error_message = "The outputs do not tell where the databases are."
  }

  assert {
    condition     = aws_rds_cluster.aurora[0].tags["Project"] == "applied-ai" && aws_neptune_cluster.neptune[0].tags["Project"] == "applied-ai" && aws_opensearch_domain.search[0].tags["Project"] == "applied-ai" && aws_dynamodb_table.this["sessions"].tags["Project"] == "applied-ai"
    error_message = "A database without the tags."
  }
}

run "is_small_and_removable_where_nothing_else_is_asked" {
  command = plan

  assert {
    condition     = length(aws_rds_cluster_instance.aurora) == 1 && length(aws_neptune_cluster_instance.neptune) == 1 && aws_opensearch_domain.search[0].cluster_config[0].instance_count == 1
    error_message = "More than one of something."
  }

  assert {
    condition     = !aws_opensearch_domain.search[0].cluster_config[0].zone_awareness_enabled && !aws_opensearch_domain.search[0].cluster_config[0].dedicated_master_enabled && aws_opensearch_domain.search[0].ebs_options[0].volume_type == "gp3"
    error_message = "A single node spreads over no zones."
  }

  assert {
    condition     = !aws_rds_cluster.aurora[0].deletion_protection && aws_rds_cluster.aurora[0].skip_final_snapshot && !aws_neptune_cluster.neptune[0].deletion_protection && !aws_dynamodb_table.this["sessions"].deletion_protection_enabled
    error_message = "The databases resist their removal."
  }

  assert {
    condition     = aws_rds_cluster.aurora[0].backup_retention_period == 7 && aws_neptune_cluster.neptune[0].backup_retention_period == 7 && aws_dynamodb_table.this["sessions"].point_in_time_recovery[0].enabled
    error_message = "Backups are not kept for a week, or a table not at all."
  }

  assert {
    condition     = aws_rds_cluster_instance.aurora[0].instance_class == "db.t4g.medium" && length(aws_rds_cluster.aurora[0].serverlessv2_scaling_configuration) == 0 && aws_dynamodb_table.this["sessions"].billing_mode == "PAY_PER_REQUEST"
    error_message = "Larger than the smallest."
  }
}

run "is_large_protected_and_spread_where_asked" {
  command = plan

  variables {
    deletion_protection = true
    aurora = {
      db_subnet_group_name   = "database"
      vpc_security_group_ids = ["sg-database"]
      availability_zones     = ["us-east-1a", "us-east-1b"]
      instance_count         = 3
      monitoring_interval    = 30
      serverless             = { min_capacity = 0.5, max_capacity = 8 }
    }
    neptune = {
      db_subnet_group_name   = "database"
      vpc_security_group_ids = ["sg-database"]
      instance_class         = "db.r6g.large"
      instance_count         = 3
    }
    opensearch = {
      security_group_ids    = ["sg-search"]
      subnet_ids            = ["subnet-a", "subnet-b", "subnet-c"]
      dedicated_master_type = "m6g.large.search"
      instance_count        = 6
      instance_type         = "r6g.large.search"
      master_role_arn       = "arn:aws:iam::123456789012:role/given"
    }
  }

  assert {
    condition     = aws_rds_cluster_instance.aurora[*].availability_zone == ["us-east-1a", "us-east-1b", "us-east-1a"] && alltrue([for instance in aws_rds_cluster_instance.aurora : instance.instance_class == "db.serverless" && instance.monitoring_interval == 30])
    error_message = "Aurora's instances do not take turns in the zones, or are not serverless."
  }

  assert {
    condition     = aws_rds_cluster.aurora[0].serverlessv2_scaling_configuration[0].max_capacity == 8 && length(aws_neptune_cluster_instance.neptune) == 3 && aws_neptune_cluster_instance.neptune[2].instance_class == "db.r6g.large"
    error_message = "A cluster is smaller than asked for."
  }

  assert {
    condition = (
      aws_opensearch_domain.search[0].cluster_config[0].zone_awareness_enabled
      && aws_opensearch_domain.search[0].cluster_config[0].zone_awareness_config[0].availability_zone_count == 3
      && aws_opensearch_domain.search[0].cluster_config[0].dedicated_master_count == 3
      && aws_opensearch_domain.search[0].cluster_config[0].instance_count == 6
    )
    error_message = "The domain does not spread over three zones with masters of its own."
  }

  assert {
    condition = (
      aws_rds_cluster.aurora[0].deletion_protection && aws_rds_cluster.aurora[0].final_snapshot_identifier == "applied-ai-staging-aurora-final"
      && aws_neptune_cluster.neptune[0].deletion_protection && aws_neptune_cluster.neptune[0].final_snapshot_identifier == "applied-ai-staging-neptune-final"
      && aws_dynamodb_table.this["sessions"].deletion_protection_enabled
    )
    error_message = "A database can be removed, or goes without a last snapshot."
  }

  assert {
    condition     = length(aws_iam_role.opensearch_master) == 0 && aws_opensearch_domain.search[0].advanced_security_options[0].master_user_options[0].master_user_arn == "arn:aws:iam::123456789012:role/given"
    error_message = "The domain has another master than the one given."
  }
}

run "lets_only_the_account_into_the_search_domain" {
  command = plan

  assert {
    condition = alltrue([for statement in jsondecode(aws_opensearch_domain.search[0].access_policies).Statement :
      statement.Principal == { AWS = "arn:aws:iam::123456789012:root" } && statement.Action == "es:ESHttp*" && statement.Resource == "arn:aws:es:us-east-1:123456789012:domain/applied-ai-staging-search/*"
    ])
    error_message = "Access: ${aws_opensearch_domain.search[0].access_policies}"
  }

  assert {
    condition     = aws_opensearch_domain.search[0].advanced_security_options[0].master_user_options[0].master_user_arn == aws_iam_role.opensearch_master[0].arn && jsondecode(aws_iam_role_policy.opensearch_master[0].policy).Statement[0].Resource == "arn:aws:es:us-east-1:123456789012:domain/applied-ai-staging-search/*"
    error_message = "The master role is another, or reaches other domains too."
  }

  assert {
    condition     = aws_opensearch_domain.search[0].vpc_options[0].subnet_ids == toset(["subnet-a"]) && aws_opensearch_domain.search[0].vpc_options[0].security_group_ids == toset(["sg-search"])
    error_message = "The domain is outside the VPC."
  }

  assert {
    condition     = aws_opensearch_domain.search[0].software_update_options[0].auto_software_update_enabled && aws_opensearch_domain.search[0].off_peak_window_options[0].enabled
    error_message = "Updates are not installed by themselves, off peak."
  }
}

run "logs_what_every_choice_does" {
  command = plan

  assert {
    condition = toset(keys(aws_cloudwatch_log_group.this)) == toset([
      "/aws/neptune/applied-ai-staging-neptune/audit",
      "/aws/neptune/applied-ai-staging-neptune/slowquery",
      "/aws/opensearch/applied-ai-staging-search/application",
      "/aws/opensearch/applied-ai-staging-search/audit",
      "/aws/opensearch/applied-ai-staging-search/index-slow",
      "/aws/opensearch/applied-ai-staging-search/search-slow",
      "/aws/rds/cluster/applied-ai-staging-aurora/postgresql",
    ])
    error_message = "Log groups: ${join(", ", keys(aws_cloudwatch_log_group.this))}"
  }

  assert {
    condition     = { for parameter in aws_neptune_cluster_parameter_group.neptune[0].parameter : parameter.name => parameter.value }["neptune_enable_audit_log"] == "1" && contains(aws_neptune_cluster.neptune[0].enable_cloudwatch_logs_exports, "audit")
    error_message = "Neptune keeps no audit log."
  }

  assert {
    condition     = toset(aws_opensearch_domain.search[0].log_publishing_options[*].log_type) == toset(["AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS"])
    error_message = "OpenSearch does not publish its logs."
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_cloudwatch_log_resource_policy.opensearch[0].policy_document).Statement :
      statement.Principal == { Service = "es.amazonaws.com" } && statement.Condition.StringEquals["aws:SourceAccount"] == "123456789012" && alltrue([for resource in statement.Resource : resource == "arn:aws:logs:us-east-1:123456789012:log-group:search:*"])
    ])
    error_message = "OpenSearch writes to other groups than its own."
  }
}

run "follows_the_versions_with_its_parameter_groups" {
  command = plan

  variables {
    aurora = {
      db_subnet_group_name   = "database"
      vpc_security_group_ids = ["sg-database"]
      engine_version         = "17.5"
    }
    neptune = {
      db_subnet_group_name   = "database"
      vpc_security_group_ids = ["sg-database"]
      engine_version         = "1.3.2.1"
    }
  }

  assert {
    condition     = aws_rds_cluster_parameter_group.aurora[0].family == "aurora-postgresql17" && aws_rds_cluster_parameter_group.aurora[0].name == "applied-ai-staging-aurora-postgresql17"
    error_message = "Aurora's parameter group is of another version."
  }

  assert {
    condition     = aws_neptune_cluster_parameter_group.neptune[0].family == "neptune1.3" && aws_neptune_cluster_parameter_group.neptune[0].name == "applied-ai-staging-neptune1-3"
    error_message = "Neptune's parameter group is of another version."
  }
}

run "makes_tables_as_described" {
  command = plan

  variables {
    dynamodb_tables = {
      sessions = {
        hash_key                 = { name = "user" }
        attributes               = { model = "S" }
        global_secondary_indexes = { by_model = { hash_key = "model", range_key = "started" } }
        range_key                = { name = "started", type = "N" }
        replicas                 = { us-west-2 = {}, eu-west-1 = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/given" } }
        ttl_attribute            = "expires"
      }
      counters = { hash_key = { name = "id" }, billing_mode = "PROVISIONED", read_capacity = 5, write_capacity = 2 }
    }
  }

  assert {
    condition     = { for attribute in aws_dynamodb_table.this["sessions"].attribute : attribute.name => attribute.type } == { model = "S", started = "N", user = "S" }
    error_message = "The table does not know the keys of itself and its indexes."
  }

  assert {
    condition     = one(aws_dynamodb_table.this["sessions"].global_secondary_index).hash_key == "model" && one(aws_dynamodb_table.this["sessions"].global_secondary_index).projection_type == "ALL" && aws_dynamodb_table.this["sessions"].ttl[0].attribute_name == "expires"
    error_message = "Index or time to live are others than asked for."
  }

  assert {
    condition = { for replica in aws_dynamodb_table.this["sessions"].replica : replica.region_name => replica.kms_key_arn } == {
      eu-west-1 = "arn:aws:kms:eu-west-1:123456789012:key/given"
      us-west-2 = "arn:aws:kms:us-west-2:123456789012:key/replica"
    }
    error_message = "A replica is not under a key of its region."
  }

  assert {
    condition     = aws_dynamodb_table.this["sessions"].stream_view_type == "NEW_AND_OLD_IMAGES" && alltrue([for replica in aws_dynamodb_table.this["sessions"].replica : replica.point_in_time_recovery])
    error_message = "The replicas are not fed, or cannot be restored."
  }

  assert {
    condition     = aws_dynamodb_table.this["counters"].read_capacity == 5 && aws_dynamodb_table.this["counters"].write_capacity == 2 && length(aws_dynamodb_table.this["counters"].replica) == 0
    error_message = "The capacities are others than asked for."
  }
}

run "refuses_a_replica_without_a_key_in_its_region" {
  command         = plan
  expect_failures = [aws_dynamodb_table.this]

  variables {
    dynamodb_tables = { sessions = { hash_key = { name = "user" }, replicas = { eu-west-1 = {} } } }
  }
}
