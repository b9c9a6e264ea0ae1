# The emulator knows repositories only: no scanning, copies or caches of the whole registry.
resource "aws_ecr_registry_scanning_configuration" "this" {
  count = 0
}

resource "aws_ecr_replication_configuration" "this" {
  count = 0
}

resource "aws_ecr_pull_through_cache_rule" "this" {
  for_each = {}
}

resource "aws_ecr_repository_creation_template" "cache" {
  for_each = {}
}
