variable "availability_zones" {
  description = "Zones of the region that the platform spreads over, at least two."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for zone in var.availability_zones : can(regex("^${var.region}[a-z]$", zone))])
    error_message = "availability_zones is ${join(", ", var.availability_zones)}; each has to be a zone of region ${var.region}, such as \"${var.region}a\"."
  }
}

variable "environment" {
  description = "One of production, staging, development, local. Production is larger and harder to remove: see the README."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["production", "staging", "development", "local"], var.environment)
    error_message = "environment is \"${var.environment}\"; give one of production, staging, development, local."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is \"${var.region}\"; give the code of an AWS region, such as \"us-east-1\"."
  }
}

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
  description = "Add-ons that EKS manages, by name. version null means the default of the cluster's version; configuration_values is JSON."
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

variable "database_subnet_cidrs" {
  description = "Address ranges of the database subnets, one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "db_engine_version" {
  description = "PostgreSQL version, major (\"15\": RDS renews the minor version) or exact (\"15.14\")."
  type        = string
  default     = "15"
  nullable    = false
}

variable "db_instance_class" {
  description = "Instance class of PostgreSQL. null: no PostgreSQL."
  type        = string
  default     = "db.t4g.medium"
}

variable "db_storage_size" {
  description = "Storage of PostgreSQL at the start (GiB); it grows up to five times that."
  type        = number
  default     = 100
  nullable    = false
}

variable "deletion_protection" {
  description = "Refuse to remove the databases, and keep a last snapshot of them. null: in production only. To remove production, apply false first."
  type        = bool
  default     = null
}

variable "mongo_instance_count" {
  description = "Instances of DocumentDB. null: three in production, else one."
  type        = number
  default     = null
}

variable "mongo_instance_size" {
  description = "Instance class of DocumentDB. null: no DocumentDB."
  type        = string
  default     = "db.t4g.medium"
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
    ami_type      = optional(string)
    capacity_type = optional(string)
    disk_size     = optional(number)
    labels        = optional(map(string))
    taints = optional(list(object({
      key    = string
      value  = optional(string)
      effect = string
    })))
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

variable "private_subnet_cidrs" {
  description = "Address ranges of the private subnets (nodes and pods), one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "project" {
  description = "Project: the first half of every name, and the Project tag."
  type        = string
  default     = "applied-ai"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9]|-[a-z0-9])+$", var.project)) && length(var.project) <= 20
    error_message = "project is \"${var.project}\"; give 2 to 20 lower-case letters, digits and single hyphens, beginning with a letter."
  }

  validation {
    condition     = !can(regex("^(aws|ssm)", var.project))
    error_message = "project is \"${var.project}\"; Systems Manager keeps names that begin with aws or ssm for AWS, give another one."
  }
}

variable "public_subnet_cidrs" {
  description = "Address ranges of the public subnets (load balancers and NAT gateways), one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "redis_node_type" {
  description = "Node type of Redis. null: no Redis."
  type        = string
  default     = "cache.t4g.small"
}

variable "tags" {
  description = "Tags for every resource, beside Project, Environment and ManagedBy."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.tags), ["Environment", "ManagedBy", "Project"])) == 0
    error_message = "tags sets ${join(", ", setintersection(keys(var.tags), ["Environment", "ManagedBy", "Project"]))}, which the platform sets itself; leave them out."
  }
}

variable "vpc_cidr" {
  description = "Address range of the VPC, /16 to /20."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false
}
