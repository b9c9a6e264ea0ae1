# SPDX-License-Identifier: Apache-2.0
"""What Prometheus recorded becomes figures; what it does not know stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import UnknownError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import Slo
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.standing import Standing, figures, stand
from hypothesis import given, settings
from hypothesis import strategies as st

SLO = Slo("api", "api", 0.999, 30, "BAD", "TOTAL")


def vector(values: Mapping[str, object]) -> dict[str, Any]:
    result = [{"metric": {"slo": name}, "value": [0, str(value)]} for name, value in values.items()]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def prometheus(recorded: Mapping[str, float]) -> Any:
    """Return a Prometheus that knows a number for each query that contains one of these texts."""

    def ask(query: str) -> dict[str, Any]:
        found = [value for part, value in recorded.items() if part in query]
        return vector({"api": found[0]} if found else {})

    return ask


GOOD = {
    "(slo:events_bad:rate5m)": 0.001,
    "slo:budget:ratio": 0.001,
    "slo:events_total:rate5m[30d:5m]": 1_000_000,
    "slo:events_bad:rate5m[30d:5m]": 250,
    "count_over_time": 0.5,
    "slo:error_ratio:1h": 0.002,
    "slo:error_ratio:6h": 0.0015,
    "slo:error_ratio:5m": 0.003,
}


def test_figures_follow_from_what_was_recorded() -> None:
    (found,) = stand([SLO], prometheus(GOOD))
    told = found.to_json()
    assert told["sli"] == 0.99975
    assert told["budget_left"] == 0.75
    assert told["coverage"] == 0.5
    assert told["burn_rates"]["1h"] == 2
    assert told["burn_rates"]["3d"] is None
    # Three quarters of 720 hours, twice as fast.
    assert told["hours_left"] == 270
    assert told["unknown"] == ""


def test_a_budget_that_lasts_has_no_end() -> None:
    (found,) = stand([SLO], prometheus({**GOOD, "slo:error_ratio:1h": 0.0005, "slo:error_ratio:6h": 0.001}))
    assert found.hours_left() is None


def test_a_budget_that_is_gone_ends_now() -> None:
    (found,) = stand([SLO], prometheus({**GOOD, "slo:events_bad:rate5m[30d:5m]": 2000}))
    assert found.budget_left == pytest.approx(-1)
    assert found.hours_left() == 0


def test_no_events_are_no_hundred_per_cent() -> None:
    (found,) = stand([SLO], prometheus({**GOOD, "slo:events_total:rate5m[30d:5m]": 0.0}))
    assert found.to_json()["sli"] is None
    assert found.budget_left is None


@pytest.mark.parametrize(
    ("recorded", "said"),
    [({}, "no rules of it"), ({"slo:budget:ratio": 0.001}, "no metric of its indicator")],
)
def test_what_is_not_recorded_is_unknown(recorded: dict[str, float], said: str) -> None:
    (found,) = stand([SLO], prometheus(recorded))
    assert said in found.unknown


def test_a_prometheus_that_does_not_answer_is_asked_once() -> None:
    asked = []

    def ask(query: str) -> dict[str, Any]:
        asked.append(query)
        raise UnknownError("it does not answer")

    assert [one.unknown for one in stand([SLO, SLO], ask)] == ["it does not answer"] * 2
    assert len(asked) == 1


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
def test_what_is_no_number_is_not_known(value: str) -> None:
    assert figures(lambda _query: vector({"api": value}), "x") == {}


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "error", "error": "too many samples"},
        {"status": "success"},
        {"status": "success", "data": {"resultType": "matrix", "result": []}},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"slo": "a"}, "value": []}]}},
        {"status": "success", "data": {"resultType": "vector", "result": ["x"]}},
    ],
)
def test_an_answer_that_is_none_is_told(answer: dict[str, Any]) -> None:
    with pytest.raises(UnknownError, match="Prometheus"):
        figures(lambda _query: answer, "x")


NUMBERS = st.floats(0, 1e9)


@settings(deadline=None)
@given(NUMBERS, NUMBERS, st.dictionaries(st.sampled_from(["5m", "1h", "6h"]), st.floats(0, 1)))
def test_figures_are_numbers_or_none(events: float, failures: float, ratios: dict[str, float]) -> None:
    told = Standing(SLO, events=events, failures=min(events, failures), ratios=ratios).to_json()
    assert told["sli"] is None or 0 <= told["sli"] <= 1
    assert told["budget_left"] is None or told["budget_left"] <= 1
    assert told["hours_left"] is None or told["hours_left"] >= 0


def test_many_objectives_are_no_more_questions() -> None:
    asked: list[str] = []

    def ask(query: str) -> dict[str, Any]:
        asked.append(query)
        return vector({})

    stand([Slo(f"api-{number}", "api", 0.999, 30, "BAD", "TOTAL") for number in range(200)], ask)
    assert len(asked) == 16
