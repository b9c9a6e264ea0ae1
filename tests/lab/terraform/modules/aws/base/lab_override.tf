# The emulator answers 0 for the window that it was given.
resource "aws_flow_log" "this" {
  lifecycle {
    ignore_changes = [max_aggregation_interval]
  }
}
