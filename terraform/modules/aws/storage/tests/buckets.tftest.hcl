mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/replication" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:123456789012:key/storage" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::source", id = "source" }
  }
}

mock_provider "aws" {
  alias           = "replica"
  override_during = plan

  mock_data "aws_region" {
    defaults = { name = "us-west-2" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-west-2:123456789012:key/replica" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::replica", id = "replica" }
  }
}

variables {
  name = "applied-ai-staging"
  tags = { Project = "applied-ai" }

  buckets = {
    datasets = {}
    models   = { replicate = true }
  }
}

run "creates_nothing_that_was_not_asked_for" {
  command = plan

  variables {
    buckets = {}
  }

  assert {
    condition     = length(aws_s3_bucket.this) + length(aws_s3_bucket.replica) + length(aws_kms_key.replica) + length(aws_iam_role.replication) == 0
    error_message = "A bucket that nobody asked for."
  }

  assert {
    condition     = length(aws_ebs_encryption_by_default.this) + length(aws_ebs_default_kms_key.this) + length(aws_kms_key.volumes) == 0
    error_message = "A setting of the whole account that nobody asked for."
  }

  assert {
    condition     = length(jsondecode(aws_kms_key.storage.policy).Statement) == 1 && jsondecode(aws_kms_key.storage.policy).Statement[0].Principal == { AWS = "arn:aws:iam::123456789012:root" } && aws_kms_key.storage.enable_key_rotation
    error_message = "The key lets in more than the account, or is not rotated."
  }

  assert {
    condition     = output.buckets == {} && output.replica_kms_key_arn == null && output.volumes_kms_key_arn == null
    error_message = "An output of something that is not there."
  }
}

run "keeps_every_bucket_closed" {
  command = plan

  assert {
    condition = alltrue([for block in concat(values(aws_s3_bucket_public_access_block.this), values(aws_s3_bucket_public_access_block.replica)) :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ]) && length(aws_s3_bucket_public_access_block.this) == 2 && length(aws_s3_bucket_public_access_block.replica) == 1
    error_message = "A bucket can be opened to everyone."
  }

  assert {
    condition     = alltrue([for controls in concat(values(aws_s3_bucket_ownership_controls.this), values(aws_s3_bucket_ownership_controls.replica)) : controls.rule[0].object_ownership == "BucketOwnerEnforced"])
    error_message = "Access lists count in a bucket."
  }

  assert {
    condition = alltrue([for policy in concat(values(aws_s3_bucket_policy.this), values(aws_s3_bucket_policy.replica)) :
      anytrue([for statement in jsondecode(policy.policy).Statement : statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:*" && statement.Condition == { Bool = { "aws:SecureTransport" = "false" } }])
    ])
    error_message = "A bucket is read without TLS."
  }

  assert {
    condition     = alltrue(flatten([for policy in concat(values(aws_s3_bucket_policy.this), values(aws_s3_bucket_policy.replica)) : [for statement in jsondecode(policy.policy).Statement : statement.Effect == "Deny"]]))
    error_message = "The policy of a plain bucket lets somebody in."
  }
}

run "encrypts_every_bucket_under_the_key_of_its_region" {
  command = plan

  assert {
    condition = alltrue([for bucket in aws_s3_bucket_server_side_encryption_configuration.this :
      one(bucket.rule).bucket_key_enabled && one(bucket.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" && one(bucket.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == "arn:aws:kms:us-east-1:123456789012:key/storage"
    ])
    error_message = "A bucket is not encrypted under the module's key."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.replica["models"].rule).apply_server_side_encryption_by_default[0].kms_master_key_id == "arn:aws:kms:us-west-2:123456789012:key/replica" && aws_kms_key.replica[0].enable_key_rotation
    error_message = "A replica is not encrypted under a key of its region."
  }

  assert {
    condition = anytrue([for statement in jsondecode(aws_s3_bucket_policy.this["datasets"].policy).Statement : try(
      statement.Condition.StringNotEquals["s3:x-amz-server-side-encryption-aws-kms-key-id"] == "arn:aws:kms:us-east-1:123456789012:key/storage" && statement.Condition.Null["s3:x-amz-server-side-encryption-aws-kms-key-id"] == "false",
      false
    )])
    error_message = "Objects are written under other keys."
  }
}

run "names_and_keeps_buckets_by_default" {
  command = plan

  assert {
    condition     = aws_s3_bucket.this["datasets"].bucket == "applied-ai-staging-datasets-123456789012-us-east-1" && aws_s3_bucket.replica["models"].bucket == "applied-ai-staging-models-123456789012-us-west-2"
    error_message = "Names: ${aws_s3_bucket.this["datasets"].bucket}, ${aws_s3_bucket.replica["models"].bucket}"
  }

  assert {
    condition     = alltrue([for bucket in concat(values(aws_s3_bucket.this), values(aws_s3_bucket.replica)) : !bucket.force_destroy && !bucket.object_lock_enabled && bucket.tags["Project"] == "applied-ai"])
    error_message = "A bucket goes with all that it holds, is locked unasked or has no tags."
  }

  assert {
    condition     = alltrue([for versioning in concat(values(aws_s3_bucket_versioning.this), values(aws_s3_bucket_versioning.replica)) : versioning.versioning_configuration[0].status == "Enabled"])
    error_message = "A bucket keeps no versions."
  }

  assert {
    condition = alltrue([for lifecycle in concat(values(aws_s3_bucket_lifecycle_configuration.this), values(aws_s3_bucket_lifecycle_configuration.replica)) :
      lifecycle.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 7 && lifecycle.rule[0].noncurrent_version_expiration[0].noncurrent_days == 90
      && lifecycle.rule[0].expiration[0].expired_object_delete_marker && length(lifecycle.rule[0].transition) == 0
    ])
    error_message = "Leftovers are kept for ever, or objects are not."
  }

  assert {
    condition     = length(aws_s3_bucket_logging.this) + length(aws_s3_bucket_object_lock_configuration.this) + length(aws_s3_bucket_intelligent_tiering_configuration.this) == 0
    error_message = "Something that was not asked for."
  }
}

run "follows_what_a_bucket_asks_for" {
  command = plan

  variables {
    buckets = {
      archive = {
        bucket_name                = "applied-ai-archive"
        expiration_days            = 400
        intelligent_tiering        = { archive_days = 120 }
        noncurrent_expiration_days = 10
        object_lock                = { days = 30, mode = "COMPLIANCE" }
        replicate                  = true
        replication_time_control   = true
        transitions                = [{ days = 200, storage_class = "DEEP_ARCHIVE" }]
      }
      scratch = { access_logs_bucket = "logs", enforce_encryption = false, force_destroy = true, versioning = false }
      logs    = { log_delivery = ["s3_access"] }
    }
  }

  assert {
    condition     = aws_s3_bucket.this["archive"].bucket == "applied-ai-archive" && aws_s3_bucket.replica["archive"].bucket == "applied-ai-archive-replica"
    error_message = "The bucket is called otherwise than asked for."
  }

  assert {
    condition = (
      [for transition in aws_s3_bucket_lifecycle_configuration.this["archive"].rule[0].transition : transition.storage_class if transition.days == 0] == ["INTELLIGENT_TIERING"]
      && [for transition in aws_s3_bucket_lifecycle_configuration.this["archive"].rule[0].transition : transition.storage_class if transition.days == 200] == ["DEEP_ARCHIVE"]
      && aws_s3_bucket_lifecycle_configuration.this["archive"].rule[0].expiration[0].days == 400
      && aws_s3_bucket_lifecycle_configuration.replica["archive"].rule[0].expiration[0].days == 400
    )
    error_message = "Objects do not become cheaper, or stay longer than asked for."
  }

  assert {
    condition     = one(aws_s3_bucket_intelligent_tiering_configuration.this["archive"].tiering).access_tier == "ARCHIVE_ACCESS" && one(aws_s3_bucket_intelligent_tiering_configuration.this["archive"].tiering).days == 120
    error_message = "The archive tier is another than asked for."
  }

  assert {
    condition = (
      aws_s3_bucket.this["archive"].object_lock_enabled && aws_s3_bucket_object_lock_configuration.this["archive"].rule[0].default_retention[0].mode == "COMPLIANCE"
      && aws_s3_bucket.replica["archive"].object_lock_enabled && aws_s3_bucket_object_lock_configuration.replica["archive"].rule[0].default_retention[0].days == 30
    )
    error_message = "A locked bucket or its replica lets versions go."
  }

  assert {
    condition     = aws_s3_bucket_replication_configuration.this["archive"].rule[0].destination[0].replication_time[0].time[0].minutes == 15
    error_message = "Nobody watches over the time that replication takes."
  }

  assert {
    condition     = aws_s3_bucket_logging.this["scratch"].target_prefix == "s3/scratch/" && aws_s3_bucket.this["scratch"].force_destroy && aws_s3_bucket_versioning.this["scratch"].versioning_configuration[0].status == "Suspended"
    error_message = "The scratch bucket is another than asked for."
  }

  assert {
    condition     = length(jsondecode(aws_s3_bucket_policy.this["scratch"].policy).Statement) == 1
    error_message = "Other encryption is refused all the same: ${aws_s3_bucket_policy.this["scratch"].policy}"
  }
}

run "replicates_with_no_more_than_it_needs" {
  command = plan

  assert {
    condition     = keys(aws_s3_bucket_replication_configuration.this) == ["models"] && aws_s3_bucket_replication_configuration.this["models"].rule[0].destination[0].encryption_configuration[0].replica_kms_key_id == "arn:aws:kms:us-west-2:123456789012:key/replica"
    error_message = "Another bucket is replicated, or under another key."
  }

  assert {
    condition     = aws_s3_bucket_replication_configuration.this["models"].rule[0].source_selection_criteria[0].sse_kms_encrypted_objects[0].status == "Enabled" && aws_s3_bucket_replication_configuration.this["models"].rule[0].delete_marker_replication[0].status == "Enabled" && length(aws_s3_bucket_replication_configuration.this["models"].rule[0].destination[0].replication_time) == 0
    error_message = "Encrypted objects or deletions are not replicated, or in a hurry that costs."
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_iam_role_policy.replication[0].policy).Statement : alltrue([
      for resource in flatten([statement.Resource]) : contains([
        "arn:aws:s3:::source", "arn:aws:s3:::source/*", "arn:aws:s3:::replica/*",
        "arn:aws:kms:us-east-1:123456789012:key/storage", "arn:aws:kms:us-west-2:123456789012:key/replica",
      ], resource)
    ])])
    error_message = "The role reaches more than the buckets and their keys: ${aws_iam_role_policy.replication[0].policy}"
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_iam_role_policy.replication[0].policy).Statement :
      can(statement.Condition.StringEquals["kms:ViaService"]) if can(regex("kms:", join(",", flatten([statement.Action]))))
    ])
    error_message = "The role uses the keys elsewhere than in S3."
  }

  assert {
    condition     = aws_iam_role.replication[0].name == "applied-ai-staging-us-east-1-replication" && jsondecode(aws_iam_role.replication[0].assume_role_policy).Statement[0].Principal == { Service = "s3.amazonaws.com" }
    error_message = "Somebody else than S3 replicates."
  }

  assert {
    condition     = output.buckets.models.replica == { name = "replica", arn = "arn:aws:s3:::replica", region = "us-west-2" } && output.buckets.datasets.replica == null
    error_message = "The output does not tell where the replica is."
  }
}

run "takes_the_logs_of_services" {
  command = plan

  variables {
    buckets = {
      logs  = { log_delivery = ["elasticloadbalancing", "s3_access"] }
      audit = { log_delivery = ["cloudtrail", "config", "vpc_flow_logs"] }
    }
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this["logs"].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256" && one(aws_s3_bucket_server_side_encryption_configuration.this["audit"].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    error_message = "Load balancers cannot write under the module's key; the other services can."
  }

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_s3_bucket_policy.this["logs"].policy).Statement : statement.Principal.Service if statement.Effect == "Allow"])) == toset([
      "delivery.logs.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com", "logging.s3.amazonaws.com",
    ])
    error_message = "Who writes logs: ${aws_s3_bucket_policy.this["logs"].policy}"
  }

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_s3_bucket_policy.this["audit"].policy).Statement : statement.Principal.Service if statement.Effect == "Allow"])) == toset([
      "cloudtrail.amazonaws.com", "config.amazonaws.com", "delivery.logs.amazonaws.com",
    ])
    error_message = "Who writes logs: ${aws_s3_bucket_policy.this["audit"].policy}"
  }

  assert {
    condition = alltrue(flatten([for policy in aws_s3_bucket_policy.this : [for statement in jsondecode(policy.policy).Statement :
      try(statement.Condition.StringEquals["aws:SourceAccount"] == "123456789012", false) || endswith(statement.Resource, "AWSLogs/123456789012/*")
      if statement.Effect == "Allow"
    ]]))
    error_message = "The logs of other accounts are taken too."
  }

  assert {
    condition = toset(one([for statement in jsondecode(aws_kms_key.storage.policy).Statement : statement.Principal.Service if statement.Sid == "LogsAreDelivered"])) == toset([
      "cloudtrail.amazonaws.com", "config.amazonaws.com", "delivery.logs.amazonaws.com",
    ])
    error_message = "The services cannot use the key, or others can: ${aws_kms_key.storage.policy}"
  }
}

run "refuses_a_bucket_name_that_grows_too_long" {
  command         = plan
  expect_failures = [aws_s3_bucket.this]

  variables {
    buckets = { "a-bucket-with-a-name-without-end" = {} }
  }
}

run "refuses_to_replicate_within_a_region" {
  command         = plan
  expect_failures = [aws_s3_bucket.replica]

  override_data {
    target = data.aws_region.replica
    values = { name = "us-east-1" }
  }
}

run "encrypts_the_volumes_of_the_account_where_asked" {
  command = plan

  variables {
    ebs_encryption_by_default = true
  }

  assert {
    condition     = aws_ebs_encryption_by_default.this[0].enabled && aws_ebs_default_kms_key.this[0].key_arn == aws_kms_key.volumes[0].arn && aws_kms_key.volumes[0].enable_key_rotation
    error_message = "Volumes are not encrypted under a key of their own."
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_kms_key.volumes[0].policy).Statement :
      statement.Condition.StringEquals == { "kms:CallerAccount" = "123456789012", "kms:ViaService" = "ec2.us-east-1.amazonaws.com" }
      if statement.Principal.AWS == "*"
    ])
    error_message = "The key serves other accounts, or more than volumes: ${aws_kms_key.volumes[0].policy}"
  }
}
