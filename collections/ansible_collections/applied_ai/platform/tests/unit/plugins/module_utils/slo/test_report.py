# SPDX-License-Identifier: Apache-2.0
"""The month of the objectives, by what was recorded of each of its days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history import History, Record
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import UnknownError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import Slo
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.report import (
    Month,
    by_day,
    days_of,
    month_of,
    report,
)
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 11, 28, 17, 30, tzinfo=UTC)
NONE = History((), 0)
SLO = Slo("api", "api", 0.999, 30, "BAD", "TOTAL")


def at(day: int) -> float:
    """Return the end of a day of November."""
    return (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day)).timestamp()


def matrix(values: dict[int, float], name: str = "api") -> dict[str, Any]:
    series = {"metric": {"slo": name}, "values": [[at(day), str(value)] for day, value in values.items()]}
    return {"status": "success", "data": {"resultType": "matrix", "result": [series]}}


def prometheus(events: dict[int, float], failures: dict[int, float]) -> Any:
    def ask(query: str) -> dict[str, Any]:
        if "count_over_time" in query:
            return matrix(dict.fromkeys(events, 1.0))
        return matrix(events if "events_total" in query else failures)

    return ask


def told(events: dict[int, float], failures: dict[int, float], history: History = NONE) -> dict[str, Any]:
    return report([SLO], month_of("2026-11", NOW), prometheus(events, failures), history, NOW)


def test_the_last_month_that_is_over_is_meant() -> None:
    found = month_of("", NOW)
    assert (found.name, found.complete, len(found.days())) == ("2026-10", True, 31)


def test_a_month_that_is_not_over_goes_up_to_today() -> None:
    found = month_of("2026-11", NOW)
    assert (found.complete, found.days()[-1]) == (False, "2026-11-28")


def test_a_month_has_its_own_length() -> None:
    assert len(month_of("2024-02", NOW).days()) == 29
    assert month_of("2025-12", NOW).end == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-13", "november", "2026-12", "0000-01", "26-11"])
def test_what_is_no_month_is_a_sentence(text: str) -> None:
    with pytest.raises(SloError, match="month is"):
        month_of(text, NOW)


def test_a_kept_month() -> None:
    one = told(dict.fromkeys(range(1, 29), 1000.0), {**dict.fromkeys(range(1, 29), 0.0), 12: 14.0})["objectives"][0]
    assert (one["verdict"], one["sli"], one["budget_spent"], one["worst_day"]) == ("kept", 0.9995, 0.5, "2026-11-12")
    assert (one["events"], one["failures"], one["allowed"], one["recorded"]) == (28000, 14, 28, 1)
    assert one["days"][11] == {"day": "2026-11-12", "events": 1000.0, "failures": 14.0, "sli": 0.986, "recorded": 1.0}


def test_a_broken_month() -> None:
    found = told(dict.fromkeys(range(1, 29), 1000.0), dict.fromkeys(range(1, 29), 2.0))
    assert (found["broken"], found["objectives"][0]["budget_spent"]) == (1, 2)


def test_a_day_without_events_is_neither_kept_nor_broken() -> None:
    days = told({1: 0.0}, {1: 0.0})["objectives"][0]
    assert days["days"][0]["sli"] is None
    assert (days["verdict"], days["reason"]) == ("unknown", "it had no events")


def test_days_that_nobody_recorded_are_told() -> None:
    found = told({1: 1000.0}, {1: 0.0})
    one = found["objectives"][0]
    assert one["days"][1]["failures"] is None
    assert one["recorded"] == pytest.approx(1 / 28, abs=0.001)
    assert "api: 4% of the month were recorded." in found["warnings"]


def test_a_prometheus_that_does_not_answer_makes_all_unknown() -> None:
    def ask(_query: str) -> dict[str, Any]:
        raise UnknownError("it does not answer")

    found = report([SLO], month_of("", NOW), ask, NONE, NOW)
    assert (found["unknown"], found["objectives"][0]["reason"]) == (1, "it does not answer")
    assert found["warnings"][0] == "it does not answer"


def test_repairs_come_from_the_history() -> None:
    begin = datetime(2026, 11, 3, tzinfo=UTC)
    records = (
        Record(begin, "verdict", "cluster", "unhealthy"),
        Record(begin + timedelta(minutes=12), "verdict", "cluster", "healthy"),
    )
    found = told({1: 1.0}, {1: 0.0}, History(records, 2))
    assert found["repairs"]["verdict"]["mttr_minutes"] == 12
    assert found["health"][0]["subject"] == "cluster"
    assert any("2 lines of the history" in one for one in found["warnings"])


def test_a_question_ends_with_the_month() -> None:
    month = Month(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), complete=True)
    assert by_day("x", month) == f"(max by (slo) (x))[30d:1d] @ {at(30):.0f}"


def test_the_first_value_of_an_older_prometheus_is_of_the_month_before() -> None:
    assert days_of(matrix({0: 5.0, 1: 6.0}), month_of("2026-11", NOW)) == {"api": {"2026-11-01": 6.0}}


@pytest.mark.parametrize(
    "result",
    ["x", [1], [{}], [{"metric": {"slo": "a"}, "values": [[1]]}], [{"metric": {"slo": "a"}, "values": [[1e30, 1]]}]],
)
def test_an_answer_that_is_none_is_told(result: object) -> None:
    with pytest.raises(UnknownError, match="not a matrix"):
        days_of({"status": "success", "data": {"resultType": "matrix", "result": result}}, month_of("", NOW))


NUMBERS = st.dictionaries(st.integers(1, 28), st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1e9))


@settings(deadline=None)
@given(NUMBERS, NUMBERS)
def test_whatever_was_recorded_no_number_is_made_up(events: dict[int, float], failures: dict[int, float]) -> None:
    one = told(events, failures)["objectives"][0]
    assert one["sli"] is None or one["sli"] >= 0
    assert (one["verdict"] == "unknown") == (one["budget_spent"] is None)
