data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_region" "global" {
  provider = aws.global
}

locals {
  partition  = data.aws_partition.current.partition
  account_id = data.aws_caller_identity.current.account_id

  # What is made outside the platform's region would meet the same name of a platform in another one.
  global_name = "${var.name}-${data.aws_region.current.name}"
}
