# SPDX-License-Identifier: Apache-2.0
"""Rules on whether the data of databases is safe: backups, replicas, room."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health import database_metrics as metrics
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import Database, Kind, Point
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_trend import (
    Trend,
    runway,
    since_last_gain,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_view import (
    FINE,
    NOT_ITS_BUSINESS,
    Answer,
    Said,
    View,
    failed,
    said,
    stamp,
    unknown,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Severity

HOUR: Final = 3600.0
# Days of storage below which somebody must act today, and shares of the whole that must stay free.
LAST_WEEK: Final = 7.0
LOW, EMPTY = 0.10, 0.05
LOOSE_FIT: Final = 0.5


def backed_up(database: Database, view: View) -> Said:
    """There is a backup that is young enough, of whatever sort."""
    if database.replica_of or (database.retention_days is None and database.kind is not Kind.EFS):
        return NOT_ITS_BUSINESS
    limit = view.expected.backup_age_hours
    want = f"a backup younger than {limit} h"
    newest = database.newest_backup
    if newest and view.now - newest <= timedelta(hours=limit):
        return FINE
    if database.created and view.now - database.created <= timedelta(hours=limit):
        return FINE
    if why := view.unreadable(database.region, ("snapshots", "cluster_snapshots", "cache_snapshots", "protected")):
        # Another sort of backup may be there.
        return said(unknown(database.subject, f"no young backup seen, and not all could be read: {why}", want))
    # A cache can be filled again.
    severity = Severity.MINOR if database.kind is Kind.ELASTICACHE else Severity.CRITICAL
    if newest is None:
        return said(failed(database.subject, "no backup", want, severity))
    hours = (view.now - newest).total_seconds() / HOUR
    late = Severity.MINOR if database.kind is Kind.ELASTICACHE else Severity.MAJOR
    return said(failed(database.subject, f"youngest backup {hours:.0f} h old", want, late, since=stamp(newest)))


def in_step(database: Database, view: View) -> Said:
    """Replicas keep up with what they copy."""
    if database.kind is Kind.EFS:
        # Where the copies cannot be listed, there may be some.
        concerned = database.replicated or view.unreadable(database.region, ("file_replications",))
        return files_in_step(database, view) if concerned else NOT_ITS_BUSINESS
    resources = metrics.lag_resources(database)
    if not resources:
        return NOT_ITS_BUSINESS
    measure = metrics.LAG[database.kind]
    answers: list[Answer] = []
    told = 0
    roles_known = all(member.writer is not None for member in database.members)
    for resource in resources:
        series = view.series(database, measure.metric, resource)
        told += bool(series)
        answers += lag(database, resource, measure, series, view)
        if not series and roles_known:
            answers.append(unknown(f"{database.subject}: {resource}", no_metric(measure.metric), "a measured lag"))
    if not told and not roles_known:
        answers.append(unknown(database.subject, no_metric(measure.metric), "a measured lag"))
    return said(*answers)


def no_metric(name: str) -> str:
    """Say that CloudWatch tells nothing."""
    return f"CloudWatch has no {name}"


def lag(
    database: Database, resource: str, measure: metrics.Measure, series: tuple[Point, ...], view: View
) -> Iterator[Answer]:
    """Judge the latest lag, and tell since when it was too long."""
    limit = view.expected.lag_seconds
    late = [one for one in series if one.value * measure.scale > limit or one.value < 0]
    if not series or series[-1] not in late:
        return
    seconds = series[-1].value * measure.scale
    # RDS tells -1 when replication has stopped.
    seen = "replication has stopped" if seconds < 0 else f"{seconds:.0f} s behind"
    since = series[-1].at
    for one in reversed(series):
        if one not in late:
            break
        since = one.at
    yield failed(f"{database.subject}: {resource}", seen, f"at most {limit} s behind", since=stamp(since))


def files_in_step(database: Database, view: View) -> Said:
    """Judge how old the copies of a file system are."""
    limit = view.expected.file_lag_minutes
    answers: list[Answer] = []
    want = f"at most {limit} min behind"
    for destination, status, at in database.replicated:
        subject = f"{database.subject}: copy {destination}"
        if status in {"ERROR", "PAUSED", "PAUSING", "DELETING"}:
            answers.append(failed(subject, f"replication is {status}", "ENABLED", since=stamp(at)))
        elif at is None:
            answers.append(unknown(subject, "never in step so far", want))
        elif view.now - at > timedelta(minutes=limit):
            minutes = (view.now - at).total_seconds() / 60
            answers.append(failed(subject, f"{minutes:.0f} min behind", want, since=stamp(at)))
    return said(*answers)


def roomy(database: Database, view: View) -> Said:
    """Storage lasts: enough is free now, and the line through the last days does not reach zero soon."""
    resources = metrics.storage_resources(database)
    if not resources:
        return NOT_ITS_BUSINESS
    measure = metrics.STORAGE[database.kind]
    whole = measure.whole or float(database.allocated_bytes)
    answers: list[Answer] = []
    for resource in resources:
        subject = database.subject if resource == database.name else f"{database.subject}: {resource}"
        series = metrics.free(measure, view.series(database, measure.metric, resource))
        if not series or not whole:
            answers.append(unknown(subject, no_metric(measure.metric), "measured storage"))
            continue
        reserve = float(max(database.maximum_bytes - database.allocated_bytes, 0))
        answers += space(subject, series, whole, reserve, view)
    return said(*answers)


def space(subject: str, series: tuple[Point, ...], whole: float, reserve: float, view: View) -> Iterator[Answer]:
    """Judge the space that is free of a whole."""
    line, days = runway(series, whole, reserve)
    share = (series[-1].value + reserve) / (whole + reserve)
    limit = view.expected.runway_days
    want = f"{LOW:.0%} free and room for {limit} days"
    seen = f"{share:.1%} free"
    if line and days is not None:
        seen += f", full in {days:.0f} days by {method(line)}"
    if share < EMPTY or (days is not None and days < min(LAST_WEEK, limit)):
        severity = Severity.CRITICAL
    elif share < LOW or (days is not None and days < limit):
        severity = Severity.MAJOR
    else:
        return
    since = stamp(since_last_gain(series, whole)[0].at) if days is not None else ""
    yield failed(subject, seen, want, severity, since=since)


def method(line: Trend) -> str:
    """Say how a forecast was made, and how good it is."""
    loose = ", loosely" if line.fit < LOOSE_FIT else ""
    return f"a straight line through {line.points} points of {line.days:.0f} days{loose} (R² {line.fit:.2f})"
