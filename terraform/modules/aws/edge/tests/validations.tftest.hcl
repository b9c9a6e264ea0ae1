mock_provider "aws" {}

mock_provider "aws" {
  alias = "global"
}

variables {
  name     = "applied-ai-staging"
  vpc_id   = "vpc-a"
  vpc_cidr = "10.0.0.0/16"

  zones = {
    internal = { domain_name = "internal.example.com", private_vpc_ids = ["vpc-a"] }
    public   = { domain_name = "ai.example.com" }
  }
  certificates = {
    cdn      = { domain_name = "*.ai.example.com", zone = "public", global = true }
    platform = { domain_name = "ai.example.com", zone = "public" }
  }
}

run "refuses_a_name_that_is_too_long" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "applied-ai-with-a-long-name"
  }
}

run "refuses_targets_everywhere" {
  command         = plan
  expect_failures = [var.vpc_cidr]
  variables {
    vpc_cidr = "0.0.0.0/0"
  }
}

run "refuses_a_certificate_that_cloudfront_does_not_see" {
  command         = plan
  expect_failures = [var.cdn]
  variables {
    cdn = {
      aliases        = ["api.ai.example.com"]
      certificate    = "platform"
      default_origin = "platform"
      origins        = { platform = { domain_name = "origin.ai.example.com" } }
    }
  }
}

run "refuses_an_origin_that_is_not_there" {
  command         = plan
  expect_failures = [var.cdn]
  variables {
    cdn = {
      aliases        = ["api.ai.example.com"]
      certificate    = "cdn"
      default_origin = "assets"
      origins        = { platform = { domain_name = "origin.ai.example.com" } }
    }
  }
}

run "refuses_an_origin_of_unknown_type" {
  command         = plan
  expect_failures = [var.cdn]
  variables {
    cdn = {
      aliases        = ["api.ai.example.com"]
      certificate    = "cdn"
      default_origin = "platform"
      origins        = { platform = { domain_name = "origin.ai.example.com", type = "ftp" } }
    }
  }
}

run "refuses_a_restriction_to_no_country" {
  command         = plan
  expect_failures = [var.cdn]
  variables {
    cdn = {
      aliases         = ["api.ai.example.com"]
      certificate     = "cdn"
      default_origin  = "platform"
      origins         = { platform = { domain_name = "origin.ai.example.com" } }
      geo_restriction = { type = "whitelist", countries = [] }
    }
  }
}

run "refuses_a_price_class_that_is_not_there" {
  command         = plan
  expect_failures = [var.cdn]
  variables {
    cdn = {
      aliases        = ["api.ai.example.com"]
      certificate    = "cdn"
      default_origin = "platform"
      origins        = { platform = { domain_name = "origin.ai.example.com" } }
      price_class    = "PriceClass_1"
    }
  }
}

run "refuses_a_rate_limit_that_the_firewall_does_not_take" {
  command         = plan
  expect_failures = [var.cdn]
  variables {
    cdn = {
      aliases        = ["api.ai.example.com"]
      certificate    = "cdn"
      default_origin = "platform"
      origins        = { platform = { domain_name = "origin.ai.example.com" } }
      rate_limit     = 1
    }
  }
}

run "refuses_to_validate_in_a_private_zone" {
  command         = plan
  expect_failures = [var.certificates]
  variables {
    certificates = {
      platform = { domain_name = "internal.example.com", zone = "internal" }
    }
  }
}

run "refuses_a_domain_outside_the_zone" {
  command         = plan
  expect_failures = [var.certificates]
  variables {
    certificates = {
      platform = { domain_name = "ai.example.com", subject_alternative_names = ["ai.example.org"], zone = "public" }
    }
  }
}

run "refuses_a_weak_key" {
  command         = plan
  expect_failures = [var.certificates]
  variables {
    certificates = {
      platform = { domain_name = "ai.example.com", zone = "public", key_algorithm = "RSA_1024" }
    }
  }
}

run "refuses_an_interval_that_route_53_does_not_know" {
  command         = plan
  expect_failures = [var.health_checks]
  variables {
    health_checks = {
      api = { fqdn = "api.ai.example.com", interval = 20 }
    }
  }
}

run "refuses_a_path_that_is_none" {
  command         = plan
  expect_failures = [var.health_checks]
  variables {
    health_checks = {
      api = { fqdn = "api.ai.example.com", path = "healthz" }
    }
  }
}

run "refuses_a_deletion_window_that_kms_does_not_take" {
  command         = plan
  expect_failures = [var.kms_deletion_window_days]
  variables {
    kms_deletion_window_days = 3
  }
}

run "refuses_a_key_that_makes_the_name_too_long" {
  command         = plan
  expect_failures = [var.load_balancers]
  variables {
    load_balancers = {
      public-for-everyone = {
        subnet_ids    = ["subnet-a", "subnet-b"]
        certificate   = "platform"
        target_groups = { gateway = { port = 8443 } }
      }
    }
  }
}

run "refuses_a_load_balancer_of_unknown_type" {
  command         = plan
  expect_failures = [var.load_balancers]
  variables {
    load_balancers = {
      public = {
        subnet_ids    = ["subnet-a", "subnet-b"]
        certificate   = "platform"
        target_groups = { gateway = { port = 8443 } }
        type          = "gateway"
      }
    }
  }
}

run "refuses_a_load_balancer_in_one_subnet" {
  command         = plan
  expect_failures = [var.load_balancers]
  variables {
    load_balancers = {
      public = {
        subnet_ids    = ["subnet-a"]
        certificate   = "platform"
        target_groups = { gateway = { port = 8443 } }
      }
    }
  }
}

run "refuses_a_load_balancer_without_a_certificate" {
  command         = plan
  expect_failures = [var.load_balancers]
  variables {
    load_balancers = {
      public = {
        subnet_ids    = ["subnet-a", "subnet-b"]
        target_groups = { gateway = { port = 8443 } }
      }
    }
  }
}

run "refuses_two_groups_for_what_fits_no_host" {
  command         = plan
  expect_failures = [var.load_balancers]
  variables {
    load_balancers = {
      public = {
        subnet_ids    = ["subnet-a", "subnet-b"]
        certificate   = "platform"
        target_groups = { gateway = { port = 8443 }, models = { port = 9443 } }
      }
    }
  }
}

run "refuses_a_redirect_of_a_network_load_balancer" {
  command         = plan
  expect_failures = [var.load_balancers]
  variables {
    load_balancers = {
      public = {
        subnet_ids    = ["subnet-a", "subnet-b"]
        certificate   = "platform"
        target_groups = { gateway = { port = 8443 } }
        type          = "network"
        redirect_http = true
      }
    }
  }
}

run "refuses_an_internal_load_balancer_behind_cloudfront" {
  command         = plan
  expect_failures = [var.load_balancers]
  variables {
    load_balancers = {
      public = {
        subnet_ids      = ["subnet-a", "subnet-b"]
        certificate     = "platform"
        target_groups   = { gateway = { port = 8443 } }
        internal        = true
        cloudfront_only = true
      }
    }
  }
}

run "refuses_an_allowed_network_that_is_none" {
  command         = plan
  expect_failures = [var.load_balancers]
  variables {
    load_balancers = {
      public = {
        subnet_ids    = ["subnet-a", "subnet-b"]
        certificate   = "platform"
        target_groups = { gateway = { port = 8443 } }
        allowed_cidrs = ["203.0.113.1/24"]
      }
    }
  }
}

run "refuses_a_retention_that_cloudwatch_does_not_know" {
  command         = plan
  expect_failures = [var.log_retention_days]
  variables {
    log_retention_days = 100
  }
}

run "refuses_a_record_outside_its_zone" {
  command         = plan
  expect_failures = [var.records]
  variables {
    records = {
      api = { zone = "public", name = "api.example.org", values = ["192.0.2.1"] }
    }
  }
}

run "refuses_a_record_that_leads_nowhere" {
  command         = plan
  expect_failures = [var.records]
  variables {
    records = {
      api = { zone = "public", name = "api.ai.example.com" }
    }
  }
}

run "refuses_a_record_of_a_load_balancer_that_is_not_there" {
  command         = plan
  expect_failures = [var.records]
  variables {
    records = {
      api = { zone = "public", name = "api.ai.example.com", load_balancer = "public" }
    }
  }
}

run "refuses_a_primary_that_never_fails" {
  command         = plan
  expect_failures = [var.records]
  variables {
    records = {
      api = { zone = "public", name = "api.ai.example.com", values = ["192.0.2.1"], failover = "PRIMARY" }
    }
  }
}

run "refuses_versions_of_tls_that_are_too_old" {
  command         = plan
  expect_failures = [var.tls_policy]
  variables {
    tls_policy = "ELBSecurityPolicy-2016-08"
  }
}

run "refuses_a_domain_with_a_last_dot" {
  command         = plan
  expect_failures = [var.zones]
  variables {
    certificates = {}
    zones = {
      public = { domain_name = "ai.example.com." }
    }
  }
}
