# The emulator has no Cost Explorer and no Data Exports.
resource "aws_ce_anomaly_monitor" "this" {
  count = 0
}

resource "aws_ce_anomaly_subscription" "this" {
  for_each = {}
}

resource "aws_ce_cost_allocation_tag" "this" {
  for_each = {}
}

resource "aws_bcmdataexports_export" "this" {
  count = 0
}
