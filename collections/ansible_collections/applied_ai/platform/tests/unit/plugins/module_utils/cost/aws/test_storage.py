# SPDX-License-Identifier: Apache-2.0
"""Buckets, file systems, images and backups."""

from __future__ import annotations

from typing import Any

import pytest


def test_bucket_without_usage_asks_for_its_standard_class(parts: Any, make: Any) -> None:
    found = parts(make("aws_s3_bucket.b", {}))
    assert found.missing == {
        "standard.storage_gb",
        "standard.monthly_tier_1_requests",
        "standard.monthly_tier_2_requests",
    }
    assert not found.components


def test_classes_that_usage_names_are_priced(parts: Any, make: Any) -> None:
    usage = {"glacier_instant_retrieval.storage_gb": 10, "glacier_instant_retrieval.monthly_tier_2_requests": 2000}
    quantities = parts(make("aws_s3_bucket.b", {}), usage=usage).quantities
    assert quantities == {"Storage, glacier instant retrieval": 10, "GET requests, glacier instant retrieval": 2}


def test_storage_gets_cheaper_by_the_amount(parts: Any, make: Any) -> None:
    found = parts(make("aws_s3_bucket.b", {}), usage={"standard.storage_gb": 600 * 1024})
    amounts = [int(part.quantity) for part in found.components]
    assert amounts == [50 * 1024, 450 * 1024, 100 * 1024]
    prices = [part.price for part in found.components]
    assert prices == sorted(prices, reverse=True)


@pytest.mark.parametrize(
    ("values", "gap"),
    [
        ({"deployment_type": "PERSISTENT_2", "storage_capacity": 1200, "per_unit_storage_throughput": 1000}, "1000"),
        ({"deployment_type": "PERSISTENT_2"}, "storage_capacity"),
    ],
)
def test_lustre_that_cannot_be_priced_is_said(parts: Any, make: Any, values: Any, gap: str) -> None:
    found = parts(make("aws_fsx_lustre_file_system.f", values))
    assert gap in found.gaps[0]
    assert not found.components


def test_file_systems_modes(parts: Any, make: Any) -> None:
    provisioned = {"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 10}
    found = parts(make("aws_efs_file_system.f", provisioned))
    assert "provisioned-throughput" in found.gaps[0] or found.quantities["Provisioned throughput"] == 10
    assert "monthly_elastic_read_gb" not in found.missing
    zfs = parts(make("aws_fsx_openzfs_file_system.z", {"deployment_type": "MULTI_AZ_1", "throughput_capacity": 64}))
    assert "Multi-AZ" in zfs.gaps[0]


def test_vault_costs_by_what_it_keeps(parts: Any, make: Any) -> None:
    kept = make("aws_backup_logically_air_gapped_vault.v", {})
    assert parts(kept, usage={"monthly_ebs_snapshot_gb": 5}).quantities == {"Backups of EBS": 5}
    assert parts(make("aws_ecr_repository.r", {})).missing == {"storage_gb"}
