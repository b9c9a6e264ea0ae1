resource "aws_launch_template" "node" {
  for_each = local.node_groups

  name                   = "${var.cluster_name}-${each.key}"
  description            = "Nodes of the group ${each.key} of the cluster ${var.cluster_name}"
  instance_type          = each.value.capacity_type == "CAPACITY_BLOCK" ? each.value.instance_types[0] : null
  update_default_version = true
  tags                   = var.tags

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      delete_on_termination = true
      encrypted             = true
      iops                  = each.value.disk_iops
      throughput            = each.value.disk_throughput
      volume_size           = each.value.disk_size
      volume_type           = "gp3"
    }
  }

  dynamic "capacity_reservation_specification" {
    for_each = each.value.capacity_reservation[*]

    content {
      capacity_reservation_target {
        capacity_reservation_id = (
          capacity_reservation_specification.value.name == null
          ? capacity_reservation_specification.value.id
          : lookup(local.capacity_reservation_ids, capacity_reservation_specification.value.name, null)
        )
        capacity_reservation_resource_group_arn = capacity_reservation_specification.value.resource_group_arn
      }
    }
  }

  dynamic "instance_market_options" {
    for_each = each.value.capacity_type == "CAPACITY_BLOCK" ? ["capacity-block"] : []

    content {
      market_type = instance_market_options.value
    }
  }

  # One hop: the node reaches its credentials, a pod does not.
  metadata_options {
    http_endpoint               = "enabled"
    http_put_response_hop_limit = 1
    http_tokens                 = "required"
  }

  # The first card carries IP and EFA; the others carry EFA alone and take no addresses from the subnet.
  dynamic "network_interfaces" {
    for_each = range(each.value.efa_interfaces)

    content {
      device_index          = network_interfaces.value == 0 ? 0 : 1
      network_card_index    = network_interfaces.value
      interface_type        = network_interfaces.value == 0 ? "efa" : "efa-only"
      delete_on_termination = true
      security_groups       = [aws_eks_cluster.this.vpc_config[0].cluster_security_group_id, aws_security_group.efa[0].id]
    }
  }

  dynamic "placement" {
    for_each = compact([each.value.placement_group, try(aws_placement_group.efa[each.key].name, null)])

    content {
      group_name = placement.value
    }
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "network-interface", "volume"]

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = "${var.cluster_name}-${each.key}" })
    }
  }
}
