variable "availability_zones" {
  description = "Zones that get one private, one public, one intra and one database subnet each. At least two: EKS and RDS ask for it."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.availability_zones) >= 2 && length(var.availability_zones) <= 6
    error_message = "availability_zones has ${length(var.availability_zones)} entries (${join(", ", var.availability_zones)}); give 2 to 6 zones of one region, such as [\"us-east-1a\", \"us-east-1b\"]."
  }

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones names a zone twice (${join(", ", var.availability_zones)}); give each zone once."
  }
}

variable "environment" {
  description = "Environment this network belongs to: the Environment tag and the second half of every name."
  type        = string
  nullable    = false
}

variable "project" {
  description = "Project this network belongs to: the Project tag and the first half of every name."
  type        = string
  nullable    = false
}

variable "vpc_cidr" {
  description = "Address range of the VPC, /16 to /20. Ranges that are not given for the subnets are cut out of it."
  type        = string
  nullable    = false

  validation {
    condition = try(
      cidrhost(var.vpc_cidr, 0) == split("/", var.vpc_cidr)[0]
      && tonumber(split("/", var.vpc_cidr)[1]) >= 16
      && tonumber(split("/", var.vpc_cidr)[1]) <= 20,
      false
    )
    error_message = "vpc_cidr is \"${var.vpc_cidr}\"; give an IPv4 network from /16 to /20 that starts at its first address, such as \"10.0.0.0/16\"."
  }
}

variable "cache_port" {
  description = "Port that the cache security group opens to the private subnets."
  type        = number
  default     = 6379
  nullable    = false
}

variable "database_ports" {
  description = "Ports that the database security group opens to the private subnets, by the name of what listens there."
  type        = map(number)
  default = {
    mongodb  = 27017
    postgres = 5432
  }
  nullable = false
}

variable "database_subnet_cidrs" {
  description = "Address ranges of the database subnets, one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, length(var.availability_zones)], length(var.database_subnet_cidrs))
    error_message = "database_subnet_cidrs has ${length(var.database_subnet_cidrs)} entries for ${length(var.availability_zones)} zones; give one per zone, or none to derive them."
  }

  validation {
    condition = alltrue([for cidr in var.database_subnet_cidrs : try(
      cidrhost(cidr, 0) == split("/", cidr)[0]
      && tonumber(split("/", cidr)[1]) <= 28
      && tonumber(split("/", cidr)[1]) >= tonumber(split("/", var.vpc_cidr)[1])
      && cidrhost("${split("/", cidr)[0]}/${split("/", var.vpc_cidr)[1]}", 0) == cidrhost(var.vpc_cidr, 0),
      false
    )])
    error_message = "database_subnet_cidrs is ${join(", ", var.database_subnet_cidrs)}; each has to be a network of /28 or larger inside vpc_cidr ${var.vpc_cidr}."
  }
}

variable "enable_flow_logs" {
  description = "Record the traffic of the VPC in CloudWatch Logs, in windows of ten minutes."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_intra_subnets" {
  description = "Give each zone a subnet without a route out, for the network interfaces of a cluster's control plane."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_ipv6" {
  description = "Give the VPC and its private, public and intra subnets an IPv6 range from AWS beside the IPv4 one. Private subnets send to the internet through an egress-only gateway: nobody reaches them from there."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_nat_gateway" {
  description = "Give the private subnets a way out to the internet."
  type        = bool
  default     = true
  nullable    = false
}

variable "enable_vpn_gateway" {
  description = "Attach a VPN gateway to the VPC and let it add its routes to the private subnets."
  type        = bool
  default     = false
  nullable    = false
}

variable "flow_logs_retention_days" {
  description = "Days that flow logs are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_logs_retention_days)
    error_message = "flow_logs_retention_days is ${var.flow_logs_retention_days}; CloudWatch Logs keeps logs for set periods only, such as 30, 90 or 365."
  }
}

variable "intra_subnet_cidrs" {
  description = "Address ranges of the intra subnets (the control plane's interfaces), one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, length(var.availability_zones)], length(var.intra_subnet_cidrs))
    error_message = "intra_subnet_cidrs has ${length(var.intra_subnet_cidrs)} entries for ${length(var.availability_zones)} zones; give one per zone, or none to derive them."
  }

  validation {
    condition = alltrue([for cidr in var.intra_subnet_cidrs : try(
      cidrhost(cidr, 0) == split("/", cidr)[0]
      && tonumber(split("/", cidr)[1]) <= 28
      && tonumber(split("/", cidr)[1]) >= tonumber(split("/", var.vpc_cidr)[1])
      && cidrhost("${split("/", cidr)[0]}/${split("/", var.vpc_cidr)[1]}", 0) == cidrhost(var.vpc_cidr, 0),
      false
    )])
    error_message = "intra_subnet_cidrs is ${join(", ", var.intra_subnet_cidrs)}; each has to be a network of /28 or larger inside vpc_cidr ${var.vpc_cidr}."
  }
}

variable "kms_deletion_window_days" {
  description = "Days between the removal of the key for logs and its loss."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days is ${var.kms_deletion_window_days}; KMS takes 7 to 30."
  }
}

variable "private_subnet_cidrs" {
  description = "Address ranges of the private subnets (nodes and pods), one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, length(var.availability_zones)], length(var.private_subnet_cidrs))
    error_message = "private_subnet_cidrs has ${length(var.private_subnet_cidrs)} entries for ${length(var.availability_zones)} zones; give one per zone, or none to derive them."
  }

  validation {
    condition = alltrue([for cidr in var.private_subnet_cidrs : try(
      cidrhost(cidr, 0) == split("/", cidr)[0]
      && tonumber(split("/", cidr)[1]) <= 28
      && tonumber(split("/", cidr)[1]) >= tonumber(split("/", var.vpc_cidr)[1])
      && cidrhost("${split("/", cidr)[0]}/${split("/", var.vpc_cidr)[1]}", 0) == cidrhost(var.vpc_cidr, 0),
      false
    )])
    error_message = "private_subnet_cidrs is ${join(", ", var.private_subnet_cidrs)}; each has to be a network of /28 or larger inside vpc_cidr ${var.vpc_cidr}."
  }
}

variable "private_subnet_tags" {
  description = "Further tags of the private subnets, such as those that Karpenter finds them by."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "public_subnet_cidrs" {
  description = "Address ranges of the public subnets (load balancers and NAT gateways), one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = contains([0, length(var.availability_zones)], length(var.public_subnet_cidrs))
    error_message = "public_subnet_cidrs has ${length(var.public_subnet_cidrs)} entries for ${length(var.availability_zones)} zones; give one per zone, or none to derive them."
  }

  validation {
    condition = alltrue([for cidr in var.public_subnet_cidrs : try(
      cidrhost(cidr, 0) == split("/", cidr)[0]
      && tonumber(split("/", cidr)[1]) <= 28
      && tonumber(split("/", cidr)[1]) >= tonumber(split("/", var.vpc_cidr)[1])
      && cidrhost("${split("/", cidr)[0]}/${split("/", var.vpc_cidr)[1]}", 0) == cidrhost(var.vpc_cidr, 0),
      false
    )])
    error_message = "public_subnet_cidrs is ${join(", ", var.public_subnet_cidrs)}; each has to be a network of /28 or larger inside vpc_cidr ${var.vpc_cidr}."
  }
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones (cheap) instead of one per zone (a zone's loss stays in that zone)."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags for every resource, beside Project and Environment."
  type        = map(string)
  default     = {}
  nullable    = false
}
