# SPDX-License-Identifier: Apache-2.0
"""Read what AWS says about databases: page by page, regions and sources side by side, within a time.

What cannot be read becomes a reason, never an empty list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from ansible_collections.applied_ai.platform.plugins.module_utils.health import database_metrics as metrics
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    Landscape,
    Point,
    landscape,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json, Unreadable
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Sixteen requests at a time stay below what AWS throttles for describing calls; what is throttled is asked again.
WORKERS: Final = 16
# A listing longer than this is refused rather than cut.
MOST_PAGES: Final = 500
ATTEMPTS: Final = 4
LONGEST_REASON: Final = 160


class Paginator(Protocol):
    """What botocore's paginators have."""

    def paginate(self, **kwargs: Any) -> Iterable[Mapping[str, Any]]:  # noqa: ANN401  # as botocore has it
        """Yield pages."""


class Client(Protocol):
    """What is used of boto3's clients."""

    def get_paginator(self, operation_name: str, /) -> Paginator:  # pragma: no cover
        """Return a paginator."""


# (service, region) -> client. Called from several threads, one at a time.
Clients = Callable[[str, str], Client]


@dataclass(frozen=True)
class Source:
    """One listing of AWS: the client's service and operation, and where its answers have the objects."""

    service: str
    operation: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


SOURCES: Final[Mapping[str, Source]] = {
    "instances": Source("rds", "describe_db_instances", "DBInstances"),
    "clusters": Source("rds", "describe_db_clusters", "DBClusters"),
    "snapshots": Source("rds", "describe_db_snapshots", "DBSnapshots"),
    "cluster_snapshots": Source("rds", "describe_db_cluster_snapshots", "DBClusterSnapshots"),
    "maintenance": Source("rds", "describe_pending_maintenance_actions", "PendingMaintenanceActions"),
    "authorities": Source("rds", "describe_certificates", "Certificates"),
    "engine_versions": Source("rds", "describe_db_major_engine_versions", "DBMajorEngineVersions"),
    "cache_groups": Source("elasticache", "describe_replication_groups", "ReplicationGroups"),
    "cache_nodes": Source("elasticache", "describe_cache_clusters", "CacheClusters"),
    "cache_snapshots": Source("elasticache", "describe_snapshots", "Snapshots"),
    "cache_updates": Source("elasticache", "describe_update_actions", "UpdateActions"),
    "file_systems": Source("efs", "describe_file_systems", "FileSystems"),
    "file_replications": Source("efs", "describe_replication_configurations", "Replications"),
    "protected": Source("backup", "list_protected_resources", "Results"),
}
TARGETS: Final = Source("efs", "describe_mount_targets", "MountTargets")
METRICS: Final = Source("cloudwatch", "get_metric_data", "MetricDataResults")


class LateError(Exception):
    """The time is over."""


@dataclass(frozen=True)
class Limits:
    """Until when to ask, by this clock; ``budget`` is the whole time in seconds; ``workers`` ask at the same time."""

    clock: Callable[[], float]
    until: float
    budget: float
    workers: int = WORKERS

    @property
    def left(self) -> float:
        """The seconds that are left, never negative."""
        return max(self.until - self.clock(), 0.0)

    def check(self, *_: object, **__: object) -> None:
        """Stop when the time is over; fits botocore's event before each attempt to send.

        Raises:
            LateError: It is.

        """
        if self.clock() >= self.until:
            raise LateError


def config(timeout: float) -> Config:
    """Return how clients ask: throttled and dropped requests again, with growing pauses, and never for long."""
    return Config(
        connect_timeout=min(timeout, 5),
        read_timeout=min(timeout, 15),
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=WORKERS,
    )


def collect(clients: Clients, regions: Sequence[str], now: datetime, limits: Limits) -> Landscape:
    """Read everything from every region, listings first, then what hangs on them.

    Args:
        clients: Makes the client of a service in a region.
        regions: Such as eu-west-1, without doubles.
        now: The time, with its zone.
        limits: Until when to ask. What is late becomes a reason in the result's ``unreadable``.

    """
    pool = ThreadPoolExecutor(max_workers=limits.workers, thread_name_prefix="databases")
    try:
        answers = listings(pool, clients, regions, limits)
        points, missing = measurements(pool, clients, landscape(answers), now, limits)
    finally:
        # What is still at work ends by its own limits; nobody waits for it here.
        pool.shutdown(wait=False, cancel_futures=True)
    for region, reason in missing.items():
        answers[region]["metrics"] = reason
    return landscape(answers, points)


def listings(
    pool: ThreadPoolExecutor, clients: Clients, regions: Sequence[str], limits: Limits
) -> dict[str, dict[str, Sequence[Json] | Unreadable]]:
    """Return what each source of each region says."""
    asked: dict[Future[Any], tuple[str, str]] = {}
    for region in regions:
        for name, source in SOURCES.items():
            asked[pool.submit(read, clients, region, source, limits)] = (region, name)
    answers: dict[str, dict[str, Sequence[Json] | Unreadable]] = {region: {} for region in regions}
    for (region, name), found in finished(asked, limits):
        answers[region][name] = found
    targets = {
        pool.submit(mount_targets, clients, region, answers[region]["file_systems"], limits): (region, "mount_targets")
        for region in regions
    }
    for (region, name), found in finished(targets, limits):
        answers[region][name] = found
    return answers


def finished(
    asked: Mapping[Future[Any], tuple[str, str]], limits: Limits
) -> Iterator[tuple[tuple[str, str], Sequence[Json] | Unreadable]]:
    """Yield every answer; one that is not there in time is a reason too."""
    done, late = wait(asked, timeout=limits.left)
    for future in done:
        yield asked[future], future.result()
    for future in late:
        future.cancel()
        yield asked[future], too_late(limits)


def too_late(limits: Limits) -> Unreadable:
    """Say that the time was over."""
    return Unreadable(f"not answered within the {limits.budget:g} s that all has")


def read(clients: Clients, region: str, source: Source, limits: Limits) -> Sequence[Json] | Unreadable:
    """Read one listing to its end; half a listing is none."""
    return attempt(lambda: list(objects(clients(source.service, region), source, limits)), source, limits)


def attempt(work: Callable[[], Sequence[Json]], source: Source, limits: Limits) -> Sequence[Json] | Unreadable:
    """Return what the work returns, or why it could not be done."""
    try:
        return work()
    except LateError:
        return too_late(limits)
    except (BotoCoreError, ClientError) as error:
        return Unreadable(f"{source.service} {source.operation}: {reason(error)}")


def objects(client: Client, source: Source, limits: Limits) -> Iterator[Json]:
    """Yield a listing's objects, page by page."""
    pages = client.get_paginator(source.operation).paginate(**source.arguments)
    for number, page in enumerate(pages):
        limits.check()
        if number >= MOST_PAGES:
            # Said as any other failure: cut off is not whole.
            raise ClientError(
                {"Error": {"Code": "TooManyPages", "Message": f"more than {MOST_PAGES} pages"}}, source.operation
            )
        yield from (dict(one) for one in page.get(source.key) or ())


def reason(error: Exception) -> str:
    """Return an error of AWS on one line: its code first."""
    text = str(error)
    if isinstance(error, ClientError):
        told = error.response.get("Error") or {}
        text = f"{told.get('Code', 'error')}: {told.get('Message', '')}"
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…"


def mount_targets(
    clients: Clients, region: str, file_systems: Sequence[Json] | Unreadable, limits: Limits
) -> Sequence[Json] | Unreadable:
    """Read the mount targets of every file system: AWS lists them only so."""
    if isinstance(file_systems, Unreadable) or not file_systems:
        return file_systems

    def each() -> list[Json]:
        client = clients(TARGETS.service, region)
        found: list[Json] = []
        for one in file_systems:
            mine = Source(TARGETS.service, TARGETS.operation, TARGETS.key, {"FileSystemId": one["FileSystemId"]})
            found += objects(client, mine, limits)
        return found

    return attempt(each, TARGETS, limits)


def measurements(
    pool: ThreadPoolExecutor, clients: Clients, facts: Landscape, now: datetime, limits: Limits
) -> tuple[dict[tuple[str, str, str], tuple[Point, ...]], dict[str, Unreadable]]:
    """Return the metrics of every region, and the regions that tell none and why."""
    found: dict[tuple[str, str, str], tuple[Point, ...]] = {}
    missing: dict[str, Unreadable] = {}
    asked: dict[Future[Any], tuple[str, str]] = {}
    meaning: dict[Future[Any], dict[str, metrics.Query]] = {}
    for region in facts.regions:
        mine = [one for one in facts.databases if one.region == region]
        for named, request in metrics.requests(metrics.queries(mine), now):
            source = Source(METRICS.service, METRICS.operation, METRICS.key, request)
            future = pool.submit(read, clients, region, source, limits)
            asked[future], meaning[future] = (region, "metrics"), named
    done, late = wait(asked, timeout=limits.left)
    for future in asked:
        region = asked[future][0]
        answer = future.result() if future in done else too_late(limits)
        if isinstance(answer, Unreadable):
            missing[region] = answer
            continue
        for key, series in metrics.points(answer).items():
            query = meaning[future][key]
            found[region, query.measure.metric, query.resource] = series
    for future in late:
        future.cancel()
    return found, missing
