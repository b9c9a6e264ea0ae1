terraform {
  required_version = "~> 1.11"

  # Partial: bucket, key, region, encrypt and use_lockfile come with `terraform init -backend-config=…`.
  backend "s3" {}

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}
