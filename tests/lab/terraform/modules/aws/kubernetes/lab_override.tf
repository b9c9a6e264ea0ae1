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

# The emulator forgets the launch template and how many nodes may be away during an update. The module's own entry stands first.
resource "aws_eks_node_group" "this" {
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size, launch_template, update_config]
  }
}
