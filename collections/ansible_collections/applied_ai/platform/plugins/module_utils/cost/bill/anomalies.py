# SPDX-License-Identifier: Apache-2.0
"""Days on which a service cost what it does not usually cost.

Method, per service: a day is compared with the median of the 28 days before it, times its weekday's factor (see
forecast.py). How much days usually differ from that is 1.4826 times the median of their absolute differences, at least
a twentieth of the median itself. A day that differs by more than five times that, and by more than a set amount, is an
anomaly; so is none that was as far off on the same day of the month before. Days in a row become one. A new level is
told while the median is still the old one, two weeks at most. The first three weeks tell what is usual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.forecast import (
    LONG,
    RHYTHM_LEAST,
    SIGMA,
    WEEK,
    rhythm,
)

FLOOR: Final = Decimal("0.05")
THRESHOLD: Final = Decimal(5)
# A day that is at least this share as far off as today explains today.
ALIKE: Final = Decimal("0.6")
ZERO: Final = Decimal(0)


@dataclass(frozen=True)
class Anomaly:
    """Days in a row on which a service cost more or less than usual; amounts are sums over these days."""

    service: str
    first: date
    last: date
    actual: Decimal
    expected: Decimal
    score: Decimal

    @property
    def excess(self) -> Decimal:
        """What it cost above the usual; below it, negative."""
        return self.actual - self.expected


def anomalies(
    services: Mapping[str, Sequence[tuple[date, Decimal]]], least: Decimal, threshold: Decimal = THRESHOLD
) -> list[Anomaly]:
    """Return the anomalies of all services, those with the most money first.

    Args:
        services: One amount per day by service, sorted, without holes.
        least: The smallest difference, in money per day, that is worth a look.
        threshold: How many usual differences a day may be off.

    """
    found = [one for name, days in services.items() for one in joined(unusual(name, days, least, threshold))]
    return sorted(found, key=lambda one: (-abs(one.excess), one.service, one.first))


def unusual(
    service: str, days: Sequence[tuple[date, Decimal]], least: Decimal, threshold: Decimal = THRESHOLD
) -> list[Anomaly]:
    """Return the unusual days of a service, each by itself."""
    amounts = [amount for _, amount in days]
    weekday = days[0][0].weekday() if days else 0
    off: dict[date, Decimal] = {}
    found = []
    for index in range(RHYTHM_LEAST, len(days)):
        before = amounts[max(0, index - LONG) : index]
        factors = rhythm(amounts[:index], weekday)
        start = weekday + index - len(before)
        flat = [amount / factors[(start + at) % WEEK] for at, amount in enumerate(before)]
        centre = median(flat)
        usual = max(SIGMA * median(abs(one - centre) for one in flat), FLOOR * abs(centre))
        day, actual = days[index]
        expected = centre * factors[(weekday + index) % WEEK]
        off[day] = actual - expected
        score = abs(off[day]) / usual if usual else Decimal(999)
        if score > threshold and abs(off[day]) > least and not seen_before(day, off):
            found.append(Anomaly(service, day, day, actual, expected, score))
    return found


def seen_before(day: date, off: Mapping[date, Decimal]) -> bool:
    """Say whether the same day of the month before was as far off: a fee of each month's beginning is none."""
    last_month = day.replace(day=1) - timedelta(days=1)
    before = off.get(last_month.replace(day=min(day.day, last_month.day)), ZERO)
    return before * off[day] > 0 and abs(before) >= ALIKE * abs(off[day])


def joined(days: Sequence[Anomaly]) -> list[Anomaly]:
    """Return days in a row, in the same direction, as one."""
    found: list[Anomaly] = []
    for one in days:
        last = found[-1] if found else None
        if last and one.first - last.last == timedelta(days=1) and one.excess * last.excess > 0:
            found[-1] = Anomaly(
                one.service,
                last.first,
                one.last,
                last.actual + one.actual,
                last.expected + one.expected,
                max(last.score, one.score),
            )
        else:
            found.append(one)
    return found
