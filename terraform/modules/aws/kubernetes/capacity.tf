locals {
  capacity_reservation_ids = merge(
    { for name, reservation in aws_ec2_capacity_reservation.this : name => reservation.id },
    { for name, block in aws_ec2_capacity_block_reservation.this : name => block.id },
  )
}

# Targeted: only a launch template that names the reservation uses it.
resource "aws_ec2_capacity_reservation" "this" {
  for_each = var.capacity_reservations

  availability_zone       = each.value.zone
  instance_type           = each.value.instance_type
  instance_count          = each.value.instance_count
  instance_platform       = "Linux/UNIX"
  instance_match_criteria = "targeted"
  end_date                = each.value.end_date
  end_date_type           = each.value.end_date == null ? "unlimited" : "limited"
  placement_group_arn     = each.value.placement_group_arn
  tags                    = merge(var.tags, { Name = "${var.cluster_name}-${each.key}" })
}

resource "aws_ec2_capacity_block_reservation" "this" {
  for_each = var.capacity_blocks

  capacity_block_offering_id = each.value
  instance_platform          = "Linux/UNIX"
  tags                       = merge(var.tags, { Name = "${var.cluster_name}-${each.key}" })
}
