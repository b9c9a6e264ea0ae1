# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Check, Severity, Status
from ansible_collections.applied_ai.platform.plugins.module_utils.health.report import check_of, merged, result

TODAY = date(2026, 11, 28)
OK = Check("a", Status.OK, Severity.MAJOR, "cluster", "all", "all", runbook="docs/runbooks/a.md")
BAD = Check("b", Status.FAILED, Severity.CRITICAL, "Node x", "gone", "there", runbook="docs/runbooks/b.md")
MINOR = Check("c", Status.FAILED, Severity.MINOR, "Node x", "odd", "even", runbook="docs/runbooks/c.md")
UNKNOWN = Check("d", Status.UNKNOWN, Severity.MINOR, "cluster", "403", "readable", runbook="docs/runbooks/d.md")


def look(*checks: Check) -> dict[str, Any]:
    return {"checks": [check.to_json() for check in checks], "duration_s": 1.5, "verdict": "ignored"}


@pytest.mark.parametrize(
    ("checks", "verdict", "code"),
    [
        ((OK,), "healthy", 0),
        ((OK, MINOR), "degraded", 1),
        ((BAD, UNKNOWN), "unhealthy", 2),
        ((OK, UNKNOWN), "unknown", 3),
    ],
)
def test_the_exit_code_says_the_verdict(checks: tuple[Check, ...], verdict: str, code: int) -> None:
    told = result(checks, given=[], today=TODAY, lines=10, duration=0.12345)
    assert (told["verdict"], told["exit_code"], told["duration_s"]) == (verdict, code, 0.123)


def test_merged_has_all_checks_worst_first_and_the_time_of_all() -> None:
    told = merged([look(OK, MINOR), look(BAD)], today=TODAY)
    assert [one["id"] for one in told["checks"]] == ["b", "c", "a"]
    assert (told["verdict"], told["duration_s"]) == ("unhealthy", 3.0)
    assert told["summary"][0] == "unhealthy: 2 findings"


def test_what_two_looks_say_alike_is_told_once() -> None:
    told = merged([look(OK, BAD), look(OK, replace(BAD, seen="odd"))], today=TODAY)
    assert [(one["id"], one["seen"]) for one in told["checks"]] == [("b", "gone"), ("b", "odd"), ("a", "all")]


def test_an_exception_is_counted_in_the_summary_and_not_in_the_verdict() -> None:
    given = [{"check": "b", "subject": "*", "owner": "o", "reason": "r", "until": "2026-12-01"}]
    told = merged([look(OK, BAD)], given=given, today=TODAY)
    assert told["summary"] == ["healthy: 2 checks, no finding, 1 excepted", "all"]


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"failed": True, "msg": "The kubeconfig\n is gone."}, "The kubeconfig is gone"),
        ({"skipped": True}, "it was not asked, or says nothing"),
        ({"checks": []}, "it was not asked, or says nothing"),
        ({**look(OK), "failed": True, "msg": "no"}, "no"),
        (None, "it was not asked, or says nothing"),
    ],
)
def test_a_look_without_an_answer_is_unknown(answer: Any, seen: str) -> None:
    told = merged([look(OK), answer], today=TODAY)
    assert told["verdict"] == "unknown"
    assert (told["checks"][0]["id"], told["checks"][0]["subject"], told["checks"][0]["seen"]) == (
        "looks_answered",
        "look 2",
        seen,
    )


def test_no_look_at_all_is_unknown() -> None:
    assert merged([], today=TODAY)["verdict"] == "unknown"


@pytest.mark.parametrize("check", [OK, BAD, MINOR, UNKNOWN])
def test_a_check_survives_as_plain_data(check: Check) -> None:
    assert check_of(check.to_json()) == check


@pytest.mark.parametrize(
    "data", [{}, "x", {"id": "a"}, {**OK.to_json(), "status": "good"}, {**OK.to_json(), "severity": ""}]
)
def test_what_is_no_check_is_refused(data: Any) -> None:
    with pytest.raises(HealthError, match="give what a health module returns in checks"):
        check_of(data)
