# The emulator has vaults, plans, selections and jobs only: no locks, settings, restore tests, reports or frameworks.
resource "aws_backup_vault_lock_configuration" "this" {
  count = 0
}

resource "aws_backup_vault_lock_configuration" "replica" {
  count = 0
}

resource "aws_backup_region_settings" "this" {
  count = 0
}

resource "aws_backup_restore_testing_plan" "this" {
  count = 0
}

resource "aws_backup_restore_testing_selection" "this" {
  for_each = {}
}

resource "aws_backup_report_plan" "this" {
  for_each = {}
}

resource "aws_backup_framework" "this" {
  count = 0
}
