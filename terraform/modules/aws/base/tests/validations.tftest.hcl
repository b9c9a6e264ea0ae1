mock_provider "aws" {}

variables {
  availability_zones = ["us-east-1a", "us-east-1b"]
  environment        = "staging"
  project            = "applied-ai"
  vpc_cidr           = "10.0.0.0/16"
}

run "refuses_a_single_zone" {
  command         = plan
  expect_failures = [var.availability_zones]
  variables {
    availability_zones = ["us-east-1a"]
  }
}

run "refuses_seven_zones" {
  command         = plan
  expect_failures = [var.availability_zones]
  variables {
    availability_zones = [for letter in ["a", "b", "c", "d", "e", "f", "g"] : "us-east-1${letter}"]
  }
}

run "refuses_a_zone_named_twice" {
  command         = plan
  expect_failures = [var.availability_zones]
  variables {
    availability_zones = ["us-east-1a", "us-east-1a"]
  }
}

run "refuses_a_vpc_range_that_is_none" {
  command         = plan
  expect_failures = [var.vpc_cidr]
  variables {
    vpc_cidr = "10.0.0.0"
  }
}

run "refuses_a_vpc_range_that_is_too_small" {
  command         = plan
  expect_failures = [var.vpc_cidr]
  variables {
    vpc_cidr = "10.0.0.0/21"
  }
}

run "refuses_a_vpc_range_that_is_too_large" {
  command         = plan
  expect_failures = [var.vpc_cidr]
  variables {
    vpc_cidr = "10.0.0.0/8"
  }
}

run "refuses_a_vpc_range_that_starts_inside_a_network" {
  command         = plan
  expect_failures = [var.vpc_cidr]
  variables {
    vpc_cidr = "10.0.5.0/16"
  }
}

run "refuses_fewer_private_subnets_than_zones" {
  command         = plan
  expect_failures = [var.private_subnet_cidrs]
  variables {
    private_subnet_cidrs = ["10.0.0.0/20"]
  }
}

run "refuses_a_private_subnet_outside_the_vpc" {
  command         = plan
  expect_failures = [var.private_subnet_cidrs]
  variables {
    private_subnet_cidrs = ["10.0.0.0/20", "10.1.0.0/20"]
  }
}

run "refuses_a_private_subnet_larger_than_the_vpc" {
  command         = plan
  expect_failures = [var.private_subnet_cidrs]
  variables {
    private_subnet_cidrs = ["10.0.0.0/15", "10.0.16.0/20"]
  }
}

run "refuses_fewer_public_subnets_than_zones" {
  command         = plan
  expect_failures = [var.public_subnet_cidrs]
  variables {
    public_subnet_cidrs = ["10.0.224.0/24"]
  }
}

run "refuses_a_public_subnet_outside_the_vpc" {
  command         = plan
  expect_failures = [var.public_subnet_cidrs]
  variables {
    public_subnet_cidrs = ["10.0.224.0/24", "192.168.0.0/24"]
  }
}

run "refuses_fewer_database_subnets_than_zones" {
  command         = plan
  expect_failures = [var.database_subnet_cidrs]
  variables {
    database_subnet_cidrs = ["10.0.240.0/24"]
  }
}

run "refuses_a_database_subnet_that_is_too_small" {
  command         = plan
  expect_failures = [var.database_subnet_cidrs]
  variables {
    database_subnet_cidrs = ["10.0.240.0/29", "10.0.241.0/24"]
  }
}

run "refuses_fewer_intra_subnets_than_zones" {
  command         = plan
  expect_failures = [var.intra_subnet_cidrs]
  variables {
    intra_subnet_cidrs = ["10.0.232.0/28"]
  }
}

run "refuses_an_intra_subnet_outside_the_vpc" {
  command         = plan
  expect_failures = [var.intra_subnet_cidrs]
  variables {
    intra_subnet_cidrs = ["10.0.232.0/28", "10.1.232.0/28"]
  }
}

run "refuses_an_intra_subnet_inside_a_private_one" {
  command         = plan
  expect_failures = [aws_vpc.this]
  variables {
    intra_subnet_cidrs = ["10.0.0.0/28", "10.0.232.0/28"]
  }
}

run "refuses_subnets_that_overlap" {
  command         = plan
  expect_failures = [aws_vpc.this]
  variables {
    private_subnet_cidrs = ["10.0.0.0/20", "10.0.224.0/20"]
  }
}

run "refuses_the_same_subnet_twice" {
  command         = plan
  expect_failures = [aws_vpc.this]
  variables {
    private_subnet_cidrs = ["10.0.0.0/20", "10.0.0.0/20"]
  }
}

run "refuses_a_retention_that_cloudwatch_does_not_know" {
  command         = plan
  expect_failures = [var.flow_logs_retention_days]
  variables {
    flow_logs_retention_days = 100
  }
}

run "refuses_a_deletion_window_that_kms_does_not_take" {
  command         = plan
  expect_failures = [var.kms_deletion_window_days]
  variables {
    kms_deletion_window_days = 3
  }
}
