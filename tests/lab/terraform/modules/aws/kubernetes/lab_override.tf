locals {
  # The emulator's issuer is http as long as it serves no TLS; IAM takes https only.
  oidc_issuer_url = replace(aws_eks_cluster.this.identity[0].oidc[0].issuer, "http://", "https://")
}

# The emulator forgets which support a cluster is to have.
resource "aws_eks_cluster" "this" {
  lifecycle {
    ignore_changes = [upgrade_policy]
  }
}

# The emulator forgets the launch template, node repair and how many nodes may be away during an update. The module's own entry stands first.
resource "aws_eks_node_group" "this" {
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size, launch_template, node_repair_config, update_config]
  }
}

# The emulator forgets reservation, market and placement, and of network interfaces all that makes them EFA.
resource "aws_launch_template" "node" {
  lifecycle {
    ignore_changes = [capacity_reservation_specification, instance_market_options, network_interfaces, placement]
  }
}

# The emulator answers with the tags of every group, whichever is asked for.
resource "aws_autoscaling_group_tag" "this" {
  lifecycle {
    ignore_changes = [tag]
  }
}

# The emulator sells no capacity.
resource "aws_ec2_capacity_block_reservation" "this" {
  for_each = {}
}

resource "aws_ec2_capacity_reservation" "this" {
  for_each = {}
}
