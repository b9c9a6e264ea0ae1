mock_provider "aws" {}

mock_provider "aws" {
  alias = "replica"
}

variables {
  name = "applied-ai-staging"
}

run "refuses_a_name_that_buckets_cannot_carry" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "Applied_AI"
  }
}

run "refuses_a_key_that_a_bucket_cannot_carry" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { Data_Sets = {} }
  }
}

run "refuses_a_bucket_name_that_s3_does_not_take" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { datasets = { bucket_name = "Applied.AI" } }
  }
}

run "refuses_the_logs_of_an_unknown_service" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { datasets = { log_delivery = ["syslog"] } }
  }
}

run "refuses_access_logs_into_a_bucket_that_takes_none" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { datasets = { access_logs_bucket = "datasets" } }
  }
}

run "refuses_a_replica_without_versions" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { datasets = { replicate = true, versioning = false } }
  }
}

run "refuses_time_control_without_a_replica" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { datasets = { replication_time_control = true } }
  }
}

run "refuses_a_lock_of_unknown_mode" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { datasets = { object_lock = { days = 30, mode = "LEGAL" } } }
  }
}

run "refuses_a_storage_class_before_its_time" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { datasets = { transitions = [{ days = 7, storage_class = "STANDARD_IA" }] } }
  }
}

run "refuses_to_expire_at_once" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { datasets = { expiration_days = 0 } }
  }
}

run "refuses_an_archive_before_its_time" {
  command         = plan
  expect_failures = [var.buckets]
  variables {
    buckets = { datasets = { intelligent_tiering = { archive_days = 30 } } }
  }
}

run "refuses_a_deletion_window_that_kms_does_not_take" {
  command         = plan
  expect_failures = [var.kms_deletion_window_days]
  variables {
    kms_deletion_window_days = 6
  }
}

run "refuses_a_name_that_lustre_cannot_carry" {
  command         = plan
  expect_failures = [var.lustre_file_systems]
  variables {
    lustre_file_systems = { "a system" = { subnet_id = "subnet-a" } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_a_capacity_that_lustre_does_not_have" {
  command         = plan
  expect_failures = [var.lustre_file_systems]
  variables {
    lustre_file_systems = { scratch = { subnet_id = "subnet-a", storage_capacity = 3600 } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_a_throughput_that_lustre_does_not_have" {
  command         = plan
  expect_failures = [var.lustre_file_systems]
  variables {
    lustre_file_systems = { scratch = { subnet_id = "subnet-a", per_unit_storage_throughput = 200 } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_lustre_for_the_whole_internet" {
  command         = plan
  expect_failures = [var.lustre_file_systems]
  variables {
    lustre_file_systems = { scratch = { subnet_id = "subnet-a", allowed_cidrs = ["0.0.0.0/0"] } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_backups_of_lustre_over_a_bucket" {
  command         = plan
  expect_failures = [var.lustre_file_systems]
  variables {
    lustre_file_systems = { scratch = { subnet_id = "subnet-a", backup_retention_days = 7, data_repositories = { "/x" = { source = "s3://x" } } } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_a_data_repository_that_is_no_bucket" {
  command         = plan
  expect_failures = [var.lustre_file_systems]
  variables {
    lustre_file_systems = { scratch = { subnet_id = "subnet-a", data_repositories = { "/x" = { source = "nowhere" } } } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_a_maintenance_without_a_day" {
  command         = plan
  expect_failures = [var.lustre_file_systems]
  variables {
    lustre_file_systems = { scratch = { subnet_id = "subnet-a", maintenance_start = "04:00" } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_a_name_that_a_file_system_cannot_carry" {
  command         = plan
  expect_failures = [var.shared_file_systems]
  variables {
    shared_file_systems = { "a system" = { subnet_ids = { us-east-1a = "subnet-a" } } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_a_file_system_for_the_whole_internet" {
  command         = plan
  expect_failures = [var.shared_file_systems]
  variables {
    shared_file_systems = { models = { subnet_ids = { us-east-1a = "subnet-a" }, allowed_cidrs = ["0.0.0.0/0"] } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_an_access_point_without_a_path" {
  command         = plan
  expect_failures = [var.shared_file_systems]
  variables {
    shared_file_systems = { models = { subnet_ids = { us-east-1a = "subnet-a" }, access_points = { hub = { path = "hub" } } } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_a_period_that_efs_does_not_know" {
  command         = plan
  expect_failures = [var.shared_file_systems]
  variables {
    shared_file_systems = { models = { subnet_ids = { us-east-1a = "subnet-a" }, transition_to_ia = "AFTER_10_DAYS" } }
    vpc_id              = "vpc-platform"
  }
}

run "refuses_file_systems_without_a_vpc" {
  command         = plan
  expect_failures = [var.vpc_id]
  variables {
    shared_file_systems = { models = { subnet_ids = { us-east-1a = "subnet-a" } } }
  }
}
