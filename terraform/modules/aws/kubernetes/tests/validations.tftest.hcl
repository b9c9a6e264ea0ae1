mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
}

variables {
  cluster_name = "applied-ai-staging"
  subnet_ids   = ["subnet-a", "subnet-b"]
  node_groups = {
    general = {
      instance_types = ["m5.large"]
      scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
    }
  }
}

run "refuses_a_cluster_name_that_roles_cannot_carry" {
  command         = plan
  expect_failures = [var.cluster_name]
  variables {
    cluster_name = "applied_ai"
  }
}

run "refuses_a_cluster_name_that_is_too_long" {
  command         = plan
  expect_failures = [var.cluster_name]
  variables {
    cluster_name = "applied-ai-with-a-name-that-has-no-end"
  }
}

run "refuses_a_node_group_name_in_capitals" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      GPU = {
        instance_types = ["m5.large"]
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
      }
    }
  }
}

run "refuses_an_instance_type_without_a_size" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5"]
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
      }
    }
  }
}

run "refuses_an_instance_type_of_unknown_form" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5.large", "5m.huge"]
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
      }
    }
  }
}

run "refuses_a_node_group_without_instance_types" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = []
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
      }
    }
  }
}

run "refuses_a_node_group_of_two_processors" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5.large", "m7g.large"]
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
      }
    }
  }
}

run "refuses_a_node_group_with_and_without_gpu" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5.large", "g5.xlarge"]
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
      }
    }
  }
}

run "refuses_fewer_nodes_than_the_minimum" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5.large"]
        scaling_config = { desired_size = 1, max_size = 3, min_size = 2 }
      }
    }
  }
}

run "refuses_more_nodes_than_the_maximum" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5.large"]
        scaling_config = { desired_size = 4, max_size = 3, min_size = 1 }
      }
    }
  }
}

run "refuses_a_node_group_that_can_never_have_a_node" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5.large"]
        scaling_config = { desired_size = 0, max_size = 0, min_size = 0 }
      }
    }
  }
}

run "refuses_an_unknown_capacity_type" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5.large"]
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
        capacity_type  = "SPOTTY"
      }
    }
  }
}

run "refuses_a_taint_effect_in_the_spelling_of_kubernetes" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5.large"]
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
        taints         = [{ key = "nvidia.com/gpu", value = "true", effect = "NoSchedule" }]
      }
    }
  }
}

run "refuses_a_disk_that_is_too_small" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      general = {
        instance_types = ["m5.large"]
        scaling_config = { desired_size = 1, max_size = 2, min_size = 1 }
        disk_size      = 8
      }
    }
  }
}

run "refuses_more_instance_types_than_eks_takes" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      gpu = {
        instance_types = [for size in range(21) : "m7i.${size + 1}xlarge"]
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
      }
    }
  }
}

run "refuses_a_disk_faster_than_its_operations" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      gpu = {
        instance_types  = ["g6.xlarge"]
        scaling_config  = { desired_size = 0, max_size = 2, min_size = 0 }
        disk_throughput = 1000
      }
    }
  }
}

run "refuses_a_mixed_group_without_room_for_spot" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      gpu = {
        instance_types = ["g6.xlarge"]
        scaling_config = { desired_size = 1, max_size = 1, min_size = 0 }
        capacity_type  = "MIXED"
      }
    }
  }
}

run "refuses_a_group_called_like_the_spot_half_of_another" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      gpu = {
        instance_types = ["g6.xlarge"]
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
        capacity_type  = "MIXED"
      }
      gpu-spot = {
        instance_types = ["g6.xlarge"]
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
      }
    }
  }
}

run "refuses_a_reservation_by_id_and_name" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    capacity_blocks    = { h100 = "cb-0123" }
    subnet_ids_by_zone = { z-a = "subnet-a" }
    node_groups = {
      gpu = {
        instance_types       = ["g6.xlarge"]
        scaling_config       = { desired_size = 0, max_size = 2, min_size = 0 }
        capacity_reservation = { id = "cr-0a1b", name = "h100" }
        zones                = ["z-a"]
      }
    }
  }
}

run "refuses_a_reservation_of_unknown_name" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    subnet_ids_by_zone = { z-a = "subnet-a" }
    node_groups = {
      gpu = {
        instance_types       = ["g6.xlarge"]
        scaling_config       = { desired_size = 0, max_size = 2, min_size = 0 }
        capacity_reservation = { name = "h100" }
        zones                = ["z-a"]
      }
    }
  }
}

run "refuses_a_capacity_block_that_is_not_named" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    subnet_ids_by_zone = { z-a = "subnet-a" }
    node_groups = {
      gpu = {
        instance_types = ["g6.xlarge"]
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
        capacity_type  = "CAPACITY_BLOCK"
        zones          = ["z-a"]
      }
    }
  }
}

run "refuses_spot_on_a_reservation" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    subnet_ids_by_zone = { z-a = "subnet-a" }
    node_groups = {
      gpu = {
        instance_types       = ["g6.xlarge"]
        scaling_config       = { desired_size = 0, max_size = 2, min_size = 0 }
        capacity_type        = "SPOT"
        capacity_reservation = { id = "cr-0a1b" }
        zones                = ["z-a"]
      }
    }
  }
}

run "refuses_efa_over_several_zones" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      gpu = {
        instance_types = ["g6.xlarge"]
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
        efa            = true
      }
    }
  }
}

run "refuses_a_reservation_in_another_zone" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    capacity_reservations = { l4 = { instance_count = 1, instance_type = "g6.xlarge", zone = "z-a" } }
    subnet_ids_by_zone    = { z-a = "subnet-a", z-b = "subnet-b" }
    node_groups = {
      gpu = {
        instance_types       = ["g6.xlarge"]
        scaling_config       = { desired_size = 0, max_size = 2, min_size = 0 }
        capacity_reservation = { name = "l4" }
        zones                = ["z-b"]
      }
    }
  }
}

run "refuses_a_zone_without_a_subnet" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      gpu = {
        instance_types = ["g6.xlarge"]
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
        zones          = ["z-c"]
      }
    }
  }
}

run "refuses_an_update_that_takes_no_node" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      gpu = {
        instance_types             = ["g6.xlarge"]
        scaling_config             = { desired_size = 0, max_size = 2, min_size = 0 }
        max_unavailable_percentage = 0
      }
    }
  }
}

run "refuses_a_negative_number_of_gpus" {
  command         = plan
  expect_failures = [var.node_groups]
  variables {
    node_groups = {
      gpu = {
        instance_types = ["g6.xlarge"]
        scaling_config = { desired_size = 0, max_size = 2, min_size = 0 }
        gpus           = -1
      }
    }
  }
}

run "refuses_a_single_subnet" {
  command         = plan
  expect_failures = [var.subnet_ids]
  variables {
    subnet_ids = ["subnet-a"]
  }
}

run "refuses_a_subnet_named_twice" {
  command         = plan
  expect_failures = [var.subnet_ids]
  variables {
    subnet_ids = ["subnet-a", "subnet-a"]
  }
}

run "refuses_a_principal_that_is_no_arn" {
  command         = plan
  expect_failures = [var.access_entries]
  variables {
    access_entries = { operators = { principal_arn = "operators" } }
  }
}

run "refuses_an_access_policy_of_unknown_form" {
  command         = plan
  expect_failures = [var.access_entries]
  variables {
    access_entries = { operators = { principal_arn = "arn:aws:iam::123456789012:role/operators", policies = ["cluster-admin"] } }
  }
}

run "refuses_an_addon_that_eks_does_not_manage" {
  command         = plan
  expect_failures = [var.addons]
  variables {
    addons = { cluster-autoscaler = {} }
  }
}

run "refuses_an_addon_configuration_that_is_no_json" {
  command         = plan
  expect_failures = [var.addons]
  variables {
    addons = { coredns = { configuration_values = "replicas: 2" } }
  }
}

run "refuses_a_capacity_block_that_is_no_offering" {
  command         = plan
  expect_failures = [var.capacity_blocks]
  variables {
    capacity_blocks = { h100 = "cr-0123" }
  }
}

run "refuses_a_reservation_of_nothing" {
  command         = plan
  expect_failures = [var.capacity_reservations]
  variables {
    capacity_reservations = { l4 = { instance_count = 0, instance_type = "g6.xlarge", zone = "z-a" } }
  }
}

run "refuses_an_end_that_is_no_time" {
  command         = plan
  expect_failures = [var.capacity_reservations]
  variables {
    capacity_reservations = { l4 = { instance_count = 1, instance_type = "g6.xlarge", zone = "z-a", end_date = "tomorrow" } }
  }
}

run "refuses_a_reservation_and_a_block_of_one_name" {
  command         = plan
  expect_failures = [var.capacity_reservations]
  variables {
    capacity_blocks       = { gpu = "cb-0123" }
    capacity_reservations = { gpu = { instance_count = 1, instance_type = "g6.xlarge", zone = "z-a" } }
  }
}

run "refuses_a_single_subnet_for_the_control_plane" {
  command         = plan
  expect_failures = [var.control_plane_subnet_ids]
  variables {
    control_plane_subnet_ids = ["subnet-c"]
  }
}

run "refuses_a_version_out_of_support" {
  command         = plan
  expect_failures = [var.cluster_version]
  variables {
    cluster_version = "1.28"
  }
}

run "refuses_a_version_of_unknown_form" {
  command         = plan
  expect_failures = [var.cluster_version]
  variables {
    cluster_version = "v1.36.3"
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

run "refuses_a_public_range_that_is_none" {
  command         = plan
  expect_failures = [var.public_access_cidrs]
  variables {
    public_access_cidrs = ["203.0.113.0"]
  }
}

run "refuses_an_endpoint_open_to_everyone" {
  command         = plan
  expect_failures = [var.public_access_cidrs]
  variables {
    public_access_cidrs = ["0.0.0.0/0"]
  }
}
