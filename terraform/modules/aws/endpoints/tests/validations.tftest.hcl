mock_provider "aws" {}

variables {
  name            = "applied-ai-staging"
  vpc_id          = "vpc-a"
  vpc_cidr        = "10.0.0.0/16"
  route_table_ids = ["rtb-a"]
  subnet_ids      = ["subnet-a", "subnet-b"]
}

run "refuses_interfaces_open_to_everyone" {
  command         = plan
  expect_failures = [var.vpc_cidr]
  variables {
    vpc_cidr = "0.0.0.0/0"
  }
}

run "refuses_a_gateway_that_does_not_exist" {
  command         = plan
  expect_failures = [var.gateway_services]
  variables {
    gateway_services = ["s3", "sqs"]
  }
}

run "refuses_a_full_service_name" {
  command         = plan
  expect_failures = [var.interface_services]
  variables {
    interface_services = ["com.amazonaws.us-east-1.ecr/api"]
  }
}

run "refuses_an_interface_for_what_a_gateway_does" {
  command         = plan
  expect_failures = [var.interface_services]
  variables {
    interface_services = ["s3"]
  }
}

run "refuses_interfaces_without_subnets" {
  command         = plan
  expect_failures = [var.subnet_ids]
  variables {
    interface_services = ["ec2"]
    subnet_ids         = []
  }
}

run "refuses_an_account_that_is_none" {
  command         = plan
  expect_failures = [var.trusted_account_ids]
  variables {
    trusted_account_ids = ["applied-ai"]
  }
}
