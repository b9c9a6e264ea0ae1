locals {
  made_boundary_arn = "arn:${local.partition}:iam::${local.account}:policy/${local.role_prefix}-boundary"

  permission_boundary_arn = (
    var.permission_boundary == null ? null
    : coalesce(var.permission_boundary.arn, one(aws_iam_policy.permission_boundary[*].arn))
  )
}

# A boundary grants nothing: a role may do what both its policies and this allow.
resource "aws_iam_policy" "permission_boundary" {
  count = var.permission_boundary == null ? 0 : var.permission_boundary.arn == null ? 1 : 0

  name        = "${local.role_prefix}-boundary"
  description = "What no role of ${var.name} may do, whatever its policies say"
  tags        = var.tags
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LeavesTheRestToPolicies"
        Effect   = "Allow"
        Action   = "*"
        Resource = "*"
      },
      {
        Sid    = "ChangesOnlyRolesUnderTheBoundary"
        Effect = "Deny"
        Action = [
          "iam:AttachRolePolicy",
          "iam:CreateRole",
          "iam:DeleteRolePolicy",
          "iam:DetachRolePolicy",
          "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
        ]
        Resource  = "*"
        Condition = { StringNotEquals = { "iam:PermissionsBoundary" = local.made_boundary_arn } }
      },
      {
        Sid      = "KeepsTheBoundaryAsItIs"
        Effect   = "Deny"
        Action   = ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"]
        Resource = local.made_boundary_arn
      },
      {
        Sid    = "LetsNobodyElseIn"
        Effect = "Deny"
        Action = [
          "iam:AddClientIDToOpenIDConnectProvider",
          "iam:AddUserToGroup",
          "iam:AttachGroupPolicy",
          "iam:AttachUserPolicy",
          "iam:CreateAccessKey",
          "iam:CreateLoginProfile",
          "iam:CreateOpenIDConnectProvider",
          "iam:CreateSAMLProvider",
          "iam:CreateServiceSpecificCredential",
          "iam:CreateUser",
          "iam:DeleteRolePermissionsBoundary",
          "iam:DeleteUserPermissionsBoundary",
          "iam:PutGroupPolicy",
          "iam:PutUserPermissionsBoundary",
          "iam:PutUserPolicy",
          "iam:UpdateAssumeRolePolicy",
          "iam:UpdateLoginProfile",
          "iam:UpdateOpenIDConnectProviderThumbprint",
          "iam:UpdateSAMLProvider",
        ]
        Resource = "*"
      },
      {
        Sid    = "StaysInTheOrganization"
        Effect = "Deny"
        Action = [
          "account:CloseAccount",
          "account:DisableRegion",
          "account:EnableRegion",
          "organizations:DeleteOrganization",
          "organizations:LeaveOrganization",
          "organizations:RemoveAccountFromOrganization",
        ]
        Resource = "*"
      },
      {
        Sid    = "KeepsTheRecords"
        Effect = "Deny"
        Action = [
          "access-analyzer:DeleteAnalyzer",
          "cloudtrail:DeleteEventDataStore",
          "cloudtrail:DeleteTrail",
          "cloudtrail:PutEventSelectors",
          "cloudtrail:StopEventDataStoreIngestion",
          "cloudtrail:StopLogging",
          "cloudtrail:UpdateTrail",
          "config:DeleteConfigurationRecorder",
          "config:DeleteDeliveryChannel",
          "config:StopConfigurationRecorder",
          "guardduty:DeleteDetector",
          "guardduty:DisassociateFromAdministratorAccount",
          "guardduty:UpdateDetector",
          "securityhub:DisableSecurityHub",
        ]
        Resource = "*"
      },
    ]
  })
}
