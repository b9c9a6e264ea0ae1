locals {
  has_efa = anytrue([for group in var.node_groups : group.efa])
}

# Side by side, so that the fabric is short. Reserved instances stand where their reservation has them.
resource "aws_placement_group" "efa" {
  for_each = {
    for name, group in local.node_groups : name => group
    if group.efa && group.placement_group == null && group.capacity_reservation == null
  }

  name     = "${var.cluster_name}-${each.key}"
  strategy = "cluster"
  tags     = var.tags
}

# EFA bypasses the operating system only between members of a group that is open to itself, in and out.
resource "aws_security_group" "efa" {
  count = local.has_efa ? 1 : 0

  name        = "${var.cluster_name}-efa"
  description = "EFA between the nodes of ${var.cluster_name}: open to itself only"
  vpc_id      = aws_eks_cluster.this.vpc_config[0].vpc_id
  tags        = merge(var.tags, { Name = "${var.cluster_name}-efa" })
}

resource "aws_vpc_security_group_ingress_rule" "efa" {
  count = local.has_efa ? 1 : 0

  security_group_id            = aws_security_group.efa[0].id
  referenced_security_group_id = aws_security_group.efa[0].id
  description                  = "EFA from other nodes"
  ip_protocol                  = "-1"
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "efa" {
  count = local.has_efa ? 1 : 0

  security_group_id            = aws_security_group.efa[0].id
  referenced_security_group_id = aws_security_group.efa[0].id
  description                  = "EFA to other nodes"
  ip_protocol                  = "-1"
  tags                         = var.tags
}
