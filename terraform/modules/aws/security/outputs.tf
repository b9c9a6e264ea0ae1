output "bucket_name" {
  description = "Bucket of CloudTrail's and Config's records; null where none was made here."
  value       = one(aws_s3_bucket.audit[*].id)
  depends_on  = [aws_s3_bucket_policy.audit]
}

output "findings_topic_arn" {
  description = "Topic that severe findings are published to; null without one."
  value       = one(aws_sns_topic.findings[*].arn)
  depends_on  = [aws_sns_topic_policy.findings]
}

output "guardduty_detector_id" {
  description = "GuardDuty's detector in this region; null without one."
  value       = one(aws_guardduty_detector.this[*].id)
}

output "keys" {
  description = "ARN of each key, by its name in keys."
  value       = { for name, key in aws_kms_key.this : name => key.arn }
  depends_on  = [aws_kms_alias.this]
}

output "kms_key_arn" {
  description = "Key of audit logs and findings; null where nothing here needs one."
  value       = one(aws_kms_key.audit[*].arn)
}

output "trail_arn" {
  description = "The trail; null without one."
  value       = one(aws_cloudtrail.this[*].arn)
}
