variable "name" {
  description = "What the names of the connections begin with, such as \"applied-ai-production\"."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Private subnets by zone, one each: where the ways in end."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "subnet_ids has ${length(var.subnet_ids)} entries; give at least one private subnet by its zone."
  }
}

variable "vpc_id" {
  description = "VPC that the ways in lead to."
  type        = string
  nullable    = false
}

variable "client_vpn" {
  description = <<-EOT
    VPN for people's machines. They show a certificate of the authority root_certificate_chain_arn, sign in at saml_provider_arn, or
    both. authorized_networks tells by name what they reach: everyone, or only the group of group_id (as the SAML provider names it);
    beyond_vpc for a network that lies behind the VPC. session_hours is 8, 10, 12 or 24. With split_tunnel, only traffic to the
    authorised networks takes the VPN. dns_servers, such as the VPC's second address, lets clients resolve private names.
    zones are those whose subnet is associated, each at a price by the hour; null: the first one.
    null: none.
  EOT
  type = object({
    authorized_networks = map(object({
      cidr       = string
      beyond_vpc = optional(bool, false)
      group_id   = optional(string)
    }))
    client_cidr                = string
    server_certificate_arn     = string
    dns_servers                = optional(list(string), [])
    root_certificate_chain_arn = optional(string)
    saml_provider_arn          = optional(string)
    session_hours              = optional(number, 8)
    split_tunnel               = optional(bool, true)
    zones                      = optional(set(string))
  })
  default = null

  validation {
    condition = try(
      cidrhost(var.client_vpn.client_cidr, 0) == split("/", var.client_vpn.client_cidr)[0]
      && tonumber(split("/", var.client_vpn.client_cidr)[1]) >= 12
      && tonumber(split("/", var.client_vpn.client_cidr)[1]) <= 22,
      var.client_vpn == null
    )
    error_message = "client_vpn.client_cidr is \"${try(var.client_vpn.client_cidr, "")}\"; give an IPv4 network from /12 to /22 that overlaps no network to be reached, such as \"172.16.0.0/22\"."
  }

  validation {
    condition     = var.client_vpn == null ? true : var.client_vpn.root_certificate_chain_arn != null || var.client_vpn.saml_provider_arn != null
    error_message = "client_vpn has root_certificate_chain_arn ${try(coalesce(var.client_vpn.root_certificate_chain_arn), "null")} and saml_provider_arn ${try(coalesce(var.client_vpn.saml_provider_arn), "null")}; give at least one of them: clients have to prove who they are."
  }

  validation {
    condition = var.client_vpn == null ? true : length(var.client_vpn.authorized_networks) > 0 && alltrue([
      for network in var.client_vpn.authorized_networks : try(cidrhost(network.cidr, 0) == split("/", network.cidr)[0], false)
    ])
    error_message = "client_vpn.authorized_networks is ${jsonencode(try(var.client_vpn.authorized_networks, {}))}; give at least one, each with a cidr that starts at its network's first address, such as \"10.0.0.0/16\"."
  }

  validation {
    condition     = try(var.client_vpn.saml_provider_arn != null || alltrue([for network in var.client_vpn.authorized_networks : network.group_id == null]), true)
    error_message = "client_vpn.authorized_networks names groups (${jsonencode(try({ for name, network in var.client_vpn.authorized_networks : name => network.group_id }, {}))}) without saml_provider_arn; certificates know no groups."
  }

  validation {
    condition     = try(length(var.client_vpn.dns_servers) <= 2, true)
    error_message = "client_vpn.dns_servers is ${try(join(", ", var.client_vpn.dns_servers), "")}; a client takes two at most."
  }

  validation {
    condition     = try(contains([8, 10, 12, 24], var.client_vpn.session_hours), true)
    error_message = "client_vpn.session_hours is ${try(var.client_vpn.session_hours, 0)}; give 8, 10, 12 or 24."
  }

  validation {
    condition     = try(length(var.client_vpn.zones) > 0 && length(setsubtract(var.client_vpn.zones, keys(var.subnet_ids))) == 0, true)
    error_message = "client_vpn.zones is ${try(join(", ", var.client_vpn.zones), "null")}; name at least one of those of subnet_ids: ${join(", ", keys(var.subnet_ids))}."
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

variable "log_retention_days" {
  description = "Days that the log of the client VPN's connections is kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}; CloudWatch Logs keeps logs for set periods only, such as 30, 90 or 365."
  }
}

variable "route_table_ids" {
  description = "Route tables of the private subnets by zone: they get the routes of transit_gateway."
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

variable "transit_gateway" {
  description = <<-EOT
    Attachment to a transit gateway, and by name the networks that are reached through it (routes). appliance_mode keeps both directions
    of a flow in one zone: for firewalls in this VPC. dns_support lets the others' public names resolve to their private addresses.
    null: none.
  EOT
  type = object({
    transit_gateway_id = string
    appliance_mode     = optional(bool, false)
    dns_support        = optional(bool, true)
    routes             = optional(map(string), {})
  })
  default = null

  validation {
    condition     = var.transit_gateway == null ? true : can(regex("^tgw-[0-9a-f]+$", var.transit_gateway.transit_gateway_id))
    error_message = "transit_gateway.transit_gateway_id is \"${try(var.transit_gateway.transit_gateway_id, "")}\"; give one such as \"tgw-0a1b2c3d4e5f67890\"."
  }

  validation {
    condition = var.transit_gateway == null ? true : alltrue([
      for cidr in values(var.transit_gateway.routes) : try(cidrhost(cidr, 0) == split("/", cidr)[0], false)
    ])
    error_message = "transit_gateway.routes is ${jsonencode(try(var.transit_gateway.routes, {}))}; each has to be an IPv4 network that starts at its first address, such as \"10.100.0.0/16\"."
  }

  validation {
    condition     = try(length(var.transit_gateway.routes) == 0 || length(var.route_table_ids) > 0, true)
    error_message = "transit_gateway.routes names ${try(join(", ", keys(var.transit_gateway.routes)), "")}, but route_table_ids is empty; give the route tables of the private subnets."
  }
}
