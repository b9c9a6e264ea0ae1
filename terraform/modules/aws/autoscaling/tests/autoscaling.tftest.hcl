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
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws-cn:sqs:cn-north-1:123456789012:applied-ai-staging-karpenter" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws-cn:iam::123456789012:role/made-here" }
  }
  mock_resource "aws_iam_instance_profile" {
    defaults = { arn = "arn:aws-cn:iam::123456789012:instance-profile/made-here" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws-cn:events:cn-north-1:123456789012:rule/made-here" }
  }
}

variables {
  cluster_name       = "applied-ai-staging"
  oidc_provider_arn  = "arn:aws-cn:iam::123456789012:oidc-provider/oidc.example/id/ABC"
  cluster_autoscaler = {}
  karpenter          = {}
  tags               = { Project = "applied-ai" }
}

run "makes_nothing_for_nobody" {
  command = plan

  variables {
    cluster_autoscaler = null
    karpenter          = null
    oidc_provider_arn  = null
  }

  assert {
    condition     = length(aws_iam_role.controller) + length(aws_iam_role.node) + length(aws_sqs_queue.interruptions) + length(aws_cloudwatch_event_rule.interruption) == 0
    error_message = "There is something although no autoscaler is asked for."
  }

  assert {
    condition     = output.karpenter_role_arn == null && output.karpenter_node_role_arn == null && output.karpenter_queue_name == null && output.cluster_autoscaler_role_arn == null
    error_message = "An output tells of something that is not there."
  }

  assert {
    condition     = output.annotated_role_arns == {}
    error_message = "Roles to annotate: ${jsonencode(output.annotated_role_arns)}"
  }
}

run "binds_roles_to_service_accounts" {
  command = plan

  assert {
    condition = { for name, role in aws_iam_role.controller : name => jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["oidc.example/id/ABC:sub"] } == {
      autoscaler = "system:serviceaccount:kube-system:cluster-autoscaler"
      karpenter  = "system:serviceaccount:karpenter:karpenter"
    }
    error_message = "A role is open to another service account."
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.controller : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["oidc.example/id/ABC:aud"] == "sts.amazonaws.com"])
    error_message = "A role takes tokens that are not meant for STS."
  }

  assert {
    condition     = length(aws_eks_pod_identity_association.controller) == 0
    error_message = "There are associations although identity is irsa."
  }

  assert {
    condition     = keys(output.annotated_role_arns) == ["cluster_autoscaler", "karpenter"]
    error_message = "Roles to annotate: ${join(", ", keys(output.annotated_role_arns))}"
  }

  assert {
    condition     = alltrue([for role in concat(values(aws_iam_role.controller), aws_iam_role.node) : length(role.name) <= 64 && startswith(role.name, "applied-ai-staging-cn-north-1-") && role.tags["Project"] == "applied-ai"])
    error_message = "A role's name does not tell cluster and region, or it is not tagged."
  }
}

run "associates_roles_with_pods" {
  command = plan

  variables {
    identity          = "pod_identity"
    oidc_provider_arn = null
    karpenter         = { namespace = "kube-system" }
  }

  assert {
    condition     = output.annotated_role_arns == {}
    error_message = "An account of Pod Identity shall bear no ARN."
  }

  assert {
    condition     = { for name, association in aws_eks_pod_identity_association.controller : name => "${association.namespace}/${association.service_account}" } == { autoscaler = "kube-system/cluster-autoscaler", karpenter = "kube-system/karpenter" }
    error_message = "Associations: ${jsonencode({ for name, association in aws_eks_pod_identity_association.controller : name => "${association.namespace}/${association.service_account}" })}"
  }

  assert {
    condition = jsondecode(aws_iam_role.controller["karpenter"].assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = {
          "aws:RequestTag/eks-cluster-arn"            = "arn:aws-cn:eks:cn-north-1:123456789012:cluster/applied-ai-staging"
          "aws:RequestTag/kubernetes-namespace"       = "kube-system"
          "aws:RequestTag/kubernetes-service-account" = "karpenter"
        }
      }
    }]
    error_message = "Trust policy: ${aws_iam_role.controller["karpenter"].assume_role_policy}"
  }
}

run "lets_the_autoscaler_scale_its_cluster_only" {
  command = plan

  assert {
    condition = alltrue(flatten([for statement in jsondecode(aws_iam_role_policy.cluster_autoscaler[0].policy).Statement :
      [for action in flatten([statement.Action]) : can(regex(":(Describe|Get)", action))] if contains(flatten([statement.Resource]), "*")
    ]))
    error_message = "More than reading is allowed on everything: ${aws_iam_role_policy.cluster_autoscaler[0].policy}"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.cluster_autoscaler[0].policy).Statement[0].Condition.StringEquals["aws:ResourceTag/k8s.io/cluster-autoscaler/applied-ai-staging"] == "owned"
    error_message = "Groups of other clusters may be scaled."
  }
}

run "lets_karpenter_touch_what_is_its_own" {
  command = plan

  assert {
    condition = alltrue(flatten([for statement in jsondecode(aws_iam_role_policy.karpenter[0].policy).Statement :
      [for action in flatten([statement.Action]) : can(regex(":(Describe|Get|List)", action))] if contains(flatten([statement.Resource]), "*")
    ]))
    error_message = "More than reading is allowed on everything: ${aws_iam_role_policy.karpenter[0].policy}"
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.karpenter[0].policy).Statement : statement.Sid => lookup(statement, "Condition", null) != null } == {
      FindImages                = false
      FindTheCluster            = false
      GiveNodesTheirRole        = true
      HearOfInterruptions       = false
      LaunchFromItsOwnTemplates = true
      LaunchFromWhatIsThere     = false
      LaunchOnlyWithItsTags     = true
      NameItsInstances          = true
      ReadTheInstanceProfile    = false
      ReadTheRegion             = true
      ReadWhatCannotBeNarrowed  = false
      RemoveWhatIsItsOwn        = true
      TagWhatItLaunches         = true
    }
    error_message = "A statement has lost its condition: ${aws_iam_role_policy.karpenter[0].policy}"
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_iam_role_policy.karpenter[0].policy).Statement :
      statement.Condition.StringEquals["aws:ResourceTag/kubernetes.io/cluster/applied-ai-staging"] == "owned"
      if contains(["LaunchFromItsOwnTemplates", "NameItsInstances", "RemoveWhatIsItsOwn"], statement.Sid)
    ])
    error_message = "Karpenter may touch what it did not make."
  }

  assert {
    condition     = !can(regex("iam:(Create|Delete|Add|Remove|Put|Attach|Tag)", aws_iam_role_policy.karpenter[0].policy))
    error_message = "Karpenter may change something in IAM."
  }

  assert {
    condition     = length(aws_iam_role_policy.karpenter[0].policy) < 10240
    error_message = "IAM takes 10240 characters, the policy has ${length(aws_iam_role_policy.karpenter[0].policy)}."
  }
}

run "makes_the_nodes_role" {
  command = plan

  assert {
    condition     = keys(aws_iam_role_policy_attachment.node) == ["AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"] && alltrue([for attachment in aws_iam_role_policy_attachment.node : startswith(attachment.policy_arn, "arn:aws-cn:iam::aws:policy/")])
    error_message = "Nodes may do more or less than they need: ${join(", ", keys(aws_iam_role_policy_attachment.node))}"
  }

  assert {
    condition     = aws_eks_access_entry.node[0].type == "EC2_LINUX" && aws_eks_access_entry.node[0].principal_arn == "arn:aws-cn:iam::123456789012:role/made-here"
    error_message = "The nodes are not let into the cluster."
  }

  assert {
    condition     = output.karpenter_instance_profile_name == "applied-ai-staging-cn-north-1-auto-node" && output.karpenter_node_role_arn == "arn:aws-cn:iam::123456789012:role/made-here"
    error_message = "The outputs do not tell the nodes' role and profile."
  }
}

run "takes_the_role_of_node_groups" {
  command = plan

  variables {
    karpenter = { node_role_arn = "arn:aws-cn:iam::123456789012:role/path/node" }
  }

  assert {
    condition     = length(aws_iam_role.node) + length(aws_eks_access_entry.node) + length(aws_iam_role_policy_attachment.node) == 0
    error_message = "A role is made, or let in, although one is given."
  }

  assert {
    condition     = aws_iam_instance_profile.node[0].role == "node" && output.karpenter_node_role_arn == "arn:aws-cn:iam::123456789012:role/path/node"
    error_message = "The instance profile has another role: ${aws_iam_instance_profile.node[0].role}"
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.karpenter[0].policy).Statement : statement.Resource if statement.Sid == "GiveNodesTheirRole"] == ["arn:aws-cn:iam::123456789012:role/path/node"]
    error_message = "Karpenter may give nodes another role."
  }
}

run "hears_of_interruptions" {
  command = plan

  assert {
    condition     = aws_sqs_queue.interruptions[0].sqs_managed_sse_enabled && aws_sqs_queue.interruptions[0].message_retention_seconds == 300
    error_message = "The queue is not encrypted, or keeps old news."
  }

  assert {
    condition     = { for statement in jsondecode(aws_sqs_queue_policy.interruptions[0].policy).Statement : statement.Sid => statement.Effect } == { EventBridgeSends = "Allow", NothingWithoutTls = "Deny" }
    error_message = "Queue policy: ${aws_sqs_queue_policy.interruptions[0].policy}"
  }

  assert {
    condition     = length(jsondecode(aws_sqs_queue_policy.interruptions[0].policy).Statement[0].Condition.ArnEquals["aws:SourceArn"]) == 5
    error_message = "The queue takes messages of other rules."
  }

  assert {
    condition     = toset(flatten([for rule in aws_cloudwatch_event_rule.interruption : jsondecode(rule.event_pattern)["detail-type"]])) == toset(["AWS Health Event", "EC2 Capacity Reservation Instance Interruption Warning", "EC2 Instance Rebalance Recommendation", "EC2 Instance State-change Notification", "EC2 Spot Instance Interruption Warning"])
    error_message = "Not every interruption is heard of."
  }

  assert {
    condition     = keys(aws_cloudwatch_event_target.interruption) == keys(aws_cloudwatch_event_rule.interruption) && alltrue([for target in aws_cloudwatch_event_target.interruption : target.arn == aws_sqs_queue.interruptions[0].arn])
    error_message = "A rule does not end in the queue."
  }
}

run "tags_what_karpenter_is_to_find" {
  command = plan

  variables {
    discovery_resource_ids = { cluster = "sg-a", zone = "subnet-a" }
  }

  assert {
    condition     = { for tag in aws_ec2_tag.discovery : tag.resource_id => "${tag.key}=${tag.value}" } == { sg-a = "karpenter.sh/discovery=applied-ai-staging", subnet-a = "karpenter.sh/discovery=applied-ai-staging" }
    error_message = "Tags: ${jsonencode({ for tag in aws_ec2_tag.discovery : tag.resource_id => "${tag.key}=${tag.value}" })}"
  }
}
