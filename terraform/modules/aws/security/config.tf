locals {
  # What SOC 2 and ISO 27001 ask of an account that runs clusters, databases and buckets.
  default_config_rules = merge(
    {
      for identifier in [
        # Who may do what
        "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
        "IAM_ROOT_ACCESS_KEY_CHECK",
        "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
        "ROOT_ACCOUNT_MFA_ENABLED",
        # What is recorded and watched
        "CLOUD_TRAIL_ENABLED",
        "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
        "ECR_PRIVATE_IMAGE_SCANNING_ENABLED",
        "GUARDDUTY_ENABLED_CENTRALIZED",
        "VPC_FLOW_LOGS_ENABLED",
        # What is encrypted
        "CLOUDWATCH_LOG_GROUP_ENCRYPTED",
        "CMK_BACKING_KEY_ROTATION_ENABLED",
        "EC2_EBS_ENCRYPTION_BY_DEFAULT",
        "EKS_SECRETS_ENCRYPTED",
        "ELASTICACHE_REPL_GRP_ENCRYPTED_AT_REST",
        "ELASTICACHE_REPL_GRP_ENCRYPTED_IN_TRANSIT",
        "ENCRYPTED_VOLUMES",
        "RDS_STORAGE_ENCRYPTED",
        "S3_BUCKET_SSL_REQUESTS_ONLY",
        # What is closed
        "EC2_IMDSV2_CHECK",
        "EKS_ENDPOINT_NO_PUBLIC_ACCESS",
        "INCOMING_SSH_DISABLED",
        "RDS_INSTANCE_PUBLIC_ACCESS_CHECK",
        "S3_BUCKET_PUBLIC_READ_PROHIBITED",
        "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
        "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
        # What can be brought back
        "DB_INSTANCE_BACKUP_ENABLED",
      ] : lower(replace(identifier, "_", "-")) => { identifier = identifier, input_parameters = {}, resource_types = [] }
    },
    {
      iam-password-policy = {
        identifier       = "IAM_PASSWORD_POLICY"
        input_parameters = { MinimumPasswordLength = "14", PasswordReusePrevention = "24" }
        resource_types   = []
      }
    },
  )

  config_rules = {
    for name, rule in merge(local.default_config_rules, try(var.config.rules, {})) : name => rule
    if var.config != null && rule != null
  }

  makes_config_role = try(var.config.role_arn == null, false)
  config_bucket     = var.config == null ? null : coalesce(var.config.bucket_name, one(aws_s3_bucket.audit[*].id))
}

resource "aws_config_configuration_recorder" "this" {
  count = var.config == null ? 0 : 1

  name     = var.name
  role_arn = coalesce(var.config.role_arn, one(aws_iam_role.config[*].arn))

  recording_group {
    all_supported                 = true
    include_global_resource_types = var.config.include_global_resource_types
  }

  recording_mode {
    recording_frequency = var.config.recording_frequency
  }
}

resource "aws_config_delivery_channel" "this" {
  count = var.config == null ? 0 : 1

  name           = var.name
  s3_bucket_name = local.config_bucket
  s3_kms_key_arn = aws_kms_key.audit[0].arn

  depends_on = [
    aws_config_configuration_recorder.this,
    aws_iam_role_policy.config,
    aws_s3_bucket_policy.audit,
  ]
}

resource "aws_config_configuration_recorder_status" "this" {
  count = var.config == null ? 0 : 1

  name       = aws_config_configuration_recorder.this[0].name
  is_enabled = true

  depends_on = [aws_config_delivery_channel.this]
}

resource "aws_config_config_rule" "this" {
  for_each = local.config_rules

  name             = each.key
  input_parameters = length(each.value.input_parameters) > 0 ? jsonencode(each.value.input_parameters) : null
  tags             = var.tags

  source {
    owner             = "AWS"
    source_identifier = each.value.identifier
  }

  dynamic "scope" {
    for_each = length(each.value.resource_types) > 0 ? [each.value.resource_types] : []

    content {
      compliance_resource_types = scope.value
    }
  }

  depends_on = [aws_config_configuration_recorder_status.this]
}

resource "aws_config_conformance_pack" "this" {
  for_each = var.config == null ? {} : var.config.conformance_packs

  name          = each.key
  template_body = each.value.template_body

  dynamic "input_parameter" {
    for_each = each.value.input_parameters

    content {
      parameter_name  = input_parameter.key
      parameter_value = input_parameter.value
    }
  }

  depends_on = [aws_config_configuration_recorder_status.this]
}

resource "aws_iam_role" "config" {
  count = local.makes_config_role ? 1 : 0

  name        = "${local.role_prefix}-config"
  description = "Lets AWS Config record what is in the account, for ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "config.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "config" {
  count = local.makes_config_role ? 1 : 0

  role       = aws_iam_role.config[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWS_ConfigRole"
}

resource "aws_iam_role_policy" "config" {
  count = local.makes_config_role ? 1 : 0

  name = "deliver-configuration"
  role = aws_iam_role.config[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketAcl", "s3:ListBucket"]
        Resource = "arn:${local.partition}:s3:::${local.config_bucket}"
      },
      {
        Effect    = "Allow"
        Action    = "s3:PutObject"
        Resource  = "arn:${local.partition}:s3:::${local.config_bucket}/AWSLogs/${local.account_id}/Config/*"
        Condition = { StringEquals = { "s3:x-amz-acl" = "bucket-owner-full-control" } }
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource = aws_kms_key.audit[0].arn
      },
    ]
  })
}
