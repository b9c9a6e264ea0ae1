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

# Planning the whole root takes seconds: a run violates one validation of several variables at once.
run "refuses_names_of_unknown_form" {
  command = plan
  expect_failures = [
    var.cost_center,
    var.environment,
    var.global_region,
    var.project,
    var.region,
    var.service,
    var.tags,
    var.team,
  ]
  variables {
    availability_zones = ["virginiaa", "virginiab"]
    cost_center        = ""
    environment        = "prod"
    global_region      = "everywhere"
    project            = "Applied AI"
    region             = "virginia"
    service            = "?"
    tags               = { Project = "other" }
    team               = "platform, and others"
  }
}

# A validation that looks at a second variable is left out where that one is wrong itself.
run "refuses_what_does_not_fit_the_region" {
  command = plan
  expect_failures = [
    var.availability_zones,
    var.project,
    var.secondary_region,
  ]
  variables {
    availability_zones = ["us-east-1a", "us-west-2a"]
    project            = "applied-ai-for-everyone"
    secondary_region   = "us-east-1"
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

run "refuses_copies_to_nowhere" {
  command = plan
  expect_failures = [
    var.backup,
    var.databases,
    var.project,
    var.storage,
  ]
  variables {
    backup    = { plans = { daily = { copy_retention_days = 30 } } }
    databases = { postgres = { cross_region_backup = true } }
    project   = "aws-ai"
    storage   = { buckets = { models = { replicate = true } } }
  }
}

run "refuses_a_lustre_file_system_in_a_zone_without_a_subnet" {
  command         = plan
  expect_failures = [var.storage]
  variables {
    storage = { lustre_file_systems = { training = { zone = "us-east-1f" } } }
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

run "refuses_elasticsearch_without_its_bucket" {
  command         = plan
  expect_failures = [var.identity]
  variables {
    identity = { controllers = ["elastic_stack"] }
    storage  = { buckets = { backups = {} } }
  }
}

run "refuses_external_dns_without_a_zone" {
  command         = plan
  expect_failures = [var.identity]
  variables {
    identity = { controllers = ["external_dns"] }
  }
}
