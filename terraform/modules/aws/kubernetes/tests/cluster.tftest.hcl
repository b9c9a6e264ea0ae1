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
      endpoint              = "https://cluster.example"
      certificate_authority = [{ data = "Y2VydGlmaWNhdGU=" }]
      identity              = [{ oidc = [{ issuer = "https://oidc.example/id/ABC" }] }]
    }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws-cn:iam::123456789012:oidc-provider/oidc.example/id/ABC" }
  }
}

variables {
  cluster_name = "applied-ai-staging"
  subnet_ids   = ["subnet-a", "subnet-b"]
  tags         = { Project = "applied-ai" }

  node_groups = {
    general = {
      instance_types = ["m5.large", "m5.xlarge"]
      scaling_config = { desired_size = 3, max_size = 10, min_size = 1 }
    }
    gpu = {
      instance_types = ["g5.xlarge", "g4dn.xlarge"]
      capacity_type  = "SPOT"
      labels         = { workload = "gpu" }
      scaling_config = { desired_size = 0, max_size = 5, min_size = 0 }
      taints         = [{ key = "nvidia.com/gpu", value = "true", effect = "NO_SCHEDULE" }]
    }
    graviton = {
      instance_types = ["m7g.large"]
      disk_size      = 30
      scaling_config = { desired_size = 1, max_size = 1, min_size = 1 }
    }
  }
}

run "makes_a_closed_cluster" {
  command = plan

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "The API is not private by default."
  }

  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API"
    error_message = "Access is not by access entries alone."
  }

  assert {
    condition     = toset(aws_eks_cluster.this.encryption_config[0].resources) == toset(["secrets"]) && aws_kms_key.cluster.enable_key_rotation
    error_message = "Secrets are not encrypted under a rotated key."
  }

  assert {
    condition     = length(aws_eks_cluster.this.enabled_cluster_log_types) == 5 && aws_cloudwatch_log_group.cluster.name == "/aws/eks/applied-ai-staging/cluster"
    error_message = "Not all control plane logs are kept in the group that the module manages."
  }

  assert {
    condition     = aws_eks_cluster.this.version == "1.36" && aws_eks_node_group.this["general"].version == "1.36"
    error_message = "The default version is not 1.36 for control plane and nodes."
  }

  assert {
    condition     = strcontains(aws_kms_key.cluster.policy, "logs.cn-north-1.amazonaws.com.cn") && strcontains(aws_kms_key.cluster.policy, "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/eks/applied-ai-staging/cluster")
    error_message = "The key's policy does not follow partition, region and account: ${aws_kms_key.cluster.policy}"
  }
}

run "makes_the_node_groups" {
  command = plan

  assert {
    condition = (
      aws_eks_node_group.this["general"].scaling_config[0].desired_size == 3
      && aws_eks_node_group.this["general"].scaling_config[0].max_size == 10
      && aws_eks_node_group.this["general"].scaling_config[0].min_size == 1
      && aws_eks_node_group.this["general"].capacity_type == "ON_DEMAND"
    )
    error_message = "general is not 3 of 1 to 10 nodes on demand."
  }

  assert {
    condition     = [for taint in aws_eks_node_group.this["gpu"].taint : "${taint.key}=${taint.value}:${taint.effect}"] == ["nvidia.com/gpu=true:NO_SCHEDULE"]
    error_message = "The GPU nodes are not kept for what tolerates nvidia.com/gpu."
  }

  assert {
    condition     = aws_eks_node_group.this["gpu"].capacity_type == "SPOT" && aws_eks_node_group.this["gpu"].labels == tomap({ "k8s.amazonaws.com/accelerator" = "nvidia-a10g", workload = "gpu" })
    error_message = "Capacity type or labels of gpu are not what was asked for."
  }

  assert {
    condition = { for name, group in aws_eks_node_group.this : name => group.ami_type } == {
      general  = "AL2023_x86_64_STANDARD"
      gpu      = "AL2023_x86_64_NVIDIA"
      graviton = "AL2023_ARM_64_STANDARD"
    }
    error_message = "Images: ${jsonencode({ for name, group in aws_eks_node_group.this : name => group.ami_type })}"
  }

  assert {
    condition     = { for name, template in aws_launch_template.node : name => template.block_device_mappings[0].ebs[0].volume_size } == { general = 50, gpu = 100, graviton = 30 }
    error_message = "Disks: ${jsonencode({ for name, template in aws_launch_template.node : name => template.block_device_mappings[0].ebs[0].volume_size })}"
  }

  assert {
    condition = alltrue([for template in aws_launch_template.node :
      tobool(template.block_device_mappings[0].ebs[0].encrypted) && template.block_device_mappings[0].ebs[0].volume_type == "gp3"
      && template.metadata_options[0].http_tokens == "required" && template.metadata_options[0].http_put_response_hop_limit == 1
    ])
    error_message = "A launch template leaves a disk unencrypted or the metadata service open."
  }

  assert {
    condition     = output.cluster.node_groups.gpu.taints[0].effect == "NO_SCHEDULE" && output.cluster.node_groups.gpu.max_size == 5
    error_message = "The output does not tell the node groups: ${jsonencode(output.cluster.node_groups)}"
  }

  assert {
    condition     = output.cluster.certificate_authority_data == "Y2VydGlmaWNhdGU=" && output.cluster.region == "cn-north-1" && output.oidc_issuer == "oidc.example/id/ABC"
    error_message = "The output does not tell how to reach the cluster: ${jsonencode(output.cluster)}"
  }
}

run "gives_addons_roles_of_their_own" {
  command = plan

  assert {
    condition     = toset(keys(aws_eks_addon.before_nodes)) == toset(["kube-proxy", "vpc-cni"]) && toset(keys(aws_eks_addon.on_nodes)) == toset(["aws-ebs-csi-driver", "coredns"])
    error_message = "Add-ons before nodes: ${join(", ", keys(aws_eks_addon.before_nodes))}; on nodes: ${join(", ", keys(aws_eks_addon.on_nodes))}"
  }

  assert {
    condition     = toset(keys(aws_iam_role.addon)) == toset(["aws-ebs-csi-driver", "vpc-cni"])
    error_message = "Roles: ${join(", ", keys(aws_iam_role.addon))}"
  }

  assert {
    condition     = jsondecode(aws_iam_role.addon["vpc-cni"].assume_role_policy).Statement[0].Condition.StringEquals["oidc.example/id/ABC:sub"] == "system:serviceaccount:kube-system:aws-node"
    error_message = "Trust policy: ${aws_iam_role.addon["vpc-cni"].assume_role_policy}"
  }

  assert {
    condition     = !contains(keys(aws_iam_role_policy_attachment.node), "AmazonEKS_CNI_Policy")
    error_message = "Nodes may do what only the CNI needs."
  }

  assert {
    condition     = alltrue([for attachment in aws_iam_role_policy_attachment.addon : startswith(attachment.policy_arn, "arn:aws-cn:iam::aws:policy/")])
    error_message = "A policy is not of the partition."
  }
}

run "gives_nodes_the_permissions_without_irsa" {
  command = plan

  variables {
    enable_irsa = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.this) == 0 && length(aws_iam_role.addon) == 0
    error_message = "IRSA resources although enable_irsa is off."
  }

  assert {
    condition     = contains(keys(aws_iam_role_policy_attachment.node), "AmazonEKS_CNI_Policy") && contains(keys(aws_iam_role_policy_attachment.node), "service-role/AmazonEBSCSIDriverPolicy")
    error_message = "Node policies: ${join(", ", keys(aws_iam_role_policy_attachment.node))}"
  }
}

run "opens_the_endpoint_to_named_networks" {
  command = plan

  variables {
    public_access_cidrs = ["203.0.113.0/24"]
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_public_access && toset(aws_eks_cluster.this.vpc_config[0].public_access_cidrs) == toset(["203.0.113.0/24"])
    error_message = "The endpoint is not open to exactly the named networks."
  }
}

run "lets_named_principals_in" {
  command = plan

  variables {
    access_entries = {
      operators = {
        principal_arn = "arn:aws-cn:iam::123456789012:role/operators"
        policies      = ["AmazonEKSClusterAdminPolicy"]
      }
      readers = {
        principal_arn = "arn:aws-cn:iam::123456789012:role/readers"
        policies      = ["AmazonEKSViewPolicy"]
        namespaces    = ["services"]
      }
    }
  }

  assert {
    condition     = aws_eks_access_policy_association.this["operators-AmazonEKSClusterAdminPolicy"].policy_arn == "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    error_message = "Policy: ${aws_eks_access_policy_association.this["operators-AmazonEKSClusterAdminPolicy"].policy_arn}"
  }

  assert {
    condition     = aws_eks_access_policy_association.this["readers-AmazonEKSViewPolicy"].access_scope[0].type == "namespace" && aws_eks_access_policy_association.this["operators-AmazonEKSClusterAdminPolicy"].access_scope[0].type == "cluster"
    error_message = "An entry reaches further than its namespaces, or not far enough."
  }
}
