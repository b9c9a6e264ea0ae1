# SPDX-License-Identifier: Apache-2.0
"""Databases of two regions as AWS describes them, all of them well; tests break one thing at a time."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.health import database_metrics as metrics
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_expected import ExpectedDatabases
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    Landscape,
    Point,
    landscape,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_view import View

Json = dict[str, Any]
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOME, AWAY = "eu-central-1", "eu-west-1"
GIB = 2**30


def ago(**kwargs: float) -> datetime:
    """Return a time before NOW."""
    return NOW - timedelta(**kwargs)


def instance(name: str, engine: str, region: str = HOME, **more: Any) -> Json:
    """Return an instance of RDS; what is None is left out, as AWS does."""
    found = {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": f"arn:aws:rds:{region}:111122223333:db:{name}",
        "DBInstanceStatus": "available",
        "Engine": engine,
        "EngineVersion": "16.4",
        "InstanceCreateTime": ago(days=200),
        "AllocatedStorage": 100,
        "BackupRetentionPeriod": 7,
        "LatestRestorableTime": ago(minutes=5),
        "StorageEncrypted": True,
        "PubliclyAccessible": False,
        "MultiAZ": True,
        "AvailabilityZone": f"{region}a",
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "CertificateDetails": {"CAIdentifier": "rds-ca-rsa2048-g1", "ValidTill": ago(days=-200)},
        **more,
    }
    return {key: value for key, value in found.items() if value is not None}


def cluster(name: str, engine: str, version: str, members: list[str]) -> Json:
    """Return a cluster whose first member writes."""
    return {
        "DBClusterIdentifier": name,
        "DBClusterArn": f"arn:aws:rds:{HOME}:111122223333:cluster:{name}",
        "Status": "available",
        "Engine": engine,
        "EngineVersion": version,
        "ClusterCreateTime": ago(days=200),
        "BackupRetentionPeriod": 7,
        "LatestRestorableTime": ago(minutes=5),
        "StorageEncrypted": True,
        "DBClusterMembers": [
            {"DBInstanceIdentifier": one, "IsClusterWriter": number == 0} for number, one in enumerate(members)
        ],
    }


def cache_node(name: str, **more: Any) -> Json:
    """Return a node of a cache."""
    return {
        "CacheClusterId": name,
        "CacheClusterStatus": "available",
        "Engine": "redis",
        "EngineVersion": "7.1.0",
        "ReplicationGroupId": "cache",
        **more,
    }


def home() -> Json:
    """Return the answers of the first region."""
    parts = [
        instance(f"{name}-{number}", engine, DBClusterIdentifier=name, AvailabilityZone=f"{HOME}{'ab'[number]}")
        for name, engine in (("aurora", "aurora-postgresql"), ("documents", "docdb"))
        for number in (0, 1)
    ]
    return {
        "instances": [instance("postgres", "postgres", MaxAllocatedStorage=200), *parts],
        "clusters": [
            cluster("aurora", "aurora-postgresql", "16.4", ["aurora-0", "aurora-1"]),
            cluster("documents", "docdb", "5.0.0", ["documents-0", "documents-1"]),
        ],
        "snapshots": [],
        "cluster_snapshots": [],
        "maintenance": [],
        "authorities": [{"CertificateIdentifier": "rds-ca-rsa2048-g1", "ValidTill": ago(days=-9000)}],
        "engine_versions": [
            {
                "Engine": engine,
                "MajorEngineVersion": "16",
                "SupportedEngineLifecycles": [
                    {
                        "LifecycleSupportName": "open-source-rds-standard-support",
                        "LifecycleSupportStartDate": ago(days=900),
                        "LifecycleSupportEndDate": ago(days=-800),
                    },
                    {
                        "LifecycleSupportName": "open-source-rds-extended-support",
                        "LifecycleSupportStartDate": ago(days=-800),
                        "LifecycleSupportEndDate": ago(days=-1900),
                    },
                ],
            }
            for engine in ("postgres", "aurora-postgresql")
        ],
        "cache_groups": [
            {
                "ReplicationGroupId": "cache",
                "ARN": f"arn:aws:elasticache:{HOME}:111122223333:replicationgroup:cache",
                "Status": "available",
                "Engine": "redis",
                "MemberClusters": ["cache-001", "cache-002"],
                "NodeGroups": [
                    {
                        "NodeGroupId": "0001",
                        "Status": "available",
                        "NodeGroupMembers": [
                            {"CacheClusterId": "cache-001", "CurrentRole": "primary"},
                            {"CacheClusterId": "cache-002", "CurrentRole": "replica"},
                        ],
                    }
                ],
                "MultiAZ": "enabled",
                "SnapshotRetentionLimit": 7,
                "TransitEncryptionEnabled": True,
                "AtRestEncryptionEnabled": True,
                "ReplicationGroupCreateTime": ago(days=200),
            }
        ],
        "cache_nodes": [cache_node("cache-001"), cache_node("cache-002")],
        "cache_snapshots": [
            {
                "SnapshotName": "automatic.cache",
                "ReplicationGroupId": "cache",
                "SnapshotStatus": "available",
                "NodeSnapshots": [{"SnapshotCreateTime": ago(hours=9)}],
            }
        ],
        "cache_updates": [],
        "file_systems": [
            {
                "OwnerId": "111122223333",
                "FileSystemId": "fs-0123456789abcdef0",
                "FileSystemArn": f"arn:aws:elasticfilesystem:{HOME}:111122223333:file-system/fs-0123456789abcdef0",
                "CreationToken": "shared",
                "CreationTime": ago(days=200),
                "LifeCycleState": "available",
                "Name": "shared",
                "NumberOfMountTargets": 2,
                "SizeInBytes": {"Value": 6144},
                "PerformanceMode": "generalPurpose",
                "Encrypted": True,
                "Tags": [],
            }
        ],
        "mount_targets": [
            {
                "MountTargetId": f"fsmt-{zone * 8}",
                "FileSystemId": "fs-0123456789abcdef0",
                "SubnetId": f"subnet-{zone * 8}",
                "OwnerId": "111122223333",
                "LifeCycleState": "available",
                "AvailabilityZoneName": f"{HOME}{zone}",
            }
            for zone in "ab"
        ],
        "file_replications": [
            {
                "SourceFileSystemId": "fs-0123456789abcdef0",
                "SourceFileSystemRegion": HOME,
                "SourceFileSystemArn": "arn",
                "OriginalSourceFileSystemArn": "arn",
                "CreationTime": ago(days=200),
                "Destinations": [
                    {
                        "Status": "ENABLED",
                        "FileSystemId": "fs-0fedcba9876543210",
                        "Region": AWAY,
                        "LastReplicatedTimestamp": ago(minutes=10),
                    }
                ],
            }
        ],
        "protected": [
            {
                "ResourceArn": f"arn:aws:elasticfilesystem:{HOME}:111122223333:file-system/fs-0123456789abcdef0",
                "ResourceType": "EFS",
                "LastBackupTime": ago(hours=8),
            }
        ],
    }


def away() -> Json:
    """Return the answers of the second region: one replica."""
    empty: Json = {source: [] for source in home()}
    replica = instance(
        "postgres-replica",
        "postgres",
        AWAY,
        ReadReplicaSourceDBInstanceIdentifier=f"arn:aws:rds:{HOME}:111122223333:db:postgres",
        BackupRetentionPeriod=0,
        LatestRestorableTime=None,
    )
    kept = {source: home()[source] for source in ("authorities", "engine_versions")}
    return {**empty, **kept, "instances": [replica]}


def answers() -> dict[str, Json]:
    """Return the answers of both regions."""
    return {HOME: home(), AWAY: away()}


def falling(per_day: float, latest: float, days: int = 14) -> tuple[Point, ...]:
    """Return what was free, every 6 hours, when so much of it goes each day."""
    steps = range(days * 4, -1, -1)
    return tuple(Point(ago(hours=6 * step), latest + per_day * step / 4) for step in steps)


def measured(facts: Landscape) -> dict[tuple[str, str, str], tuple[Point, ...]]:
    """Return metrics of every database: a lag of a few milliseconds, and storage that hardly fills."""
    found = {}
    for database in facts.databases:
        for query in metrics.queries([database]):
            measure = query.measure
            if measure in metrics.LAG.values():
                series = tuple(Point(ago(minutes=5 * step), 0.02 / measure.scale) for step in range(11, -1, -1))
            elif measure.whole:
                series = tuple(Point(one.at, measure.whole - one.value) for one in falling(0.0, measure.whole * 0.6))
            else:
                series = falling(0.01 * GIB, 60 * GIB)
            found[database.region, measure.metric, query.resource] = series
    return found


WISHES: Json = {
    "databases": [
        {"name": "postgres", "kind": "rds", "engine": "postgres", "version": "16", "multi_zone": True},
        {"name": "postgres-replica", "kind": "rds", "region": AWAY},
        {"name": "aurora", "kind": "aurora", "members": 2},
        {"name": "documents", "kind": "documentdb"},
        {"name": "cache", "kind": "elasticache"},
        {"name": "shared", "kind": "efs"},
    ],
    # AWS's API tells neither of these.
    "engine_support": {"docdb 5.0": "2029-01-01", "redis 7": "2029-01-01"},
}


def wishes(**more: Any) -> ExpectedDatabases:
    """Return what should be there, with other values for some options."""
    return ExpectedDatabases.from_json({**copy.deepcopy(WISHES), **more}, HOME, (HOME, AWAY))


def view(said: dict[str, Json] | None = None, **more: Any) -> View:
    """Return what rules look at: everything well, or these answers."""
    facts = landscape(answers() if said is None else said)
    return View(landscape(answers() if said is None else said, measured(facts)), wishes(**more), NOW)
