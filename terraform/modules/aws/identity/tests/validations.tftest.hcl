mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  name              = "applied-ai-staging"
  cluster_name      = "applied-ai-staging"
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/ABC"
  oidc_issuers      = { github = { url = "https://token.actions.githubusercontent.com" } }
}

run "refuses_a_name_that_roles_cannot_carry" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "applied_ai"
  }
}

run "refuses_pod_identity_without_a_cluster" {
  command         = plan
  expect_failures = [var.cluster_name]
  variables {
    cluster_name = null
    presets      = { opencost = { mode = "pod_identity" } }
  }
}

run "refuses_a_deploy_role_with_a_name_too_long" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images-of-everything-we-ever-built = { issuer = "github", subjects = ["repo:example/platform:environment:production"] } }
  }
}

run "refuses_a_deploy_role_called_like_a_service_account" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { opencost = { issuer = "github", subjects = ["repo:example/platform:environment:production"] } }
    presets      = { opencost = {} }
  }
}

run "refuses_an_issuer_that_is_not_listed" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images = { issuer = "gitlab", subjects = ["repo:example/platform:environment:production"] } }
  }
}

run "refuses_every_repository_of_an_organization" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images = { issuer = "github", subjects = ["repo:example/*"] } }
  }
}

run "refuses_every_organization" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images = { issuer = "github", subjects = ["*"] } }
  }
}

run "refuses_a_deploy_role_for_nobody" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images = { issuer = "github", subjects = [] } }
  }
}

run "refuses_a_deploy_statement_without_resources" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images = { issuer = "github", subjects = ["repo:example/platform:environment:production"], policy = [{ actions = ["s3:GetObject"], resources = [] }] } }
  }
}

run "refuses_a_deploy_role_that_may_do_everything" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images = { issuer = "github", subjects = ["repo:example/platform:environment:production"], policy = [{ actions = ["*"], resources = ["arn:aws:s3:::models"] }] } }
  }
}

run "refuses_an_administrator_as_deploy_role" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images = { issuer = "github", subjects = ["repo:example/platform:environment:production"], managed_policies = ["AdministratorAccess"] } }
  }
}

run "refuses_a_deploy_policy_that_is_no_name" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images = { issuer = "github", subjects = ["repo:example/platform:environment:production"], managed_policies = ["read only"] } }
  }
}

run "refuses_a_deploy_session_longer_than_iam_takes" {
  command         = plan
  expect_failures = [var.deploy_roles]
  variables {
    deploy_roles = { images = { issuer = "github", subjects = ["repo:example/platform:environment:production"], max_session_duration = 86400 } }
  }
}

run "refuses_an_issuer_without_tls" {
  command         = plan
  expect_failures = [var.oidc_issuers]
  variables {
    oidc_issuers = { github = { url = "http://token.actions.githubusercontent.com" } }
  }
}

run "refuses_the_provider_of_another_issuer" {
  command         = plan
  expect_failures = [var.oidc_issuers]
  variables {
    oidc_issuers = { github = { url = "https://token.actions.githubusercontent.com", provider_arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.example" } }
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
    oidc_provider_arn = null
    presets           = { opencost = {} }
  }
}

run "refuses_a_boundary_that_is_no_policy" {
  command         = plan
  expect_failures = [var.permission_boundary]
  variables {
    permission_boundary = { arn = "arn:aws:iam::123456789012:role/boundary" }
  }
}

run "refuses_an_unknown_mode_of_a_preset" {
  command         = plan
  expect_failures = [var.presets]
  variables {
    presets = { opencost = { mode = "node" } }
  }
}

run "refuses_external_dns_for_every_zone" {
  command         = plan
  expect_failures = [var.presets]
  variables {
    presets = { external_dns = { zone_ids = ["*"] } }
  }
}

run "refuses_cert_manager_without_a_zone" {
  command         = plan
  expect_failures = [var.presets]
  variables {
    presets = { cert_manager = { zone_ids = [] } }
  }
}

run "refuses_external_secrets_for_every_secret" {
  command         = plan
  expect_failures = [var.presets]
  variables {
    presets = { external_secrets = { secret_prefixes = [""] } }
  }
}

run "refuses_a_role_called_like_a_preset" {
  command         = plan
  expect_failures = [var.service_account_roles]
  variables {
    service_account_roles = { external-dns = { namespace = "services", service_account = "worker" } }
    presets               = { external_dns = { zone_ids = ["Z1"] } }
  }
}

run "refuses_service_accounts_by_pattern" {
  command         = plan
  expect_failures = [var.service_account_roles]
  variables {
    service_account_roles = { worker = { namespace = "services", service_account = "*" } }
  }
}

run "refuses_an_unknown_mode" {
  command         = plan
  expect_failures = [var.service_account_roles]
  variables {
    service_account_roles = { worker = { namespace = "services", service_account = "worker", mode = "node" } }
  }
}

run "refuses_a_statement_of_unknown_effect" {
  command         = plan
  expect_failures = [var.service_account_roles]
  variables {
    service_account_roles = { worker = { namespace = "services", service_account = "worker", policy = [{ effect = "Permit", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::models/*"] }] } }
  }
}

run "refuses_a_service_on_everything" {
  command         = plan
  expect_failures = [var.service_account_roles]
  variables {
    service_account_roles = { worker = { namespace = "services", service_account = "worker", policy = [{ actions = ["s3:*"], resources = ["*"] }] } }
  }
}

run "refuses_an_administrator" {
  command         = plan
  expect_failures = [var.service_account_roles]
  variables {
    service_account_roles = { worker = { namespace = "services", service_account = "worker", managed_policies = ["arn:aws:iam::aws:policy/AdministratorAccess"] } }
  }
}

run "refuses_a_policy_that_is_no_name" {
  command         = plan
  expect_failures = [var.service_account_roles]
  variables {
    service_account_roles = { worker = { namespace = "services", service_account = "worker", managed_policies = ["read only"] } }
  }
}

run "refuses_a_session_shorter_than_iam_takes" {
  command         = plan
  expect_failures = [var.service_account_roles]
  variables {
    service_account_roles = { worker = { namespace = "services", service_account = "worker", max_session_duration = 900 } }
  }
}

run "takes_wildcards_that_are_meant" {
  command = plan

  variables {
    deploy_roles          = { images = { issuer = "github", subjects = ["repo:example/platform:*"], allow_wildcard = true, managed_policies = ["AdministratorAccess"] } }
    service_account_roles = { worker = { namespace = "services", service_account = "worker", allow_wildcard = true, policy = [{ actions = ["*"], resources = ["*"] }] } }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this["worker"].policy).Statement[0].Action == ["*"] && one(values(aws_iam_role_policy_attachment.this)).policy_arn == "arn:aws:iam::aws:policy/AdministratorAccess"
    error_message = "What was meant is not given."
  }
}
