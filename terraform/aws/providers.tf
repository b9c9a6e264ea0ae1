provider "aws" {
  region = var.region

  # Whatever forgets its tags bears these all the same.
  default_tags {
    tags = local.tags
  }
}

# Copies of backups and buckets. Without a second region nothing is made with it.
provider "aws" {
  alias  = "replica"
  region = coalesce(var.secondary_region, var.region)

  default_tags {
    tags = local.tags
  }
}

# What AWS keeps in one region for all: CloudFront's certificates and firewall, billing.
provider "aws" {
  alias  = "global"
  region = var.global_region

  default_tags {
    tags = local.tags
  }
}
