mock_provider "aws" {
  override_during = plan

  mock_data "aws_partition" {
    defaults = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }
  mock_data "aws_region" {
    defaults = { name = "cn-north-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_resource "aws_eks_cluster" {
    defaults = {
      certificate_authority = [{ data = "Y2VydGlmaWNhdGU=" }]
      identity              = [{ oidc = [{ issuer = "https://oidc.example/id/ABC" }] }]
    }
  }
  mock_resource "aws_eks_node_group" {
    defaults = { resources = [{ autoscaling_groups = [{ name = "eks-group" }] }] }
  }
  mock_resource "aws_ec2_capacity_reservation" {
    defaults = { id = "cr-0a1b" }
  }
  mock_resource "aws_ec2_capacity_block_reservation" {
    defaults = { id = "cr-0c2d" }
  }
  mock_resource "aws_security_group" {
    defaults = { id = "sg-efa" }
  }
}

variables {
  cluster_name       = "applied-ai-staging"
  subnet_ids         = ["subnet-a", "subnet-b"]
  subnet_ids_by_zone = { cn-north-1a = "subnet-a", cn-north-1b = "subnet-b" }
  tags               = { Project = "applied-ai" }

  node_groups = {
    general = {
      instance_types = ["m7i.large"]
      scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
    }
  }
}

run "has_none_of_it_by_default" {
  command = plan

  assert {
    condition     = length(aws_ec2_capacity_reservation.this) + length(aws_ec2_capacity_block_reservation.this) == 0
    error_message = "Capacity is reserved, and paid for, although nobody asked."
  }

  assert {
    condition     = length(aws_security_group.efa) + length(aws_placement_group.efa) == 0 && length(aws_launch_template.node["general"].network_interfaces) == 0
    error_message = "There is something for EFA although no group has it."
  }

  assert {
    condition     = length(aws_launch_template.node["general"].placement) + length(aws_launch_template.node["general"].capacity_reservation_specification) + length(aws_launch_template.node["general"].instance_market_options) == 0
    error_message = "The launch template asks for a placement or for a reservation."
  }

  assert {
    condition     = toset(aws_eks_node_group.this["general"].subnet_ids) == toset(["subnet-a", "subnet-b"]) && toset(aws_eks_cluster.this.vpc_config[0].subnet_ids) == toset(["subnet-a", "subnet-b"])
    error_message = "Nodes or control plane are not in every subnet."
  }

  assert {
    condition     = aws_eks_node_group.this["general"].node_repair_config[0].enabled && aws_eks_node_group.this["general"].update_config[0].max_unavailable_percentage == 33
    error_message = "Unhealthy nodes stay, or too many leave at a time."
  }
}

run "splits_a_mixed_group" {
  command = plan

  variables {
    node_groups = {
      inference = {
        instance_types       = ["g5.xlarge", "g4dn.xlarge"]
        capacity_type        = "MIXED"
        on_demand_percentage = 30
        labels               = { workload = "inference" }
        scaling_config       = { desired_size = 4, max_size = 10, min_size = 1 }
        taints               = [{ key = "nvidia.com/gpu", value = "true", effect = "NO_SCHEDULE" }]
      }
    }
  }

  assert {
    condition     = { for name, group in aws_eks_node_group.this : name => group.capacity_type } == { inference = "ON_DEMAND", inference-spot = "SPOT" }
    error_message = "Groups: ${jsonencode({ for name, group in aws_eks_node_group.this : name => group.capacity_type })}"
  }

  assert {
    condition = { for name, group in aws_eks_node_group.this : name => [group.scaling_config[0].min_size, group.scaling_config[0].desired_size, group.scaling_config[0].max_size] } == {
      inference      = [1, 2, 3]
      inference-spot = [0, 2, 7]
    }
    error_message = "Sizes: ${jsonencode({ for name, group in aws_eks_node_group.this : name => group.scaling_config[0] })}"
  }

  assert {
    condition = alltrue([for group in aws_eks_node_group.this :
      group.labels == tomap({ "k8s.amazonaws.com/accelerator" = "nvidia-a10g", workload = "inference" }) && one(group.taint).key == "nvidia.com/gpu" && length(group.instance_types) == 2
    ])
    error_message = "The two groups differ in more than their capacity type and sizes."
  }

  assert {
    condition     = keys(output.cluster.node_groups) == ["inference", "inference-spot"]
    error_message = "The output does not tell both groups: ${jsonencode(output.cluster.node_groups)}"
  }
}

run "places_groups_in_named_zones" {
  command = plan

  variables {
    control_plane_subnet_ids = ["subnet-c", "subnet-d"]
    node_groups = {
      zonal = {
        instance_types  = ["m7i.large"]
        disk_iops       = 4000
        disk_throughput = 500
        node_repair     = false
        placement_group = "side-by-side"
        scaling_config  = { desired_size = 1, max_size = 2, min_size = 1 }
        zones           = ["cn-north-1b"]
      }
    }
  }

  assert {
    condition     = toset(aws_eks_node_group.this["zonal"].subnet_ids) == toset(["subnet-b"])
    error_message = "Subnets: ${join(", ", aws_eks_node_group.this["zonal"].subnet_ids)}"
  }

  assert {
    condition     = toset(aws_eks_cluster.this.vpc_config[0].subnet_ids) == toset(["subnet-c", "subnet-d"])
    error_message = "The control plane is not in subnets of its own."
  }

  assert {
    condition     = aws_launch_template.node["zonal"].placement[0].group_name == "side-by-side" && length(aws_placement_group.efa) == 0
    error_message = "The group is not in the placement group that was named."
  }

  assert {
    condition     = aws_launch_template.node["zonal"].block_device_mappings[0].ebs[0].iops == 4000 && aws_launch_template.node["zonal"].block_device_mappings[0].ebs[0].throughput == 500
    error_message = "The disk is not as fast as asked."
  }

  assert {
    condition     = !aws_eks_node_group.this["zonal"].node_repair_config[0].enabled
    error_message = "Nodes are repaired although that is off."
  }
}

run "reserves_capacity" {
  command = plan

  variables {
    capacity_reservations = {
      a100 = { instance_count = 2, instance_type = "p4d.24xlarge", zone = "cn-north-1a", end_date = "2030-01-31T00:00:00Z" }
      l4   = { instance_count = 1, instance_type = "g6.xlarge", zone = "cn-north-1a" }
    }
    capacity_blocks = { h100 = "cb-0123456789abcdefg" }
    node_groups = {
      a100 = {
        instance_types       = ["p4d.24xlarge"]
        capacity_reservation = { name = "a100" }
        scaling_config       = { desired_size = 0, max_size = 2, min_size = 0 }
        zones                = ["cn-north-1a"]
      }
      elsewhere = {
        instance_types       = ["g6.xlarge"]
        capacity_reservation = { id = "cr-0e3f" }
        scaling_config       = { desired_size = 0, max_size = 2, min_size = 0 }
        zones                = ["cn-north-1a"]
      }
      h100 = {
        instance_types       = ["p5.48xlarge"]
        capacity_type        = "CAPACITY_BLOCK"
        capacity_reservation = { name = "h100" }
        scaling_config       = { desired_size = 0, max_size = 2, min_size = 0 }
        zones                = ["cn-north-1b"]
      }
      pooled = {
        instance_types       = ["g6.xlarge", "g6.2xlarge"]
        capacity_reservation = { resource_group_arn = "arn:aws-cn:resource-groups:cn-north-1:123456789012:group/pool" }
        scaling_config       = { desired_size = 0, max_size = 2, min_size = 0 }
      }
    }
  }

  assert {
    condition     = alltrue([for reservation in aws_ec2_capacity_reservation.this : reservation.instance_match_criteria == "targeted"])
    error_message = "Instances that nobody meant to reserve for would use a reservation."
  }

  assert {
    condition     = aws_ec2_capacity_reservation.this["a100"].end_date_type == "limited" && aws_ec2_capacity_reservation.this["l4"].end_date_type == "unlimited"
    error_message = "A reservation does not end when asked."
  }

  assert {
    condition     = alltrue([for reservation in aws_ec2_capacity_reservation.this : reservation.tags["Project"] == "applied-ai"]) && aws_ec2_capacity_block_reservation.this["h100"].tags["Name"] == "applied-ai-staging-h100"
    error_message = "A reservation or block is not tagged."
  }

  assert {
    condition = { for name, template in aws_launch_template.node : name => template.capacity_reservation_specification[0].capacity_reservation_target[0].capacity_reservation_id if name != "pooled" } == {
      a100      = "cr-0a1b"
      elsewhere = "cr-0e3f"
      h100      = "cr-0c2d"
    }
    error_message = "A launch template aims at another reservation."
  }

  assert {
    condition     = endswith(aws_launch_template.node["pooled"].capacity_reservation_specification[0].capacity_reservation_target[0].capacity_reservation_resource_group_arn, "group/pool")
    error_message = "The launch template does not aim at the resource group."
  }

  assert {
    condition     = aws_launch_template.node["h100"].instance_market_options[0].market_type == "capacity-block" && aws_launch_template.node["h100"].instance_type == "p5.48xlarge"
    error_message = "The launch template does not ask for a capacity block."
  }

  assert {
    condition     = aws_eks_node_group.this["h100"].capacity_type == "CAPACITY_BLOCK" && length(aws_launch_template.node["a100"].instance_market_options) == 0
    error_message = "The wrong group is on a capacity block."
  }

  assert {
    condition     = output.capacity_reservation_ids == { a100 = "cr-0a1b", h100 = "cr-0c2d", l4 = "cr-0a1b" }
    error_message = "Reservations: ${jsonencode(output.capacity_reservation_ids)}"
  }
}

run "wires_efa" {
  command = plan

  variables {
    node_groups = {
      one = {
        instance_types = ["g6e.8xlarge"]
        efa            = true
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
        zones          = ["cn-north-1a"]
      }
      reserved = {
        instance_types       = ["p5.48xlarge"]
        capacity_type        = "CAPACITY_BLOCK"
        capacity_reservation = { id = "cr-0e3f" }
        efa                  = true
        scaling_config       = { desired_size = 0, max_size = 2, min_size = 0 }
        zones                = ["cn-north-1a"]
      }
      unknown = {
        instance_types = ["p9.48xlarge"]
        efa            = true
        efa_interfaces = 3
        gpus           = 6
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
        zones          = ["cn-north-1a"]
      }
    }
  }

  assert {
    condition     = { for name, template in aws_launch_template.node : name => length(template.network_interfaces) } == { one = 1, reserved = 32, unknown = 3 }
    error_message = "Interfaces: ${jsonencode({ for name, template in aws_launch_template.node : name => length(template.network_interfaces) })}"
  }

  assert {
    condition = [for interface in aws_launch_template.node["unknown"].network_interfaces : [interface.network_card_index, interface.device_index, interface.interface_type]] == [
      [0, 0, "efa"], [1, 1, "efa-only"], [2, 1, "efa-only"],
    ]
    error_message = "Interfaces: ${jsonencode(aws_launch_template.node["unknown"].network_interfaces)}"
  }

  assert {
    condition     = alltrue([for interface in aws_launch_template.node["unknown"].network_interfaces : contains(interface.security_groups, "sg-efa") && length(interface.security_groups) == 2])
    error_message = "An interface lacks the cluster's group or the one for EFA."
  }

  assert {
    condition     = keys(aws_placement_group.efa) == ["one", "unknown"] && alltrue([for group in aws_placement_group.efa : group.strategy == "cluster" && group.tags["Project"] == "applied-ai"])
    error_message = "Placement groups: ${join(", ", keys(aws_placement_group.efa))}"
  }

  assert {
    condition     = aws_launch_template.node["one"].placement[0].group_name == "applied-ai-staging-one" && length(aws_launch_template.node["reserved"].placement) == 0
    error_message = "Nodes are not side by side, or a reservation is left for it."
  }

  assert {
    condition = alltrue([for rule in [aws_vpc_security_group_ingress_rule.efa[0], aws_vpc_security_group_egress_rule.efa[0]] :
      rule.security_group_id == rule.referenced_security_group_id && rule.ip_protocol == "-1" && rule.cidr_ipv4 == null
    ])
    error_message = "The group for EFA is open to more or less than itself."
  }
}

run "tells_the_autoscaler_what_a_node_would_be" {
  command = plan

  variables {
    node_groups = {
      gpu = {
        instance_types = ["g5.12xlarge"]
        labels         = { workload = "gpu" }
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
        taints = [
          { key = "nvidia.com/gpu", value = "true", effect = "NO_SCHEDULE" },
          { key = "batch", effect = "PREFER_NO_SCHEDULE" },
        ]
      }
      web = {
        instance_types = ["m7i.large"]
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
      }
    }
  }

  assert {
    condition = { for name, tag in aws_autoscaling_group_tag.this : trimprefix(tag.tag[0].key, "k8s.io/cluster-autoscaler/") => tag.tag[0].value if startswith(name, "gpu/") } == {
      "applied-ai-staging"                                = "owned"
      "enabled"                                           = "true"
      "node-template/label/applied-ai.dev/gpu-model"      = "a10g"
      "node-template/label/k8s.amazonaws.com/accelerator" = "nvidia-a10g"
      "node-template/label/workload"                      = "gpu"
      "node-template/resources/ephemeral-storage"         = "100Gi"
      "node-template/resources/nvidia.com/gpu"            = "4"
      "node-template/taint/batch"                         = ":PreferNoSchedule"
      "node-template/taint/nvidia.com/gpu"                = "true:NoSchedule"
    }
    error_message = "Tags: ${jsonencode({ for name, tag in aws_autoscaling_group_tag.this : name => tag.tag[0].value })}"
  }

  assert {
    condition     = alltrue([for tag in aws_autoscaling_group_tag.this : tag.autoscaling_group_name == "eks-group" && !tag.tag[0].propagate_at_launch])
    error_message = "A tag is not on the group alone."
  }

  assert {
    condition     = length([for name in keys(aws_autoscaling_group_tag.this) : name if startswith(name, "web/")]) == 3
    error_message = "A group without GPUs, labels and taints has tags for them: ${join(", ", keys(aws_autoscaling_group_tag.this))}"
  }
}
