mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
}

variables {
  availability_zones = ["us-east-1a", "us-east-1b"]
  environment        = "staging"
  region             = "us-east-1"
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
