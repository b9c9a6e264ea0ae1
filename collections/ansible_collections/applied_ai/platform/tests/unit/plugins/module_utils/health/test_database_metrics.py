# SPDX-License-Identifier: Apache-2.0
"""Which metrics are asked for, and how answers of several parts become series."""

from __future__ import annotations

from datetime import timedelta

from ansible_collections.applied_ai.platform.plugins.module_utils.health import database_metrics as metrics
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    Database,
    Kind,
    Member,
    Point,
    landscape,
)
from support import database_answers as aws
from support.database_answers import NOW, ago

FACTS = landscape(aws.answers())


def database(name: str) -> Database:
    return next(one for one in FACTS.databases if name in {one.name, one.alias})


def test_each_kind_is_asked_for_its_own_metrics() -> None:
    asked = {(one.measure.namespace, one.measure.metric, one.resource) for one in metrics.queries(FACTS.databases)}
    assert asked == {
        ("AWS/RDS", "FreeStorageSpace", "postgres"),
        ("AWS/RDS", "FreeStorageSpace", "postgres-replica"),
        ("AWS/RDS", "ReplicaLag", "postgres-replica"),
        ("AWS/RDS", "VolumeBytesUsed", "aurora"),
        ("AWS/RDS", "AuroraReplicaLag", "aurora-1"),
        ("AWS/DocDB", "VolumeBytesUsed", "documents"),
        ("AWS/DocDB", "DBInstanceReplicaLag", "documents-1"),
        ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "cache-001"),
        ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "cache-002"),
        ("AWS/ElastiCache", "ReplicationLag", "cache-002"),
    }


def test_a_full_memcached_is_no_fault() -> None:
    cache = Database("m", "r", Kind.ELASTICACHE, "memcached", "1.6", "available", members=(Member("m", "available"),))
    assert metrics.storage_resources(cache) == ()
    assert metrics.lag_resources(cache) == ()
    assert metrics.lag_resources(database("shared")) == ()


def test_requests_are_cut_where_cloudwatch_cuts() -> None:
    query = metrics.Query(metrics.STORAGE[Kind.RDS], "x", timedelta(days=14), 60)
    sizes = [len(named) for named, _ in metrics.requests([query] * 1001, NOW)]
    assert sizes == [500, 500, 1]


def test_windows_are_not_mixed() -> None:
    requests = [request for _, request in metrics.requests(metrics.queries(FACTS.databases), NOW)]
    assert sorted(request["EndTime"] - request["StartTime"] for request in requests) == [
        timedelta(hours=1),
        timedelta(days=14),
    ]


def test_parts_of_one_series_are_joined_and_sorted() -> None:
    parts = [
        {"Id": "q0", "Timestamps": [ago(hours=1)], "Values": [2]},
        {"Id": "q1", "Timestamps": [NOW], "Values": [float("nan")]},
        {"Id": "q0", "Timestamps": [ago(hours=2)], "Values": [1]},
    ]
    assert metrics.points(parts) == {"q0": (Point(ago(hours=2), 1.0), Point(ago(hours=1), 2.0)), "q1": ()}


def test_used_becomes_free() -> None:
    memory = metrics.STORAGE[Kind.ELASTICACHE]
    assert metrics.free(memory, [Point(NOW, 80.0)]) == (Point(NOW, 20.0),)
    assert metrics.free(metrics.STORAGE[Kind.RDS], [Point(NOW, 80.0)]) == (Point(NOW, 80.0),)
