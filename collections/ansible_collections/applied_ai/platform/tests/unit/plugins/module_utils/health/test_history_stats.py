# SPDX-License-Identifier: Apache-2.0
"""Incidents, repairs and availability follow from what was seen; what was not seen is neither up nor down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history import Record
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history_stats import overall, periods
from hypothesis import given, settings
from hypothesis import strategies as st

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = BEGIN + timedelta(hours=10)
HOUR = timedelta(hours=1)


def seen(*states: str, every: int = 10, kind: str = "verdict") -> list[Record]:
    """Return a record each ten minutes, such as of "up:30 down:20", written as words for how many."""
    named = {"u": "healthy", "d": "unhealthy", "?": "unknown", "f": "firing", "r": "resolved"}
    words = "".join(states)
    return [
        Record(BEGIN + timedelta(minutes=every * index), kind, "cluster", named[word], reasons=("nodes_ready",))
        for index, word in enumerate(words)
    ]


def test_repairs_and_their_distance() -> None:
    # Ten hours, of which it was down for twenty and for forty minutes.
    (found,) = periods(seen("u" * 10 + "dd" + "u" * 20 + "dddd" + "u" * 24), BEGIN, END)
    told = found.to_json(END)
    assert told["mttr_minutes"] == 30
    assert told["mtbf_hours"] == 4.5
    assert told["availability"] == 0.9
    assert told["unknown_hours"] == 0
    assert told["list"][0] == {
        "begin": "2026-11-01T01:40:00Z",
        "end": "2026-11-01T02:00:00Z",
        "minutes": 20.0,
        "reasons": ["nodes_ready"],
    }


def test_without_incidents_there_is_no_mean() -> None:
    (found,) = periods(seen("u" * 60), BEGIN, END)
    told = found.to_json(END)
    assert (told["mttr_minutes"], told["mtbf_hours"], told["availability"]) == (None, None, 1.0)


def test_an_incident_that_goes_on_is_open_and_no_repair() -> None:
    (found,) = periods(seen("u" * 54 + "d" * 6), BEGIN, END)
    told = found.to_json(END)
    assert (told["incidents"], told["open"], told["mttr_minutes"]) == (1, 1, None)
    assert told["list"][0]["minutes"] == 60
    assert told["availability"] == 0.9


def test_neither_unknown_nor_silence_ends_an_incident() -> None:
    (found,) = periods(seen("ud??u" + "u" * 55), BEGIN, END)
    told = found.to_json(END)
    assert (told["incidents"], told["mttr_minutes"]) == (1, 30)
    assert told["unknown_hours"] == pytest.approx(0.33)


def test_time_in_which_nobody_looked_is_not_known() -> None:
    (found,) = periods(seen("u"), BEGIN, END)
    assert (found.up_s, found.unknown_s) == (3600, 9 * 3600)


def test_an_alert_holds_until_it_is_resolved() -> None:
    (found,) = periods(seen("fr", every=180, kind="alert"), BEGIN, END)
    assert (found.down_s, found.up_s, found.mttr_s()) == (3 * 3600, 7 * 3600, 3 * 3600)


def test_records_before_the_period_tell_how_it_began() -> None:
    before = Record(BEGIN - timedelta(minutes=30), "verdict", "cluster", "unhealthy")
    over = Record(BEGIN + timedelta(minutes=15), "verdict", "cluster", "healthy")
    after = Record(END + HOUR, "verdict", "cluster", "unhealthy")
    (found,) = periods([before, over, after], BEGIN, END)
    assert found.down_s == 15 * 60
    assert found.mttr_s() == 45 * 60


def test_what_was_repaired_before_is_of_another_period() -> None:
    records = [
        Record(BEGIN - 2 * HOUR, "verdict", "cluster", "unhealthy"),
        Record(BEGIN - HOUR, "verdict", "cluster", "healthy"),
    ]
    (found,) = periods(records, BEGIN, END)
    assert found.incidents == ()
    assert found.unknown_s == 10 * 3600


def test_nothing_recorded_is_nothing_known() -> None:
    assert periods([], BEGIN, END) == []


def test_verdicts_and_alerts_are_told_apart() -> None:
    found = periods(sorted(seen("udu") + seen("frf", kind="alert"), key=lambda one: one.at), BEGIN, END)
    assert overall(found) == {
        "verdict": {"incidents": 1, "open": 0, "mttr_minutes": 10.0},
        "alert": {"incidents": 2, "open": 1, "mttr_minutes": 10.0},
    }


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-300, 900), st.sampled_from(["healthy", "unhealthy", "degraded", "unknown"]))))
def test_up_down_and_unknown_are_all_of_the_time(times: list[tuple[int, str]]) -> None:
    records = [Record(BEGIN + timedelta(minutes=at), "verdict", "x", state) for at, state in sorted(times)]
    for found in periods(records, BEGIN, END):
        assert found.up_s + found.down_s + found.unknown_s == pytest.approx(36000)
        assert min(found.up_s, found.down_s, found.unknown_s) >= 0
        assert found.availability is None or 0 <= found.availability <= 1
        assert all(one.seconds(END) >= 0 for one in found.incidents)
