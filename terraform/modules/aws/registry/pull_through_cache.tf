locals {
  cache_repository_arns = [for prefix in keys(var.pull_through_cache_rules) : "${local.repository_arn_prefix}/${prefix}/*"]
  has_cache             = length(var.pull_through_cache_rules) > 0
}

resource "aws_ecr_pull_through_cache_rule" "this" {
  for_each = var.pull_through_cache_rules

  ecr_repository_prefix      = each.key
  upstream_registry_url      = each.value.upstream_registry_url
  upstream_repository_prefix = each.value.upstream_repository_prefix
  credential_arn             = each.value.credential_arn

  # A first pull before the template is there would make a repository without key, tags and end.
  depends_on = [aws_ecr_repository_creation_template.cache]
}

resource "aws_ecr_repository_creation_template" "cache" {
  for_each = var.pull_through_cache_rules

  prefix          = each.key
  description     = "Images of ${each.value.upstream_registry_url}, cached for ${var.name}"
  applied_for     = ["PULL_THROUGH_CACHE"]
  custom_role_arn = aws_iam_role.cache[0].arn
  resource_tags   = var.tags

  # A cache follows its upstream, where tags move.
  image_tag_mutability = "MUTABLE"

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.images.arn
  }

  lifecycle_policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "What is needed again is fetched again"
      selection = {
        tagStatus   = "any"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = each.value.expire_days
      }
      action = { type = "expire" }
    }]
  })

  depends_on = [aws_iam_role_policy.cache]
}

# ECR takes keys and tags of a template only from a role of the account.
resource "aws_iam_role" "cache" {
  count = local.has_cache ? 1 : 0

  name        = "${var.name}-${local.region}-image-cache"
  description = "Lets ECR make the repositories of cached images for ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecr.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy" "cache" {
  count = local.has_cache ? 1 : 0

  name = "make-cache-repositories"
  role = aws_iam_role.cache[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["ecr:CreateRepository", "ecr:TagResource"]
        Resource = local.cache_repository_arns
      },
      {
        Effect   = "Allow"
        Action   = ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"]
        Resource = aws_kms_key.images.arn
      },
    ]
  })
}

# What nodes need beside AmazonEC2ContainerRegistryPullOnly, which does not let them begin a cache.
resource "aws_iam_policy" "cache_pull" {
  count = local.has_cache ? 1 : 0

  name        = "${var.name}-${local.region}-image-cache-pull"
  description = "Pull images through the caches of ${var.name}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
      Resource = local.cache_repository_arns
    }]
  })
  tags = var.tags
}
