locals {
  ec2_arn = "arn:${local.partition}:ec2:${local.region}:${local.account}"
  elb_arn = "arn:${local.partition}:elasticloadbalancing:${local.region}:${local.account}"

  # The controller tags what it makes with its cluster, and may change only what bears the tag.
  controller_asks_tag = { "aws:RequestTag/elbv2.k8s.aws/cluster" = var.cluster_name }
  controller_has_tag  = { "aws:ResourceTag/elbv2.k8s.aws/cluster" = var.cluster_name }
  controller_lets_tag = { "aws:RequestTag/elbv2.k8s.aws/cluster" = "true" }

  # What those do who keep things in a bucket.
  keep_objects = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
  bucket_key_statements = {
    for name in ["elastic_stack", "velero", "weaviate"] : name => [for keys in [try(var.presets[name].kms_key_arns, [])] : {
      Sid       = "UseTheBucketsKey"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = keys
      Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.${data.aws_partition.current.dns_suffix}" } }
    } if length(keys) > 0]
  }

  preset_policies = merge({
    aws_load_balancer_controller = one([for preset in var.presets.aws_load_balancer_controller[*] : jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "MakeTheServiceLinkedRole"
          Effect    = "Allow"
          Action    = "iam:CreateServiceLinkedRole"
          Resource  = "arn:${local.partition}:iam::${local.account}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"
          Condition = { StringEquals = { "iam:AWSServiceName" = "elasticloadbalancing.amazonaws.com" } }
        },
        {
          Sid    = "ReadWhatCannotBeNarrowed"
          Effect = "Allow"
          Action = [
            "acm:DescribeCertificate",
            "acm:ListCertificates",
            "cognito-idp:DescribeUserPoolClient",
            "ec2:DescribeAccountAttributes",
            "ec2:DescribeAddresses",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeCoipPools",
            "ec2:DescribeInstances",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeIpamPools",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeTags",
            "ec2:DescribeVpcPeeringConnections",
            "ec2:DescribeVpcs",
            "ec2:GetCoipPoolUsage",
            "ec2:GetSecurityGroupsForVpc",
            "elasticloadbalancing:DescribeCapacityReservation",
            "elasticloadbalancing:DescribeListenerAttributes",
            "elasticloadbalancing:DescribeListenerCertificates",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeSSLPolicies",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
            "elasticloadbalancing:DescribeTrustStores",
            "iam:GetServerCertificate",
            "iam:ListServerCertificates",
            "shield:DescribeProtection",
            "shield:GetSubscriptionState",
            "wafv2:GetWebACL",
            "wafv2:GetWebACLForResource",
          ]
          Resource = "*"
        },
        {
          Sid      = "PutFirewallsBeforeLoadBalancers"
          Effect   = "Allow"
          Action   = ["elasticloadbalancing:SetWebAcl", "wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"]
          Resource = ["${local.elb_arn}:loadbalancer/app/*", "arn:${local.partition}:wafv2:${local.region}:${local.account}:regional/webacl/*"]
        },
        {
          Sid      = "MakeSecurityGroupsInNetworks"
          Effect   = "Allow"
          Action   = "ec2:CreateSecurityGroup"
          Resource = "${local.ec2_arn}:vpc/*"
        },
        {
          Sid       = "MakeSecurityGroupsWithItsTag"
          Effect    = "Allow"
          Action    = "ec2:CreateSecurityGroup"
          Resource  = "${local.ec2_arn}:security-group/*"
          Condition = { StringEquals = local.controller_asks_tag }
        },
        {
          Sid       = "TagNewSecurityGroups"
          Effect    = "Allow"
          Action    = "ec2:CreateTags"
          Resource  = "${local.ec2_arn}:security-group/*"
          Condition = { StringEquals = merge(local.controller_asks_tag, { "ec2:CreateAction" = "CreateSecurityGroup" }) }
        },
        {
          Sid       = "TagItsSecurityGroups"
          Effect    = "Allow"
          Action    = ["ec2:CreateTags", "ec2:DeleteTags"]
          Resource  = "${local.ec2_arn}:security-group/*"
          Condition = { StringEquals = local.controller_has_tag, Null = local.controller_lets_tag }
        },
        {
          Sid       = "ChangeItsSecurityGroups"
          Effect    = "Allow"
          Action    = ["ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupIngress"]
          Resource  = "${local.ec2_arn}:security-group/*"
          Condition = { StringEquals = local.controller_has_tag }
        },
        {
          Sid       = "LetLoadBalancersReachNodes"
          Effect    = "Allow"
          Action    = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
          Resource  = "${local.ec2_arn}:security-group/*"
          Condition = { StringEquals = { "aws:ResourceTag/kubernetes.io/cluster/${var.cluster_name}" = ["owned", "shared"] } }
        },
        {
          Sid       = "MakeLoadBalancersWithItsTag"
          Effect    = "Allow"
          Action    = ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
          Resource  = ["${local.elb_arn}:loadbalancer/*", "${local.elb_arn}:targetgroup/*"]
          Condition = { StringEquals = local.controller_asks_tag }
        },
        {
          Sid      = "TagNewLoadBalancers"
          Effect   = "Allow"
          Action   = "elasticloadbalancing:AddTags"
          Resource = ["${local.elb_arn}:loadbalancer/*", "${local.elb_arn}:targetgroup/*"]
          Condition = {
            StringEquals = merge(local.controller_asks_tag, {
              "elasticloadbalancing:CreateAction" = ["CreateLoadBalancer", "CreateTargetGroup"]
            })
          }
        },
        {
          Sid       = "TagItsLoadBalancers"
          Effect    = "Allow"
          Action    = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"]
          Resource  = ["${local.elb_arn}:loadbalancer/*", "${local.elb_arn}:targetgroup/*"]
          Condition = { StringEquals = local.controller_has_tag, Null = local.controller_lets_tag }
        },
        {
          Sid    = "ChangeItsLoadBalancers"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:DeleteLoadBalancer",
            "elasticloadbalancing:DeleteTargetGroup",
            "elasticloadbalancing:ModifyCapacityReservation",
            "elasticloadbalancing:ModifyIpPools",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "elasticloadbalancing:ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
            "elasticloadbalancing:SetIpAddressType",
            "elasticloadbalancing:SetSecurityGroups",
            "elasticloadbalancing:SetSubnets",
          ]
          Resource  = ["${local.elb_arn}:loadbalancer/*", "${local.elb_arn}:targetgroup/*"]
          Condition = { StringEquals = local.controller_has_tag }
        },
        # Listeners and rules do not always bear the tag.
        {
          Sid    = "ChangeListeners"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:AddListenerCertificates",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:CreateRule",
            "elasticloadbalancing:DeleteListener",
            "elasticloadbalancing:DeleteRule",
            "elasticloadbalancing:ModifyListener",
            "elasticloadbalancing:ModifyListenerAttributes",
            "elasticloadbalancing:ModifyRule",
            "elasticloadbalancing:RemoveListenerCertificates",
            "elasticloadbalancing:RemoveTags",
            "elasticloadbalancing:SetRulePriorities",
          ]
          Resource = ["${local.elb_arn}:listener-rule/*", "${local.elb_arn}:listener/*"]
        },
        {
          Sid       = "GiveItsLoadBalancersListeners"
          Effect    = "Allow"
          Action    = "elasticloadbalancing:CreateListener"
          Resource  = "${local.elb_arn}:loadbalancer/*"
          Condition = { StringEquals = local.controller_has_tag }
        },
        # Target groups made elsewhere are bound too.
        {
          Sid      = "RegisterPods"
          Effect   = "Allow"
          Action   = ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
          Resource = "${local.elb_arn}:targetgroup/*"
        },
      ]
    })])

    cert_manager = one([for preset in var.presets.cert_manager[*] : jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "AnswerChallenges"
          Effect   = "Allow"
          Action   = "route53:ChangeResourceRecordSets"
          Resource = [for id in preset.zone_ids : "arn:${local.partition}:route53:::hostedzone/${id}"]
          Condition = {
            "ForAllValues:StringEquals" = { "route53:ChangeResourceRecordSetsRecordTypes" = "TXT" }
            "ForAllValues:StringLike"   = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = "_acme-challenge.*" }
          }
        },
        {
          Sid      = "ReadRecords"
          Effect   = "Allow"
          Action   = "route53:ListResourceRecordSets"
          Resource = [for id in preset.zone_ids : "arn:${local.partition}:route53:::hostedzone/${id}"]
        },
        {
          Sid      = "FollowChanges"
          Effect   = "Allow"
          Action   = "route53:GetChange"
          Resource = "arn:${local.partition}:route53:::change/*"
        },
        {
          Sid      = "FindZones"
          Effect   = "Allow"
          Action   = "route53:ListHostedZonesByName"
          Resource = "*"
        },
      ]
    })])

    external_dns = one([for preset in var.presets.external_dns[*] : jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "KeepRecords"
          Effect   = "Allow"
          Action   = ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets", "route53:ListTagsForResources"]
          Resource = [for id in preset.zone_ids : "arn:${local.partition}:route53:::hostedzone/${id}"]
        },
        {
          Sid      = "FindZones"
          Effect   = "Allow"
          Action   = "route53:ListHostedZones"
          Resource = "*"
        },
      ]
    })])

    external_secrets = one([for preset in var.presets.external_secrets[*] : jsonencode({
      Version = "2012-10-17"
      Statement = concat(
        [for prefixes in [preset.secret_prefixes] : {
          Sid      = "ReadSecrets"
          Effect   = "Allow"
          Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"]
          Resource = [for prefix in prefixes : "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:${prefix}*"]
        } if length(prefixes) > 0],
        [for prefixes in [preset.parameter_prefixes] : {
          Sid      = "ReadParameters"
          Effect   = "Allow"
          Action   = ["ssm:GetParameter", "ssm:GetParameters"]
          Resource = [for prefix in prefixes : "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/${trimprefix(prefix, "/")}*"]
        } if length(prefixes) > 0],
        [for keys in [preset.kms_key_arns] : {
          Sid      = "DecryptThem"
          Effect   = "Allow"
          Action   = "kms:Decrypt"
          Resource = keys
          Condition = {
            StringEquals = { "kms:ViaService" = [for service in ["secretsmanager", "ssm"] : "${service}.${local.region}.${data.aws_partition.current.dns_suffix}"] }
          }
        } if length(keys) > 0],
      )
    })])

    opencost = one([for preset in var.presets.opencost[*] : jsonencode({
      Version = "2012-10-17"
      Statement = concat(
        [{
          Sid      = "FindWhatNobodyUses"
          Effect   = "Allow"
          Action   = ["ec2:DescribeAddresses", "ec2:DescribeVolumes"]
          Resource = "*"
        }],
        [for arn in preset.spot_feed_bucket_arn[*] : {
          Sid      = "ReadSpotPrices"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:ListBucket"]
          Resource = [arn, "${arn}/*"]
        }],
      )
    })])

    velero = one([for preset in var.presets.velero[*] : jsonencode({
      Version = "2012-10-17"
      Statement = concat(
        [
          {
            Sid      = "FindBackups"
            Effect   = "Allow"
            Action   = "s3:ListBucket"
            Resource = preset.bucket_arn
          },
          {
            Sid      = "KeepBackups"
            Effect   = "Allow"
            Action   = local.keep_objects
            Resource = "${preset.bucket_arn}/*"
          },
          {
            Sid      = "FindVolumes"
            Effect   = "Allow"
            Action   = ["ec2:DescribeSnapshots", "ec2:DescribeVolumes"]
            Resource = "*"
          },
          {
            Sid      = "CopyVolumes"
            Effect   = "Allow"
            Action   = ["ec2:CreateSnapshot", "ec2:CreateVolume"]
            Resource = ["${local.ec2_arn}:volume/*", "arn:${local.partition}:ec2:${local.region}::snapshot/*"]
          },
          {
            Sid       = "TagCopies"
            Effect    = "Allow"
            Action    = "ec2:CreateTags"
            Resource  = ["${local.ec2_arn}:volume/*", "arn:${local.partition}:ec2:${local.region}::snapshot/*"]
            Condition = { StringEquals = { "ec2:CreateAction" = ["CreateSnapshot", "CreateVolume"] } }
          },
          {
            Sid       = "RemoveItsSnapshots"
            Effect    = "Allow"
            Action    = "ec2:DeleteSnapshot"
            Resource  = "arn:${local.partition}:ec2:${local.region}::snapshot/*"
            Condition = { StringLike = { "aws:ResourceTag/velero.io/backup" = "*" } }
          },
        ],
        local.bucket_key_statements["velero"],
        # What arrived in the other region is looked at, and never written.
        [for arn in preset.replica_bucket_arn[*] : {
          Sid      = "ReadCopies"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:ListBucket"]
          Resource = [arn, "${arn}/*"]
        }],
        [for arn in preset.replica_kms_key_arn[*] : {
          Sid       = "UseTheCopiesKey"
          Effect    = "Allow"
          Action    = "kms:Decrypt"
          Resource  = arn
          Condition = { StringEquals = { "kms:ViaService" = "s3.${split(":", arn)[3]}.${data.aws_partition.current.dns_suffix}" } }
        }],
      )
    })])
    }, {
    for name in ["elastic_stack", "weaviate"] : name => one([for preset in var.presets[name][*] : jsonencode({
      Version = "2012-10-17"
      Statement = concat(
        [
          {
            Sid      = "FindSnapshots"
            Effect   = "Allow"
            Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
            Resource = preset.bucket_arn
          },
          {
            Sid      = "KeepSnapshots"
            Effect   = "Allow"
            Action   = local.keep_objects
            Resource = "${preset.bucket_arn}/*"
          },
        ],
        local.bucket_key_statements[name],
      )
    })])
  })
}
