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

run "refuses_a_zone_of_another_region" {
  command         = plan
  expect_failures = [var.availability_zones]
  variables {
    availability_zones = ["us-east-1a", "us-west-2a"]
  }
}

run "refuses_an_unknown_environment" {
  command         = plan
  expect_failures = [var.environment]
  variables {
    environment = "prod"
  }
}

run "refuses_a_region_of_unknown_form" {
  command         = plan
  expect_failures = [var.region]
  variables {
    region             = "virginia"
    availability_zones = ["virginiaa", "virginiab"]
  }
}

run "refuses_a_project_in_capitals" {
  command         = plan
  expect_failures = [var.project]
  variables {
    project = "Applied AI"
  }
}

run "refuses_a_project_that_is_too_long" {
  command         = plan
  expect_failures = [var.project]
  variables {
    project = "applied-ai-for-everyone"
  }
}

run "refuses_a_project_that_aws_keeps_for_itself" {
  command         = plan
  expect_failures = [var.project]
  variables {
    project = "aws-ai"
  }
}

run "refuses_a_tag_that_the_platform_sets" {
  command         = plan
  expect_failures = [var.tags]
  variables {
    tags = { Project = "other" }
  }
}

run "refuses_a_cost_center_without_a_name" {
  command         = plan
  expect_failures = [var.cost_center]
  variables {
    cost_center = ""
  }
}

run "refuses_a_team_that_is_no_tag" {
  command         = plan
  expect_failures = [var.team]
  variables {
    team = "platform, and others"
  }
}

run "refuses_a_service_that_is_no_tag" {
  command         = plan
  expect_failures = [var.service]
  variables {
    service = "?"
  }
}

run "refuses_a_global_region_of_unknown_form" {
  command         = plan
  expect_failures = [var.global_region]
  variables {
    global_region = "everywhere"
  }
}

run "refuses_the_same_region_as_the_second_one" {
  command         = plan
  expect_failures = [var.secondary_region]
  variables {
    secondary_region = "us-east-1"
  }
}

run "refuses_replication_to_nowhere" {
  command         = plan
  expect_failures = [var.storage]
  variables {
    storage = { buckets = { models = { replicate = true } } }
  }
}

run "refuses_a_lustre_file_system_in_a_zone_without_a_subnet" {
  command         = plan
  expect_failures = [var.storage]
  variables {
    storage = { lustre_file_systems = { training = { zone = "us-east-1f" } } }
  }
}

run "refuses_copies_of_backups_to_nowhere" {
  command         = plan
  expect_failures = [var.backup]
  variables {
    backup = { plans = { daily = { copy_retention_days = 30 } } }
  }
}

run "refuses_a_backup_of_postgres_to_nowhere" {
  command         = plan
  expect_failures = [var.databases]
  variables {
    databases = { postgres = { cross_region_backup = true } }
  }
}

run "refuses_access_logs_in_an_unknown_bucket" {
  command         = plan
  expect_failures = [var.edge]
  variables {
    edge = {
      load_balancers = {
        public = {
          access_logs_bucket = "lgos"
          certificate_arn    = "arn:aws:acm:us-east-1:123456789012:certificate/a"
          target_groups      = { api = { port = 8443 } }
        }
      }
    }
  }
}

run "refuses_an_unknown_controller" {
  command         = plan
  expect_failures = [var.identity]
  variables {
    identity = { controllers = ["argo"] }
  }
}

run "refuses_velero_without_its_bucket" {
  command         = plan
  expect_failures = [var.identity]
  variables {
    identity = { controllers = ["velero"] }
    storage  = { buckets = { models = {} } }
  }
}

run "refuses_external_dns_without_a_zone" {
  command         = plan
  expect_failures = [var.identity]
  variables {
    identity = { controllers = ["external_dns"] }
  }
}
