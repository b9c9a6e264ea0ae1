variable "access_entries" {
  description = "Who may use the cluster beside its creator, by name: an IAM principal with EKS access policies or Kubernetes groups."
  type = map(object({
    principal_arn     = string
    policies          = optional(list(string))
    namespaces        = optional(list(string))
    kubernetes_groups = optional(list(string))
  }))
  default  = {}
  nullable = false
}

variable "addons" {
  description = "Add-ons that EKS manages, by name. version null means the default of the cluster's version; configuration_values is JSON. aws-efs-csi-driver comes with shared file systems, snapshot-controller with Velero."
  type = map(object({
    version              = optional(string)
    configuration_values = optional(string)
  }))
  default = {
    aws-ebs-csi-driver = {}
    coredns            = {}
    kube-proxy         = {}
    vpc-cni            = { configuration_values = "{\"enableNetworkPolicy\":\"true\"}" }
  }
  nullable = false
}

variable "autoscaling" {
  description = "What nodes are added and removed by, as far as AWS has to know of it: karpenter, cluster_autoscaler, or none of them (null)."
  type = object({
    cluster_autoscaler = optional(object({
      namespace       = optional(string)
      service_account = optional(string)
    }))
    identity = optional(string)
    karpenter = optional(object({
      namespace       = optional(string)
      node_role_arn   = optional(string)
      service_account = optional(string)
    }))
  })
  default = {
    cluster_autoscaler = {}
  }
  nullable = false
}

variable "capacity_blocks" {
  description = "Capacity blocks to buy, by name: the id of the offering. The apply that adds an entry pays for the whole block."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "capacity_reservations" {
  description = "On-demand capacity to reserve, by name; it costs what running instances cost. node_groups names it in capacity_reservation."
  type = map(object({
    instance_count      = number
    instance_type       = string
    zone                = string
    end_date            = optional(string)
    placement_group_arn = optional(string)
  }))
  default  = {}
  nullable = false
}

variable "cluster_public_access_cidrs" {
  description = "Networks that may reach the cluster's API from the internet. Empty: the endpoint is private."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "cluster_version" {
  description = "Kubernetes version, such as 1.36."
  type        = string
  default     = "1.36"
  nullable    = false
}

variable "node_groups" {
  description = "Managed node groups by name; the module kubernetes tells what each key means."
  type = map(object({
    instance_types = list(string)
    scaling_config = object({
      desired_size = number
      max_size     = number
      min_size     = number
    })
    ami_type = optional(string)
    capacity_reservation = optional(object({
      id                 = optional(string)
      name               = optional(string)
      resource_group_arn = optional(string)
    }))
    capacity_type              = optional(string)
    disk_iops                  = optional(number)
    disk_size                  = optional(number)
    disk_throughput            = optional(number)
    efa                        = optional(bool)
    efa_interfaces             = optional(number)
    gpus                       = optional(number)
    labels                     = optional(map(string))
    max_unavailable_percentage = optional(number)
    node_repair                = optional(bool)
    on_demand_percentage       = optional(number)
    placement_group            = optional(string)
    taints = optional(list(object({
      key    = string
      value  = optional(string)
      effect = string
    })))
    zones = optional(list(string))
  }))
  default = {
    general = {
      instance_types = ["m5.large", "m5.xlarge"]
      scaling_config = {
        desired_size = 3
        max_size     = 10
        min_size     = 1
      }
    }
    gpu = {
      instance_types = ["g5.xlarge", "g4dn.xlarge"]
      scaling_config = {
        desired_size = 0
        max_size     = 5
        min_size     = 0
      }
      taints = [{
        key    = "nvidia.com/gpu"
        value  = "true"
        effect = "NO_SCHEDULE"
      }]
    }
  }
  nullable = false
}
