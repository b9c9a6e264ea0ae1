mock_provider "aws" {}

variables {
  name = "applied-ai-staging"
}

run "refuses_a_name_with_capitals" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "Applied-AI"
  }
}

run "refuses_a_deletion_window_that_kms_does_not_take" {
  command         = plan
  expect_failures = [var.kms_deletion_window_days]
  variables {
    kms_deletion_window_days = 3
  }
}

run "refuses_a_prefix_in_capitals" {
  command         = plan
  expect_failures = [var.pull_through_cache_rules]
  variables {
    pull_through_cache_rules = { Quay = { upstream_registry_url = "quay.io" } }
  }
}

run "refuses_a_registry_with_a_scheme" {
  command         = plan
  expect_failures = [var.pull_through_cache_rules]
  variables {
    pull_through_cache_rules = {
      gitlab = {
        upstream_registry_url = "https://registry.gitlab.com"
        credential_arn        = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/gitlab"
      }
    }
  }
}

run "refuses_docker_hub_without_credentials" {
  command         = plan
  expect_failures = [var.pull_through_cache_rules]
  variables {
    pull_through_cache_rules = { docker-hub = { upstream_registry_url = "registry-1.docker.io" } }
  }
}

run "refuses_a_secret_that_ecr_may_not_read" {
  command         = plan
  expect_failures = [var.pull_through_cache_rules]
  variables {
    pull_through_cache_rules = {
      docker-hub = {
        upstream_registry_url = "registry-1.docker.io"
        credential_arn        = "arn:aws:secretsmanager:us-east-1:123456789012:secret:docker-hub"
      }
    }
  }
}

run "refuses_a_cache_that_keeps_nothing" {
  command         = plan
  expect_failures = [var.pull_through_cache_rules]
  variables {
    pull_through_cache_rules = { quay = { upstream_registry_url = "quay.io", expire_days = 0 } }
  }
}

run "refuses_an_unknown_scan_type" {
  command         = plan
  expect_failures = [var.registry_scan_type]
  variables {
    registry_scan_type = "DEEP"
  }
}

run "refuses_a_region_that_is_none" {
  command         = plan
  expect_failures = [var.replication_regions]
  variables {
    replication_regions = ["Ireland"]
  }
}

run "refuses_a_region_named_twice" {
  command         = plan
  expect_failures = [var.replication_regions]
  variables {
    replication_regions = ["us-west-2", "us-west-2"]
  }
}

run "refuses_a_repository_in_capitals" {
  command         = plan
  expect_failures = [var.repositories]
  variables {
    repositories = { API = {} }
  }
}

run "refuses_a_repository_that_keeps_nothing" {
  command         = plan
  expect_failures = [var.repositories]
  variables {
    repositories = { api = { keep_tagged = 0 } }
  }
}

run "refuses_a_principal_that_is_no_arn" {
  command         = plan
  expect_failures = [var.repositories]
  variables {
    repositories = { api = { pull_principals = ["*"] } }
  }
}
