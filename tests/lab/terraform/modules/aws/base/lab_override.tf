# The emulator forgets the role and the tags of a flow log and answers 0 for its window.
resource "aws_flow_log" "this" {
  lifecycle {
    ignore_changes = [iam_role_arn, max_aggregation_interval, tags, tags_all]
  }
}

# The emulator forgets the tags of a VPN gateway.
resource "aws_vpn_gateway" "this" {
  lifecycle {
    ignore_changes = [tags, tags_all]
  }
}
