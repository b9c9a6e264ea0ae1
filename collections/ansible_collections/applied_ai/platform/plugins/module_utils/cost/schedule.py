# SPDX-License-Identifier: Apache-2.0
"""When an environment that is not production shall run, as a pure function of the clock.

Hours are wall-clock hours of the schedule's time zone, so that 07:00 stays 07:00 when the clocks change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RUNNING: Final = "running"
STOPPED: Final = "stopped"
DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
CLOCK: Final = re.compile(r"(?P<hour>[01]\d|2[0-4]):(?P<minute>[0-5]\d)")
# Any of these words in an environment's name makes it production.
PRODUCTION: Final = frozenset({"production", "prod", "prd", "live"})
KEYS: Final = frozenset({"time_zone", "windows", "holidays", "keep_running_until"})
WINDOW_KEYS: Final = frozenset({"days", "start", "end"})


class ScheduleError(CostError):
    """A schedule that cannot be meant."""


@dataclass(frozen=True)
class Window:
    """Minutes since midnight of a day of the week (0 = Monday); ``end`` may be on the next day, above 24 hours."""

    day: int
    start: int
    end: int


@dataclass(frozen=True)
class Schedule:
    """When to run: windows of the week, days off, and a moment until which nothing is stopped."""

    zone: ZoneInfo
    windows: tuple[Window, ...]
    holidays: frozenset[date] = frozenset()
    keep_running_until: datetime | None = None


def is_production(environment: str) -> bool:
    """Return whether an environment's name says production; in doubt, such as ``pre-prod``, it does."""
    return bool(PRODUCTION & set(re.split(r"[^a-z]+", environment.lower())))


def read_schedule(data: Mapping[str, Any], where: str = "The schedule") -> Schedule:
    """Read inventory data.

    Args:
        data: ``time_zone`` (IANA), ``windows`` [{days, start, end}], ``holidays``, ``keep_running_until`` (ISO 8601).
        where: Where it is set, for the sentences.

    Raises:
        ScheduleError: Something in it cannot be meant.

    """
    if unknown := set(data) - KEYS:
        raise ScheduleError(
            f"{where} has {', '.join(sorted(unknown))}, which it does not know; it knows {', '.join(sorted(KEYS))}."
        )
    windows = data.get("windows")
    if not isinstance(windows, list) or not windows:
        raise ScheduleError(f"{where} has no windows, so that it would never run; give a list of days, start and end.")
    return Schedule(
        zone=_zone(str(data.get("time_zone", "UTC")), where),
        windows=tuple(
            window for place, one in enumerate(windows) for window in _windows(one, f"{where}, windows[{place}],")
        ),
        holidays=frozenset(_date(day, where) for day in data.get("holidays") or ()),
        keep_running_until=_moment(data.get("keep_running_until"), where),
    )


def _zone(name: str, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleError(
            f"{where} has the time zone {name!r}, which there is not; use a name such as Europe/Berlin."
        ) from error


def _windows(data: object, where: str) -> Iterator[Window]:
    if not isinstance(data, Mapping) or set(data) != WINDOW_KEYS:
        raise ScheduleError(f"{where} needs exactly days, start and end.")
    days = data["days"]
    if not isinstance(days, list) or not days or any(day not in DAYS for day in days):
        raise ScheduleError(f"{where} has the days {days!r}; give a list of {', '.join(DAYS)}.")
    start, end = _minutes(data["start"], where), _minutes(data["end"], where)
    if start == end:
        raise ScheduleError(f"{where} starts and ends at {data['start']}; use 00:00 and 24:00 for a whole day.")
    for day in days:
        yield Window(DAYS.index(day), start, end if end > start else end + DAY)


def _minutes(text: object, where: str) -> int:
    # YAML 1.1 reads 7:30 as a number of base 60.
    found = CLOCK.fullmatch(text) if isinstance(text, str) else None
    minutes = int(found["hour"]) * 60 + int(found["minute"]) if found else WEEK
    if minutes > DAY:
        raise ScheduleError(f'{where} has the time {text!r}; write it in quotes as "HH:MM", from "00:00" to "24:00".')
    return minutes


def _date(value: object, where: str) -> date:
    try:
        # YAML reads a bare date as one, and a date with hours as a moment.
        return value.date() if isinstance(value, datetime) else date.fromisoformat(str(value))
    except ValueError as error:
        raise ScheduleError(f"{where} has the holiday {value!r}; write it as YYYY-MM-DD.") from error


def _moment(value: object, where: str) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ScheduleError(f"{where} has keep_running_until {value!r}; write it as 2026-11-28T22:00+01:00.") from error
    if moment.tzinfo is None:
        raise ScheduleError(
            f"{where} has keep_running_until {value!r} without an offset; write it as 2026-11-28T22:00+01:00."
        )
    return moment


def wanted_state(schedule: Schedule, now: datetime) -> str:
    """Return ``running`` or ``stopped`` for a moment with a time zone."""
    if schedule.keep_running_until and now < schedule.keep_running_until:
        return RUNNING
    # What began yesterday may last into today.
    inside = any(start <= now < end for start, end in intervals(schedule, now, 2))
    return RUNNING if inside else STOPPED


def next_change(schedule: Schedule, now: datetime, days: int = 15) -> datetime | None:
    """Return the first moment (UTC) after ``now`` at which the wanted state is another; None within ``days`` days."""
    state = wanted_state(schedule, now)
    edges = {moment for interval in intervals(schedule, now, days + 1) for moment in interval}
    if schedule.keep_running_until:
        edges.add(schedule.keep_running_until.astimezone(UTC))
    later = sorted(moment for moment in edges if moment > now)
    return next((moment for moment in later if wanted_state(schedule, moment) != state), None)


def intervals(schedule: Schedule, now: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Return when it runs (UTC), of the windows that begin on ``days`` days from yesterday on.

    An hour that comes twice in a night counts from its first time on, one that never comes is moved by an hour.
    """
    first = now.astimezone(schedule.zone).date() - timedelta(days=1)
    for day in (first + timedelta(days=offset) for offset in range(days)):
        if day not in schedule.holidays:
            for window in schedule.windows:
                if window.day == day.weekday():
                    yield _utc(schedule.zone, day, window.start), _utc(schedule.zone, day, window.end)


def _utc(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    at, minute = day + timedelta(days=minutes // DAY), minutes % DAY
    return datetime.combine(at, time(minute // 60, minute % 60), zone).astimezone(UTC)


def weekly_hours(schedule: Schedule) -> Decimal:
    """Return the hours of a week without holidays in which it runs; windows that overlap count once."""
    minutes = {
        (window.day * DAY + minute) % WEEK for window in schedule.windows for minute in range(window.start, window.end)
    }
    return Decimal(len(minutes)) / 60


def monthly_saving(schedule: Schedule, stoppable: Decimal) -> Decimal:
    """Return what the hours off are worth, of what runs all month for ``stoppable`` (per month, any currency)."""
    return stoppable * (1 - weekly_hours(schedule) / (WEEK // 60))
