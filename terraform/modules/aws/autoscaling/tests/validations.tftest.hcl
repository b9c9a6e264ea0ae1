mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
}

variables {
  cluster_name      = "applied-ai-staging"
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/ABC"
}

run "refuses_a_cluster_name_that_roles_cannot_carry" {
  command         = plan
  expect_failures = [var.cluster_name]
  variables {
    cluster_name = "applied_ai"
  }
}

run "refuses_to_tag_what_karpenter_does_not_look_for" {
  command         = plan
  expect_failures = [var.discovery_resource_ids]
  variables {
    discovery_resource_ids = { vpc = "vpc-a" }
  }
}

run "refuses_an_unknown_identity" {
  command         = plan
  expect_failures = [var.identity]
  variables {
    identity = "node"
  }
}

run "refuses_a_node_role_that_is_no_arn" {
  command         = plan
  expect_failures = [var.karpenter]
  variables {
    karpenter = { node_role_arn = "node" }
  }
}

run "refuses_an_issuer_in_place_of_the_provider" {
  command         = plan
  expect_failures = [var.oidc_provider_arn]
  variables {
    oidc_provider_arn = "https://oidc.example/id/ABC"
  }
}

run "refuses_irsa_without_a_provider" {
  command         = plan
  expect_failures = [var.oidc_provider_arn]
  variables {
    cluster_autoscaler = {}
    oidc_provider_arn  = null
  }
}
