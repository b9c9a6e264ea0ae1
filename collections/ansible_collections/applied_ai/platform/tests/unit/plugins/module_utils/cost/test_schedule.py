# SPDX-License-Identifier: Apache-2.0
"""Schedules: every minute of weeks compared with a plain reading of the windows, clock changes, bad input."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import schedule
from hypothesis import given, settings
from hypothesis import strategies as st

WORKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"]
OFFICE = {"time_zone": "Europe/Berlin", "windows": [{"days": WORKDAYS, "start": "07:00", "end": "19:00"}]}


def state(data: dict, moment: str) -> str:
    return schedule.wanted_state(schedule.read_schedule(data), datetime.fromisoformat(moment))


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        # 2026-11-27 is a Friday; Berlin is an hour ahead of UTC in winter, two in summer.
        ("2026-11-27T05:59+00:00", "stopped"),
        ("2026-11-27T06:00+00:00", "running"),
        ("2026-11-27T17:59+00:00", "running"),
        ("2026-11-27T18:00+00:00", "stopped"),
        ("2026-11-28T12:00+00:00", "stopped"),
        ("2026-07-03T05:00+00:00", "running"),
        ("2026-07-03T17:00+00:00", "stopped"),
    ],
)
def test_hours_are_those_of_the_wall_clock(moment: str, wanted: str) -> None:
    assert state(OFFICE, moment) == wanted


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = {"windows": [{"days": ["friday"], "start": "22:00", "end": "02:00"}]}
    assert [state(night, f"2026-11-{day}+00:00") for day in ("27T21:59", "27T22:00", "28T01:59", "28T02:00")] == [
        "stopped",
        "running",
        "running",
        "stopped",
    ]
    assert state(night, "2026-11-27T01:00+00:00") == "stopped"
    assert state({**night, "holidays": ["2026-11-27"]}, "2026-11-28T01:00+00:00") == "stopped"


def test_a_holiday_is_a_day_off_and_somebody_who_works_late_is_let() -> None:
    assert state({**OFFICE, "holidays": ["2026-11-27"]}, "2026-11-27T10:00+01:00") == "stopped"
    late = {**OFFICE, "keep_running_until": "2026-11-27T22:00+01:00"}
    assert state(late, "2026-11-27T21:59+01:00") == "running"
    assert state(late, "2026-11-27T22:00+01:00") == "stopped"
    assert schedule.next_change(
        schedule.read_schedule(late), datetime.fromisoformat("2026-11-27T21:00+01:00")
    ) == datetime(2026, 11, 27, 21, tzinfo=UTC)


def test_the_week_is_counted_once_where_windows_overlap() -> None:
    assert schedule.weekly_hours(schedule.read_schedule(OFFICE)) == 60
    twice = {**OFFICE, "windows": [*OFFICE["windows"], {"days": ["monday"], "start": "18:00", "end": "20:00"}]}
    assert schedule.weekly_hours(schedule.read_schedule(twice)) == 61
    always = {"windows": [{"days": list(schedule.DAYS), "start": "00:00", "end": "24:00"}]}
    assert schedule.weekly_hours(schedule.read_schedule(always)) == 168
    assert schedule.next_change(schedule.read_schedule(always), datetime(2026, 11, 28, tzinfo=UTC)) is None


def test_money_is_saved_for_the_hours_off() -> None:
    # 168 hours a week less 60: 108 of 168 of 168 dollars.
    assert schedule.monthly_saving(schedule.read_schedule(OFFICE), Decimal(168)) == 108


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24", "2026-12-31"])
def test_the_next_change_is_the_first_minute_that_differs(day: str) -> None:
    """Also where the clocks of Berlin change: on 2026-03-29 and 2026-10-25, both Sundays."""
    data = {
        "time_zone": "Europe/Berlin",
        "windows": [
            {"days": ["saturday"], "start": "20:00", "end": "02:30"},
            {"days": ["monday"], "start": "00:00", "end": "24:00"},
            {"days": ["thursday", "friday"], "start": "06:15", "end": "06:45"},
        ],
    }
    read = schedule.read_schedule(data)
    now = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    for _ in range(6):
        found = schedule.next_change(read, now)
        assert found is not None
        minute = now
        while schedule.wanted_state(read, minute) == schedule.wanted_state(read, now):
            minute += timedelta(minutes=1)
        assert found == minute
        now = found


def test_an_hour_that_comes_twice_ends_a_window_once() -> None:
    night = {"time_zone": "Europe/Berlin", "windows": [{"days": ["saturday"], "start": "20:00", "end": "02:30"}]}
    assert [state(night, f"2026-10-25T{clock}+00:00") for clock in ("00:29", "00:30", "01:29", "01:31")] == [
        "running",
        "stopped",
        "stopped",
        "stopped",
    ]


@settings(max_examples=15, deadline=None)
@given(
    start=st.integers(0, 1439),
    length=st.integers(1, 1439),
    days=st.sets(st.sampled_from(schedule.DAYS), min_size=1),
)
def test_the_share_of_minutes_that_run_is_that_of_the_weekly_hours(start: int, length: int, days: set[str]) -> None:
    end = (start + length) % 1440
    window = {
        "days": sorted(days),
        "start": f"{start // 60:02}:{start % 60:02}",
        "end": f"{end // 60:02}:{end % 60:02}",
    }
    read = schedule.read_schedule({"windows": [window]})
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    running = sum(
        schedule.wanted_state(read, monday + timedelta(minutes=minute)) == "running" for minute in range(0, 10080, 1)
    )
    assert Decimal(running) / 60 == schedule.weekly_hours(read)


@pytest.mark.parametrize("name", ["production", "prod", "Prod-EU", "live", "pre-prod", "eu_prd_1"])
def test_production_is_recognised(name: str) -> None:
    assert schedule.is_production(name)


@pytest.mark.parametrize("name", ["development", "staging", "local", "product-demo", "delivery"])
def test_what_is_not_production_is_not_taken_for_it(name: str) -> None:
    assert not schedule.is_production(name)


BAD = {
    "zone": ({"time_zone": "Mars/Olympus"}, "'Mars/Olympus', which there is not"),
    "key": ({"timezone": "UTC"}, "has timezone, which it does not know"),
    "no windows": ({"windows": []}, "has no windows, so that it would never run"),
    "day": ({"windows": [{"days": ["mon"], "start": "07:00", "end": "19:00"}]}, "the days ['mon']"),
    "days": ({"windows": [{"days": [{}], "start": "07:00", "end": "19:00"}]}, "the days [{}]"),
    "sexagesimal": (
        {"windows": [{"days": ["monday"], "start": 420, "end": "19:00"}]},
        "the time 420; write it in quotes",
    ),
    "hour": ({"windows": [{"days": ["monday"], "start": "07:00", "end": "24:01"}]}, "the time '24:01'"),
    "nothing": ({"windows": [{"days": ["monday"], "start": "07:00", "end": "07:00"}]}, "starts and ends at 07:00"),
    "keys": ({"windows": [{"days": ["monday"], "start": "07:00"}]}, "windows[0], needs exactly days, start and end"),
    "holiday": ({"holidays": ["25.12.2026"]}, "the holiday '25.12.2026'"),
    "moment": ({"keep_running_until": "2026-11-28T22:00"}, "without an offset"),
    "no moment": ({"keep_running_until": "tonight"}, "keep_running_until 'tonight'"),
}


@pytest.mark.parametrize(("change", "sentence"), BAD.values(), ids=BAD)
def test_a_mistake_is_one_sentence(change: dict, sentence: str) -> None:
    with pytest.raises(schedule.ScheduleError) as caught:
        schedule.read_schedule({**OFFICE, **change}, "platform_schedule")
    assert str(caught.value).startswith("platform_schedule")
    assert sentence in str(caught.value)
