# SPDX-License-Identifier: Apache-2.0
"""Databases, caches, search and Kafka: instances, copies and baselines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

POSTGRES = {"engine": "postgres", "instance_class": "db.m5.large", "allocated_storage": 100, "storage_type": "gp3"}


@pytest.mark.parametrize(("size", "iops", "paid"), [(399, 4000, 1000), (400, 12000, None), (400, 12500, 500)])
def test_gp3_of_databases_has_a_larger_baseline_from_400_gib(
    parts: Any, make: Any, size: int, iops: int, paid: int | None
) -> None:
    found = parts(make("aws_db_instance.d", {**POSTGRES, "allocated_storage": size, "iops": iops}))
    assert found.quantities.get("IOPS") == paid


def test_engine_without_prices_is_a_gap_and_its_storage_is_priced(parts: Any, make: Any) -> None:
    found = parts(make("aws_db_instance.d", {**POSTGRES, "engine": "oracle-ee"}))
    assert "oracle-ee" in found.gaps[0]
    assert found.quantities == {"Storage (gp3)": 100}


def test_old_version_pays_for_extended_support_unless_it_refuses(parts: Any, make: Any) -> None:
    old = {**POSTGRES, "engine_version": "11.22"}
    assert any("xtended" in gap for gap in parts(make("aws_db_instance.d", old)).gaps)
    refused = {**old, "engine_lifecycle_support": "open-source-rds-extended-support-disabled"}
    assert not parts(make("aws_db_instance.d", refused)).gaps
    assert not parts(make("aws_db_instance.d", old), today=date(2024, 2, 29)).gaps


def test_size_that_is_unknown_is_a_gap_beside_the_hours(parts: Any, make: Any) -> None:
    values = {name: value for name, value in POSTGRES.items() if name != "allocated_storage"}
    found = parts(make("aws_db_instance.d", values, unknown={"allocated_storage": True}))
    assert found.quantities == {"Instance hours (db.m5.large)": 730}
    assert "after apply" in found.gaps[0]


def test_insights_kept_longer_than_a_week_are_said(parts: Any, make: Any) -> None:
    kept = {"performance_insights_enabled": True, "performance_insights_retention_period": 731}
    assert "731 days" in parts(make("aws_db_instance.d", {**POSTGRES, **kept})).gaps[0]


@pytest.mark.parametrize(
    ("values", "nodes"),
    [
        ({"num_cache_clusters": 2}, 2),
        ({"num_node_groups": 3, "replicas_per_node_group": 0}, 3),
        ({"num_node_groups": 2, "replicas_per_node_group": 1, "num_cache_clusters": 4}, 4),
        ({"cluster_mode": [{"num_node_groups": 2, "replicas_per_node_group": 2}]}, 6),
        ({"number_cache_clusters": 5}, 5),
        ({}, 1),
    ],
)
def test_every_node_of_a_group_is_paid(parts: Any, make: Any, values: dict[str, Any], nodes: int) -> None:
    group = make("aws_elasticache_replication_group.g", {"node_type": "cache.m5.large", **values})
    assert parts(group).quantities == {"Node hours (cache.m5.large)": 730 * nodes}


def test_member_of_a_group_has_the_groups_type(parts: Any, make: Any) -> None:
    group = make("aws_elasticache_replication_group.g", {"id": "g", "node_type": "cache.m5.large", "engine": "valkey"})
    member = make("aws_elasticache_cluster.c", {"replication_group_id": "g"})
    assert parts(member, group).quantities == {"Node hours (cache.m5.large)": 730}


def test_optimised_clusters_have_no_instance_prices(parts: Any, make: Any) -> None:
    aurora = make("aws_rds_cluster.c", {"id": "c", "storage_type": "aurora-iopt1"})
    values = {"cluster_identifier": "c", "instance_class": "db.r6g.large", "engine": "aurora-postgresql"}
    assert "I/O-optimized" in parts(make("aws_rds_cluster_instance.i", values), aurora).gaps[0]
    docdb = make("aws_docdb_cluster.c", {"id": "c", "storage_type": "iopt1"})
    assert "I/O-optimized" in parts(make("aws_docdb_cluster_instance.i", values), docdb).gaps[0]


def test_serverless_instances_cost_by_capacity(parts: Any, make: Any) -> None:
    values = {"instance_class": "db.serverless", "engine": "aurora-postgresql"}
    assert parts(make("aws_rds_cluster_instance.i", values)).missing == {"capacity_units_per_hr"}


def test_table_by_requests_and_table_by_capacity(parts: Any, make: Any) -> None:
    on_demand = parts(make("aws_dynamodb_table.t", {"billing_mode": "PAY_PER_REQUEST"}))
    assert {"monthly_read_request_units", "monthly_write_request_units", "storage_gb"} <= on_demand.missing
    provisioned = parts(make("aws_dynamodb_table.t", {"read_capacity": 5, "write_capacity": 5}))
    assert len(provisioned.gaps) == 2


def test_older_name_of_a_search_node_has_the_same_price(parts: Any, make: Any) -> None:
    config = {"cluster_config": [{"instance_type": "m5.large.elasticsearch", "instance_count": 2}]}
    found = parts(make("aws_elasticsearch_domain.d", config))
    assert found.quantities == {"Data node hours (m5.large.search)": 1460}


@pytest.mark.parametrize("kind", ["aws_neptune_cluster_instance"])
def test_databases_that_the_book_does_not_know_are_gaps(parts: Any, make: Any, kind: str) -> None:
    found = parts(make(f"{kind}.n", {"instance_class": "db.r5.large"}))
    assert found.gaps
    assert not found.components
