# The emulator has no FSx.
resource "aws_fsx_lustre_file_system" "this" {
  for_each = {}
}

resource "aws_fsx_data_repository_association" "this" {
  for_each = {}
}

# The emulator has no setting for the volumes of an account.
resource "aws_ebs_encryption_by_default" "this" {
  count = 0
}

resource "aws_ebs_default_kms_key" "this" {
  count = 0
}

# The emulator takes this for the making of a bucket and empties the one that is there.
resource "aws_s3_bucket_intelligent_tiering_configuration" "this" {
  for_each = {}
}

# The emulator adds an id to the policy.
resource "aws_efs_file_system_policy" "this" {
  lifecycle {
    ignore_changes = [policy]
  }
}
