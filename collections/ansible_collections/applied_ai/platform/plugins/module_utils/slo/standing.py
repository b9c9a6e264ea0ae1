# SPDX-License-Identifier: Apache-2.0
"""Where each objective stands: what Prometheus recorded of it, what is left of its budget and how fast that goes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Ask, UnknownError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import (
    BURNS,
    DAY_H,
    HOURS,
    STEPS,
    Burn,
    Slo,
    count,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.rules import BAD, TOTAL

Json = dict[str, Any]
# Objective → number
Figures = Mapping[str, float]

# The rates that tell when a budget ends: the last hour, and six of them where that was quiet.
ENDING: Final = ("1h", "6h")
DIGITS: Final = 6


@dataclass(frozen=True)
class Recorded:
    """What Prometheus recorded, each by objective; one that is not in it is not known."""

    present: Figures = field(default_factory=dict)
    budgets: Figures = field(default_factory=dict)
    """Share of events that the loaded rules allow."""
    ratios: Mapping[str, Figures] = field(default_factory=dict)
    """Window → share of bad events."""
    recent: Mapping[str, Figures] = field(default_factory=dict)
    """Long window of a burn → bad events."""
    events: Figures = field(default_factory=dict)
    failures: Figures = field(default_factory=dict)
    coverage: Figures = field(default_factory=dict)
    """Share of the hours of the objective's window in which anything was recorded."""


@dataclass(frozen=True)
class Standing:
    """Where one objective stands; None is not known."""

    slo: Slo
    unknown: str = ""
    """Why nothing can be said now; empty when something can."""
    loaded_budget: float | None = None
    events: float | None = None
    failures: float | None = None
    coverage: float | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)
    recent: Mapping[str, float] = field(default_factory=dict)

    @property
    def sli(self) -> float | None:
        """Return the share of good events in the objective's window."""
        if not self.events or self.failures is None:
            return None
        return max(0.0, 1 - self.failures / self.events)

    @property
    def budget_left(self) -> float | None:
        """Return the share of the error budget that is left; below 0 more is gone than there was."""
        return None if self.sli is None else 1 - (1 - self.sli) / self.slo.budget

    @property
    def sparse(self) -> bool:
        """Say whether so few events failed that an empty budget proves nothing."""
        return (self.failures or 0.0) < self.slo.minimum_failures

    def burn_rate(self, window: str) -> float | None:
        """Return how many times faster than evenly the budget burned in a window."""
        ratio = self.ratios.get(window)
        return None if ratio is None else ratio / self.slo.budget

    def hours_left(self) -> float | None:
        """Return after how many hours the budget ends at the earliest; None where it lasts, or nobody knows.

        It goes by the faster of the rates of the last hour and of six. What old failures give back as they leave the
        window is not counted.
        """
        left = self.budget_left
        rate = max((rate for window in ENDING if (rate := self.burn_rate(window)) is not None), default=0.0)
        if left is None or (left > 0 and rate <= 1):
            return None
        return max(0.0, left) * self.slo.window_days * DAY_H / rate if rate else 0.0

    def burns(self, severity: str) -> Burn | None:
        """Return the burn of a severity that goes on, as the alert sees it without its delay."""
        return next((burn for burn in BURNS if burn.severity == severity and self._goes_on(burn)), None)

    def _goes_on(self, burn: Burn) -> bool:
        limit = burn.threshold(self.slo)
        return (
            all(self.ratios.get(window, 0.0) > limit for window in (burn.long, burn.short))
            and self.recent.get(burn.long, 0.0) >= self.slo.minimum_failures
        )

    def to_json(self) -> Json:
        """Return plain data."""
        return {
            "name": self.slo.name,
            "title": self.slo.title,
            "service": self.slo.service,
            "team": self.slo.team,
            "target": self.slo.target,
            "window_days": self.slo.window_days,
            "unknown": self.unknown,
            "sli": rounded(self.sli),
            "events": rounded(self.events, 1),
            "failures": rounded(self.failures, 1),
            "coverage": rounded(self.coverage, 3),
            "budget_left": rounded(self.budget_left, 4),
            "burn_rates": {window: rounded(self.burn_rate(window), 3) for window in HOURS},
            "hours_left": rounded(self.hours_left(), 1),
        }


def rounded(value: float | None, digits: int = DIGITS) -> float | None:
    """Return a number as one reads it."""
    return None if value is None else round(value, digits)


def stand(slos: Sequence[Slo], ask: Ask) -> list[Standing]:
    """Return where objectives stand; a Prometheus that does not answer makes all of them unknown."""
    try:
        recorded = observe(slos, ask)
    except UnknownError as error:
        return [Standing(slo, str(error)) for slo in slos]
    return [standing(slo, recorded) for slo in slos]


def standing(slo: Slo, recorded: Recorded) -> Standing:
    """Return where one objective stands."""
    name = slo.name
    unknown = ""
    if name not in recorded.present:
        loaded = name in recorded.budgets
        unknown = "Prometheus has no metric of its indicator" if loaded else "Prometheus has no rules of it"
    return Standing(
        slo,
        unknown,
        recorded.budgets.get(name),
        recorded.events.get(name),
        recorded.failures.get(name),
        recorded.coverage.get(name),
        {window: figures[name] for window, figures in recorded.ratios.items() if name in figures},
        {window: figures[name] for window, figures in recorded.recent.items() if name in figures},
    )


def observe(slos: Sequence[Slo], ask: Ask) -> Recorded:
    """Return what Prometheus recorded: as many questions however many objectives there are.

    Raises:
        UnknownError: It does not answer.

    """
    counted = [whole(slos, days, ask) for days in sorted({slo.window_days for slo in slos})]
    return Recorded(
        present=figures(ask, BAD),
        budgets=figures(ask, "slo:budget:ratio"),
        ratios={window: figures(ask, f"slo:error_ratio:{window}") for window in HOURS},
        recent={window: figures(ask, count(BAD, window, step)) for window, step in STEPS.items()},
        events={name: value for one in counted for name, value in one[0].items()},
        failures={name: value for one in counted for name, value in one[1].items()},
        coverage={name: value for one in counted for name, value in one[2].items()},
    )


def whole(slos: Sequence[Slo], days: int, ask: Ask) -> tuple[Figures, Figures, Figures]:
    """Return events, bad events and coverage of the objectives with a window of so many days."""
    names = {slo.name for slo in slos if slo.window_days == days}
    asked = (
        count(TOTAL, f"{days}d", "5m"),
        count(BAD, f"{days}d", "5m"),
        f"count_over_time({BAD}[{days}d:1h]) / {days * DAY_H}",
    )
    events, failures, coverage = (
        {name: value for name, value in figures(ask, query).items() if name in names} for query in asked
    )
    return events, failures, {name: min(1.0, value) for name, value in coverage.items()}


def figures(ask: Ask, query: str) -> Figures:
    """Return a query's value of each objective; what is no number is left out.

    Raises:
        UnknownError: Prometheus does not answer, or with something else.

    """
    # Two Prometheus beside each other record the same.
    return {name: value for name, value in samples(ask(f"max by (slo) ({query})"), "vector") if math.isfinite(value)}


def samples(answer: Json, kind: str) -> list[tuple[str, float]]:
    """Return the objective and value of each sample of a vector."""
    result = series(answer, kind)
    try:
        return [(str(one["metric"]["slo"]), float(one["value"][1])) for one in result if "slo" in one["metric"]]
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        msg = "Prometheus' answer is not a vector"
        raise UnknownError(msg) from error


def series(answer: Json, kind: str) -> list[Any]:
    """Return the series of an answer."""
    if answer.get("status") != "success":
        told = f"{answer.get('errorType', '')} {answer.get('error', 'no reason given')}"
        msg = f"Prometheus refuses the question: {' '.join(told.split())}"
        raise UnknownError(msg)
    data = answer.get("data")
    if not isinstance(data, dict) or data.get("resultType") != kind or not isinstance(data.get("result"), list):
        msg = f"Prometheus' answer is not a {kind}"
        raise UnknownError(msg)
    found: list[Any] = data["result"]
    return found
