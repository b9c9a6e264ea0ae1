# SPDX-License-Identifier: Apache-2.0
"""The month of the objectives: what was kept, on which days it was not, and how long repairs took."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.history import History
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history_stats import overall, periods
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Ask, UnknownError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import DAY_H, Slo, count
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.rules import BAD, TOTAL
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.standing import rounded, series

Json = dict[str, Any]
# Objective → day → number
Days = Mapping[str, Mapping[str, float]]

DAY: Final = timedelta(days=1)
MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
# Less of a month than this was recorded: its figures are told as such.
WHOLE: Final = 0.95


@dataclass(frozen=True)
class Month:
    """A month in UTC, up to now where it is not over."""

    begin: datetime
    end: datetime
    """The first midnight after it; for a month that is not over, the next one."""
    complete: bool

    @property
    def name(self) -> str:
        """Return it as 2026-11."""
        return f"{self.begin:%Y-%m}"

    def days(self) -> list[str]:
        """Return its days up to its end, such as 2026-11-01."""
        return [f"{self.begin + DAY * number:%Y-%m-%d}" for number in range((self.end - self.begin).days)]


@dataclass(frozen=True)
class Measured:
    """What Prometheus recorded day by day."""

    events: Days
    failures: Days
    recorded: Days
    """Share of each day's hours."""


def month_of(text: str, now: datetime) -> Month:
    """Return a month by its name; the last one that is over for an empty one.

    Raises:
        SloError: It is no month, or has not begun.

    """
    first = midnight(now).replace(day=1)
    if not text:
        return Month((first - DAY).replace(day=1), first, complete=True)
    if not MONTH.fullmatch(text) or text.startswith("0000"):
        raise SloError(f"month is {text!r}; it must be such as {first:%Y-%m}.")
    begin = datetime.fromisoformat(f"{text}-01T00:00:00+00:00")
    if begin > now:
        raise SloError(f"month is {text}, which has not begun; the latest is {first:%Y-%m}.")
    following = (begin + 32 * DAY).replace(day=1) if begin < first else now
    return (
        Month(begin, following, complete=True) if begin < first else Month(begin, midnight(now) + DAY, complete=False)
    )


def midnight(moment: datetime) -> datetime:
    """Return the midnight in UTC before a moment."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def by_day(expression: str, month: Month) -> str:
    """Return a question for an expression at the end of each day of a month."""
    length = (month.end - month.begin).days
    return f"(max by (slo) ({expression}))[{length}d:1d] @ {month.end.timestamp():.0f}"


def measure(ask: Ask, month: Month) -> Measured:
    """Return what was recorded of a month, by three questions however many objectives there are.

    Raises:
        UnknownError: Prometheus does not answer.

    """
    asked = (count(TOTAL, "1d", "5m"), count(BAD, "1d", "5m"), f"count_over_time({BAD}[1d:1h]) / {DAY_H}")
    return Measured(*(days_of(ask(by_day(expression, month)), month) for expression in asked))


def days_of(answer: Json, month: Month) -> Days:
    """Return the number of each objective and day; what is no number is left out.

    Raises:
        UnknownError: The answer is none.

    """
    found: dict[str, dict[str, float]] = {}
    try:
        for one in series(answer, "matrix"):
            name = str(one["metric"]["slo"])
            for at, value in one["values"]:
                # A value stands at the end of its day; the first of an older Prometheus is of the month before.
                day = datetime.fromtimestamp(float(at), UTC) - DAY
                if month.begin <= day < month.end and math.isfinite(float(value)):
                    found.setdefault(name, {})[f"{day:%Y-%m-%d}"] = float(value)
    except (KeyError, TypeError, ValueError, OverflowError, OSError, AttributeError) as error:
        msg = "Prometheus' answer is not a matrix"
        raise UnknownError(msg) from error
    return found


def report(slos: Sequence[Slo], month: Month, ask: Ask, history: History, now: datetime) -> Json:
    """Return the month's report.

    Args:
        slos: The objectives.
        month: Which month.
        ask: How Prometheus is asked. Where it does not answer, all objectives are unknown, with the reason.
        history: Recorded verdicts and alerts.
        now: The moment.

    """
    unknown = ""
    try:
        measured = measure(ask, month)
    except UnknownError as error:
        measured, unknown = Measured({}, {}, {}), str(error)
    objectives = [objective(slo, month, measured, unknown) for slo in slos]
    until = min(now, month.end)
    seen = periods(history.records, month.begin, until)
    return {
        "month": month.name,
        "complete": month.complete,
        "through": f"{until - timedelta(seconds=1):%Y-%m-%d}",
        "objectives": objectives,
        "kept": sum(one["verdict"] == "kept" for one in objectives),
        "broken": sum(one["verdict"] == "broken" for one in objectives),
        "unknown": sum(one["verdict"] == "unknown" for one in objectives),
        "health": [one.to_json(until) for one in seen],
        "repairs": overall(seen),
        "warnings": warnings(objectives, history, unknown),
    }


def objective(slo: Slo, month: Month, measured: Measured, unknown: str) -> Json:
    """Return the month of one objective."""
    days = [day_of(slo, day, measured) for day in month.days()]
    known = [one for one in days if one["failures"] is not None]
    events, failures = sum(one["events"] for one in known), sum(one["failures"] for one in known)
    sli = max(0.0, 1 - failures / events) if events else None
    spent = None if sli is None else (1 - sli) / slo.budget
    recorded = sum(one["recorded"] or 0.0 for one in days) / len(days) if days else 0.0
    reason = unknown or ("" if known else "Prometheus recorded nothing of it") or ("" if events else "it had no events")
    return {
        "name": slo.name,
        "title": slo.title,
        "service": slo.service,
        "team": slo.team,
        "target": slo.target,
        "verdict": "unknown" if spent is None else "broken" if spent > 1 else "kept",
        "reason": reason if spent is None else "",
        "sli": rounded(sli),
        "events": rounded(events, 1) if known else None,
        "failures": rounded(failures, 1) if known else None,
        "allowed": rounded(events * slo.budget, 1) if known else None,
        "budget_spent": rounded(spent, 4),
        "recorded": rounded(recorded, 3),
        "worst_day": worst(known),
        "days": days,
    }


def day_of(slo: Slo, day: str, measured: Measured) -> Json:
    """Return one day of an objective; None is not known, and no events are no hundred per cent."""
    events, failures, recorded = (
        kind.get(slo.name, {}).get(day) for kind in (measured.events, measured.failures, measured.recorded)
    )
    if events is None or failures is None:
        return {"day": day, "events": None, "failures": None, "sli": None, "recorded": rounded(recorded, 3)}
    return {
        "day": day,
        "events": rounded(events, 1),
        "failures": rounded(failures, 1),
        "sli": rounded(max(0.0, 1 - failures / events)) if events > 0 else None,
        "recorded": None if recorded is None else rounded(min(1.0, recorded), 3),
    }


def worst(days: Sequence[Json]) -> str:
    """Return the day with the most bad events, empty where there were none."""
    most = max(days, key=lambda one: float(one["failures"]), default=None)
    return str(most["day"]) if most and most["failures"] > 0 else ""


def warnings(objectives: Sequence[Json], history: History, unknown: str) -> list[str]:
    """Return what a reader must know of the figures."""
    found = [unknown] if unknown else []
    if not unknown:
        found += [
            f"{one['name']}: {one['reason'] or format(one['recorded'], '.0%') + ' of the month were recorded'}."
            for one in objectives
            if one["reason"] or one["recorded"] < WHOLE
        ]
    if history.skipped:
        found.append(f"{history.skipped} lines of the history could not be read and are not in it.")
    if not history.records:
        found.append("There is no history of verdicts, so nothing is told of repairs (MTTR) and failures (MTBF).")
    return found
