output "annotated_role_arns" {
  description = "Roles whose service account has to bear the ARN (identity irsa), by controller: cluster_autoscaler, karpenter."
  value = {
    for key, name in { autoscaler = "cluster_autoscaler", karpenter = "karpenter" } :
    name => aws_iam_role.controller[key].arn if var.identity == "irsa" && contains(keys(local.controllers), key)
  }
  depends_on = [aws_iam_role_policy.cluster_autoscaler, aws_iam_role_policy.karpenter]
}

output "cluster_autoscaler_role_arn" {
  description = "Role of the cluster autoscaler; null without it."
  value       = try(aws_iam_role.controller["autoscaler"].arn, null)
  depends_on  = [aws_eks_pod_identity_association.controller, aws_iam_role_policy.cluster_autoscaler]
}

output "karpenter_instance_profile_name" {
  description = "Instance profile of the nodes that Karpenter starts: instanceProfile of an EC2NodeClass; null without Karpenter."
  value       = one(aws_iam_instance_profile.node[*].name)
  depends_on  = [aws_eks_access_entry.node, aws_iam_role_policy_attachment.node]
}

output "karpenter_node_role_arn" {
  description = "Role of the nodes that Karpenter starts; null without Karpenter."
  value       = local.node_role_arn
}

output "karpenter_queue_name" {
  description = "Queue that tells Karpenter of interruptions: its setting interruptionQueue; null without Karpenter."
  value       = one(aws_sqs_queue.interruptions[*].name)
  depends_on  = [aws_cloudwatch_event_target.interruption, aws_sqs_queue_policy.interruptions]
}

output "karpenter_role_arn" {
  description = "Role of Karpenter; null without it."
  value       = try(aws_iam_role.controller["karpenter"].arn, null)
  depends_on  = [aws_eks_pod_identity_association.controller, aws_iam_role_policy.karpenter]
}
