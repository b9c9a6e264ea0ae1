variable "cluster_name" {
  description = "Name of the cluster. The names of its roles, keys and node groups begin with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9-]{0,35}$", var.cluster_name))
    error_message = "cluster_name is \"${var.cluster_name}\"; give up to 36 letters, digits and hyphens, beginning with a letter or digit."
  }
}

variable "node_groups" {
  description = <<-EOT
    Managed node groups by name. desired_size counts at creation only: from then on it is the autoscaler's.
    ami_type and disk_size default to what the instance types need: NVIDIA images and 100 GiB for GPU types, else standard images and 50 GiB.
    capacity_type is ON_DEMAND, SPOT, MIXED (two groups, NAME and NAME-spot, that share the sizes: on_demand_percentage of each, rounded
    up, is on demand) or CAPACITY_BLOCK. capacity_reservation is one of capacity_reservations or capacity_blocks (name), one made elsewhere
    (id), or a resource group of them (resource_group_arn). zones are keys of subnet_ids_by_zone; none means every subnet of subnet_ids.
    efa puts an EFA interface on every network card, and the nodes side by side; gpus and efa_interfaces are for instance types that the
    module does not know. placement_group names an existing one. node_repair replaces nodes that stay unhealthy.
  EOT
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
    capacity_type              = optional(string, "ON_DEMAND")
    disk_iops                  = optional(number)
    disk_size                  = optional(number)
    disk_throughput            = optional(number)
    efa                        = optional(bool, false)
    efa_interfaces             = optional(number)
    gpus                       = optional(number)
    labels                     = optional(map(string), {})
    max_unavailable_percentage = optional(number, 33)
    node_repair                = optional(bool, true)
    on_demand_percentage       = optional(number, 25)
    placement_group            = optional(string)
    taints = optional(list(object({
      key    = string
      value  = optional(string)
      effect = string
    })), [])
    zones = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.node_groups) : can(regex("^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$", name))])
    error_message = "node_groups has the names ${join(", ", keys(var.node_groups))}; each has to be up to 20 lower-case letters, digits and hyphens, such as \"general\"."
  }

  validation {
    condition = alltrue(flatten([for group in var.node_groups : concat(
      [length(group.instance_types) > 0 && length(group.instance_types) <= 20],
      [for type in group.instance_types : can(regex("^[a-z][a-z0-9-]*[0-9][a-z0-9-]*\\.([0-9]*x?large|nano|micro|small|medium|metal(-[0-9a-z]+)?)$", type))],
    )]))
    error_message = "node_groups asks for the instance types ${jsonencode({ for name, group in var.node_groups : name => group.instance_types })}; give each group 1 to 20 of the form <family>.<size>, such as \"m5.large\"."
  }

  validation {
    condition = alltrue([for group in var.node_groups :
      length(distinct([for type in group.instance_types : can(regex("^[a-z]+[0-9]+g", type))])) <= 1
      && length(distinct([for type in group.instance_types : can(regex("^(g|p)[0-9]", type))])) <= 1
    ])
    error_message = "node_groups asks for the instance types ${jsonencode({ for name, group in var.node_groups : name => group.instance_types })}; the types of one group share an image, so they have to agree on processor (x86 or Graviton) and on having a GPU."
  }

  validation {
    condition = alltrue([for group in var.node_groups :
      group.scaling_config.min_size >= 0
      && group.scaling_config.min_size <= group.scaling_config.desired_size
      && group.scaling_config.desired_size <= group.scaling_config.max_size
      && group.scaling_config.max_size >= 1
    ])
    error_message = "node_groups has the scaling_config ${jsonencode({ for name, group in var.node_groups : name => group.scaling_config })}; each needs 0 <= min_size <= desired_size <= max_size and max_size >= 1."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : contains(["CAPACITY_BLOCK", "MIXED", "ON_DEMAND", "SPOT"], group.capacity_type)])
    error_message = "node_groups has the capacity_type ${jsonencode({ for name, group in var.node_groups : name => group.capacity_type })}; each has to be ON_DEMAND, SPOT, MIXED or CAPACITY_BLOCK."
  }

  validation {
    condition = alltrue(flatten([for group in var.node_groups : [
      for taint in group.taints : contains(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], taint.effect)
    ]]))
    error_message = "node_groups has the taint effects ${jsonencode({ for name, group in var.node_groups : name => group.taints[*].effect })}; each has to be NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.disk_size == null ? true : group.disk_size >= 20])
    error_message = "node_groups has the disk_size ${jsonencode({ for name, group in var.node_groups : name => group.disk_size })}; a node needs at least 20 (GiB), or null for the default."
  }

  validation {
    condition = alltrue([for group in var.node_groups :
      coalesce(group.disk_iops, 3000) >= 3000 && coalesce(group.disk_iops, 3000) <= 16000
      && coalesce(group.disk_throughput, 125) >= 125 && coalesce(group.disk_throughput, 125) <= min(1000, coalesce(group.disk_iops, 3000) / 4)
    ])
    error_message = "node_groups has the disk_iops and disk_throughput ${jsonencode({ for name, group in var.node_groups : name => [group.disk_iops, group.disk_throughput] })}; gp3 takes 3000 to 16000 IOPS, and 125 to 1000 MiB/s with at least 4 IOPS for each."
  }

  validation {
    condition = alltrue([for group in var.node_groups :
      group.capacity_type != "MIXED" ? true :
      contains(range(1, group.scaling_config.max_size), ceil(group.scaling_config.max_size * group.on_demand_percentage / 100))
    ])
    error_message = "node_groups has the mixed groups ${jsonencode({ for name, group in var.node_groups : name => { max_size = group.scaling_config.max_size, on_demand_percentage = group.on_demand_percentage } if group.capacity_type == "MIXED" })}; on_demand_percentage of max_size has to leave room for a node on demand and one on spot."
  }

  validation {
    condition = alltrue([for name, group in var.node_groups :
      group.capacity_type != "MIXED" || !contains(keys(var.node_groups), "${name}-spot")
    ])
    error_message = "node_groups has the names ${join(", ", keys(var.node_groups))}; a mixed group makes <name>-spot itself, so no other group can be called that."
  }

  validation {
    condition = alltrue([for group in var.node_groups : group.capacity_reservation == null ? true :
      length([for value in values(group.capacity_reservation) : value if value != null]) == 1
      && (group.capacity_reservation.id == null ? true : startswith(group.capacity_reservation.id, "cr-"))
      && (group.capacity_reservation.name == null ? true : contains(keys(merge(var.capacity_reservations, var.capacity_blocks)), group.capacity_reservation.name))
    ])
    error_message = "node_groups has the capacity_reservation ${jsonencode({ for name, group in var.node_groups : name => group.capacity_reservation if group.capacity_reservation != null })}; each has to be one of id (\"cr-...\"), name (a key of capacity_reservations or capacity_blocks: ${join(", ", keys(merge(var.capacity_reservations, var.capacity_blocks)))}) and resource_group_arn."
  }

  validation {
    condition = alltrue([for group in var.node_groups :
      group.capacity_reservation == null ? group.capacity_type != "CAPACITY_BLOCK" : contains(["CAPACITY_BLOCK", "ON_DEMAND"], group.capacity_type)
    ])
    error_message = "node_groups has the capacity_type ${jsonencode({ for name, group in var.node_groups : name => group.capacity_type })}; CAPACITY_BLOCK needs a capacity_reservation, SPOT and MIXED cannot have one."
  }

  validation {
    condition = alltrue([for group in var.node_groups :
      group.efa || group.capacity_type == "CAPACITY_BLOCK" || try(group.capacity_reservation.resource_group_arn == null, false)
      ? length(group.instance_types) == 1 && length(group.zones) == 1 : true
    ])
    error_message = "node_groups has the instance_types and zones ${jsonencode({ for name, group in var.node_groups : name => [group.instance_types, group.zones] })}; with EFA or a capacity reservation a group has one instance type and one zone."
  }

  validation {
    condition = alltrue([for group in var.node_groups : try(
      contains(group.instance_types, var.capacity_reservations[group.capacity_reservation.name].instance_type)
      && contains(group.zones, var.capacity_reservations[group.capacity_reservation.name].zone),
      true
    )])
    error_message = "node_groups has the instance_types and zones ${jsonencode({ for name, group in var.node_groups : name => [group.instance_types, group.zones] if group.capacity_reservation != null })}; a group has the instance type and the zone of its reservation (${jsonencode(var.capacity_reservations)})."
  }

  validation {
    condition     = alltrue(flatten([for group in var.node_groups : [for zone in group.zones : contains(keys(var.subnet_ids_by_zone), zone)]]))
    error_message = "node_groups has the zones ${jsonencode({ for name, group in var.node_groups : name => group.zones })}; each has to be a key of subnet_ids_by_zone (${join(", ", keys(var.subnet_ids_by_zone))})."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.max_unavailable_percentage >= 1 && group.max_unavailable_percentage <= 100])
    error_message = "node_groups has the max_unavailable_percentage ${jsonencode({ for name, group in var.node_groups : name => group.max_unavailable_percentage })}; each has to be 1 to 100."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : coalesce(group.gpus, 0) >= 0 && coalesce(group.efa_interfaces, 1) >= 1])
    error_message = "node_groups has the gpus and efa_interfaces ${jsonencode({ for name, group in var.node_groups : name => [group.gpus, group.efa_interfaces] })}; gpus has to be 0 or more, efa_interfaces 1 or more, or null for what the instance type has."
  }
}

variable "subnet_ids" {
  description = "Private subnets for the nodes, in at least two zones, and for the control plane's interfaces where control_plane_subnet_ids is empty."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids has ${length(var.subnet_ids)} entries; EKS needs subnets in at least two zones."
  }

  validation {
    condition     = length(distinct(var.subnet_ids)) == length(var.subnet_ids)
    error_message = "subnet_ids names a subnet twice (${join(", ", var.subnet_ids)}); give each subnet once."
  }
}

variable "access_entries" {
  description = <<-EOT
    Who may use the cluster, by name: an IAM role or user with access policies of EKS (such as AmazonEKSViewPolicy; limited to
    namespaces where those are given) or with groups that RBAC in the cluster knows.
  EOT
  type = map(object({
    principal_arn     = string
    policies          = optional(list(string), [])
    namespaces        = optional(list(string), [])
    kubernetes_groups = optional(list(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for entry in var.access_entries : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/.+$", entry.principal_arn))])
    error_message = "access_entries names the principals ${join(", ", values(var.access_entries)[*].principal_arn)}; each has to be the ARN of an IAM role or user."
  }

  validation {
    condition     = alltrue(flatten([for entry in var.access_entries : [for policy in entry.policies : can(regex("^AmazonEKS[A-Za-z]*Policy$", policy))]]))
    error_message = "access_entries names the policies ${join(", ", flatten(values(var.access_entries)[*].policies))}; give names of EKS access policies, such as \"AmazonEKSClusterAdminPolicy\"."
  }
}

variable "addons" {
  description = <<-EOT
    Add-ons that EKS manages, by name. version null means the default of the cluster's version; configuration_values is JSON.
    What Helm installs (aws-load-balancer-controller, cluster-autoscaler, nvidia-device-plugin, …) does not belong here.
  EOT
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

  validation {
    condition     = length(setintersection(keys(var.addons), ["aws-load-balancer-controller", "cluster-autoscaler", "nvidia-device-plugin"])) == 0
    error_message = "addons names ${join(", ", setintersection(keys(var.addons), ["aws-load-balancer-controller", "cluster-autoscaler", "nvidia-device-plugin"]))}, which EKS does not manage; install it with Helm and name only EKS add-ons here, such as \"coredns\"."
  }

  validation {
    condition     = alltrue([for addon in var.addons : addon.configuration_values == null || can(jsondecode(addon.configuration_values))])
    error_message = "addons has configuration_values that are not JSON: ${join(", ", [for name, addon in var.addons : "${name}: ${coalesce(addon.configuration_values, "null")}" if !can(jsondecode(addon.configuration_values))])}."
  }
}

variable "capacity_blocks" {
  description = "Capacity blocks to buy, by name: the id of the offering. The apply that adds an entry pays for the whole block. Remove the entry once the block has ended."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for id in var.capacity_blocks : startswith(id, "cb-")])
    error_message = "capacity_blocks has the offerings ${join(", ", values(var.capacity_blocks))}; give ids as describe-capacity-block-offerings tells them, such as \"cb-0123456789abcdefg\"."
  }
}

variable "capacity_reservations" {
  description = <<-EOT
    On-demand capacity to reserve, by name. It costs what running instances cost, used or not, until the entry is removed or end_date
    (such as 2030-01-31T00:00:00Z) has passed. placement_group_arn reserves inside an existing cluster placement group.
  EOT
  type = map(object({
    instance_count      = number
    instance_type       = string
    zone                = string
    end_date            = optional(string)
    placement_group_arn = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for reservation in var.capacity_reservations : reservation.instance_count >= 1])
    error_message = "capacity_reservations has the instance_count ${jsonencode({ for name, reservation in var.capacity_reservations : name => reservation.instance_count })}; each has to be 1 or more."
  }

  validation {
    condition     = alltrue([for reservation in var.capacity_reservations : reservation.end_date == null || can(formatdate("YYYY", reservation.end_date))])
    error_message = "capacity_reservations has the end_date ${jsonencode({ for name, reservation in var.capacity_reservations : name => reservation.end_date })}; each has to be a time such as \"2030-01-31T00:00:00Z\", or null for no end."
  }

  validation {
    condition     = length(setintersection(keys(var.capacity_reservations), keys(var.capacity_blocks))) == 0
    error_message = "capacity_reservations and capacity_blocks both have ${join(", ", setintersection(keys(var.capacity_reservations), keys(var.capacity_blocks)))}; node groups name either, so give each a name of its own."
  }
}

variable "cluster_version" {
  description = "Kubernetes version of the control plane and the nodes, such as 1.36."
  type        = string
  default     = "1.36"
  nullable    = false

  validation {
    condition     = try(tonumber(regex("^1\\.([0-9]+)$", var.cluster_version)[0]) >= 34, false)
    error_message = "cluster_version is \"${var.cluster_version}\"; give a version in EKS standard support, \"1.34\" or later, such as \"1.36\"."
  }
}

variable "control_plane_subnet_ids" {
  description = "Subnets of their own for the control plane's interfaces, in at least two zones. Empty: those of the nodes."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.control_plane_subnet_ids) != 1
    error_message = "control_plane_subnet_ids is ${join(", ", var.control_plane_subnet_ids)}; EKS needs subnets in at least two zones, or none for those of the nodes."
  }
}

variable "enable_cluster_creator_admin" {
  description = "Make whoever creates the cluster its administrator. Off, access_entries has to name one. A change makes a new cluster."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_irsa" {
  description = "Create the OIDC provider that gives service accounts IAM roles of their own. Off, add-ons act as the node's role."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_deletion_window_days" {
  description = "Days between the removal of the cluster's key and its loss."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days is ${var.kms_deletion_window_days}; KMS takes 7 to 30."
  }
}

variable "log_retention_days" {
  description = "Days that control plane logs are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}; CloudWatch Logs keeps logs for set periods only, such as 30, 90 or 365."
  }
}

variable "public_access_cidrs" {
  description = "Addresses that may reach the API from the internet. Empty: the endpoint is private."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0))])
    error_message = "public_access_cidrs is ${join(", ", var.public_access_cidrs)}; each has to be a network, such as \"203.0.113.0/24\"."
  }

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : !endswith(cidr, "/0")])
    error_message = "public_access_cidrs is ${join(", ", var.public_access_cidrs)}, which opens the API to everyone; name the networks that need it."
  }
}

variable "subnet_ids_by_zone" {
  description = "Private subnets by the name of their zone: what node groups that name zones are put into."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}
