mock_provider "aws" {
  override_during = plan
  source          = "./tests/mocks"
}

mock_provider "aws" {
  alias           = "global"
  override_during = plan
  source          = "./tests/mocks"
}

mock_provider "aws" {
  alias           = "replica"
  override_during = plan
  source          = "./tests/mocks"

  mock_data "aws_region" {
    defaults = { name = "us-west-2" }
  }
}

variables {
  availability_zones = ["us-east-1a", "us-east-1b"]
  cost_center        = "research"
  environment        = "staging"
  region             = "us-east-1"
  team               = "platform"
}

run "builds_a_small_platform_outside_production" {
  command = plan

  assert {
    condition     = output.platform.network.vpn_gateway_id == null && length(output.platform.network.nat_public_ips) == 1
    error_message = "A VPN gateway or more than one NAT gateway outside production."
  }

  assert {
    condition     = output.platform.name == "applied-ai-staging" && output.platform.cluster.name == "applied-ai-staging"
    error_message = "The platform is called ${output.platform.name}, its cluster ${output.platform.cluster.name}."
  }

  assert {
    condition     = output.platform.cluster.version == "1.36" && output.platform.network.vpc_cidr == "10.0.0.0/16"
    error_message = "The defaults of cluster_version and vpc_cidr are not 1.36 and 10.0.0.0/16."
  }

  assert {
    condition = jsonencode({ for name, group in output.platform.cluster.node_groups : name => [group.min_size, group.desired_size, group.max_size] }) == jsonencode({
      general = [1, 3, 10]
      gpu     = [0, 0, 5]
    })
    error_message = "Node groups: ${jsonencode(output.platform.cluster.node_groups)}"
  }

  assert {
    condition     = jsonencode(output.platform.cluster.node_groups.gpu.taints) == jsonencode([{ effect = "NO_SCHEDULE", key = "nvidia.com/gpu", value = "true" }])
    error_message = "GPU nodes are not tainted: ${jsonencode(output.platform.cluster.node_groups.gpu.taints)}"
  }

  assert {
    condition     = output.platform.databases.postgres != null && output.platform.databases.mongodb != null && output.platform.databases.redis != null
    error_message = "A database is missing by default."
  }

  assert {
    condition     = !output.platform.databases.postgres.multi_az && output.platform.databases.mongodb.instances == 1 && output.platform.databases.redis.nodes == 1
    error_message = "A database outside production is larger than one: ${jsonencode(output.platform.databases)}"
  }

  assert {
    condition     = !module.databases.deletion_protection
    error_message = "Databases resist their removal outside production."
  }
}

run "leaves_databases_out" {
  command = plan

  variables {
    db_instance_class   = null
    mongo_instance_size = null
    redis_node_type     = null
  }

  assert {
    condition     = output.platform.databases.postgres == null && output.platform.databases.mongodb == null && output.platform.databases.redis == null
    error_message = "A database although its size is null."
  }
}

run "builds_a_large_platform_in_production" {
  command = plan

  variables {
    availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    environment        = "production"
  }

  assert {
    condition     = output.platform.network.vpn_gateway_id != null && length(output.platform.network.nat_public_ips) == 3
    error_message = "Production goes without a VPN gateway or without a NAT gateway per zone."
  }

  assert {
    condition     = output.platform.databases.postgres.multi_az && output.platform.databases.mongodb.instances == 3 && output.platform.databases.redis.nodes == 3
    error_message = "A database of production is in one zone only: ${jsonencode(output.platform.databases)}"
  }

  assert {
    condition     = module.databases.deletion_protection
    error_message = "Databases of production can be removed by mistake."
  }
}

run "publishes_the_cluster" {
  command = plan

  assert {
    condition     = aws_ssm_parameter.cluster.name == "/applied-ai/staging/us-east-1/cluster" && aws_ssm_parameter.cluster.type == "String"
    error_message = "The cluster is published as ${aws_ssm_parameter.cluster.type} ${aws_ssm_parameter.cluster.name}."
  }

  assert {
    condition     = jsondecode(aws_ssm_parameter.cluster.insecure_value) == jsondecode(jsonencode(output.platform.cluster))
    error_message = "What is published is not the cluster of the output."
  }

  assert {
    condition     = toset(keys(jsondecode(aws_ssm_parameter.cluster.insecure_value))) == toset(["name", "version", "endpoint", "certificate_authority_data", "region", "oidc_provider_arn", "node_groups", "role_arns", "shared_file_systems", "vpc_cidr", "vpc_id"])
    error_message = "What is published has the wrong keys."
  }

  assert {
    condition     = aws_ssm_parameter.cluster.tags == tomap({ CostCenter = "research", Environment = "staging", ManagedBy = "terraform", Project = "applied-ai", Service = "platform", Team = "platform" })
    error_message = "Tags: ${jsonencode(aws_ssm_parameter.cluster.tags)}"
  }
}
