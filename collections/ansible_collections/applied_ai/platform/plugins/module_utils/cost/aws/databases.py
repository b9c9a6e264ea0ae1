# SPDX-License-Identifier: Apache-2.0
"""What AWS charges for databases, caches, search and queues of events.

Rules: https://aws.amazon.com/rds/postgresql/pricing/, https://aws.amazon.com/rds/aurora/pricing/,
https://aws.amazon.com/documentdb/pricing/, https://aws.amazon.com/elasticache/pricing/,
https://aws.amazon.com/opensearch-service/pricing/, https://aws.amazon.com/msk/pricing/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws.compute import linked
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.machines import Meter, per_hour
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Gap, Part, Resource, UsageMissing
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH, decimal_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope, look

MILLION: Final = Decimal(10**6)
# gp3 of RDS: from this size on the volume is striped and has the larger baseline.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
RDS_STRIPED_GIB: Final = 400
RDS_BASELINES: Final = {False: (3000, 125), True: (12000, 500)}
FREE_INSIGHTS_DAYS: Final = 7
SEARCH_IOPS: Final = 3000
SEARCH_THROUGHPUT: Final = 125
# RDS PostgreSQL: https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html
END_OF_POSTGRES_SUPPORT: Final = {
    11: date(2024, 2, 29),
    12: date(2025, 2, 28),
    13: date(2026, 2, 28),
    14: date(2027, 2, 28),
}
ENGINES: Final = {"postgres": "rds-postgres", "mysql": "rds-mysql"}
AURORA: Final = {"aurora-postgresql": "rds-aurora-postgres"}
GB_MONTH: Final = "GB-month"


def instance(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a database instance's hours, storage, IOPS and backups; a standby costs as much as the first instance."""
    origin = next(linked(scope, "replicate_source_db", "aws_db_instance"), None) if is_replica(scope) else None
    # A copy has the engine of what it copies.
    engine = str((origin and origin.values.get("engine")) or scope.value("engine") or "")
    copies = 2 if scope.value("multi_az") is True else 1
    kind = scope.text("instance_class")
    if engine not in ENGINES:
        yield Gap(
            f"Instance hours: the price book has no prices of the engine {engine or 'that the plan does not tell'}"
        )
    else:
        yield rds_hours(scope, ENGINES[engine], kind, copies)
        yield from extended_support(scope, engine, kind, copies)
    yield from rds_storage(scope, origin, copies)
    if scope.value("backup_retention_period") or "additional_backup_storage_gb" in scope.usage:
        yield scope.metered(
            "Backups above the database's size", "additional_backup_storage_gb", "rds", "backup", GB_MONTH
        )
    days = scope.value("performance_insights_retention_period")
    if scope.value("performance_insights_enabled") is True and isinstance(days, int) and days > FREE_INSIGHTS_DAYS:
        yield Gap(f"Performance Insights kept for {days} days: the price book has no price of it")


def is_replica(scope: Scope) -> bool:
    """Say whether an instance is a copy of another one."""
    return bool(scope.value("replicate_source_db") or scope.resource.refs.get("replicate_source_db"))


def rds_hours(scope: Scope, service: str, kind: str, copies: int) -> Part:
    """Return instance hours: at the Multi-AZ price where the book has one, else both instances'."""
    doubled = Meter(f"{service}-multi-az", kind)
    if copies > 1 and scope.book.has(scope.resource.provider, doubled.service, scope.resource.region, kind, "hour"):
        return per_hour(scope, f"Multi-AZ instance hours ({kind})", 1, doubled)
    name = f"Instance hours ({kind}{', with standby' if copies > 1 else ''})"
    return per_hour(scope, name, copies, Meter(service, kind))


def extended_support(scope: Scope, engine: str, kind: str, copies: int) -> Iterator[Part]:
    """Yield the charge by vCPU for a PostgreSQL version whose standard support has ended."""
    found = re.match(r"\d+", scope.text("engine_version", ""))
    end = END_OF_POSTGRES_SUPPORT.get(int(found[0])) if found and engine == "postgres" else None
    refused = scope.value("engine_lifecycle_support") == "open-source-rds-extended-support-disabled"
    if end and scope.options.today > end and not refused:
        shape = scope.book.shape(kind.removeprefix("db."))
        if shape is None:
            yield Gap(f"Extended support: the price book does not know how many vCPUs {kind} has")
            return
        meter = Meter("rds", "extended-support-year1-2", "vCPU-hour")
        yield per_hour(scope, "Extended support", shape.vcpu * copies, meter)


def rds_storage(scope: Scope, origin: Resource | None, copies: int) -> Iterator[Part]:
    """Yield provisioned storage and IOPS, twice with a standby."""
    size = scope.value("allocated_storage") or (origin and origin.values.get("allocated_storage"))
    if size is None:
        yield Gap(f"Storage: {scope.missing('allocated_storage')}")
        return
    gib = decimal_of(size, f"{scope.resource.address}: allocated_storage")
    kind = scope.text("storage_type", "io1" if scope.value("iops") else "gp2")
    doubled = Meter("rds", f"storage-{kind}-multi-az", GB_MONTH)
    if copies > 1 and scope.book.has(scope.resource.provider, "rds", scope.resource.region, doubled.sku, GB_MONTH):
        yield scope.part(f"Multi-AZ storage ({kind})", gib, *doubled)
    else:
        yield scope.part(f"Storage ({kind})", gib * copies, "rds", f"storage-{kind}", GB_MONTH)
    iops = scope.number("iops", 0)
    included, throughput = RDS_BASELINES[gib >= RDS_STRIPED_GIB] if kind == "gp3" else (0, 0)
    if kind in ("gp3", "io1", "io2") and iops > included:
        yield scope.part("IOPS", (iops - included) * copies, "rds", f"storage-{kind}-iops", "IOPS-month")
    if kind == "gp3" and (more := scope.number("storage_throughput", 0) - throughput) > 0:
        yield scope.part("Throughput", more * copies, "rds", "storage-gp3-throughput", "MiBps-month")


def aurora_cluster(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an Aurora cluster's storage and I/O by usage; a Multi-AZ cluster of RDS has no prices in the book."""
    if scope.value("db_cluster_instance_class"):
        yield Gap("the price book has no prices of Multi-AZ DB clusters")
        return
    optimised = scope.value("storage_type") == "aurora-iopt1"
    yield scope.metered(
        "Storage", "storage_gb", "rds", "aurora-storage-iopt1" if optimised else "aurora-storage", GB_MONTH
    )
    if not optimised:
        yield requests_a_second(scope)
    yield scope.metered("Backups above the cluster's size", "backup_snapshot_size_gb", "rds", "aurora-backup", GB_MONTH)
    if look(scope.resource.values, "serverlessv2_scaling_configuration.0.max_capacity") is not None:
        yield UsageMissing(
            "Aurora capacity units, told by the cluster's instances", "capacity_units_per_hr", "ACU-hour", None
        )


def requests_a_second(scope: Scope) -> Part:
    """Return Aurora's I/O from the requests a second of the usage file."""
    keys = ("read_requests_per_sec", "write_requests_per_sec")
    given = [scope.usage[key] for key in keys if key in scope.usage]
    if not given:
        return scope.metered("I/O", keys[0], "rds", "aurora-io", "1M requests")
    seconds = HOURS_PER_MONTH * 3600
    return scope.part("I/O", sum(given, Decimal(0)) * seconds / MILLION, "rds", "aurora-io", "1M requests")


def aurora_instance(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an Aurora instance's hours."""
    owner = next(linked(scope, "cluster_identifier", "aws_rds_cluster"), None)
    engine = str(scope.value("engine") or (owner and owner.values.get("engine")) or "")
    kind = scope.text("instance_class")
    if owner and owner.values.get("storage_type") == "aurora-iopt1":
        yield Gap("Instance hours: the price book has no prices of I/O-optimized instances")
    elif kind == "db.serverless":
        yield serverless(scope)
    elif engine not in AURORA:
        yield Gap(
            f"Instance hours: the price book has no prices of the engine {engine or 'that the plan does not tell'}"
        )
    else:
        yield per_hour(scope, f"Instance hours ({kind})", 1, Meter(AURORA[engine], kind))


def serverless(scope: Scope) -> Part:
    """Return the hours of Aurora capacity units."""
    meter = Meter("rds", "aurora-acu", "ACU-hour")
    if "capacity_units_per_hr" not in scope.usage:
        return UsageMissing("Aurora capacity units", "capacity_units_per_hr", meter.unit, None)
    return per_hour(scope, "Aurora capacity units", scope.usage["capacity_units_per_hr"], meter)


def docdb_cluster(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a DocumentDB cluster's storage, I/O and backups by usage."""
    optimised = scope.value("storage_type") == "iopt1"
    yield scope.metered("Storage", "storage_gb", "docdb", "storage-iopt1" if optimised else "storage", GB_MONTH)
    if not optimised:
        yield scope.metered("I/O", "monthly_io_requests", "docdb", "io", "1M requests", scale=MILLION)
    yield scope.metered("Backups above the cluster's size", "backup_storage_gb", "docdb", "backup", GB_MONTH)


def docdb_instance(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a DocumentDB instance's hours."""
    owner = next(linked(scope, "cluster_identifier", "aws_docdb_cluster"), None)
    kind = scope.text("instance_class")
    if owner and owner.values.get("storage_type") == "iopt1":
        yield Gap("Instance hours: the price book has no prices of I/O-optimized instances")
    else:
        yield per_hour(scope, f"Instance hours ({kind})", 1, Meter("docdb", kind))


def neptune_cluster(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a Neptune cluster's storage, I/O and backups by usage."""
    yield scope.metered("Storage", "storage_gb", "neptune", "storage", GB_MONTH)
    yield scope.metered("I/O", "monthly_io_requests", "neptune", "io", "1M requests", scale=MILLION)
    yield scope.metered("Backups above the cluster's size", "backup_storage_gb", "neptune", "backup", GB_MONTH)


def neptune_instance(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a Neptune instance's hours."""
    kind = scope.text("instance_class")
    yield per_hour(scope, f"Instance hours ({kind})", 1, Meter("neptune", kind))


def cache_nodes(scope: Scope, engine: str, kind: str, nodes: Decimal) -> Iterator[Part]:
    """Yield the hours of all nodes of a cache, and its snapshots."""
    yield per_hour(scope, f"Node hours ({kind})", nodes, Meter(f"elasticache-{engine}", kind))
    if scope.value("snapshot_retention_limit") or "snapshot_storage_size_gb" in scope.usage:
        yield scope.metered("Snapshots", "snapshot_storage_size_gb", "elasticache", "backup", GB_MONTH)


def cache_cluster(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a cache cluster's nodes; one of a replication group has that group's type and engine."""
    group = next(linked(scope, "replication_group_id", "aws_elasticache_replication_group"), None)
    member = bool(scope.value("replication_group_id") or scope.resource.refs.get("replication_group_id"))
    values = group.values if member and group else {}
    kind = str(scope.value("node_type") or values.get("node_type") or "") or scope.text("node_type")
    engine = str(scope.value("engine") or values.get("engine") or "redis")
    yield from cache_nodes(scope, engine, kind, scope.number("num_cache_nodes", 1))


def replication_group(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield all nodes of a replication group: shards times one more than the replicas, or the number of clusters."""
    if scope.value("global_replication_group_id") and not scope.value("node_type"):
        yield Gap("its node type is that of its global replication group, which the plan does not tell")
        return
    yield from cache_nodes(scope, scope.text("engine", "redis"), scope.text("node_type"), group_nodes(scope))


def group_nodes(scope: Scope) -> Decimal:
    """Return how many nodes a replication group has."""
    block = "cluster_mode.0." if look(scope.resource.values, "cluster_mode.0") else ""
    shards = scope.value(f"{block}num_node_groups")
    replicas = scope.value(f"{block}replicas_per_node_group")
    clusters = scope.value("num_cache_clusters") or scope.value("number_cache_clusters")
    # Terraform sets the one from the other where both are computed.
    if replicas is not None or (shards is not None and not clusters):
        return scope.number(f"{block}num_node_groups", 1) * (1 + scope.number(f"{block}replicas_per_node_group", 0))
    return scope.number("num_cache_clusters", 0) or scope.number("number_cache_clusters", 1)


def search_domain(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a search domain's data, master and warm nodes, and the volumes of its data nodes."""
    config = "cluster_config.0"
    data = scope.number(f"{config}.instance_count", 1)
    kinds = [("Data", scope.text(f"{config}.instance_type", "m4.large.search"), data)]
    if scope.value(f"{config}.dedicated_master_enabled") is True:
        count = scope.number(f"{config}.dedicated_master_count")
        kinds.append(("Master", scope.text(f"{config}.dedicated_master_type"), count))
    if scope.value(f"{config}.warm_enabled") is True:
        kinds.append(("Warm", scope.text(f"{config}.warm_type"), scope.number(f"{config}.warm_count")))
    for name, kind, count in kinds:
        kind = re.sub(r"\.elasticsearch$", ".search", kind)  # noqa: PLW2901  # the older service's name of the same type
        yield per_hour(scope, f"{name} node hours ({kind})", count, Meter("opensearch", kind))
    yield from search_volumes(scope, data)


def search_volumes(scope: Scope, nodes: Decimal) -> Iterator[Part]:
    """Yield the volumes of a domain's data nodes."""
    ebs = "ebs_options.0"
    if scope.value(f"{ebs}.ebs_enabled") is not True:
        return
    kind = scope.text(f"{ebs}.volume_type", "gp2")
    gib = scope.number(f"{ebs}.volume_size") * nodes
    yield scope.part(f"Storage ({kind})", gib, "opensearch", f"storage-{kind}", GB_MONTH)
    included = SEARCH_IOPS if kind == "gp3" else 0
    if kind in ("gp3", "io1") and (more := scope.number(f"{ebs}.iops", 0) - included) > 0:
        yield scope.part("IOPS", more * nodes, "opensearch", f"storage-{kind}-iops", "IOPS-month")
    if kind == "gp3" and (more := scope.number(f"{ebs}.throughput", 0) - SEARCH_THROUGHPUT) > 0:
        yield scope.part("Throughput", more * nodes, "opensearch", "storage-gp3-throughput", "MiBps-month")


def kafka(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the hours and storage of a Kafka cluster's brokers."""
    group = "broker_node_group_info.0"
    kind, brokers = scope.text(f"{group}.instance_type"), scope.number("number_of_broker_nodes")
    yield per_hour(scope, f"Broker hours ({kind})", brokers, Meter("msk", kind))
    size = scope.value(f"{group}.storage_info.0.ebs_storage_info.0.volume_size") or scope.value(
        f"{group}.ebs_volume_size"
    )
    if size is not None:
        yield scope.part(
            "Storage", decimal_of(size, f"{scope.resource.address}: volume_size") * brokers, "msk", "storage", GB_MONTH
        )


def dynamodb(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a table's capacity, provisioned or by usage, its storage and its backups."""
    if scope.text("billing_mode", "PROVISIONED") == "PROVISIONED":
        for name, key, sku in (("Read", "read_capacity", "rcu"), ("Write", "write_capacity", "wcu")):
            yield per_hour(scope, f"{name} capacity", scope.number(key, 0), Meter("dynamodb", sku))
    else:
        for name, key, sku in (
            ("Reads", "monthly_read_request_units", "read-request"),
            ("Writes", "monthly_write_request_units", "write-request"),
        ):
            yield scope.metered(name, key, "dynamodb", sku, "1M requests", scale=MILLION)
    yield scope.metered("Storage", "storage_gb", "dynamodb", "storage", GB_MONTH)
    if look(scope.resource.values, "point_in_time_recovery.0.enabled") is True:
        yield scope.metered("Point-in-time recovery", "pitr_backup_storage_gb", "dynamodb", "pitr", GB_MONTH)


def backup_replica(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the copies of an instance's backups in another region, by usage."""
    yield scope.metered("Copies of backups", "additional_backup_storage_gb", "rds", "backup", GB_MONTH)
