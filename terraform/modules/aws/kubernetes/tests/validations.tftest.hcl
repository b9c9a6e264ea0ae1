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
