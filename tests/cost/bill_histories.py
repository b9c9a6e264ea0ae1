# SPDX-License-Identifier: Apache-2.0
"""Histories of daily costs whose truth is known, and how well months are forecast and odd days are found in them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from statistics import mean

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.anomalies import anomalies
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.forecast import forecast

START = date(2026, 1, 1)
DAYS = 150
SEEDS = range(6)
LEAST = Decimal(20)
Days = list[tuple[date, Decimal]]


@dataclass(frozen=True)
class Shape:
    """How a history goes: growth per day, weekends, noise, a step, spikes, fees of each month's beginning."""

    name: str
    growth: float = 0.0
    weekend: float = 1.0
    noise: float = 0.03
    step: float = 0.0
    spikes: int = 0
    fee: float = 0.0


SHAPES = (
    Shape("flat"),
    Shape("growth of a fifth a month", growth=0.006),
    Shape("weekly rhythm", weekend=0.55),
    Shape("rhythm and growth", growth=0.004, weekend=0.6, noise=0.05),
    Shape("noisy", noise=0.12, weekend=0.8),
    Shape("step to a new level", step=0.4, weekend=0.7),
    Shape("spikes", spikes=5, weekend=0.7),
    Shape("fees of each month's beginning", fee=3.0, weekend=0.8),
)


def history(shape: Shape, seed: int) -> tuple[Days, set[date]]:
    """Return 150 days around 1,000 a day, and those days on which something unusual began or happened."""
    chance = random.Random(f"{shape.name}/{seed}")  # noqa: S311 # a history, no secret
    spikes = set(chance.sample(range(40, DAYS - 1), shape.spikes))
    step = chance.randrange(60, 110) if shape.step else DAYS
    odd = {START + timedelta(days=index) for index in spikes | ({step} if shape.step else set())}
    days = []
    for index in range(DAYS):
        day = START + timedelta(days=index)
        level = 1000 * (1 + shape.growth * index) * (shape.weekend if day.weekday() >= 5 else 1)
        level *= 1 + (shape.step if index >= step else 0)
        level *= max(0.0, 1 + chance.gauss(0, shape.noise))
        level += 1000 * chance.uniform(0.8, 2.0) if index in spikes else 0
        level += 1000 * shape.fee if day.day == 1 else 0
        days.append((day, Decimal(f"{level:.2f}")))
    return days, odd


def cuts(days: Days) -> list[int]:
    """Return where a month is forecast from: the tenth, and the twentieth, of the two last months of the history."""
    return [index for index, (day, _) in enumerate(days) if day.month in {4, 5} and day.day in {10, 20}]


@cache
def forecasts(shape: Shape) -> tuple[float, float]:
    """Return the mean error of forecasts of the rest of a month, as a share, and how many lay in a 90 % interval."""
    errors, inside = [], []
    for seed in SEEDS:
        days, _odd = history(shape, seed)
        for cut in cuts(days):
            ahead = next(n for n in range(1, 32) if (days[cut][0] + timedelta(days=n + 1)).day == 1)
            truth = sum((cost for _, cost in days[cut + 1 : cut + 1 + ahead]), Decimal(0))
            if cut + ahead >= len(days):
                continue
            said = forecast(days[: cut + 1], ahead)
            errors.append(float(abs(said.total - truth) / truth))
            inside.append(said.low <= truth <= said.high)
    return mean(errors), mean(inside)


@cache
def naive(shape: Shape) -> float:
    """Return the mean error of what most bills do: the month's mean day so far, for each day that is left."""
    errors = []
    for seed in SEEDS:
        days, _odd = history(shape, seed)
        for cut in cuts(days):
            ahead = next(n for n in range(1, 32) if (days[cut][0] + timedelta(days=n + 1)).day == 1)
            if cut + ahead >= len(days):
                continue
            truth = sum((cost for _, cost in days[cut + 1 : cut + 1 + ahead]), Decimal(0))
            so_far = [cost for day, cost in days[: cut + 1] if day.month == days[cut][0].month]
            errors.append(float(abs(sum(so_far) / len(so_far) * ahead - truth) / truth))
    return mean(errors)


@cache
def found(shape: Shape) -> tuple[int, int, int]:
    """Return how many unusual things were found, how many alarms were false, and how many things were missed.

    Alarms of the ten days after a step are about the step. Fees of a month's beginning are none after the first two.
    """
    hits = false = missed = 0
    for seed in SEEDS:
        days, odd = history(shape, seed)
        told = [one for one in anomalies({"service": days}, LEAST) if one.first >= START + timedelta(days=32)]
        known = {day for day in odd if any(one.first <= day <= one.last for one in told)}
        hits += len(known)
        missed += len(odd - known)
        false += sum(1 for one in told if not any(explained(day, one.first, one.last, shape) for day in odd))
    return hits, false, missed


def explained(day: date, first: date, last: date, shape: Shape) -> bool:
    """Say whether an alarm is about what happened on a day."""
    return first <= day <= last or (bool(shape.step) and day <= first <= day + timedelta(days=20))


def table() -> list[str]:
    """Return the back-test as lines of text."""
    lines = [f"{'history':32} {'error':>6} {'naive':>6} {'inside':>7} {'found':>6} {'false':>6} {'missed':>7}"]
    totals = [0, 0, 0]
    for shape in SHAPES:
        error, inside = forecasts(shape)
        counts = found(shape)
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
        lines.append(
            f"{shape.name:32} {error:6.1%} {naive(shape):6.1%} {inside:7.0%} {counts[0]:6} {counts[1]:6} {counts[2]:7}"
        )
    hits, false, missed = totals
    lines.append(f"precision {hits / (hits + false):.0%}, recall {hits / (hits + missed):.0%} over all histories")
    return lines
