# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.exceptions import excepted, exemptions
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Check, Severity, Status

TODAY = date(2026, 11, 28)
ENTRY = {
    "check": "nodes_ready",
    "subject": "Node gpu-*",
    "owner": "ml",
    "reason": "it is repaired",
    "until": "2026-11-28",
}
FAILED = Check("nodes_ready", Status.FAILED, Severity.MAJOR, "Node gpu-1", "gone", "Ready")


def marked(finding: Check, **changes: str) -> list[Check]:
    return excepted([finding], exemptions([{**ENTRY, **changes}]), TODAY)


def test_a_covered_finding_says_who_why_and_until_when() -> None:
    (one,) = marked(FAILED)
    assert one.status is Status.EXCEPTED
    assert one.advice == "Excepted until 2026-11-28 by ml: it is repaired."
    assert one.seen == "gone"


@pytest.mark.parametrize(
    "changes",
    [{"check": "nodes_schedulable"}, {"subject": "Node cpu-*"}, {"subject": "node gpu-1"}, {"subject": "Node gpu-[1]"}],
)
def test_anything_else_counts_as_before(changes: dict[str, str]) -> None:
    assert marked(FAILED, **changes) == [FAILED]


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.OK])
def test_what_could_not_be_seen_is_never_excepted(status: Status) -> None:
    check = Check("nodes_ready", status, Severity.MAJOR, "Node gpu-1", "x", "y")
    assert marked(check) == [check]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (FAILED, "what it was for is still there"),
        (Check("a", Status.OK, Severity.MAJOR, "s", "x", "y"), "nothing is there"),
    ],
)
def test_one_that_is_over_is_told_and_covers_nothing(check: Check, words: str) -> None:
    kept, over = marked(check, until="2026-11-27")
    assert kept == check
    assert (over.id, over.status, over.since) == ("exceptions_current", Status.FAILED, "2026-11-27")
    assert words in over.seen
    assert "ml" in over.expected


@pytest.mark.parametrize("key", ENTRY)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_entry_without_a_key_is_refused(key: str, value: Any) -> None:
    with pytest.raises(HealthError, match=r"^exceptions\[0\] is .*; give check, subject, owner, reason, until"):
        exemptions([{**ENTRY, key: value}])


@pytest.mark.parametrize("entry", [{}, "all", {**ENTRY, "untill": "2026-12-01"}])
def test_an_entry_that_is_none_is_refused(entry: Any) -> None:
    with pytest.raises(HealthError, match="give check, subject"):
        exemptions([entry])


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(HealthError, match=r"exceptions\[0\]\.until is 'soon'; give its last day as YYYY-MM-DD\."):
        exemptions([{**ENTRY, "until": "soon"}])


def test_yaml_reads_a_day_as_a_date() -> None:
    assert exemptions([{**ENTRY, "until": date(2026, 12, 1)}])[0].until == date(2026, 12, 1)
