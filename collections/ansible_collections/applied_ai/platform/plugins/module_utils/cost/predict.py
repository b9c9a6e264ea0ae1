# SPDX-License-Identifier: Apache-2.0
"""How many pods an hour of the week will need, from what it needed: a minimum that is there before the peak.

Each past week is divided by its own mean, so that growth does not hide its rhythm. For each hour of the week the
forecast is what a share of the weeks (``quantile``) stayed below, times the mean of the last week (limited against the
median week). The hour's own peak counts, not its mean. An hour of the week that was hardly seen is an error, and what
goes beyond the forecast is left to the autoscaler, which stays on.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

HOURS: Final = 168
# A week with fewer of its 168 hours seen tells too little of its mean.
WHOLE_WEEK: Final = 150
WEEK: Final = timedelta(days=7)
WEEK_MINUTES: Final = HOURS * 60
DAY_MINUTES: Final = 24 * 60
MIN_WEEKS: Final = 2
BUSY: Final = 0.8
# A last week that was out of the ordinary may move the forecast by this factor of the median week at most.
LEVEL_LIMITS: Final = (0.5, 2.0)


class PredictError(CostError):
    """A history from which nothing can be told."""


@dataclass(frozen=True)
class Sample:
    """Demand at a moment, such as requests a second or pods; never negative."""

    at: datetime
    value: float


@dataclass(frozen=True)
class Settings:
    """How to get from a forecast to a minimum of pods.

    ``per_replica`` is the demand that one pod shall serve at the autoscaler's target, ``target`` the share of what it
    can serve (0.7 = at 70 % of its CPU), ``minimum``/``maximum`` are the service's own bounds,
    ``lead_minutes`` is how long a pod (and the node below it) takes to serve, ``steps`` how many sizes there may be.
    """

    per_replica: float
    target: float = 0.7
    minimum: int = 1
    maximum: int = 100
    quantile: float = 0.75
    weeks: int = 6
    lead_minutes: int = 15
    steps: int = 8
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Window:
    """Minutes of the week, 0 = Monday 00:00 of the zone; ``end`` may be beyond the week's end."""

    start: int
    end: int
    replicas: int


def hourly_peaks(samples: Iterable[Sample], zone: ZoneInfo) -> dict[datetime, float]:
    """Return the greatest demand of each hour, by the hour's local beginning."""
    peaks: dict[datetime, float] = {}
    for sample in samples:
        if not math.isfinite(sample.value) or sample.value < 0:
            raise PredictError(
                f"The history has {sample.value} at {sample.at.isoformat()}; demand is a number from 0 up."
            )
        hour = sample.at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
        peaks[hour] = max(peaks.get(hour, 0.0), sample.value)
    return peaks


def slot(hour: datetime) -> int:
    """Return the hour of the week, 0 = Monday 00:00."""
    return hour.weekday() * 24 + hour.hour


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` (0 to 1) of the values do not exceed, between two of them linearly."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def forecast(samples: Iterable[Sample], settings: Settings) -> list[float]:
    """Return the demand to expect in each of the 168 hours of the next week.

    Raises:
        PredictError: The history is shorter than two weeks, or lacks hours of the week.

    """
    peaks = hourly_peaks(samples, ZoneInfo(settings.time_zone))
    if not peaks:
        raise PredictError("The history is empty; without samples there is no forecast.")
    weeks = past_weeks(peaks, settings.weeks)
    levels = {number: statistics.fmean(week.values()) for number, week in weeks.items()}
    by_slot: dict[int, list[float]] = defaultdict(list)
    for number, week in weeks.items():
        for hour, value in week.items():
            # A week without any demand has no rhythm to tell.
            by_slot[slot(hour)].append(value / levels[number] if levels[number] else 0.0)
    _require(by_slot)
    level = recent_level(levels)
    return [quantile(by_slot[hour], settings.quantile) * level for hour in range(HOURS)]


def past_weeks(peaks: Mapping[datetime, float], count: int) -> dict[int, dict[datetime, float]]:
    """Return the hours of the last ``count`` weeks, 0 = the last seven days; weeks with gaps are left out."""
    last = max(peaks)
    weeks: dict[int, dict[datetime, float]] = defaultdict(dict)
    for hour, value in peaks.items():
        number = (last - hour) // WEEK
        if number < count:
            weeks[number][hour] = value
    return {number: week for number, week in sorted(weeks.items()) if len(week) >= WHOLE_WEEK}


def _require(by_slot: Mapping[int, Sequence[float]]) -> None:
    thin = [hour for hour in range(HOURS) if len(by_slot.get(hour, ())) < MIN_WEEKS]
    if thin:
        raise PredictError(
            f"The history has fewer than {MIN_WEEKS} whole weeks with {len(thin)} of a week's {HOURS} hours;"
            f" give at least {MIN_WEEKS} weeks without gaps."
        )


def recent_level(levels: Mapping[int, float]) -> float:
    """Return the newest week's mean, within ``LEVEL_LIMITS`` of the median week's."""
    usual = statistics.median(levels.values())
    return min(max(levels[min(levels)], usual * LEVEL_LIMITS[0]), usual * LEVEL_LIMITS[1])


def pods(demand: float, settings: Settings) -> int:
    """Return how many pods a demand needs, within the service's bounds."""
    # What is a hair above a whole number by arithmetic alone needs no further pod.
    needed = math.ceil(demand / settings.per_replica - 1e-9)
    return min(max(needed, settings.minimum), settings.maximum)


def minimums(demand: Sequence[float], settings: Settings) -> list[int]:
    """Return the least number of pods in each hour, rounded up to one of ``steps`` sizes above the minimum."""
    needed = [pods(value, settings) for value in demand]
    step = max(1, math.ceil((max(needed) - settings.minimum) / settings.steps))
    return [
        min(settings.minimum + math.ceil((count - settings.minimum) / step) * step, settings.maximum)
        for count in needed
    ]


@dataclass(frozen=True)
class Plan:
    """The least number of pods at any time, and the windows in which it is larger; the largest counts."""

    minimum: int
    windows: tuple[Window, ...]


def planned(replicas: Sequence[int], settings: Settings) -> Plan:
    """Return a plan for the pods that each hour needs; windows begin ``lead_minutes`` early."""
    minimum, found = min(replicas), []
    for size in sorted(set(replicas) - {minimum}):
        active = early([count >= size for count in replicas], settings.lead_minutes)
        # Cron knows no window that never ends.
        minimum = size if all(active) else minimum
        found += [Window(start, end, size) for start, end in runs(active)]
    return Plan(minimum, tuple(found))


def early(hours: Sequence[bool], lead: int) -> list[bool]:
    """Return for each minute of the week whether an active hour is on, or begins within ``lead`` minutes."""
    active = [hours[minute // 60] for minute in range(WEEK_MINUTES)]
    for minute in range(0, WEEK_MINUTES, 60):
        if hours[minute // 60]:
            for before in range(1, lead + 1):
                active[minute - before] = True
    return active


def runs(active: Sequence[bool]) -> list[tuple[int, int]]:
    """Return where a week's active minutes begin and end; a run over the week's end is one. All active is none."""
    starts = [minute for minute in range(WEEK_MINUTES) if active[minute] and not active[minute - 1]]
    ends = [minute for minute in range(WEEK_MINUTES) if not active[minute] and active[minute - 1]]
    return [(start, min((end if end > start else end + WEEK_MINUTES) for end in ends)) for start in starts]


def minimum_at(plan: Plan, moment: datetime, zone: ZoneInfo) -> int:
    """Return the minimum of pods that a plan asks for at a moment."""
    local = moment.astimezone(zone)
    minute = local.weekday() * DAY_MINUTES + local.hour * 60 + local.minute
    inside = [
        one.replicas
        for one in plan.windows
        if one.start <= minute < one.end or one.start <= minute + WEEK_MINUTES < one.end
    ]
    return max([plan.minimum, *inside])


def triggers(plan: Plan, time_zone: str) -> list[dict[str, Any]]:
    """Return KEDA's cron triggers as a service's ``autoscaling.triggers`` takes them, equal days in one."""
    groups: dict[tuple[int, int, int, int], list[int]] = defaultdict(list)
    for one in plan.windows:
        day, start = divmod(one.start, DAY_MINUTES)
        length = one.end - one.start
        groups[(one.replicas, start, (start + length) // DAY_MINUTES, (start + length) % DAY_MINUTES)].append(day)
    return [
        {
            "type": "cron",
            "metadata": {
                "timezone": time_zone,
                "start": _cron(start, days),
                "end": _cron(end, [(day + later) % 7 for day in days]),
                "desiredReplicas": str(replicas),
            },
        }
        for (replicas, start, later, end), days in sorted(groups.items())
    ]


def _cron(minute: int, days: Iterable[int]) -> str:
    # Cron counts from Sunday = 0.
    numbers = ",".join(str(number) for number in sorted((day + 1) % 7 for day in days))
    return f"{minute % 60} {minute // 60} * * {numbers}"


def plan_of(samples: Iterable[Sample], settings: Settings) -> Plan:
    """Return the plan of the next week for a history.

    Raises:
        PredictError: A setting is out of its bounds, or the history is too short.

    """
    _check(settings)
    return planned(minimums(forecast(samples, settings), settings), settings)


def _check(settings: Settings) -> None:
    bounds = {
        "per_replica": (settings.per_replica > 0, "more than 0"),
        "maximum": (settings.maximum >= settings.minimum >= 0, "at least minimum, and minimum at least 0"),
        "target": (0 < settings.target <= 1, "more than 0 and at most 1"),
        "quantile": (0 <= settings.quantile <= 1, "from 0 to 1"),
        "weeks": (settings.weeks >= MIN_WEEKS, f"at least {MIN_WEEKS}"),
        "lead_minutes": (0 <= settings.lead_minutes < DAY_MINUTES, "from 0 to less than a day"),
        "steps": (settings.steps >= 1, "at least 1"),
    }
    for name, (good, right) in bounds.items():
        if not good:
            raise PredictError(f"{name} is {getattr(settings, name)}; it has to be {right}.")
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PredictError(
            f"time_zone is {settings.time_zone!r}, which there is not; use a name such as Europe/Berlin."
        ) from error


@dataclass(frozen=True)
class Score:
    """A week that was not in the history: pod-hours, and the share (0 to 1) of busy moments with enough pods."""

    covered: float
    covered_reactive: float
    pod_hours: float
    pod_hours_reactive: float
    pod_hours_static: float


def back_test(history: Sequence[Sample], following: Sequence[Sample], settings: Settings, delay_minutes: int) -> Score:
    """Compare three ways to run the ``following`` samples, which are evenly spaced and were not known before.

    The forecast's minimum below an autoscaler, the autoscaler alone, and as many pods all the time as the history's
    peak needed. The autoscaler has what its target asked for ``delay_minutes`` before. A busy moment has 80 % of the
    greatest demand or more; it has enough pods when they serve it at 100 % of what they can.
    """
    found, zone = plan_of(history, settings), ZoneInfo(settings.time_zone)
    spacing = (following[1].at - following[0].at).total_seconds() / 60
    lag = round(delay_minutes / spacing)
    needed = [pods(one.value, settings) for one in following]
    reactive = [needed[max(place - lag, 0)] for place in range(len(needed))]
    predicted = [
        max(minimum_at(found, one.at, zone), by_load) for one, by_load in zip(following, reactive, strict=True)
    ]
    full = dataclasses.replace(settings, per_replica=settings.per_replica / settings.target)
    enough = [pods(one.value, full) for one in following]
    most = max(one.value for one in following)
    busy = [place for place, one in enumerate(following) if one.value >= BUSY * most]
    hours = spacing / 60
    return Score(
        covered=sum(predicted[place] >= enough[place] for place in busy) / len(busy),
        covered_reactive=sum(reactive[place] >= enough[place] for place in busy) / len(busy),
        pod_hours=sum(predicted) * hours,
        pod_hours_reactive=sum(reactive) * hours,
        pod_hours_static=max(pods(one.value, settings) for one in history) * len(needed) * hours,
    )
