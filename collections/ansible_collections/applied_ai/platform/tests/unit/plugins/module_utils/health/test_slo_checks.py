# SPDX-License-Identifier: Apache-2.0
"""What is thought of where objectives stand."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.slo_checks import judge
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import roll_up
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import Slo
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.standing import Standing

SLO = Slo("api", "api", 0.999, 30, "BAD", "TOTAL")
GOOD: dict[str, Any] = {
    "loaded_budget": 0.001,
    "events": 1e6,
    "failures": 100.0,
    "coverage": 1.0,
    "ratios": {"5m": 0.0001, "1h": 0.0001},
}
FAST = {"ratios": {"5m": 0.05, "1h": 0.05}, "recent": {"1h": 500.0}}
SLOW = {"ratios": {"6h": 0.0012, "3d": 0.0012}, "recent": {"3d": 500.0}}


def standing(**changes: Any) -> Standing:
    return Standing(SLO, **{**GOOD, **changes})


def of(check: str, *standings: Standing) -> tuple[str, str, str]:
    (found,) = [one for one in judge(standings) if one.id == check]
    return found.status.value, found.severity.value, found.seen


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "healthy"),
        (FAST, "unhealthy"),
        (SLOW, "degraded"),
        ({"failures": 1000.0}, "degraded"),
        ({"loaded_budget": 0.01}, "degraded"),
        ({"loaded_budget": None}, "degraded"),
        ({"unknown": "Prometheus has no rules of it", "events": None}, "unknown"),
        ({"events": 0.0}, "unknown"),
        ({"events": 100.0, "failures": 1.0}, "unknown"),
        ({"ratios": {}}, "unknown"),
    ],
)
def test_the_verdict_follows_from_the_worst(changes: dict[str, Any], verdict: str) -> None:
    assert roll_up(judge([standing(**changes)])).value == verdict


def test_a_fast_burn_tells_when_the_budget_ends() -> None:
    assert of("slo_burn", standing(**FAST)) == (
        "failed",
        "critical",
        "its budget burns 50 times too fast over 1h, gone in 13.0 hours",
    )


def test_few_failures_wake_nobody() -> None:
    assert of("slo_burn", standing(**{**FAST, "recent": {"1h": 4.0}}))[0] == "ok"


def test_a_burn_that_has_ended_is_none() -> None:
    assert of("slo_burn", standing(**{**FAST, "ratios": {"5m": 0.0, "1h": 0.05}}))[0] == "ok"


def test_an_hour_without_events_is_said() -> None:
    assert of("slo_burn", standing(ratios={"3d": 0.0}))[2] == "no events in an hour"


def test_an_empty_budget_says_what_it_rests_on() -> None:
    seen = of("slo_budget", standing(failures=2000.0, coverage=0.4))[2]
    assert seen == "99.8 % good, -100% of the budget left (40% of the 30 days were recorded)"


def test_a_budget_that_is_known_is_judged_although_its_metric_vanished() -> None:
    found = {one.id: one.status.value for one in judge([standing(unknown="no metric", failures=2000.0)])}
    assert found["slo_metric"] == "unknown"
    assert found["slo_budget"] == "failed"


def test_nothing_at_all_is_not_healthy() -> None:
    assert roll_up(judge([])).value == "unknown"
