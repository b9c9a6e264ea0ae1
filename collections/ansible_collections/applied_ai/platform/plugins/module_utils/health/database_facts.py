# SPDX-License-Identifier: Apache-2.0
"""What is known of databases, caches and shared file systems, and how AWS's answers become it. No network here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json, Unreadable

# Answers of one region: the objects of each source, or why they could not be had.
Answers = Mapping[str, Sequence[Json] | Unreadable]


class Kind(Enum):
    """What sort of store it is; the values are those of the option ``expected``."""

    RDS = "rds"
    AURORA = "aurora"
    DOCUMENTDB = "documentdb"
    NEPTUNE = "neptune"
    ELASTICACHE = "elasticache"
    EFS = "efs"


CLUSTERS: Final = frozenset({Kind.AURORA, Kind.DOCUMENTDB, Kind.NEPTUNE})
# The source that lists each kind; a region where it could not be read may hide databases of that kind.
LISTED_BY: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.RDS: ("instances",),
    Kind.AURORA: ("clusters", "instances"),
    Kind.DOCUMENTDB: ("clusters", "instances"),
    Kind.NEPTUNE: ("clusters", "instances"),
    Kind.ELASTICACHE: ("cache_groups", "cache_nodes"),
    Kind.EFS: ("file_systems", "mount_targets"),
}


@dataclass(frozen=True)
class Member:
    """A part of a database: an instance, a cache node or a mount target."""

    name: str
    status: str
    # None where AWS does not say who writes, as for caches with cluster mode.
    writer: bool | None = False
    public: bool = False
    zone: str = ""
    # End of its server certificate and the authority that signed it.
    certificate_until: datetime | None = None
    authority: str = ""


@dataclass(frozen=True)
class Maintenance:
    """Something that AWS will do, or asks for; ``forced`` is when it no longer asks."""

    what: str
    forced: datetime | None = None
    security: bool = False


@dataclass(frozen=True)
class Database:
    """One database, cache or file system as AWS describes it."""

    name: str
    region: str
    kind: Kind
    engine: str
    version: str
    status: str
    arn: str = ""
    # A second name that people use: the Name tag of a file system.
    alias: str = ""
    created: datetime | None = None
    members: tuple[Member, ...] = ()
    encrypted: bool = False
    # Whether it takes only TLS; None where that is not an attribute of the resource.
    encrypted_in_transit: bool | None = None
    multi_zone: bool = False
    # Days for which automatic backups are kept; None where the service has none of its own.
    retention_days: int | None = None
    # The youngest point that it can be restored to, over all sorts of backup.
    newest_backup: datetime | None = None
    allocated_bytes: int = 0
    # What storage may grow to by itself.
    maximum_bytes: int = 0
    replica_of: str = ""
    # For EFS: when each destination was last in step.
    replicated: tuple[tuple[str, str, datetime | None], ...] = ()
    maintenance: tuple[Maintenance, ...] = ()

    @property
    def subject(self) -> str:
        """How checks name it."""
        return f"{self.kind.value} {self.name} in {self.region}"


@dataclass(frozen=True)
class Point:
    """A metric's value at a time."""

    at: datetime
    value: float


# (region, metric, resource) -> points, oldest first.
Metrics = Mapping[tuple[str, str, str], tuple[Point, ...]]


@dataclass(frozen=True)
class Landscape:
    """Everything that was read, region by region."""

    databases: tuple[Database, ...] = ()
    # (region, source) -> why it could not be read.
    unreadable: Mapping[tuple[str, str], str] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=dict)
    # (engine, major version) -> end of standard support, end of paid support.
    lifecycles: Mapping[tuple[str, str], tuple[datetime, datetime]] = field(default_factory=dict)
    # (region, authority) -> its end.
    authorities: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    regions: tuple[str, ...] = ()


def rows(answers: Answers, source: str) -> Sequence[Json]:
    """Return a source's objects; one that could not be read has none, and is told by ``Landscape.unreadable``."""
    found = answers.get(source, ())
    return () if isinstance(found, Unreadable) else found


def landscape(answers: Mapping[str, Answers], metrics: Metrics | None = None) -> Landscape:
    """Turn the answers of all regions into facts."""
    return Landscape(
        databases=tuple(sorted(databases(answers), key=lambda one: (one.region, one.kind.value, one.name))),
        unreadable={
            (region, source): found.reason
            for region, sources in answers.items()
            for source, found in sources.items()
            if isinstance(found, Unreadable)
        },
        metrics=metrics or {},
        lifecycles={
            key: ends for sources in answers.values() for key, ends in lifecycles(rows(sources, "engine_versions"))
        },
        authorities={
            (region, one["CertificateIdentifier"]): one["ValidTill"]
            for region, sources in answers.items()
            for one in rows(sources, "authorities")
        },
        regions=tuple(answers),
    )


def databases(answers: Mapping[str, Answers]) -> Iterator[Database]:
    """Yield every database of every region."""
    for region, sources in answers.items():
        backups = backup_times(sources)
        upkeep = maintenance(sources)
        yield from instances(region, sources, backups, upkeep)
        yield from clusters(region, sources, backups, upkeep)
        yield from caches(region, sources, backups, upkeep)
        yield from file_systems(region, sources, backups)


# --- RDS, Aurora, DocumentDB, Neptune: one API lists them all ---------------------------------------------------


def cluster_kind(engine: str) -> Kind:
    """Return what a cluster of this engine is; multi-zone clusters of RDS count as RDS."""
    if engine.startswith("aurora"):
        return Kind.AURORA
    return {"docdb": Kind.DOCUMENTDB, "neptune": Kind.NEPTUNE}.get(engine, Kind.RDS)


def member_of(instance: Json, *, writer: bool = False) -> Member:
    """Read an instance as a part of its database."""
    details = instance.get("CertificateDetails") or {}
    return Member(
        name=instance["DBInstanceIdentifier"],
        status=instance.get("DBInstanceStatus") or "",
        writer=writer,
        public=bool(instance.get("PubliclyAccessible")),
        zone=instance.get("AvailabilityZone") or "",
        certificate_until=details.get("ValidTill"),
        authority=details.get("CAIdentifier") or instance.get("CACertificateIdentifier") or "",
    )


def instances(
    region: str, sources: Answers, backups: Mapping[str, datetime], upkeep: Mapping[str, tuple[Maintenance, ...]]
) -> Iterator[Database]:
    """Yield the instances that belong to no cluster."""
    for one in rows(sources, "instances"):
        if one.get("DBClusterIdentifier"):
            continue
        arn = one.get("DBInstanceArn") or ""
        allocated = int(one.get("AllocatedStorage") or 0) * 2**30
        yield Database(
            name=one["DBInstanceIdentifier"],
            region=region,
            kind=Kind.RDS,
            engine=one.get("Engine") or "",
            version=one.get("EngineVersion") or "",
            status=one.get("DBInstanceStatus") or "",
            arn=arn,
            created=one.get("InstanceCreateTime"),
            members=(member_of(one, writer=not one.get("ReadReplicaSourceDBInstanceIdentifier")),),
            encrypted=bool(one.get("StorageEncrypted")),
            multi_zone=bool(one.get("MultiAZ")),
            retention_days=int(one.get("BackupRetentionPeriod") or 0),
            newest_backup=youngest(one.get("LatestRestorableTime"), backups.get(arn)),
            allocated_bytes=allocated,
            maximum_bytes=max(int(one.get("MaxAllocatedStorage") or 0) * 2**30, allocated),
            replica_of=one.get("ReadReplicaSourceDBInstanceIdentifier") or "",
            maintenance=upkeep.get(arn, ()),
        )


def clusters(
    region: str, sources: Answers, backups: Mapping[str, datetime], upkeep: Mapping[str, tuple[Maintenance, ...]]
) -> Iterator[Database]:
    """Yield the clusters, each with its instances."""
    by_name = {one["DBInstanceIdentifier"]: one for one in rows(sources, "instances")}
    for one in rows(sources, "clusters"):
        arn = one.get("DBClusterArn") or ""
        members = tuple(
            member_of(by_name.get(entry["DBInstanceIdentifier"], entry), writer=bool(entry.get("IsClusterWriter")))
            for entry in one.get("DBClusterMembers") or []
        )
        arns = [arn, *(by_name[member.name].get("DBInstanceArn") or "" for member in members if member.name in by_name)]
        allocated = int(one.get("AllocatedStorage") or 0) * 2**30
        yield Database(
            name=one["DBClusterIdentifier"],
            region=region,
            kind=cluster_kind(one.get("Engine") or ""),
            engine=one.get("Engine") or "",
            version=one.get("EngineVersion") or "",
            status=one.get("Status") or "",
            arn=arn,
            created=one.get("ClusterCreateTime"),
            members=members,
            encrypted=bool(one.get("StorageEncrypted")),
            multi_zone=len({member.zone for member in members if member.zone}) > 1,
            retention_days=int(one.get("BackupRetentionPeriod") or 0),
            newest_backup=youngest(one.get("LatestRestorableTime"), backups.get(arn)),
            allocated_bytes=allocated,
            maximum_bytes=allocated,
            replica_of=one.get("ReplicationSourceIdentifier") or "",
            maintenance=tuple(item for key in arns for item in upkeep.get(key, ())),
        )


# --- ElastiCache -------------------------------------------------------------------------------------------------


def caches(
    region: str, sources: Answers, backups: Mapping[str, datetime], upkeep: Mapping[str, tuple[Maintenance, ...]]
) -> Iterator[Database]:
    """Yield replication groups, and nodes that belong to none."""
    nodes = {one["CacheClusterId"]: one for one in rows(sources, "cache_nodes")}
    for group in rows(sources, "cache_groups"):
        members = tuple(cache_members(group, nodes))
        mine = [nodes[name] for name in group.get("MemberClusters") or [] if name in nodes]
        yield Database(
            name=group["ReplicationGroupId"],
            region=region,
            kind=Kind.ELASTICACHE,
            engine=group.get("Engine") or next((one.get("Engine") or "" for one in mine), "redis"),
            version=min((one.get("EngineVersion") or "" for one in mine), default=""),
            status=group.get("Status") or "",
            arn=group.get("ARN") or "",
            created=group.get("ReplicationGroupCreateTime"),
            members=members,
            encrypted=bool(group.get("AtRestEncryptionEnabled")),
            encrypted_in_transit=bool(group.get("TransitEncryptionEnabled")),
            multi_zone=group.get("MultiAZ") == "enabled",
            retention_days=int(group.get("SnapshotRetentionLimit") or 0),
            newest_backup=youngest(backups.get(group["ReplicationGroupId"]), backups.get(group.get("ARN") or "")),
            maintenance=upkeep.get(group["ReplicationGroupId"], ()),
        )
    for name, one in nodes.items():
        if one.get("ReplicationGroupId"):
            continue
        has_backups = one.get("Engine") != "memcached"
        yield Database(
            name=name,
            region=region,
            kind=Kind.ELASTICACHE,
            engine=one.get("Engine") or "",
            version=one.get("EngineVersion") or "",
            status=one.get("CacheClusterStatus") or "",
            arn=one.get("ARN") or "",
            created=one.get("CacheClusterCreateTime"),
            members=(
                Member(name, one.get("CacheClusterStatus") or "", zone=one.get("PreferredAvailabilityZone") or ""),
            ),
            # Memcached keeps nothing on disk.
            encrypted=bool(one.get("AtRestEncryptionEnabled")) or not has_backups,
            encrypted_in_transit=bool(one.get("TransitEncryptionEnabled")),
            retention_days=int(one.get("SnapshotRetentionLimit") or 0) if has_backups else None,
            newest_backup=youngest(backups.get(name), backups.get(one.get("ARN") or "")),
            maintenance=upkeep.get(name, ()),
        )


def cache_members(group: Json, nodes: Mapping[str, Json]) -> Iterator[Member]:
    """Yield a replication group's nodes; a shard that is not available makes its nodes so."""
    for shard in group.get("NodeGroups") or []:
        for entry in shard.get("NodeGroupMembers") or []:
            name = entry["CacheClusterId"]
            shard_status = shard.get("Status") or "available"
            own = (nodes.get(name) or {}).get("CacheClusterStatus") or ""
            yield Member(
                name=name,
                status=own if shard_status == "available" else shard_status,
                writer=entry["CurrentRole"] == "primary" if entry.get("CurrentRole") else None,
                zone=entry.get("PreferredAvailabilityZone") or "",
            )


# --- EFS -----------------------------------------------------------------------------------------------------------


def file_systems(region: str, sources: Answers, backups: Mapping[str, datetime]) -> Iterator[Database]:
    """Yield the shared file systems, each with its mount targets."""
    targets: dict[str, list[Member]] = {}
    for one in rows(sources, "mount_targets"):
        member = Member(
            one["MountTargetId"], one.get("LifeCycleState") or "", zone=one.get("AvailabilityZoneName") or ""
        )
        targets.setdefault(one["FileSystemId"], []).append(member)
    replicas = {one["SourceFileSystemId"]: one for one in rows(sources, "file_replications")}
    for one in rows(sources, "file_systems"):
        name, arn = one["FileSystemId"], one.get("FileSystemArn") or ""
        members = tuple(targets.get(name, ()))
        yield Database(
            name=name,
            region=region,
            kind=Kind.EFS,
            engine="efs",
            version="",
            status=one.get("LifeCycleState") or "",
            arn=arn,
            alias=one.get("Name") or "",
            created=one.get("CreationTime"),
            members=members,
            encrypted=bool(one.get("Encrypted")),
            multi_zone=len({member.zone for member in members}) > 1,
            newest_backup=backups.get(arn),
            replicated=tuple(
                (
                    f"{to.get('FileSystemId')} in {to.get('Region')}",
                    to.get("Status") or "",
                    to.get("LastReplicatedTimestamp"),
                )
                for to in (replicas.get(name) or {}).get("Destinations") or []
            ),
        )


# --- backups, maintenance, support ---------------------------------------------------------------------------------


def youngest(*times: datetime | None) -> datetime | None:
    """Return the latest of the times that there are."""
    return max((one for one in times if one), default=None)


def backup_times(sources: Answers) -> dict[str, datetime]:
    """Return the youngest finished backup by ARN, and for caches by id."""
    found: dict[str, datetime] = {}

    def add(key: str | None, at: datetime | None) -> None:
        if key and at:
            found[key] = max(at, found.get(key, at))

    arns = {
        **{one["DBInstanceIdentifier"]: one.get("DBInstanceArn") for one in rows(sources, "instances")},
        **{f"cluster {one['DBClusterIdentifier']}": one.get("DBClusterArn") for one in rows(sources, "clusters")},
    }
    for one in rows(sources, "snapshots"):
        if one.get("Status") == "available":
            add(arns.get(one["DBInstanceIdentifier"]), one.get("SnapshotCreateTime"))
    for one in rows(sources, "cluster_snapshots"):
        if one.get("Status") == "available":
            add(arns.get(f"cluster {one['DBClusterIdentifier']}"), one.get("SnapshotCreateTime"))
    for one in rows(sources, "cache_snapshots"):
        if one.get("SnapshotStatus") == "available":
            times = [part.get("SnapshotCreateTime") for part in one.get("NodeSnapshots") or []]
            # A snapshot of several shards is as old as its oldest part.
            add(
                one.get("ReplicationGroupId") or one.get("CacheClusterId"),
                min((at for at in times if at), default=None),
            )
    for one in rows(sources, "protected"):
        add(one.get("ResourceArn"), one.get("LastBackupTime"))
    return found


# What is done with an update of ElastiCache that needs nobody any more.
SETTLED: Final = frozenset({"complete", "in-progress", "scheduling", "scheduled", "not-applicable"})


def maintenance(sources: Answers) -> dict[str, tuple[Maintenance, ...]]:
    """Return what is pending, by ARN, and for caches by id."""
    found: dict[str, tuple[Maintenance, ...]] = {}
    for one in rows(sources, "maintenance"):
        details = one.get("PendingMaintenanceActionDetails") or []
        found[one["ResourceIdentifier"]] = tuple(
            Maintenance(
                f"{item.get('Action')}: {item.get('Description') or 'no description'}",
                soonest(item.get("ForcedApplyDate"), item.get("AutoAppliedAfterDate"), item.get("CurrentApplyDate")),
            )
            for item in details
        )
    for one in rows(sources, "cache_updates"):
        if one.get("UpdateActionStatus") in SETTLED or one.get("ServiceUpdateStatus") in {"cancelled", "expired"}:
            continue
        key = one.get("ReplicationGroupId") or one.get("CacheClusterId") or ""
        item = Maintenance(
            f"update {one.get('ServiceUpdateName')}, severity {one.get('ServiceUpdateSeverity')}",
            one.get("ServiceUpdateRecommendedApplyByDate"),
            one.get("ServiceUpdateType") == "security-update" and one.get("ServiceUpdateSeverity") == "critical",
        )
        found[key] = (*found.get(key, ()), item)
    return found


def soonest(*times: datetime | None) -> datetime | None:
    """Return the earliest of the times that there are."""
    return min((one for one in times if one), default=None)


def lifecycles(versions: Iterable[Json]) -> Iterator[tuple[tuple[str, str], tuple[datetime, datetime]]]:
    """Yield what RDS says about the support of an engine's major version."""
    for one in versions:
        ends: dict[str, Any] = {
            item.get("LifecycleSupportName", ""): item.get("LifecycleSupportEndDate")
            for item in one.get("SupportedEngineLifecycles") or []
        }
        standard = ends.get("open-source-rds-standard-support")
        if standard:
            paid = ends.get("open-source-rds-extended-support") or standard
            yield (one["Engine"], one["MajorEngineVersion"]), (standard, paid)
