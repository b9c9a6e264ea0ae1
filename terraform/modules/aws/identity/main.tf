data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name

  # Roles are global in an account: the region keeps the same name in two regions apart.
  role_prefix = "${var.name}-${local.region}"

  # The load balancer controller's own name leaves too little of the 64 characters that IAM takes.
  preset_role_names = {
    for name, preset in var.presets : name => name == "aws_load_balancer_controller" ? "load-balancers" : replace(name, "_", "-")
    if preset != null
  }
  preset_names = values(local.preset_role_names)

  roles = merge(
    {
      for name, account in local.service_accounts : name => {
        description          = "Service account ${account.service_account} in ${account.namespace}, ${var.name}"
        max_session_duration = account.max_session_duration
        trust                = local.service_account_trusts[name]
      }
    },
    {
      for name, role in var.deploy_roles : name => {
        description          = "Deployments that ${role.issuer} vouches for, ${var.name}"
        max_session_duration = role.max_session_duration
        trust                = local.deploy_trusts[name]
      }
    },
  )

  requested_roles = merge(var.service_account_roles, var.deploy_roles)

  policies = merge(
    {
      for name, role in local.requested_roles : name => jsonencode({
        Version = "2012-10-17"
        Statement = [
          for statement in role.policy : {
            for key, value in {
              Effect    = statement.effect
              Action    = statement.actions
              Resource  = statement.resources
              Condition = length(statement.conditions) > 0 ? statement.conditions : null
            } : key => value if value != null
          }
        ]
      }) if length(role.policy) > 0
    },
    { for name, preset in var.presets : name => local.preset_policies[name] if preset != null },
  )

  managed_policies = merge([
    for name, role in local.requested_roles : {
      for policy in role.managed_policies : "${name}-${policy}" => {
        role = name
        arn  = startswith(policy, "arn:") ? policy : "arn:${local.partition}:iam::aws:policy/${policy}"
      }
    }
  ]...)
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name                 = "${local.role_prefix}-${lookup(local.preset_role_names, each.key, each.key)}"
  description          = each.value.description
  assume_role_policy   = each.value.trust
  max_session_duration = each.value.max_session_duration
  permissions_boundary = local.permission_boundary_arn
  tags                 = var.tags
}

resource "aws_iam_role_policy" "this" {
  for_each = local.policies

  name   = "permissions"
  role   = aws_iam_role.this[each.key].name
  policy = each.value
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.managed_policies

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = each.value.arn
}
