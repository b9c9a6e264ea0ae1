mock_provider "aws" {
  override_during = plan

  mock_data "aws_partition" {
    defaults = { partition = "aws-cn", reverse_dns_prefix = "cn.com.amazonaws" }
  }
  mock_data "aws_region" {
    defaults = { name = "cn-north-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-endpoints" }
  }
  mock_data "aws_vpc_endpoint_service" {
    defaults = { service_name = "cn.com.amazonaws.cn-north-1.service", vpc_endpoint_policy_supported = true }
  }
}

variables {
  name            = "applied-ai-staging"
  vpc_id          = "vpc-a"
  vpc_cidr        = "10.0.0.0/16"
  route_table_ids = ["rtb-a", "rtb-b"]
  subnet_ids      = ["subnet-a", "subnet-b"]
  tags            = { Project = "applied-ai" }
}

run "makes_free_endpoints_only_by_default" {
  command = plan

  assert {
    condition     = keys(aws_vpc_endpoint.gateway) == ["dynamodb", "s3"] && length(aws_vpc_endpoint.interface) == 0
    error_message = "Gateways ${join(", ", keys(aws_vpc_endpoint.gateway))}, interfaces ${join(", ", keys(aws_vpc_endpoint.interface))}."
  }

  assert {
    condition     = length(aws_security_group.interface) + length(aws_vpc_security_group_ingress_rule.interface) == 0 && output.security_group_id == null
    error_message = "A security group although no interface needs one."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.gateway : endpoint.vpc_endpoint_type == "Gateway" && endpoint.route_table_ids == toset(["rtb-a", "rtb-b"])])
    error_message = "A gateway does not reach all route tables."
  }
}

run "leaves_gateways_out" {
  command = plan

  variables {
    gateway_services = []
  }

  assert {
    condition     = length(aws_vpc_endpoint.gateway) == 0 && length(output.prefix_list_ids) == 0
    error_message = "A gateway that was not asked for."
  }
}

run "looks_names_up_under_both_prefixes" {
  command = plan

  variables {
    interface_services = ["ecr.api"]
  }

  assert {
    condition = (
      one(data.aws_vpc_endpoint_service.gateway["s3"].filter).values == toset(["com.amazonaws.cn-north-1.s3", "cn.com.amazonaws.cn-north-1.s3"])
      && one(data.aws_vpc_endpoint_service.interface["ecr.api"].filter).values == toset(["com.amazonaws.cn-north-1.ecr.api", "cn.com.amazonaws.cn-north-1.ecr.api"])
    )
    error_message = "Looked for ${jsonencode([for service in data.aws_vpc_endpoint_service.gateway : service.filter])}"
  }

  assert {
    condition     = aws_vpc_endpoint.interface["ecr.api"].service_name == "cn.com.amazonaws.cn-north-1.service"
    error_message = "The name that was found is not the one that is used."
  }
}

run "opens_interfaces_to_the_vpc_alone" {
  command = plan

  variables {
    interface_services = ["ec2", "sts"]
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.interface[0].cidr_ipv4 == "10.0.0.0/16"
      && aws_vpc_security_group_ingress_rule.interface[0].from_port == 443
      && aws_vpc_security_group_ingress_rule.interface[0].to_port == 443
      && aws_vpc_security_group_ingress_rule.interface[0].ip_protocol == "tcp"
    )
    error_message = "Interfaces are open to something other than the VPC, or at another port than 443."
  }

  assert {
    condition = alltrue([
      for endpoint in aws_vpc_endpoint.interface :
      endpoint.private_dns_enabled && endpoint.security_group_ids == toset(["sg-endpoints"]) && endpoint.subnet_ids == toset(["subnet-a", "subnet-b"])
    ])
    error_message = "An interface without private DNS, outside the security group, or not in all subnets."
  }
}

run "lets_identities_of_trusted_accounts_through" {
  command = plan

  variables {
    interface_services  = ["ec2", "sts"]
    trusted_account_ids = ["210987654321"]
  }

  assert {
    condition = alltrue([
      for endpoint in concat(values(aws_vpc_endpoint.gateway), values(aws_vpc_endpoint.interface)) :
      jsondecode(endpoint.policy).Statement[0].Condition.StringEquals["aws:PrincipalAccount"] == ["123456789012", "210987654321"]
    ])
    error_message = "An endpoint lets identities of other accounts through."
  }

  assert {
    condition = {
      for service, policy in local.policies : service => [for statement in jsondecode(policy).Statement : statement.Action if !can(statement.Condition)]
      } == {
      dynamodb = []
      ec2      = []
      s3       = ["s3:GetObject"]
      sts      = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
    }
    error_message = "Without an identity: ${jsonencode({ for service, policy in local.policies : service => [for statement in jsondecode(policy).Statement : statement.Action if !can(statement.Condition)] })}"
  }
}

run "gives_no_policy_to_a_service_that_takes_none" {
  command = plan

  variables {
    interface_services = ["ec2"]
  }

  override_data {
    target = data.aws_vpc_endpoint_service.interface["ec2"]
    values = { service_name = "cn.com.amazonaws.cn-north-1.ec2", vpc_endpoint_policy_supported = false }
  }

  override_resource {
    target          = aws_vpc_endpoint.interface["ec2"]
    override_during = plan
    values          = { policy = "AWS's own" }
  }

  assert {
    condition     = aws_vpc_endpoint.interface["ec2"].policy == "AWS's own"
    error_message = "A policy for a service that takes none: ${aws_vpc_endpoint.interface["ec2"].policy}"
  }
}

run "tags_what_it_creates" {
  command = plan

  variables {
    interface_services = ["ec2"]
  }

  assert {
    condition = alltrue([
      for tags in [aws_vpc_endpoint.gateway["s3"].tags, aws_vpc_endpoint.interface["ec2"].tags, aws_security_group.interface[0].tags] : tags["Project"] == "applied-ai" && startswith(tags["Name"], "applied-ai-staging-")
    ])
    error_message = "A resource without the module's tags and a name."
  }
}
