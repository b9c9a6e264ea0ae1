output "annotated_role_arns" {
  description = "Roles whose service account has to bear the ARN (mode irsa), by name; presets go by theirs, such as velero."
  value       = { for name, account in local.service_accounts : name => aws_iam_role.this[name].arn if account.mode == "irsa" }
  depends_on  = [aws_iam_role_policy.this, aws_iam_role_policy_attachment.this]
}

output "deploy_role_arns" {
  description = "Roles of pipelines by name."
  value       = { for name in keys(var.deploy_roles) : name => aws_iam_role.this[name].arn }
  depends_on  = [aws_iam_role_policy.this, aws_iam_role_policy_attachment.this]
}

output "oidc_provider_arns" {
  description = "OIDC providers of the pipelines' issuers by name, made here or given."
  value       = local.issuer_arns
}

output "permission_boundary_arn" {
  description = "Policy that bounds every role of the module; null without one."
  value       = local.permission_boundary_arn
}

output "service_account_role_arns" {
  description = "Roles of service accounts by name; presets go by theirs, such as external_dns."
  value       = { for name in keys(local.service_accounts) : name => aws_iam_role.this[name].arn }
  depends_on  = [aws_eks_pod_identity_association.this, aws_iam_role_policy.this, aws_iam_role_policy_attachment.this]
}
