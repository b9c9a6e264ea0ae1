# SPDX-License-Identifier: Apache-2.0
"""How long storage lasts: a straight line by least squares through what was free on past days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import Point

DAY: Final = 86_400.0
# Fewer days than these say nothing about a trend.
SHORTEST_SPAN: Final = 3.0
FEWEST_POINTS: Final = 4
# Free space that grew by this share of the whole was a resize or a clean-up: what came before is another story.
JUMP: Final = 0.1
# An exabyte: what is beyond is no amount of storage.
LARGEST: Final = 1e18


@dataclass(frozen=True)
class Trend:
    """A line through points: ``per_day`` is its slope, ``fit`` how much of the movement it explains, 0 to 1."""

    latest: float
    per_day: float
    fit: float
    days: float
    points: int


def trend(points: Sequence[Point]) -> Trend | None:
    """Fit a line by ordinary least squares; None where there are too few points or days.

    What is no amount of storage is left out. The line starts at the latest value, not at the fitted one: what is free
    now is known.
    """
    usable = [one for one in points if abs(one.value) <= LARGEST]
    if len(usable) < FEWEST_POINTS:
        return None
    begin = usable[0].at
    days = [(one.at - begin).total_seconds() / DAY for one in usable]
    values = [one.value for one in usable]
    span = days[-1] - days[0]
    if span < SHORTEST_SPAN:
        return None
    middle, level = math.fsum(days) / len(days), math.fsum(values) / len(values)
    spread = math.fsum((day - middle) ** 2 for day in days)
    slope = math.fsum((day - middle) * (value - level) for day, value in zip(days, values, strict=True)) / spread
    total = math.fsum((value - level) ** 2 for value in values)
    explained = slope**2 * spread / total if total else 1.0
    return Trend(values[-1], slope, min(max(explained, 0.0), 1.0), span, len(usable))


def since_last_gain(points: Sequence[Point], whole: float) -> Sequence[Point]:
    """Return the points after the last jump upwards, which a resize makes, or all of them."""
    for index in range(len(points) - 1, 0, -1):
        if points[index].value - points[index - 1].value > JUMP * whole:
            return points[index:]
    return points


def runway(points: Sequence[Point], whole: float, reserve: float = 0.0) -> tuple[Trend | None, float | None]:
    """Return the trend of free space and the days until none is left; None days when it does not shrink.

    Args:
        points: What was free, oldest first, in bytes or any other unit.
        whole: The whole of it, in the same unit; tells a resize from use.
        reserve: What storage may still grow by itself, in the same unit.

    """
    line = trend(since_last_gain(points, whole))
    if line is None or line.per_day >= 0:
        return line, None
    return line, max(line.latest + reserve, 0.0) / -line.per_day
