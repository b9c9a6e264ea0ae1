variable "cluster_name" {
  description = "The cluster. The names of roles, queue and rules begin with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9-]{0,35}$", var.cluster_name))
    error_message = "cluster_name is \"${var.cluster_name}\"; give up to 36 letters, digits and hyphens, beginning with a letter or digit."
  }
}

variable "cluster_autoscaler" {
  description = "The service account of the cluster autoscaler, which may scale the node groups of the cluster. null: none."
  type = object({
    namespace       = optional(string, "kube-system")
    service_account = optional(string, "cluster-autoscaler")
  })
  default = null
}

variable "discovery_resource_ids" {
  description = "Subnets and security groups that Karpenter is to find by the tag karpenter.sh/discovery, by any name. Not for those whose tags Terraform keeps: they take the tag where they are made."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in var.discovery_resource_ids : can(regex("^(sg|subnet)-", id))])
    error_message = "discovery_resource_ids has ${join(", ", values(var.discovery_resource_ids))}; each has to be the id of a subnet or of a security group."
  }
}

variable "identity" {
  description = "How service accounts get their roles: irsa (through the cluster's OIDC provider) or pod_identity (through the add-on eks-pod-identity-agent)."
  type        = string
  default     = "irsa"
  nullable    = false

  validation {
    condition     = contains(["irsa", "pod_identity"], var.identity)
    error_message = "identity is \"${var.identity}\"; give irsa or pod_identity."
  }
}

variable "karpenter" {
  description = <<-EOT
    The service account of Karpenter, which may start and end nodes of the cluster, and the role of these nodes. node_role_arn null: a role
    of their own is made, and let into the cluster; else the role of node groups, which EKS has let in already. null: no Karpenter.
  EOT
  type = object({
    namespace       = optional(string, "karpenter")
    node_role_arn   = optional(string)
    service_account = optional(string, "karpenter")
  })
  default = null

  validation {
    condition     = try(var.karpenter.node_role_arn, null) == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", var.karpenter.node_role_arn))
    error_message = "karpenter has the node_role_arn ${jsonencode(try(var.karpenter.node_role_arn, null))}; give the ARN of an IAM role, or null for one made here."
  }
}

variable "oidc_provider_arn" {
  description = "The cluster's OIDC provider in IAM: what identity irsa needs."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/.+$", var.oidc_provider_arn))
    error_message = "oidc_provider_arn is ${jsonencode(var.oidc_provider_arn)}; give the ARN of an OIDC provider in IAM."
  }

  validation {
    condition     = var.oidc_provider_arn != null || var.identity != "irsa" || (var.cluster_autoscaler == null && var.karpenter == null)
    error_message = "oidc_provider_arn is ${jsonencode(var.oidc_provider_arn)}; identity irsa needs the cluster's OIDC provider."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
