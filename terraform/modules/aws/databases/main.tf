resource "aws_kms_key" "databases" {
  description             = "Data, backups and master passwords of the databases of ${var.name}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  tags                    = merge(var.tags, { Name = "${var.name}-databases" })
}
