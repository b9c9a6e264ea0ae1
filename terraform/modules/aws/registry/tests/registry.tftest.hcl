mock_provider "aws" {
  override_during = plan

  mock_data "aws_partition" {
    defaults = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }
  mock_data "aws_region" {
    defaults = { name = "cn-north-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/images" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws-cn:iam::123456789012:role/image-cache" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws-cn:iam::123456789012:policy/image-cache-pull" }
  }
  mock_resource "aws_ecr_repository" {
    defaults = { repository_url = "registry.example/repository" }
  }
}

variables {
  name = "applied-ai-staging"
  tags = { Project = "applied-ai" }

  repositories = {
    api = {}
    "models/base" = {
      expire_untagged_days = 3
      immutable_tags       = false
      keep_tagged          = 5
      pull_principals      = ["arn:aws-cn:iam::210987654321:root"]
      scan_on_push         = false
    }
  }
}

run "keeps_images_as_they_were_pushed" {
  command = plan

  assert {
    condition     = aws_ecr_repository.this["api"].name == "applied-ai-staging/api" && aws_ecr_repository.this["models/base"].name == "applied-ai-staging/models/base"
    error_message = "Repositories: ${join(", ", values(aws_ecr_repository.this)[*].name)}"
  }

  assert {
    condition     = aws_ecr_repository.this["api"].image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this["models/base"].image_tag_mutability == "MUTABLE"
    error_message = "Tags can be moved, or cannot where that was asked for."
  }

  assert {
    condition     = aws_ecr_repository.this["api"].image_scanning_configuration[0].scan_on_push && !aws_ecr_repository.this["models/base"].image_scanning_configuration[0].scan_on_push
    error_message = "Images are not scanned on push, or are where that was switched off."
  }

  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.force_delete == false])
    error_message = "A repository can be removed with the images in it."
  }
}

run "encrypts_every_repository_under_the_key" {
  command = plan

  assert {
    condition = alltrue([for repository in aws_ecr_repository.this :
      repository.encryption_configuration[0].encryption_type == "KMS" && repository.encryption_configuration[0].kms_key == aws_kms_key.images.arn
    ])
    error_message = "A repository is not encrypted under the module's key."
  }

  assert {
    condition     = aws_kms_key.images.enable_key_rotation && aws_kms_key.images.deletion_window_in_days == 30
    error_message = "The key is not rotated, or is lost too soon."
  }
}

run "lets_old_images_leave" {
  command = plan

  assert {
    condition = [for rule in jsondecode(aws_ecr_lifecycle_policy.this["api"].policy).rules : "${rule.selection.tagStatus} ${rule.selection.countType} ${rule.selection.countNumber}"] == [
      "untagged sinceImagePushed 14", "tagged imageCountMoreThan 50",
    ]
    error_message = "Lifecycle: ${aws_ecr_lifecycle_policy.this["api"].policy}"
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this["models/base"].policy).rules[*].selection.countNumber == [3, 5]
    error_message = "Lifecycle: ${aws_ecr_lifecycle_policy.this["models/base"].policy}"
  }
}

run "lets_named_principals_pull_and_nothing_else" {
  command = plan

  assert {
    condition     = keys(aws_ecr_repository_policy.pull) == ["models/base"]
    error_message = "Policies: ${join(", ", keys(aws_ecr_repository_policy.pull))}"
  }

  assert {
    condition = jsondecode(aws_ecr_repository_policy.pull["models/base"].policy).Statement == [{
      Sid       = "NamedPrincipalsPull"
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws-cn:iam::210987654321:root"] }
      Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
    error_message = "Policy: ${aws_ecr_repository_policy.pull["models/base"].policy}"
  }
}

run "leaves_the_registry_of_the_account_alone" {
  command = plan

  assert {
    condition     = length(aws_ecr_registry_scanning_configuration.this) + length(aws_ecr_replication_configuration.this) + length(aws_ecr_pull_through_cache_rule.this) == 0
    error_message = "A setting of the whole registry that nobody asked for."
  }

  assert {
    condition     = length(aws_iam_role.cache) + length(aws_iam_role_policy.cache) + length(aws_iam_policy.cache_pull) + length(aws_ecr_repository_creation_template.cache) == 0
    error_message = "Something for caches although there are none."
  }

  assert {
    condition     = output.pull_through_cache_policy_arn == null && output.registry == "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"
    error_message = "Outputs: ${jsonencode([output.pull_through_cache_policy_arn, output.registry])}"
  }
}

run "makes_no_repository_that_was_not_asked_for" {
  command = plan

  variables {
    repositories = {}
  }

  assert {
    condition     = length(aws_ecr_repository.this) + length(aws_ecr_lifecycle_policy.this) == 0 && length(output.repository_urls) == 0
    error_message = "A repository that nobody asked for."
  }
}

run "scans_the_whole_registry_on_push" {
  command = plan

  variables {
    registry_scan_type = "BASIC"
  }

  assert {
    condition     = aws_ecr_registry_scanning_configuration.this[0].scan_type == "BASIC" && one(aws_ecr_registry_scanning_configuration.this[0].rule).scan_frequency == "SCAN_ON_PUSH"
    error_message = "Basic scanning is not on push."
  }
}

run "scans_the_whole_registry_all_the_time" {
  command = plan

  variables {
    registry_scan_type = "ENHANCED"
  }

  assert {
    condition     = aws_ecr_registry_scanning_configuration.this[0].scan_type == "ENHANCED" && one(aws_ecr_registry_scanning_configuration.this[0].rule).scan_frequency == "CONTINUOUS_SCAN"
    error_message = "Enhanced scanning is not continuous."
  }
}

run "copies_the_platforms_images_to_other_regions" {
  command = plan

  variables {
    replication_regions = ["cn-northwest-1"]
  }

  assert {
    condition     = [for destination in aws_ecr_replication_configuration.this[0].replication_configuration[0].rule[0].destination : "${destination.registry_id} ${destination.region}"] == ["123456789012 cn-northwest-1"]
    error_message = "Images are not copied to the named region of the same account."
  }

  assert {
    condition     = aws_ecr_replication_configuration.this[0].replication_configuration[0].rule[0].repository_filter[0].filter == "applied-ai-staging/"
    error_message = "Images of other platforms are copied too."
  }
}

run "caches_other_registries" {
  command = plan

  variables {
    pull_through_cache_rules = {
      docker-hub = {
        upstream_registry_url = "registry-1.docker.io"
        credential_arn        = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
      }
      kubernetes = { upstream_registry_url = "registry.k8s.io" }
    }
  }

  assert {
    condition     = aws_ecr_pull_through_cache_rule.this["docker-hub"].credential_arn == var.pull_through_cache_rules.docker-hub.credential_arn && aws_ecr_pull_through_cache_rule.this["kubernetes"].upstream_registry_url == "registry.k8s.io"
    error_message = "A cache does not follow its registry with its credentials."
  }

  assert {
    condition = alltrue([for template in aws_ecr_repository_creation_template.cache :
      template.encryption_configuration[0].kms_key == aws_kms_key.images.arn && template.resource_tags == tomap({ Project = "applied-ai" })
      && jsondecode(template.lifecycle_policy).rules[0].selection.countNumber == 30
    ])
    error_message = "Repositories of a cache come without key, tags or end."
  }

  assert {
    condition = alltrue([for policy in [aws_iam_policy.cache_pull[0].policy, aws_iam_role_policy.cache[0].policy] : jsondecode(policy).Statement[0].Resource == [
      "arn:aws-cn:ecr:cn-north-1:123456789012:repository/docker-hub/*",
      "arn:aws-cn:ecr:cn-north-1:123456789012:repository/kubernetes/*",
    ]])
    error_message = "Who pulls through a cache may make other repositories: ${aws_iam_policy.cache_pull[0].policy}"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.cache[0].policy).Statement[1].Resource == aws_kms_key.images.arn && aws_iam_role.cache[0].name == "applied-ai-staging-cn-north-1-image-cache"
    error_message = "The role of caches reaches other keys, or its name does not tell the region."
  }

  assert {
    condition     = output.pull_through_cache_policy_arn == "arn:aws-cn:iam::123456789012:policy/image-cache-pull"
    error_message = "The output does not name the policy."
  }
}

run "tags_what_it_creates" {
  command = plan

  variables {
    pull_through_cache_rules = { kubernetes = { upstream_registry_url = "registry.k8s.io" } }
  }

  assert {
    condition = alltrue([for tags in concat(
      values(aws_ecr_repository.this)[*].tags, aws_kms_key.images[*].tags, aws_iam_role.cache[*].tags, aws_iam_policy.cache_pull[*].tags,
    ) : tags.Project == "applied-ai"])
    error_message = "Something is not tagged."
  }
}
