# SPDX-License-Identifier: Apache-2.0
"""Maintenance, certificates, support and access at their limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    Database,
    Kind,
    Maintenance,
    Member,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_upkeep import (
    SUPPORT,
    certified,
    encrypted,
    maintained,
    private,
    support_of,
    supported,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Severity, Status
from support import database_answers as aws
from support.database_answers import ago

VIEW = aws.view()


def database(name: str) -> Database:
    return next(one for one in VIEW.facts.databases if name in {one.name, one.alias})


@pytest.mark.parametrize(
    ("item", "severity"),
    [
        (Maintenance("x"), Severity.MINOR),
        (Maintenance("x", ago(days=-31)), Severity.MINOR),
        (Maintenance("x", ago(days=-29)), Severity.MAJOR),
        (Maintenance("x", ago(days=1)), Severity.MAJOR),
        (Maintenance("x", security=True), Severity.MAJOR),
    ],
)
def test_maintenance_is_as_bad_as_it_is_near(item: Maintenance, severity: Severity) -> None:
    one = replace(database("postgres"), maintenance=(item,))
    assert [answer.severity for answer in maintained(one, VIEW).answers] == [severity]


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (ago(days=-31), []),
        (ago(days=-29), [(Status.FAILED, None)]),
        (ago(days=1), [(Status.FAILED, Severity.CRITICAL)]),
        (None, [(Status.UNKNOWN, None)]),
    ],
)
def test_certificates_are_judged_by_their_end(
    until: datetime | None, expected: list[tuple[Status, Severity | None]]
) -> None:
    part = Member("p", "available", certificate_until=until, authority="rds-ca-none")
    one = replace(database("postgres"), members=(part,))
    assert [(answer.status, answer.severity) for answer in certified(one, VIEW).answers] == expected


def test_no_certificate_at_all_is_unknown() -> None:
    one = replace(database("postgres"), members=(Member("p", "available"),))
    assert [answer.status for answer in certified(one, VIEW).answers] == [Status.UNKNOWN]


@pytest.mark.parametrize(("days", "severity"), [(40, "none"), (20, "rule"), (-1, "major"), (-2000, "critical")])
def test_support_is_judged_by_its_ends(days: int, severity: str) -> None:
    ends = {("postgres", "16"): (ago(days=-days), ago(days=-days - 1096))}
    view = replace(VIEW, facts=replace(VIEW.facts, lifecycles=ends))
    told = [one.severity.value if one.severity else "rule" for one in supported(database("postgres"), view).answers]
    assert told == ([] if severity == "none" else [severity])


def test_the_operators_word_goes_before_the_api_and_the_longest_version_before_shorter_ones() -> None:
    own = {("postgres", "16"): ago(days=-1), ("postgres", "16.4"): ago(days=-2)}
    view = replace(VIEW, expected=replace(VIEW.expected, engine_support=own))
    assert support_of(database("postgres"), view) == (ago(days=-2), ago(days=-2))


@pytest.mark.parametrize(("engine", "version"), SUPPORT)
def test_the_table_has_dates_in_order(engine: str, version: str) -> None:
    one = Database("x", aws.HOME, Kind.ELASTICACHE, engine, f"{version}.0", "available")
    ends = support_of(one, VIEW)
    assert ends is not None
    assert ends[0] < ends[1]


def test_access_and_encryption_are_told_for_each_part() -> None:
    part = Member("p", "available", public=True)
    one = replace(database("postgres"), members=(part,), encrypted=False, encrypted_in_transit=False)
    assert [answer.subject for answer in private(one, VIEW).answers] == [f"{one.subject}: p"]
    assert [answer.seen for answer in encrypted(one, VIEW).answers] == [
        "not encrypted at rest",
        "takes connections without TLS",
    ]
    assert not private(database("cache"), VIEW).applies
