variable "name" {
  description = "What the names of the endpoints begin with, such as \"applied-ai-production\"."
  type        = string
  nullable    = false
}

variable "route_table_ids" {
  description = "Route tables that gateway endpoints put their routes into: those of the private, intra and database subnets."
  type        = list(string)
  nullable    = false
}

variable "vpc_cidr" {
  description = "Address range of the VPC: what may reach the interface endpoints."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && !endswith(var.vpc_cidr, "/0")
    error_message = "vpc_cidr is \"${var.vpc_cidr}\"; give the network of the VPC, such as \"10.0.0.0/16\"."
  }
}

variable "vpc_id" {
  description = "VPC that gets the endpoints. It has to resolve names (enable_dns_support and enable_dns_hostnames)."
  type        = string
  nullable    = false
}

variable "gateway_services" {
  description = "Services reached through routes, without cost: s3, dynamodb."
  type        = set(string)
  default     = ["dynamodb", "s3"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.gateway_services, ["dynamodb", "s3"])) == 0
    error_message = "gateway_services is ${join(", ", var.gateway_services)}; AWS offers a gateway for dynamodb and s3, other services belong into interface_services."
  }
}

variable "interface_services" {
  description = "Services reached through an interface in each subnet, such as ecr.api. Each costs by the hour and zone; the README tells what a private cluster needs."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_services : can(regex("^[a-z0-9]+([.-][a-z0-9]+)*$", service))])
    error_message = "interface_services is ${join(", ", var.interface_services)}; give what follows the region in a service's name, such as \"ecr.api\"."
  }

  validation {
    condition     = length(setintersection(var.interface_services, ["dynamodb", "s3"])) == 0
    error_message = "interface_services names ${join(", ", setintersection(var.interface_services, ["dynamodb", "s3"]))}; give it to gateway_services, which cost nothing."
  }
}

variable "subnet_ids" {
  description = "Subnets that get an interface of each of interface_services, at most one per zone: the private ones."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) > 0 || length(var.interface_services) == 0
    error_message = "subnet_ids has ${length(var.subnet_ids)} entries although interface_services asks for ${join(", ", var.interface_services)}; give one subnet per zone."
  }
}

variable "tags" {
  description = "Tags for every resource."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "trusted_account_ids" {
  description = "Accounts beside this one whose identities may use the endpoints, such as one whose buckets are written to with a role of its own."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for account in var.trusted_account_ids : can(regex("^[0-9]{12}$", account))])
    error_message = "trusted_account_ids is ${join(", ", var.trusted_account_ids)}; each has to be an account's twelve digits."
  }
}
