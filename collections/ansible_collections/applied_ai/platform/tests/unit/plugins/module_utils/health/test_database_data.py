# SPDX-License-Identifier: Apache-2.0
"""Backups, lag and room at their limits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_data import (
    backed_up,
    in_step,
    roomy,
    space,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    Database,
    Kind,
    Member,
    Point,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Severity, Status
from support import database_answers as aws
from support.database_answers import HOME, NOW, ago, falling

VIEW = aws.view()


def database(name: str) -> Database:
    return next(one for one in VIEW.facts.databases if name in {one.name, one.alias})


@pytest.mark.parametrize(("hours", "bad"), [(25, False), (26, False), (27, True)])
def test_a_backup_is_judged_by_its_age(hours: int, bad: bool) -> None:
    one = replace(database("postgres"), newest_backup=ago(hours=hours))
    assert bool(backed_up(one, VIEW).answers) is bad


def test_a_replica_needs_no_backup_of_its_own() -> None:
    assert not backed_up(database("postgres-replica"), VIEW).applies


def test_a_memcached_has_no_backups() -> None:
    assert not backed_up(replace(database("cache"), retention_days=None), VIEW).applies


def test_the_age_of_a_backup_is_told_with_its_time() -> None:
    answer = backed_up(replace(database("aurora"), newest_backup=ago(hours=50)), VIEW).answers[0]
    assert (answer.seen, answer.since) == ("youngest backup 50 h old", ago(hours=50).isoformat(timespec="seconds"))


@pytest.mark.parametrize(("seconds", "bad"), [(29.9, False), (30, False), (30.1, True), (-1, True)])
def test_a_lag_is_judged_by_its_limit(seconds: float, bad: bool) -> None:
    metrics = {**VIEW.facts.metrics, (aws.AWAY, "ReplicaLag", "postgres-replica"): (Point(NOW, seconds),)}
    view = replace(VIEW, facts=replace(VIEW.facts, metrics=metrics))
    assert bool(in_step(database("postgres-replica"), view).answers) is bad


def test_where_roles_are_not_told_one_measured_lag_is_enough() -> None:
    parts = tuple(Member(f"c-{number}", "available", writer=None) for number in range(2))
    cache = Database("c", HOME, Kind.ELASTICACHE, "redis", "7.1", "available", members=parts)
    assert [one.status for one in in_step(cache, VIEW).answers] == [Status.UNKNOWN]
    metrics = {(HOME, "ReplicationLag", "c-1"): (Point(NOW, 0.1),)}
    told = replace(VIEW, facts=replace(VIEW.facts, metrics=metrics))
    assert in_step(cache, told).answers == ()


def test_a_copy_that_was_never_in_step_is_unknown() -> None:
    files = replace(database("shared"), replicated=(("fs-1 in x", "ENABLING", None),))
    assert [one.status for one in in_step(files, VIEW).answers] == [Status.UNKNOWN]


@pytest.mark.parametrize(
    ("per_day", "latest", "severity"),
    [
        (0.0, 500.0, None),
        (10.0, 500.0, None),
        (20.0, 500.0, Severity.MAJOR),
        (80.0, 500.0, Severity.CRITICAL),
        (0.0, 99.0, Severity.MAJOR),
        (0.0, 49.0, Severity.CRITICAL),
    ],
)
def test_room_is_judged_by_share_and_by_days(per_day: float, latest: float, severity: Severity | None) -> None:
    answers = list(space("x", falling(per_day, latest), 1000.0, 0.0, VIEW))
    assert [one.severity for one in answers] == ([severity] if severity else [])


def test_a_forecast_says_how_it_was_made() -> None:
    (answer,) = space("x", falling(20.0, 500.0), 1000.0, 0.0, VIEW)
    assert answer.seen == ("50.0% free, full in 25 days by a straight line through 57 points of 14 days (R² 1.00)")
    assert answer.since == ago(days=14).isoformat(timespec="seconds")


def test_room_to_grow_by_itself_counts() -> None:
    assert list(space("x", falling(0.0, 49.0), 1000.0, 1000.0, VIEW)) == []


def test_a_file_system_has_no_end() -> None:
    assert not roomy(database("shared"), VIEW).applies
