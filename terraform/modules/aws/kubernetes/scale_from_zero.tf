locals {
  taint_effects = {
    NO_EXECUTE         = "NoExecute"
    NO_SCHEDULE        = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
  }

  # Without a node to look at, the cluster autoscaler reads from these tags what a node of the group would be.
  autoscaler_tags = merge([
    for name, group in local.node_groups : {
      for key, value in merge(
        {
          "enabled"                                   = "true"
          (var.cluster_name)                          = "owned"
          "node-template/resources/ephemeral-storage" = "${group.disk_size}Gi"
        },
        {
          for resource, count in { "nvidia.com/gpu" = group.gpus, "vpc.amazonaws.com/efa" = group.efa_interfaces } :
          "node-template/resources/${resource}" => tostring(count) if count > 0
        },
        { for key, value in group.labels : "node-template/label/${key}" => value },
        [for taint in group.taints : {
          "node-template/taint/${taint.key}" = "${taint.value == null ? "" : taint.value}:${local.taint_effects[taint.effect]}"
        }]...
      ) : "${name}/${key}" => { group = name, key = "k8s.io/cluster-autoscaler/${key}", value = value }
    }
  ]...)
}

resource "aws_autoscaling_group_tag" "this" {
  for_each = local.autoscaler_tags

  autoscaling_group_name = aws_eks_node_group.this[each.value.group].resources[0].autoscaling_groups[0].name

  tag {
    key                 = each.value.key
    value               = each.value.value
    propagate_at_launch = false
  }
}
