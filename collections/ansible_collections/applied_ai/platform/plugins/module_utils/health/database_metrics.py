# SPDX-License-Identifier: Apache-2.0
"""Which metrics of CloudWatch tell about lag and storage, and how its answers become points. No network here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    CLUSTERS,
    Database,
    Kind,
    Point,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json

# CloudWatch takes so many queries in one request.
BATCH: Final = 500
LAG_WINDOW: Final = timedelta(hours=1)
LAG_PERIOD: Final = 300
STORAGE_WINDOW: Final = timedelta(days=14)
STORAGE_PERIOD: Final = 6 * 3600
# The least that a volume of Aurora, DocumentDB or Neptune may grow to; younger engines may have more.
VOLUME_LIMIT: Final = 128 * 2**40


@dataclass(frozen=True)
class Measure:
    """A metric: where it is, what it is about, and how to make seconds, or free bytes or percent, of its value."""

    namespace: str
    metric: str
    dimension: str
    statistic: str
    # Seconds per unit of a lag.
    scale: float = 1.0
    # For storage that tells what is used: the whole.
    whole: float = 0.0


LAG: Final[Mapping[Kind, Measure]] = {
    Kind.RDS: Measure("AWS/RDS", "ReplicaLag", "DBInstanceIdentifier", "Maximum"),
    Kind.AURORA: Measure("AWS/RDS", "AuroraReplicaLag", "DBInstanceIdentifier", "Maximum", 0.001),
    Kind.DOCUMENTDB: Measure("AWS/DocDB", "DBInstanceReplicaLag", "DBInstanceIdentifier", "Maximum", 0.001),
    Kind.NEPTUNE: Measure("AWS/Neptune", "ClusterReplicaLag", "DBInstanceIdentifier", "Maximum", 0.001),
    Kind.ELASTICACHE: Measure("AWS/ElastiCache", "ReplicationLag", "CacheClusterId", "Maximum"),
}
STORAGE: Final[Mapping[Kind, Measure]] = {
    Kind.RDS: Measure("AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier", "Minimum"),
    Kind.AURORA: Measure("AWS/RDS", "VolumeBytesUsed", "DBClusterIdentifier", "Maximum", whole=VOLUME_LIMIT),
    Kind.DOCUMENTDB: Measure("AWS/DocDB", "VolumeBytesUsed", "DBClusterIdentifier", "Maximum", whole=VOLUME_LIMIT),
    Kind.NEPTUNE: Measure("AWS/Neptune", "VolumeBytesUsed", "DBClusterIdentifier", "Maximum", whole=VOLUME_LIMIT),
    Kind.ELASTICACHE: Measure(
        "AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", "Maximum", whole=100.0
    ),
}


@dataclass(frozen=True)
class Query:
    """One series to ask for."""

    measure: Measure
    resource: str
    window: timedelta
    period: int


def lag_resources(database: Database) -> tuple[str, ...]:
    """Return the instances or nodes whose lag tells whether a database's replicas keep up."""
    if database.kind is Kind.RDS:
        return (database.name,) if database.replica_of else ()
    if database.kind not in LAG:
        return ()
    readers = tuple(member.name for member in database.members if not member.writer)
    return readers if len(database.members) > 1 else ()


def storage_resources(database: Database) -> tuple[str, ...]:
    """Return what holds a database's data: its volume, its instance, or the nodes of a cache."""
    if database.kind is Kind.ELASTICACHE:
        # Memcached throws away what does not fit: a full one is no fault.
        return tuple(member.name for member in database.members) if database.engine != "memcached" else ()
    return (database.name,) if database.kind is Kind.RDS or database.kind in CLUSTERS else ()


def queries(databases: Iterable[Database]) -> Iterator[Query]:
    """Yield what to ask about the databases of one region."""
    for database in databases:
        for resource in lag_resources(database):
            yield Query(LAG[database.kind], resource, LAG_WINDOW, LAG_PERIOD)
        for resource in storage_resources(database):
            yield Query(STORAGE[database.kind], resource, STORAGE_WINDOW, STORAGE_PERIOD)


def requests(asked: Iterable[Query], now: datetime) -> Iterator[tuple[dict[str, Query], Json]]:
    """Yield requests of GetMetricData, each with the meaning of its ids; one window per request."""
    by_window: dict[timedelta, list[Query]] = {}
    for query in asked:
        by_window.setdefault(query.window, []).append(query)
    for window, members in by_window.items():
        for begin in range(0, len(members), BATCH):
            named = {f"q{number}": query for number, query in enumerate(members[begin : begin + BATCH])}
            yield (
                named,
                {
                    "MetricDataQueries": [data_query(key, query) for key, query in named.items()],
                    "StartTime": now - window,
                    "EndTime": now,
                    "ScanBy": "TimestampAscending",
                },
            )


def data_query(key: str, query: Query) -> Json:
    """Return one query as CloudWatch takes it."""
    dimensions = [{"Name": query.measure.dimension, "Value": query.resource}]
    metric = {
        "Namespace": query.measure.namespace,
        "MetricName": query.measure.metric,
        "Dimensions": dimensions,
    }
    return {"Id": key, "MetricStat": {"Metric": metric, "Period": query.period, "Stat": query.measure.statistic}}


def points(results: Iterable[Json]) -> dict[str, tuple[Point, ...]]:
    """Return the points of each id, oldest first; a long answer comes in several parts of one id.

    What is no number is left out: no comparison with it would ever find a fault.
    """
    found: dict[str, list[Point]] = {}
    for one in results:
        pairs = zip(one.get("Timestamps") or [], one.get("Values") or [], strict=False)
        found.setdefault(one["Id"], []).extend(Point(at, float(value)) for at, value in pairs if math.isfinite(value))
    return {key: tuple(sorted(series, key=lambda point: point.at)) for key, series in found.items()}


def free(measure: Measure, series: Sequence[Point]) -> tuple[Point, ...]:
    """Return what was free, whether the metric tells that or what was used."""
    return tuple(Point(one.at, measure.whole - one.value) for one in series) if measure.whole else tuple(series)
