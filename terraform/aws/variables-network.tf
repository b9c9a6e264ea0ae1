variable "client_vpn" {
  description = "VPN for people's machines; the module connectivity tells what each key means. null: none."
  type = object({
    authorized_networks = map(object({
      cidr       = string
      beyond_vpc = optional(bool)
      group_id   = optional(string)
    }))
    client_cidr                = string
    server_certificate_arn     = string
    dns_servers                = optional(list(string))
    root_certificate_chain_arn = optional(string)
    saml_provider_arn          = optional(string)
    session_hours              = optional(number)
    split_tunnel               = optional(bool)
    zones                      = optional(set(string))
  })
  default = null
}

variable "database_subnet_cidrs" {
  description = "Address ranges of the database subnets, one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "enable_ipv6" {
  description = "Give the VPC, its public and its private subnets IPv6 beside IPv4."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_vpn_gateway" {
  description = "Attach a VPN gateway. null: in production only."
  type        = bool
  default     = null
}

variable "interface_endpoints" {
  description = "Services of AWS that are reached from inside the VPC through an interface in each zone, such as ecr.api; each costs by the hour and zone."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "intra_subnet_cidrs" {
  description = "Address ranges of the intra subnets (the control plane's interfaces), one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "private_subnet_cidrs" {
  description = "Address ranges of the private subnets (nodes and pods), one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "public_subnet_cidrs" {
  description = "Address ranges of the public subnets (load balancers and NAT gateways), one per zone. Empty: derived from vpc_cidr."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones instead of one per zone. null: one per zone in production only."
  type        = bool
  default     = null
}

variable "transit_gateway" {
  description = "Attachment to a transit gateway and the networks that are reached through it; the module connectivity tells what each key means. null: none."
  type = object({
    transit_gateway_id = string
    appliance_mode     = optional(bool)
    dns_support        = optional(bool)
    routes             = optional(map(string))
  })
  default = null
}

variable "vpc_cidr" {
  description = "Address range of the VPC, /16 to /20."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false
}
