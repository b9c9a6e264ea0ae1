mock_provider "aws" {}

variables {
  name       = "applied-ai-staging"
  vpc_id     = "vpc-a"
  subnet_ids = { us-east-1a = "subnet-a", us-east-1b = "subnet-b" }
}

run "refuses_no_subnet_at_all" {
  command         = plan
  expect_failures = [var.subnet_ids]
  variables {
    subnet_ids = {}
  }
}

run "refuses_too_few_addresses_for_clients" {
  command         = plan
  expect_failures = [var.client_vpn]
  variables {
    client_vpn = {
      client_cidr                = "172.16.0.0/24"
      server_certificate_arn     = "arn:aws:acm:us-east-1:123456789012:certificate/server"
      root_certificate_chain_arn = "arn:aws:acm:us-east-1:123456789012:certificate/root"
      authorized_networks        = { platform = { cidr = "10.0.0.0/16" } }
    }
  }
}

run "refuses_clients_that_prove_nothing" {
  command         = plan
  expect_failures = [var.client_vpn]
  variables {
    client_vpn = {
      client_cidr            = "172.16.0.0/22"
      server_certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/server"
      authorized_networks    = { platform = { cidr = "10.0.0.0/16" } }
    }
  }
}

run "refuses_an_authorized_network_that_is_none" {
  command         = plan
  expect_failures = [var.client_vpn]
  variables {
    client_vpn = {
      client_cidr                = "172.16.0.0/22"
      server_certificate_arn     = "arn:aws:acm:us-east-1:123456789012:certificate/server"
      root_certificate_chain_arn = "arn:aws:acm:us-east-1:123456789012:certificate/root"
      authorized_networks        = { platform = { cidr = "10.0.0.1/16" } }
    }
  }
}

run "refuses_groups_that_a_certificate_does_not_know" {
  command         = plan
  expect_failures = [var.client_vpn]
  variables {
    client_vpn = {
      client_cidr                = "172.16.0.0/22"
      server_certificate_arn     = "arn:aws:acm:us-east-1:123456789012:certificate/server"
      root_certificate_chain_arn = "arn:aws:acm:us-east-1:123456789012:certificate/root"
      authorized_networks        = { platform = { cidr = "10.0.0.0/16", group_id = "engineers" } }
    }
  }
}

run "refuses_a_third_dns_server" {
  command         = plan
  expect_failures = [var.client_vpn]
  variables {
    client_vpn = {
      client_cidr                = "172.16.0.0/22"
      server_certificate_arn     = "arn:aws:acm:us-east-1:123456789012:certificate/server"
      root_certificate_chain_arn = "arn:aws:acm:us-east-1:123456789012:certificate/root"
      dns_servers                = ["10.0.0.2", "10.0.0.3", "10.0.0.4"]
      authorized_networks        = { platform = { cidr = "10.0.0.0/16" } }
    }
  }
}

run "refuses_a_session_of_unknown_length" {
  command         = plan
  expect_failures = [var.client_vpn]
  variables {
    client_vpn = {
      client_cidr                = "172.16.0.0/22"
      server_certificate_arn     = "arn:aws:acm:us-east-1:123456789012:certificate/server"
      root_certificate_chain_arn = "arn:aws:acm:us-east-1:123456789012:certificate/root"
      session_hours              = 9
      authorized_networks        = { platform = { cidr = "10.0.0.0/16" } }
    }
  }
}

run "refuses_a_zone_without_a_subnet" {
  command         = plan
  expect_failures = [var.client_vpn]
  variables {
    client_vpn = {
      client_cidr                = "172.16.0.0/22"
      server_certificate_arn     = "arn:aws:acm:us-east-1:123456789012:certificate/server"
      root_certificate_chain_arn = "arn:aws:acm:us-east-1:123456789012:certificate/root"
      zones                      = ["us-east-1c"]
      authorized_networks        = { platform = { cidr = "10.0.0.0/16" } }
    }
  }
}

run "refuses_a_deletion_window_that_kms_does_not_take" {
  command         = plan
  expect_failures = [var.kms_deletion_window_days]
  variables {
    kms_deletion_window_days = 31
  }
}

run "refuses_a_retention_that_cloudwatch_does_not_know" {
  command         = plan
  expect_failures = [var.log_retention_days]
  variables {
    log_retention_days = 100
  }
}

run "refuses_a_transit_gateway_that_is_none" {
  command         = plan
  expect_failures = [var.transit_gateway]
  variables {
    transit_gateway = { transit_gateway_id = "vgw-0a1b" }
  }
}

run "refuses_a_route_to_no_network" {
  command         = plan
  expect_failures = [var.transit_gateway]
  variables {
    route_table_ids = { us-east-1a = "rtb-a" }
    transit_gateway = { transit_gateway_id = "tgw-0a1b", routes = { office = "10.0.0.0" } }
  }
}

run "refuses_routes_without_route_tables" {
  command         = plan
  expect_failures = [var.transit_gateway]
  variables {
    transit_gateway = { transit_gateway_id = "tgw-0a1b", routes = { office = "10.100.0.0/16" } }
  }
}
