# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Check,
    Expected,
    Severity,
    Snapshot,
    Status,
    Unreadable,
    Verdict,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import (
    judge,
    roll_up,
    sentence,
    summarise,
    worst_first,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def check(
    status: Status = Status.OK, severity: Severity = Severity.MAJOR, name: str = "a", subject: str = "s"
) -> Check:
    return Check(name, status, severity, subject, f"seen {name}", "expected", runbook=f"docs/runbooks/{name}.md")


OK, UNKNOWN = check(), check(Status.UNKNOWN)
MAJOR, MINOR, CRITICAL = (
    check(Status.FAILED, severity) for severity in (Severity.MAJOR, Severity.MINOR, Severity.CRITICAL)
)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ([OK], Verdict.HEALTHY),
        ([OK, MINOR], Verdict.DEGRADED),
        ([OK, MAJOR], Verdict.DEGRADED),
        ([OK, MAJOR, CRITICAL, UNKNOWN], Verdict.UNHEALTHY),
        ([OK, UNKNOWN], Verdict.UNKNOWN),
        # What could not be seen may be worse than what was.
        ([MAJOR, UNKNOWN], Verdict.UNKNOWN),
        ([], Verdict.UNKNOWN),
    ],
)
def test_roll_up(checks: list[Check], verdict: Verdict) -> None:
    assert roll_up(checks) is verdict


def test_worst_first_is_total_and_stable() -> None:
    checks = [OK, check(name="b"), UNKNOWN, MINOR, MAJOR, CRITICAL, check(Status.FAILED, subject="r")]
    told = [(c.status.value, c.severity.value, c.id, c.subject) for c in worst_first(reversed(checks))]
    assert told == [
        ("failed", "critical", "a", "s"),
        ("failed", "major", "a", "r"),
        ("failed", "major", "a", "s"),
        ("failed", "minor", "a", "s"),
        ("unknown", "major", "a", "s"),
        ("ok", "major", "a", "s"),
        ("ok", "major", "b", "s"),
    ]


def test_a_dead_api_is_unhealthy_and_everything_else_unknown() -> None:
    gone = Unreadable("no route to host")
    checks = judge(Snapshot(gone, dict.fromkeys(KINDS, gone)), Expected(), NOW)
    assert roll_up(checks) is Verdict.UNHEALTHY
    assert (checks[0].id, checks[0].status, checks[0].seen) == ("api_answers", Status.FAILED, "no route to host")
    assert {c.status for c in checks[1:]} == {Status.UNKNOWN}
    assert len(checks) == len(RULES)


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_that_cannot_be_read_is_never_healthy(kind: str) -> None:
    node = {"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    kinds = {**{name: [] for name in KINDS}, "nodes": [node]}
    assert roll_up(judge(Snapshot("v1.36.3", kinds), Expected(), NOW)) is Verdict.HEALTHY
    blind = judge(Snapshot("v1.36.3", {**kinds, kind: Unreadable("403 Forbidden")}), Expected(), NOW)
    assert roll_up(blind) is Verdict.UNKNOWN
    assert "403 Forbidden" in blind[0].seen


def test_sentence_says_what_where_since_when_and_where_to_read_on() -> None:
    told = Check(
        "x", Status.FAILED, Severity.MAJOR, "Node a", "Gone.", "Ready", "2026-11-23T11:00:00Z", "", "docs/x.md"
    )
    assert sentence(told) == "major: Node a: Gone (expected Ready, since 2026-11-23T11:00:00Z); docs/x.md"
    assert sentence(UNKNOWN).startswith("unknown: s: seen a (expected expected); ")


@pytest.mark.parametrize("count", [1, 8, 9, 10, 40])
def test_summary_has_at_most_ten_lines_and_counts_the_rest(count: int) -> None:
    checks = [check(Status.FAILED, subject=f"s{number:02}") for number in range(count)]
    lines = summarise(Verdict.DEGRADED, checks, 10)
    assert len(lines) <= 10
    assert lines[0] == f"degraded: {count} finding{'s' if count > 1 else ''}"
    left = count - sum(line.startswith("major") for line in lines)
    assert (lines[-1] == f"… and {left} more") is (left > 0)


def test_a_healthy_summary_says_what_was_seen() -> None:
    assert summarise(Verdict.HEALTHY, [OK, check(name="b")], 10) == [
        "healthy: 2 checks, no finding",
        "seen a",
        "seen b",
    ]
    assert summarise(Verdict.HEALTHY, [OK], 1) == ["healthy: 1 checks, no finding"]


def test_an_object_that_makes_no_sense_is_unknown_and_hides_nothing() -> None:
    kinds = {**{name: [] for name in KINDS}, "quotas": [{"status": {"hard": {"cpu": "many"}}}], "jobs": [{"status": 5}]}
    checks = judge(Snapshot("v1.36.3", kinds), Expected(), NOW)
    told = {c.id: c.status for c in checks}
    assert told["quotas_have_room"] is Status.UNKNOWN
    assert told["jobs_succeed"] is Status.UNKNOWN
    assert told["nodes_ready"] is Status.FAILED
    assert told["claims_bound"] is Status.OK
