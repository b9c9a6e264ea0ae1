# SPDX-License-Identifier: Apache-2.0
"""What the rest of a month will cost, from the days before, with an interval.

Method, in four steps that can be followed by hand:

1. Rhythm: each weekday's factor is the median, over at most eight weeks, of a day's cost over the mean of the seven
   days around it. Fewer than three weeks tell no rhythm.
2. Trend: the median slope between any two days (Theil and Sen) of the last 14 and of the last 28 days; the smaller
   of both. There is none where they disagree, so that a step to a new level is no growth, and none where fewer than
   two in three pairs of days (a Kendall's tau of 0.3) go the same way, so that noise is none either.
3. Level: the median of the last 14 days without rhythm and trend, so that a spike moves nothing; that of the last
   seven where both differ by more than days usually do, which is a new level.
4. Interval: the same forecast is made from earlier days, for as many days ahead. The share of its errors that the
   confidence asks for lies within the interval. Such trials overlap: n of them, a days ahead, count as n / a.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from statistics import median
from typing import Final

WEEK: Final = 7
RHYTHM_DAYS: Final = 56
RHYTHM_LEAST: Final = 21
SHORT: Final = 14
LONG: Final = 28
# An interval wants at least so many earlier forecasts, and more than these tell nothing new.
TRIALS_LEAST: Final = 8
TRIALS_MOST: Final = 60
# With too few days for that, the interval is this share of the forecast to either side.
GUESS: Final = Decimal("0.25")
# A normal distribution's standard deviation over its median absolute deviation.
SIGMA: Final = Decimal("1.4826")
# Of 28 days without a trend, one in forty has as large a tau.
TAU: Final = 0.3
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

Days = Sequence[tuple[date, Decimal]]


@dataclass(frozen=True)
class Forecast:
    """Costs of the days ahead, their sum, and the interval around the sum.

    ``trials`` is the number of earlier forecasts behind the interval; with 0 it is a guess.
    """

    days: tuple[tuple[date, Decimal], ...]
    total: Decimal
    low: Decimal
    high: Decimal
    trials: int


def forecast(history: Days, ahead: int, confidence: Decimal = Decimal("0.9")) -> Forecast:
    """Return the forecast for the days after a history.

    Args:
        history: One amount per day, sorted, without holes, at least one day.
        ahead: How many days to forecast.
        confidence: The share of outcomes that shall lie within the interval, such as 0.9.

    """
    amounts = [amount for _, amount in history]
    weekday = history[0][0].weekday()
    values = extend(amounts, weekday, ahead)
    total = sum(values, ZERO)
    errors = trials(amounts, weekday, ahead) if ahead else []
    if len(errors) < TRIALS_LEAST:
        margin, count = abs(total) * GUESS, 0
    else:
        margin, count = abs(total) * quantile(errors, confidence, ahead), len(errors)
    last = history[-1][0]
    days = tuple((last + timedelta(days=index + 1), value) for index, value in enumerate(values))
    return Forecast(days, total, max(ZERO, total - margin) if total >= 0 else total - margin, total + margin, count)


def extend(amounts: Sequence[Decimal], weekday: int, ahead: int) -> list[Decimal]:
    """Return the amounts that follow; ``weekday`` is that of the first amount, 0 for Monday."""
    factors = rhythm(amounts, weekday)
    recent = amounts[-LONG:]
    start = weekday + len(amounts) - len(recent)
    flat = [amount / factors[(start + index) % WEEK] for index, amount in enumerate(recent)]
    rise = trend(flat)
    level = level_of([value - rise * index for index, value in enumerate(flat)])
    first = weekday + len(amounts)
    return [max(ZERO, level + rise * (len(flat) + index)) * factors[(first + index) % WEEK] for index in range(ahead)]


def level_of(values: Sequence[Decimal]) -> Decimal:
    """Return what a day costs now, of days without rhythm and trend."""
    long, short = median(values[-SHORT:]), median(values[-WEEK:])
    usual = SIGMA * median(abs(value - long) for value in values[-SHORT:])
    return short if abs(short - long) > usual else long


def rhythm(amounts: Sequence[Decimal], weekday: int) -> list[Decimal]:
    """Return a factor per weekday, Monday first: 1 where a day costs what its week costs on the mean."""
    if len(amounts) < RHYTHM_LEAST:
        return [ONE] * WEEK
    first = max(0, len(amounts) - RHYTHM_DAYS)
    ratios: list[list[Decimal]] = [[] for _ in range(WEEK)]
    for index in range(first + 3, len(amounts) - 3):
        mean = sum(amounts[index - 3 : index + 4], ZERO) / WEEK
        if mean > 0:
            ratios[(weekday + index) % WEEK].append(amounts[index] / mean)
    found = [median(ratio) if ratio else ONE for ratio in ratios]
    scale = sum(found, ZERO) / WEEK
    if scale <= 0:
        return [ONE] * WEEK
    # A weekday without any cost divides nothing.
    return [max(one / scale, Decimal("0.01")) for one in found]


def trend(flat: Sequence[Decimal]) -> Decimal:
    """Return the change per day, the smaller of two windows' and 0 where they disagree or there are too few days."""
    if len(flat) < SHORT:
        return ZERO
    short, long = slope(flat[-SHORT:]), slope(flat[-LONG:])
    if short * long <= 0 or abs(tau(flat[-LONG:])) < TAU:
        return ZERO
    return min(short, long, key=abs)


def tau(values: Sequence[Decimal]) -> float:
    """Return how many more pairs rise than fall, as a share of all pairs (Kendall)."""
    signs = [(right > left) - (right < left) for left, right in combinations(values, 2)]
    return sum(signs) / len(signs)


def slope(values: Sequence[Decimal]) -> Decimal:
    """Return the median slope between any two values."""
    return median((right - left) / (j - i) for (i, left), (j, right) in combinations(enumerate(values), 2))


def trials(amounts: Sequence[Decimal], weekday: int, ahead: int) -> list[Decimal]:
    """Return the relative errors of the same forecast made from earlier days."""
    last = len(amounts) - ahead
    errors = []
    for cut in range(max(SHORT, last - TRIALS_MOST + 1), last + 1):
        said = sum(extend(amounts[:cut], weekday, ahead), ZERO)
        if said > 0:
            errors.append(abs(sum(amounts[cut : cut + ahead], ZERO) - said) / said)
    return errors


def quantile(values: Sequence[Decimal], share: Decimal, overlap: int = 1) -> Decimal:
    """Return the smallest value that at least this share of one more value than there are would not exceed.

    Args:
        values: At least one value.
        share: From 0 to 1.
        overlap: How many neighbouring values tell the same, so that they count as one.

    """
    ordered = sorted(values)
    independent = max(1, len(ordered) // overlap)
    place = math.ceil(math.ceil((independent + 1) * share) * len(ordered) / independent)
    return ordered[min(place, len(ordered)) - 1]
