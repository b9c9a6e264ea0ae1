# SPDX-License-Identifier: Apache-2.0
"""AWS's answers become facts: every kind, every sort of backup, every pending thing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    Database,
    Kind,
    Maintenance,
    cluster_kind,
    landscape,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Unreadable
from support import database_answers as aws
from support.database_answers import AWAY, GIB, HOME, ago


def one(said: dict[str, Any], name: str) -> Database:
    return next(found for found in landscape(said).databases if name in {found.name, found.alias})


def test_every_kind_is_found_once_and_sorted() -> None:
    assert [(found.region, found.kind, found.name) for found in landscape(aws.answers()).databases] == [
        (HOME, Kind.AURORA, "aurora"),
        (HOME, Kind.DOCUMENTDB, "documents"),
        (HOME, Kind.EFS, "fs-0123456789abcdef0"),
        (HOME, Kind.ELASTICACHE, "cache"),
        (HOME, Kind.RDS, "postgres"),
        (AWAY, Kind.RDS, "postgres-replica"),
    ]


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("aurora-mysql", Kind.AURORA),
        ("docdb", Kind.DOCUMENTDB),
        ("neptune", Kind.NEPTUNE),
        ("postgres", Kind.RDS),
    ],
)
def test_clusters_are_told_apart_by_engine(engine: str, kind: Kind) -> None:
    assert cluster_kind(engine) is kind


def test_members_tell_who_writes_and_where() -> None:
    said = aws.answers()
    assert [(part.name, part.writer, part.zone) for part in one(said, "aurora").members] == [
        ("aurora-0", True, f"{HOME}a"),
        ("aurora-1", False, f"{HOME}b"),
    ]
    assert one(said, "aurora").multi_zone
    assert [(part.name, part.writer) for part in one(said, "cache").members] == [
        ("cache-001", True),
        ("cache-002", False),
    ]


def test_with_cluster_mode_nobody_says_who_writes() -> None:
    said = aws.answers()
    for part in said[HOME]["cache_groups"][0]["NodeGroups"][0]["NodeGroupMembers"]:
        part.pop("CurrentRole")
    assert [part.writer for part in one(said, "cache").members] == [None, None]


def test_a_member_that_is_not_listed_has_no_state() -> None:
    said = aws.answers()
    said[HOME]["instances"] = Unreadable("no")
    assert [part.status for part in one(said, "aurora").members] == ["", ""]


def test_storage_that_may_grow() -> None:
    found = one(aws.answers(), "postgres")
    assert (found.allocated_bytes, found.maximum_bytes) == (100 * GIB, 200 * GIB)
    fixed = one(aws.answers(), "postgres-replica")
    assert fixed.allocated_bytes == fixed.maximum_bytes


def test_the_youngest_of_all_sorts_of_backup_counts() -> None:
    said = aws.answers()
    arn = said[HOME]["instances"][0]["DBInstanceArn"]
    said[HOME]["instances"][0].pop("LatestRestorableTime")
    assert one(said, "postgres").newest_backup is None
    said[HOME]["snapshots"] = [
        {"DBInstanceIdentifier": "postgres", "Status": "available", "SnapshotCreateTime": ago(hours=30)},
        {"DBInstanceIdentifier": "postgres", "Status": "creating", "SnapshotCreateTime": ago(hours=1)},
        {"DBInstanceIdentifier": "gone", "Status": "available", "SnapshotCreateTime": ago(hours=1)},
    ]
    assert one(said, "postgres").newest_backup == ago(hours=30)
    said[HOME]["protected"].append({"ResourceArn": arn, "LastBackupTime": ago(hours=20)})
    assert one(said, "postgres").newest_backup == ago(hours=20)


def test_a_cluster_and_an_instance_of_one_name_keep_their_own_snapshots() -> None:
    said = aws.answers()
    said[HOME]["clusters"][0].pop("LatestRestorableTime")
    said[HOME]["instances"].append(aws.instance("aurora", "mysql", LatestRestorableTime=None))
    said[HOME]["cluster_snapshots"] = [
        {"DBClusterIdentifier": "aurora", "Status": "available", "SnapshotCreateTime": ago(hours=3)}
    ]
    found = {one.kind: one.newest_backup for one in landscape(said).databases if one.name == "aurora"}
    assert found == {Kind.AURORA: ago(hours=3), Kind.RDS: None}


def test_a_snapshot_of_shards_is_as_old_as_its_oldest_part() -> None:
    said = aws.answers()
    said[HOME]["cache_snapshots"][0]["NodeSnapshots"].append({"SnapshotCreateTime": ago(hours=40)})
    assert one(said, "cache").newest_backup == ago(hours=40)


def test_a_node_on_its_own_is_a_cache() -> None:
    said = aws.answers()
    said[HOME]["cache_nodes"].append(aws.cache_node("single", ReplicationGroupId=None, Engine="memcached"))
    found = one(said, "single")
    assert (found.kind, found.engine, found.retention_days) == (Kind.ELASTICACHE, "memcached", None)


def test_maintenance_is_found_by_arn_and_cache() -> None:
    said = aws.answers()
    said[HOME]["maintenance"] = [
        {
            "ResourceIdentifier": said[HOME]["instances"][0]["DBInstanceArn"],
            "PendingMaintenanceActionDetails": [
                {
                    "Action": "system-update",
                    "Description": "New OS",
                    "AutoAppliedAfterDate": ago(days=-5),
                    "ForcedApplyDate": ago(days=-9),
                }
            ],
        }
    ]
    assert one(said, "postgres").maintenance == (Maintenance("system-update: New OS", ago(days=-5)),)
    update = {"ReplicationGroupId": "cache", "ServiceUpdateName": "u", "ServiceUpdateSeverity": "low"}
    said[HOME]["cache_updates"] = [
        {**update, "UpdateActionStatus": "complete"},
        {**update, "UpdateActionStatus": "not-applied", "ServiceUpdateStatus": "expired"},
        {**update, "UpdateActionStatus": "not-applied", "ServiceUpdateStatus": "available"},
    ]
    assert one(said, "cache").maintenance == (Maintenance("update u, severity low"),)


def test_what_could_not_be_read_is_kept_with_its_reason() -> None:
    said = aws.answers()
    said[AWAY]["clusters"] = Unreadable("no")
    assert landscape(said).unreadable == {(AWAY, "clusters"): "no"}


def test_support_without_an_extension_ends_with_the_standard() -> None:
    said = aws.answers()
    said[HOME]["engine_versions"] = said[HOME]["engine_versions"][:1]
    said[AWAY]["engine_versions"] = []
    said[HOME]["engine_versions"][0]["SupportedEngineLifecycles"].pop()
    assert landscape(said).lifecycles == {("postgres", "16"): (ago(days=-800), ago(days=-800))}
