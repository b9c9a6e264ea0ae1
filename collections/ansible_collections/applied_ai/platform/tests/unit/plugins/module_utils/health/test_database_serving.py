# SPDX-License-Identifier: Apache-2.0
"""States of databases: each is in one table, and a part that fails is not the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import Database, Kind, Member
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_serving import (
    BROKEN,
    BUSY,
    SERVING,
    available,
    deviations,
    state,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Severity, Status
from support import database_answers as aws


def test_no_state_is_in_two_tables() -> None:
    assert not SERVING & BUSY
    assert not SERVING & BROKEN
    assert not BUSY & BROKEN


@pytest.mark.parametrize("status", sorted(SERVING))
def test_a_state_that_serves_is_no_answer(status: str) -> None:
    assert list(state("x", status, wanted=True)) == []


@pytest.mark.parametrize("status", sorted(BROKEN))
def test_a_broken_one_is_worse_where_it_is_wanted(status: str) -> None:
    assert [one.severity for one in state("x", status, wanted=True)] == [Severity.CRITICAL]
    assert [one.severity for one in state("x", status, wanted=False)] == [Severity.MAJOR]


@pytest.mark.parametrize("status", ["", "pondering"])
def test_a_state_that_nobody_knows_is_unknown(status: str) -> None:
    assert [one.status for one in state("x", status, wanted=True)] == [Status.UNKNOWN]


def test_the_only_part_is_told_once() -> None:
    one = Database("a", "r", Kind.RDS, "postgres", "16", "failed", members=(Member("a", "failed", writer=True),))
    assert [answer.subject for answer in available(one, aws.view()).answers] == ["rds a in r"]


def test_a_cluster_needs_a_writer() -> None:
    part = Member("a-0", "available")
    one = Database("a", "r", Kind.AURORA, "aurora-mysql", "8.0", "available", members=(part,))
    assert [answer.seen for answer in available(one, aws.view()).answers] == ["no instance that writes"]
    assert available(replace(one, members=(replace(part, writer=True),)), aws.view()).answers == ()


def test_every_deviation_is_told() -> None:
    view = aws.view()
    wanted = replace(view.expected.databases[0], engine="mysql", version="8.0", members=2, multi_zone=True)
    found = replace(next(one for one in view.facts.databases if one.name == "postgres"), multi_zone=False)
    assert [(one.seen, one.expected) for one in deviations(found, wanted)] == [
        ("engine postgres", "engine mysql"),
        ("version 16.4", "version 8.0"),
        ("1 members", "at least 2"),
        ("in one zone", "in several zones"),
    ]
