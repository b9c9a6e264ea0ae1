mock_provider "aws" {
  override_during = plan

  mock_data "aws_partition" {
    defaults = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }
  mock_data "aws_region" {
    defaults = { name = "cn-north-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws-cn:iam::123456789012:oidc-provider/made.example" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws-cn:iam::123456789012:policy/made-here" }
  }
}

variables {
  name              = "applied-ai-production"
  cluster_name      = "applied-ai-production"
  oidc_provider_arn = "arn:aws-cn:iam::123456789012:oidc-provider/oidc.example/id/ABC"
  tags              = { Project = "applied-ai" }
}

run "makes_nothing_unasked" {
  command = plan

  variables {
    cluster_name      = null
    oidc_provider_arn = null
  }

  assert {
    condition     = length(aws_iam_role.this) + length(aws_iam_openid_connect_provider.deploy) + length(aws_iam_policy.permission_boundary) == 0
    error_message = "There is something although nothing is asked for."
  }

  assert {
    condition     = output.permission_boundary_arn == null && length(output.service_account_role_arns) + length(output.deploy_role_arns) == 0
    error_message = "An output tells of something that is not there."
  }
}

run "gives_service_accounts_roles" {
  command = plan

  variables {
    service_account_roles = {
      model-store = {
        namespace            = "services"
        service_account      = "inference"
        managed_policies     = ["AmazonS3ReadOnlyAccess", "arn:aws-cn:iam::123456789012:policy/team"]
        max_session_duration = 7200
        policy = [
          {
            actions    = ["s3:GetObject"]
            resources  = ["arn:aws-cn:s3:::models/*"]
            conditions = { StringEquals = { "aws:ResourceTag/team" = ["ai"] } }
          },
          { effect = "Deny", actions = ["s3:*"], resources = ["*"] },
        ]
      }
      queue-reader = {
        namespace       = "services"
        service_account = "worker"
        mode            = "pod_identity"
      }
    }
  }

  assert {
    condition = jsondecode(aws_iam_role.this["model-store"].assume_role_policy).Statement[0] == {
      Effect    = "Allow"
      Principal = { Federated = "arn:aws-cn:iam::123456789012:oidc-provider/oidc.example/id/ABC" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "oidc.example/id/ABC:aud" = "sts.amazonaws.com"
          "oidc.example/id/ABC:sub" = "system:serviceaccount:services:inference"
        }
      }
    }
    error_message = "Trust policy: ${aws_iam_role.this["model-store"].assume_role_policy}"
  }

  assert {
    condition = jsondecode(aws_iam_role.this["queue-reader"].assume_role_policy).Statement[0] == {
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = {
          "aws:RequestTag/eks-cluster-arn"            = "arn:aws-cn:eks:cn-north-1:123456789012:cluster/applied-ai-production"
          "aws:RequestTag/kubernetes-namespace"       = "services"
          "aws:RequestTag/kubernetes-service-account" = "worker"
        }
      }
    }
    error_message = "Trust policy: ${aws_iam_role.this["queue-reader"].assume_role_policy}"
  }

  assert {
    condition     = { for name, association in aws_eks_pod_identity_association.this : name => "${association.namespace}/${association.service_account}" } == { queue-reader = "services/worker" }
    error_message = "Associations: ${join(", ", keys(aws_eks_pod_identity_association.this))}"
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.this["model-store"].policy).Statement == [
      { Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws-cn:s3:::models/*"], Condition = { StringEquals = { "aws:ResourceTag/team" = ["ai"] } } },
      { Effect = "Deny", Action = ["s3:*"], Resource = ["*"] },
    ]
    error_message = "Policy: ${aws_iam_role_policy.this["model-store"].policy}"
  }

  assert {
    condition     = toset(values(aws_iam_role_policy_attachment.this)[*].policy_arn) == toset(["arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess", "arn:aws-cn:iam::123456789012:policy/team"])
    error_message = "Managed policies: ${join(", ", values(aws_iam_role_policy_attachment.this)[*].policy_arn)}"
  }

  assert {
    condition     = aws_iam_role.this["model-store"].max_session_duration == 7200 && aws_iam_role.this["model-store"].permissions_boundary == null && !contains(keys(aws_iam_role_policy.this), "queue-reader")
    error_message = "A role has a session, a boundary or a policy that nobody asked for."
  }

  assert {
    condition     = aws_iam_role.this["model-store"].name == "applied-ai-production-cn-north-1-model-store" && aws_iam_role.this["model-store"].tags["Project"] == "applied-ai"
    error_message = "Name: ${aws_iam_role.this["model-store"].name}"
  }
}

run "knows_the_controllers" {
  command = plan

  variables {
    presets = {
      aws_load_balancer_controller = {}
      cert_manager                 = { zone_ids = ["Z1"] }
      elastic_stack                = { bucket_arn = "arn:aws-cn:s3:::snapshots", kms_key_arns = ["arn:aws-cn:kms:cn-north-1:123456789012:key/b"] }
      external_dns                 = { zone_ids = ["Z1", "Z2"], mode = "pod_identity" }
      external_secrets             = { secret_prefixes = ["applied-ai/"], parameter_prefixes = ["/applied-ai/"], kms_key_arns = ["arn:aws-cn:kms:cn-north-1:123456789012:key/a"] }
      opencost                     = { spot_feed_bucket_arn = "arn:aws-cn:s3:::spot" }
      velero = {
        bucket_arn          = "arn:aws-cn:s3:::backups"
        kms_key_arns        = ["arn:aws-cn:kms:cn-north-1:123456789012:key/b"]
        replica_bucket_arn  = "arn:aws-cn:s3:::copies"
        replica_kms_key_arn = "arn:aws-cn:kms:cn-northwest-1:123456789012:key/c"
      }
      weaviate = { bucket_arn = "arn:aws-cn:s3:::vectors" }
    }
  }

  assert {
    condition     = keys(output.service_account_role_arns) == ["aws_load_balancer_controller", "cert_manager", "elastic_stack", "external_dns", "external_secrets", "opencost", "velero", "weaviate"]
    error_message = "Roles: ${join(", ", keys(output.service_account_role_arns))}"
  }

  # An account that bears a role's ARN asks for it by its token, which a role for Pod Identity refuses.
  assert {
    condition     = setsubtract(keys(output.service_account_role_arns), keys(output.annotated_role_arns)) == toset(["external_dns"])
    error_message = "Roles to annotate: ${join(", ", keys(output.annotated_role_arns))}"
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.this : length(role.name) <= 64]) && aws_iam_role.this["aws_load_balancer_controller"].name == "applied-ai-production-cn-north-1-load-balancers"
    error_message = "Names: ${join(", ", values(aws_iam_role.this)[*].name)}"
  }

  # Where a statement is for everything, it only reads.
  assert {
    condition = alltrue(flatten([for policy in aws_iam_role_policy.this : [
      for statement in jsondecode(policy.policy).Statement : [for action in flatten([statement.Action]) : can(regex(":(Describe|Get|List)", action))]
      if contains(flatten([statement.Resource]), "*")
    ]]))
    error_message = "A controller may do more than read on everything."
  }

  assert {
    condition     = alltrue(flatten([for policy in aws_iam_role_policy.this : [for statement in jsondecode(policy.policy).Statement : [for action in flatten([statement.Action]) : !strcontains(action, "*")]]]))
    error_message = "A controller has actions by pattern."
  }

  assert {
    condition     = alltrue([for policy in aws_iam_role_policy.this : length(policy.policy) <= 10240])
    error_message = "IAM takes 10240 characters: ${jsonencode({ for name, policy in aws_iam_role_policy.this : name => length(policy.policy) })}"
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_iam_role_policy.this["aws_load_balancer_controller"].policy).Statement :
      statement.Condition.StringEquals["aws:ResourceTag/elbv2.k8s.aws/cluster"] == "applied-ai-production"
      if contains(["ChangeItsLoadBalancers", "ChangeItsSecurityGroups", "GiveItsLoadBalancersListeners", "TagItsLoadBalancers", "TagItsSecurityGroups"], statement.Sid)
    ])
    error_message = "The load balancer controller may change what is not its own."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this["cert_manager"].policy).Statement[0].Resource == ["arn:aws-cn:route53:::hostedzone/Z1"] && jsondecode(aws_iam_role_policy.this["cert_manager"].policy).Statement[0].Condition["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsRecordTypes"] == "TXT"
    error_message = "cert-manager may do more than answer challenges: ${aws_iam_role_policy.this["cert_manager"].policy}"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this["external_dns"].policy).Statement[0].Resource == ["arn:aws-cn:route53:::hostedzone/Z1", "arn:aws-cn:route53:::hostedzone/Z2"] && keys(aws_eks_pod_identity_association.this) == ["external_dns"]
    error_message = "external-dns has other zones, or is not associated: ${aws_iam_role_policy.this["external_dns"].policy}"
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this["external_secrets"].policy).Statement : statement.Resource] == [
      ["arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:applied-ai/*"],
      ["arn:aws-cn:ssm:cn-north-1:123456789012:parameter/applied-ai/*"],
      ["arn:aws-cn:kms:cn-north-1:123456789012:key/a"],
    ]
    error_message = "external-secrets reads other secrets: ${aws_iam_role_policy.this["external_secrets"].policy}"
  }

  assert {
    condition     = { for statement in jsondecode(aws_iam_role_policy.this["opencost"].policy).Statement : statement.Sid => statement.Resource }["ReadSpotPrices"] == ["arn:aws-cn:s3:::spot", "arn:aws-cn:s3:::spot/*"]
    error_message = "OpenCost reads another bucket: ${aws_iam_role_policy.this["opencost"].policy}"
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.this["velero"].policy).Statement : statement.Sid => flatten([statement.Resource]) if contains(["FindBackups", "KeepBackups", "UseTheBucketsKey"], statement.Sid) } == {
      FindBackups      = ["arn:aws-cn:s3:::backups"]
      KeepBackups      = ["arn:aws-cn:s3:::backups/*"]
      UseTheBucketsKey = ["arn:aws-cn:kms:cn-north-1:123456789012:key/b"]
    }
    error_message = "Velero uses another bucket or key: ${aws_iam_role_policy.this["velero"].policy}"
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.this["velero"].policy).Statement : statement.Sid => flatten([statement.Action, statement.Resource, values(try(statement.Condition.StringEquals, {}))]) if contains(["ReadCopies", "UseTheCopiesKey"], statement.Sid) } == {
      ReadCopies      = ["s3:GetObject", "s3:ListBucket", "arn:aws-cn:s3:::copies", "arn:aws-cn:s3:::copies/*"]
      UseTheCopiesKey = ["kms:Decrypt", "arn:aws-cn:kms:cn-northwest-1:123456789012:key/c", "s3.cn-northwest-1.amazonaws.com.cn"]
    }
    error_message = "Velero does more than read the copies, or not from their region: ${aws_iam_role_policy.this["velero"].policy}"
  }

  assert {
    condition = { for name in ["elastic_stack", "weaviate"] : name => [for statement in jsondecode(aws_iam_role_policy.this[name].policy).Statement : flatten([statement.Resource])] } == {
      elastic_stack = [["arn:aws-cn:s3:::snapshots"], ["arn:aws-cn:s3:::snapshots/*"], ["arn:aws-cn:kms:cn-north-1:123456789012:key/b"]]
      weaviate      = [["arn:aws-cn:s3:::vectors"], ["arn:aws-cn:s3:::vectors/*"]]
    }
    error_message = "Snapshots are kept elsewhere: ${aws_iam_role_policy.this["elastic_stack"].policy} ${aws_iam_role_policy.this["weaviate"].policy}"
  }
}

run "leaves_out_what_a_preset_is_not_given" {
  command = plan

  variables {
    presets = {
      external_secrets = { secret_prefixes = ["applied-ai/"] }
      opencost         = {}
      velero           = { bucket_arn = "arn:aws-cn:s3:::backups" }
    }
  }

  assert {
    condition = { for name, policy in aws_iam_role_policy.this : name => jsondecode(policy.policy).Statement[*].Sid } == {
      external_secrets = ["ReadSecrets"]
      opencost         = ["FindWhatNobodyUses"]
      velero           = ["FindBackups", "KeepBackups", "FindVolumes", "CopyVolumes", "TagCopies", "RemoveItsSnapshots"]
    }
    error_message = "Statements: ${jsonencode({ for name, policy in aws_iam_role_policy.this : name => jsondecode(policy.policy).Statement[*].Sid })}"
  }
}

run "lets_pipelines_in" {
  command = plan

  variables {
    oidc_issuers = {
      awx    = { url = "https://sso.example/realms/awx", audience = "aws", provider_arn = "arn:aws-cn:iam::123456789012:oidc-provider/sso.example/realms/awx" }
      github = { url = "https://token.actions.githubusercontent.com" }
    }
    deploy_roles = {
      images = {
        issuer   = "github"
        subjects = ["repo:example/platform:ref:refs/heads/main", "repo:example/platform:ref:refs/tags/*"]
        policy   = [{ actions = ["ecr:PutImage"], resources = ["arn:aws-cn:ecr:cn-north-1:123456789012:repository/platform"] }]
      }
      awx = {
        issuer               = "awx"
        subjects             = ["0f8fad5b"]
        managed_policies     = ["ReadOnlyAccess"]
        max_session_duration = 10800
      }
    }
  }

  assert {
    condition     = keys(aws_iam_openid_connect_provider.deploy) == ["github"] && aws_iam_openid_connect_provider.deploy["github"].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "A provider is made that is there already, or takes other tokens."
  }

  assert {
    condition = jsondecode(aws_iam_role.this["images"].assume_role_policy).Statement[0] == {
      Effect    = "Allow"
      Principal = { Federated = "arn:aws-cn:iam::123456789012:oidc-provider/made.example" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }
        StringLike   = { "token.actions.githubusercontent.com:sub" = ["repo:example/platform:ref:refs/heads/main", "repo:example/platform:ref:refs/tags/*"] }
      }
    }
    error_message = "Trust policy: ${aws_iam_role.this["images"].assume_role_policy}"
  }

  assert {
    condition     = jsondecode(aws_iam_role.this["awx"].assume_role_policy).Statement[0].Principal.Federated == "arn:aws-cn:iam::123456789012:oidc-provider/sso.example/realms/awx" && jsondecode(aws_iam_role.this["awx"].assume_role_policy).Statement[0].Condition.StringEquals["sso.example/realms/awx:aud"] == "aws"
    error_message = "Trust policy: ${aws_iam_role.this["awx"].assume_role_policy}"
  }

  assert {
    condition     = keys(output.deploy_role_arns) == ["awx", "images"] && aws_iam_role.this["awx"].max_session_duration == 10800 && jsondecode(aws_iam_role_policy.this["images"].policy).Statement[0].Action == ["ecr:PutImage"]
    error_message = "Roles: ${jsonencode(output.deploy_role_arns)}"
  }
}

run "bounds_every_role" {
  command = plan

  variables {
    permission_boundary = {}
    presets             = { opencost = {} }
    oidc_issuers        = { github = { url = "https://token.actions.githubusercontent.com" } }
    deploy_roles        = { images = { issuer = "github", subjects = ["repo:example/platform:environment:production"] } }
  }

  assert {
    condition     = toset(values(aws_iam_role.this)[*].permissions_boundary) == toset(["arn:aws-cn:iam::123456789012:policy/made-here"]) && output.permission_boundary_arn == "arn:aws-cn:iam::123456789012:policy/made-here"
    error_message = "A role is not bounded."
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_policy.permission_boundary[0].policy).Statement : statement.Sid if statement.Effect == "Allow"] == ["LeavesTheRestToPolicies"]
    error_message = "Policy: ${aws_iam_policy.permission_boundary[0].policy}"
  }

  assert {
    condition = length(setsubtract(
      ["iam:CreateAccessKey", "iam:CreateRole", "iam:DeleteRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy", "organizations:LeaveOrganization", "cloudtrail:StopLogging"],
      flatten([for statement in jsondecode(aws_iam_policy.permission_boundary[0].policy).Statement : statement.Action if statement.Effect == "Deny"]),
    )) == 0
    error_message = "A way round is open: ${aws_iam_policy.permission_boundary[0].policy}"
  }

  assert {
    condition     = { for statement in jsondecode(aws_iam_policy.permission_boundary[0].policy).Statement : statement.Sid => statement if contains(["ChangesOnlyRolesUnderTheBoundary", "KeepsTheBoundaryAsItIs"], statement.Sid) }["ChangesOnlyRolesUnderTheBoundary"].Condition.StringNotEquals["iam:PermissionsBoundary"] == "arn:aws-cn:iam::123456789012:policy/applied-ai-production-cn-north-1-boundary"
    error_message = "Roles may be made without the boundary."
  }

  assert {
    condition     = length(aws_iam_policy.permission_boundary[0].policy) <= 6144 && aws_iam_policy.permission_boundary[0].name == "applied-ai-production-cn-north-1-boundary"
    error_message = "IAM takes 6144 characters, the policy has ${length(aws_iam_policy.permission_boundary[0].policy)}."
  }
}

run "takes_a_boundary_that_is_there" {
  command = plan

  variables {
    permission_boundary = { arn = "arn:aws-cn:iam::123456789012:policy/everyone" }
    presets             = { opencost = {} }
  }

  assert {
    condition     = length(aws_iam_policy.permission_boundary) == 0 && aws_iam_role.this["opencost"].permissions_boundary == "arn:aws-cn:iam::123456789012:policy/everyone"
    error_message = "The role is bounded by ${aws_iam_role.this["opencost"].permissions_boundary}."
  }
}
