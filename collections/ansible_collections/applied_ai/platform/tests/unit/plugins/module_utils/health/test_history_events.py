# SPDX-License-Identifier: Apache-2.0
"""Verdicts are recorded each time, alerts when they begin and when they are over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history import Record
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history_events import of_alerts, of_verdicts

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEGAN = "2026-11-28T11:30:00.123456789Z"


def alert(name: str = "NodeDown", **more: Any) -> dict[str, Any]:
    labels = {"alertname": name, "node": "a", "severity": "critical", **more.pop("labels", {})}
    return {"labels": labels, "state": "firing", "activeAt": BEGAN, **more}


def test_a_verdict_keeps_what_failed() -> None:
    checks = [{"id": "nodes_ready", "status": "failed"}, {"id": "api_answers", "status": "ok"}]
    (found,) = of_verdicts([{"subject": "cluster", "verdict": "degraded", "checks": checks}], NOW)
    assert found == Record(NOW, "verdict", "cluster", "degraded", reasons=("nodes_ready",))


@pytest.mark.parametrize(
    "verdict", [{}, {"subject": "x", "verdict": "fine"}, {"subject": "x", "verdict": "healthy", "checks": [1]}]
)
def test_a_verdict_that_is_none_is_a_sentence(verdict: dict[str, Any]) -> None:
    with pytest.raises(HealthError, match="must"):
        of_verdicts([verdict], NOW)


def test_an_alert_begins_when_it_says() -> None:
    (found,) = of_alerts([alert()], [], NOW)
    assert found == Record(datetime(2026, 11, 28, 11, 30, tzinfo=UTC), "alert", "NodeDown node=a", "firing", "critical")


def test_an_alert_that_is_known_is_not_recorded_again() -> None:
    known = of_alerts([alert()], [], NOW)
    assert of_alerts([alert()], known, NOW) == []


def test_an_alert_that_is_gone_is_over() -> None:
    known = of_alerts([alert()], [], NOW)
    later = NOW + timedelta(minutes=5)
    (over,) = of_alerts([], known, later)
    assert (over.state, over.at, over.subject, over.severity) == ("resolved", later, "NodeDown node=a", "critical")
    assert of_alerts([], [*known, over], later) == []


def test_nobody_looked_is_not_that_all_are_over() -> None:
    assert of_alerts(None, of_alerts([alert()], [], NOW), NOW) == []


def test_one_that_comes_back_begins_after_it_was_over() -> None:
    over = Record(NOW, "alert", "NodeDown node=a", "resolved")
    (found,) = of_alerts([alert()], [over], NOW + timedelta(minutes=1))
    assert found.at == NOW


@pytest.mark.parametrize(
    "other",
    [alert("Watchdog"), alert(state="pending"), alert(labels={"severity": "none"}), alert("InfoInhibitor")],
)
def test_signs_of_life_and_pending_ones_are_none(other: dict[str, Any]) -> None:
    assert of_alerts([other], [], NOW) == []


@pytest.mark.parametrize("when", [{"activeAt": "2027-01-01T00:00:00Z"}, {"activeAt": "soon"}, {"activeAt": None}])
def test_one_without_a_good_beginning_begins_now(when: dict[str, Any]) -> None:
    assert of_alerts([alert(**when)], [], NOW)[0].at == NOW


def test_those_of_alertmanager_are_taken_as_well() -> None:
    (found,) = of_alerts(
        [{"labels": {"alertname": "X"}, "startsAt": "2026-11-28T13:00:00+02:00", "state": "firing"}], [], NOW
    )
    assert found.at == NOW - timedelta(hours=1)


def test_an_alert_without_a_name_is_a_sentence() -> None:
    with pytest.raises(HealthError, match="must have alertname"):
        of_alerts([{"labels": {}}], [], NOW)
