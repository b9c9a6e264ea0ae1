# SPDX-License-Identifier: Apache-2.0
"""The straight line: what it says of lines, noise, resizes and nonsense."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import Point
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_trend import (
    FEWEST_POINTS,
    runway,
    since_last_gain,
    trend,
)
from hypothesis import given
from hypothesis import strategies as st
from support.database_answers import NOW, ago, falling

numbers = st.floats(allow_nan=True, allow_infinity=True)
amounts = st.floats(min_value=0, max_value=1e15)


def daily(*values: float) -> tuple[Point, ...]:
    return tuple(Point(NOW + timedelta(days=number), value) for number, value in enumerate(values))


def test_a_line_is_found_as_it_is() -> None:
    line = trend(falling(5, 50))
    assert line is not None
    assert (line.latest, line.per_day, line.fit, line.days, line.points) == pytest.approx((50, -5, 1, 14, 57))
    assert runway(falling(5, 50), 500)[1] == pytest.approx(10)


def test_what_may_grow_by_itself_lasts_longer() -> None:
    assert runway(falling(5, 50), 500, reserve=100)[1] == pytest.approx(30)


def test_space_that_does_not_shrink_lasts() -> None:
    for points in (falling(0, 50), falling(-5, 50)):
        line, days = runway(points, 10_000)
        assert line is not None
        assert days is None


@pytest.mark.parametrize(
    "points", [(), daily(1, 2, 3), tuple(Point(ago(minutes=one), 1.0) for one in range(9, -1, -1))]
)
def test_too_little_to_tell_is_no_trend(points: tuple[Point, ...]) -> None:
    assert trend(points) is None
    assert runway(points, 100) == (None, None)


def test_a_resize_begins_a_new_line() -> None:
    # 10 a day go; on the fifth day the disk was made larger by 1000.
    points = daily(50, 40, 30, 20, 1010, 1000, 990, 980, 970)
    assert since_last_gain(points, 2000)[0].value == 1010
    assert runway(points, 2000)[1] == pytest.approx(97)
    # Without that, the jump would look like a disk that empties.
    assert trend(points).per_day > 0  # type: ignore[union-attr]


def test_noise_fits_loosely() -> None:
    line = trend(daily(50, 10, 60, 20, 40, 15, 55))
    assert line is not None
    assert line.fit < 0.5


@given(st.lists(numbers, max_size=40))
def test_whatever_comes_the_answer_is_finite_and_in_bounds(values: list[float]) -> None:
    line, days = runway(daily(*values), 100)
    if line is not None:
        assert line.points >= FEWEST_POINTS
        assert math.isnan(line.fit) or 0 <= line.fit <= 1
    assert days is None or days >= 0


@given(st.floats(min_value=0.001, max_value=1e6), st.floats(min_value=1, max_value=1e9), st.integers(3, 60))
def test_any_straight_line_is_continued_exactly(per_day: float, latest: float, days: int) -> None:
    found = runway(falling(per_day, latest, days), per_day * days * 100 + latest * 100)[1]
    assert found == pytest.approx(latest / per_day, rel=1e-3)


@given(st.lists(amounts, min_size=1, max_size=30), amounts)
def test_the_rest_after_a_gain_is_the_end_of_the_whole(values: list[float], whole: float) -> None:
    points = daily(*values)
    rest = since_last_gain(points, whole)
    assert rest
    assert tuple(points[-len(rest) :]) == tuple(rest)
