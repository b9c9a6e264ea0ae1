locals {
  opensearch_domain = try(coalesce(var.opensearch.domain_name, "${var.name}-search"), "")

  opensearch_log_groups = var.opensearch == null ? {} : {
    for log, type in {
      application = "ES_APPLICATION_LOGS"
      audit       = "AUDIT_LOGS"
      index-slow  = "INDEX_SLOW_LOGS"
      search-slow = "SEARCH_SLOW_LOGS"
    } : type => "/aws/opensearch/${var.name}-search/${log}"
  }

  opensearch_domain_arn = "arn:${local.partition}:es:${local.region}:${local.account_id}:domain/${local.opensearch_domain}"

  has_opensearch_master      = var.opensearch == null ? false : var.opensearch.master_role_arn == null
  opensearch_master_role_arn = local.has_opensearch_master ? aws_iam_role.opensearch_master[0].arn : try(var.opensearch.master_role_arn, null)
}

# Who may do everything in the domain: whoever in the account IAM lets assume it.
resource "aws_iam_role" "opensearch_master" {
  count = local.has_opensearch_master ? 1 : 0

  name        = "${local.role_prefix}-search-master"
  description = "Administers the search domain ${local.opensearch_domain}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
      Action    = "sts:AssumeRole"
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy" "opensearch_master" {
  count = local.has_opensearch_master ? 1 : 0

  name = "use-search-domain"
  role = aws_iam_role.opensearch_master[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "es:ESHttp*"
      Resource = "${local.opensearch_domain_arn}/*"
    }]
  })
}

resource "aws_cloudwatch_log_resource_policy" "opensearch" {
  count = var.opensearch == null ? 0 : 1

  policy_name = "${var.name}-search"
  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "es.amazonaws.com" }
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = [for name in values(local.opensearch_log_groups) : "${aws_cloudwatch_log_group.this[name].arn}:*"]
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_opensearch_domain" "search" {
  count = var.opensearch == null ? 0 : 1

  domain_name    = local.opensearch_domain
  engine_version = var.opensearch.engine_version

  # Principals of this account that IAM lets in; what each may do there is the domain's own affair.
  access_policies = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
      Action    = "es:ESHttp*"
      Resource  = "${local.opensearch_domain_arn}/*"
    }]
  })

  advanced_security_options {
    enabled                        = true
    internal_user_database_enabled = false

    master_user_options {
      master_user_arn = local.opensearch_master_role_arn
    }
  }

  cluster_config {
    instance_count           = var.opensearch.instance_count
    instance_type            = var.opensearch.instance_type
    dedicated_master_enabled = var.opensearch.dedicated_master_type != null
    dedicated_master_count   = var.opensearch.dedicated_master_type == null ? null : 3
    dedicated_master_type    = var.opensearch.dedicated_master_type
    zone_awareness_enabled   = length(var.opensearch.subnet_ids) > 1

    dynamic "zone_awareness_config" {
      for_each = length(var.opensearch.subnet_ids) > 1 ? [length(var.opensearch.subnet_ids)] : []

      content {
        availability_zone_count = zone_awareness_config.value
      }
    }
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  ebs_options {
    ebs_enabled = true
    volume_size = var.opensearch.volume_size
    volume_type = "gp3"
    iops        = var.opensearch.iops
    throughput  = var.opensearch.throughput
  }

  encrypt_at_rest {
    enabled    = true
    kms_key_id = aws_kms_key.databases.arn
  }

  node_to_node_encryption {
    enabled = true
  }

  vpc_options {
    security_group_ids = var.opensearch.security_group_ids
    subnet_ids         = var.opensearch.subnet_ids
  }

  dynamic "log_publishing_options" {
    for_each = local.opensearch_log_groups

    content {
      cloudwatch_log_group_arn = aws_cloudwatch_log_group.this[log_publishing_options.value].arn
      log_type                 = log_publishing_options.key
    }
  }

  off_peak_window_options {
    enabled = true

    off_peak_window {
      window_start_time {
        hours   = var.opensearch.off_peak_start_hour
        minutes = 0
      }
    }
  }

  software_update_options {
    auto_software_update_enabled = true
  }

  tags = merge(var.tags, { Name = local.opensearch_domain })

  depends_on = [aws_cloudwatch_log_resource_policy.opensearch]
}
