locals {
  on_demand_sizes = {
    for name, group in var.node_groups : name => {
      for key, size in group.scaling_config : key =>
      ceil(size * (group.capacity_type == "MIXED" ? group.on_demand_percentage : 100) / 100)
    }
  }

  # EKS gives a managed node group one capacity type: a mixed group becomes two, <name> and <name>-spot, that share its sizes.
  managed_groups = merge(
    {
      for name, group in var.node_groups : name => merge(group, {
        capacity_type  = group.capacity_type == "MIXED" ? "ON_DEMAND" : group.capacity_type
        scaling_config = local.on_demand_sizes[name]
      })
    },
    {
      for name, group in var.node_groups : "${name}-spot" => merge(group, {
        capacity_type  = "SPOT"
        scaling_config = { for key, size in group.scaling_config : key => size - local.on_demand_sizes[name][key] }
      }) if group.capacity_type == "MIXED"
    },
  )

  node_groups = {
    for name, group in local.managed_groups : name => merge(group, {
      ami_type       = coalesce(group.ami_type, local.ami_types[name])
      disk_size      = coalesce(group.disk_size, local.has_gpu[name] ? 100 : 50)
      efa_interfaces = group.efa ? coalesce(group.efa_interfaces, lookup(local.efa_cards_by_type, group.instance_types[0], 1)) : 0
      gpus           = coalesce(group.gpus, local.has_gpu[name] ? lookup(local.gpus_by_type, group.instance_types[0], 1) : 0)
      labels         = merge(local.accelerator_labels[name], group.labels)
      subnet_ids     = length(group.zones) > 0 ? [for zone in group.zones : var.subnet_ids_by_zone[zone]] : var.subnet_ids
    })
  }

  # The families of GPU instances begin with g or p; Graviton families carry a g after the generation (m7g, g5g).
  has_gpu     = { for name, group in local.managed_groups : name => can(regex("^(g|p)[0-9]", group.instance_types[0])) }
  is_graviton = { for name, group in local.managed_groups : name => can(regex("^[a-z]+[0-9]+g", group.instance_types[0])) }
  # By the first label the cluster autoscaler waits until a new node offers its GPUs, and starts no second one meanwhile. By the
  # second a service gets the model that it asks for; a group of several models has none.
  accelerator_labels = {
    for name, group in local.managed_groups : name => local.has_gpu[name] ? merge(
      { "k8s.amazonaws.com/accelerator" = try(local.gpu_families[split(".", group.instance_types[0])[0]].accelerator, "nvidia") },
      length(local.gpu_models[name]) == 1 && !contains(local.gpu_models[name], "") ? { "applied-ai.dev/gpu-model" = local.gpu_models[name][0] } : {},
    ) : {}
  }
  gpu_models = {
    for name, group in local.managed_groups : name =>
    distinct([for type in group.instance_types : try(local.gpu_families[split(".", type)[0]].model, "")])
  }
  ami_types = {
    for name in keys(local.managed_groups) : name =>
    "AL2023_${local.is_graviton[name] ? "ARM_64" : "x86_64"}_${local.has_gpu[name] ? "NVIDIA" : "STANDARD"}"
  }

  node_policies = toset(concat(
    ["AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"],
    var.enable_irsa ? [] : values(local.addon_permissions)[*].policy,
  ))
}

resource "aws_iam_role" "node" {
  name        = "${local.role_prefix}-node"
  description = "Nodes of the cluster ${var.cluster_name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.${data.aws_partition.current.dns_suffix}" }
      Action    = "sts:AssumeRole"
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = local.node_policies

  role       = aws_iam_role.node.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.key}"
}

resource "aws_eks_node_group" "this" {
  for_each = local.node_groups

  cluster_name    = aws_eks_cluster.this.name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = each.value.subnet_ids
  version         = var.cluster_version
  ami_type        = each.value.ami_type
  capacity_type   = each.value.capacity_type
  instance_types  = each.value.capacity_type == "CAPACITY_BLOCK" ? null : each.value.instance_types
  labels          = each.value.labels
  tags            = var.tags

  launch_template {
    id      = aws_launch_template.node[each.key].id
    version = aws_launch_template.node[each.key].latest_version
  }

  scaling_config {
    desired_size = each.value.scaling_config.desired_size
    max_size     = each.value.scaling_config.max_size
    min_size     = each.value.scaling_config.min_size
  }

  node_repair_config {
    enabled = each.value.node_repair
  }

  dynamic "taint" {
    for_each = each.value.taints

    content {
      key    = taint.value.key
      value  = taint.value.value
      effect = taint.value.effect
    }
  }

  update_config {
    max_unavailable_percentage = each.value.max_unavailable_percentage
  }

  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [
    aws_eks_addon.before_nodes,
    aws_iam_role_policy_attachment.node,
  ]
}
