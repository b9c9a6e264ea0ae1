output "kms_key_arn" {
  description = "Key of the images."
  value       = aws_kms_key.images.arn
}

output "pull_through_cache_policy_arn" {
  description = "Policy for who pulls through a cache, such as the nodes; null without caches."
  value       = one(aws_iam_policy.cache_pull[*].arn)
}

output "registry" {
  description = "Host that images are pushed to and pulled from. Caches stand under it by their prefix."
  value       = "${local.account_id}.dkr.ecr.${local.region}.${data.aws_partition.current.dns_suffix}"
  depends_on  = [aws_ecr_pull_through_cache_rule.this]
}

output "repository_arns" {
  description = "ARN of each repository, by its name in repositories."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.arn }
}

output "repository_urls" {
  description = "URL of each repository, by its name in repositories: what an image reference begins with."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
  depends_on  = [aws_ecr_lifecycle_policy.this, aws_ecr_repository_policy.pull]
}
