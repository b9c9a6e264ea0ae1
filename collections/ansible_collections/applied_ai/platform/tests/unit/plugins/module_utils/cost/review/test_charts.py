# SPDX-License-Identifier: Apache-2.0
"""Charts for people: round axes, no script, foreign names as text."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.review import charts


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (850.0, "850"), (12000.0, "12k"), (1500.0, "1.5k"), (2_500_000.0, "2.5M")]
)
def test_an_axis_is_short(value: float, text: str) -> None:
    assert charts.short(value) == text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([26500.0, 3900.0], [0, 10000, 20000, 30000]),
        ([0.0], [0]),
        ([-150.0, 640.0], [-200, 0, 200, 400, 600, 800]),
        ([3.0], [0, 1, 2, 3]),
    ],
)
def test_an_axis_has_round_steps_around_all_values(values: list[float], expected: list[float]) -> None:
    assert charts.ticks(values) == expected


def test_a_stack_is_as_high_as_its_parts() -> None:
    assert charts.heights("StackedBar", [[1.0, 2.0], [3.0, None]]) == [4.0, 2.0]
    assert charts.heights("Line", [[1.0, None], [3.0, 2.0]]) == [1.0, 3.0, 2.0]


def test_labels_are_thinned_out() -> None:
    assert charts.majors([str(day) for day in range(1, 31)], 10) == ["1", "4", "7", *map(str, range(10, 31, 3))]


def parsed(svg: str) -> ElementTree.Element:
    """Return a chart as XML; what is not well-formed raises."""
    return ElementTree.fromstring(svg)  # noqa: S314 # our own text


def test_charts_have_no_script_and_are_the_same_each_time() -> None:
    days = [{"name": f"2026-11-{day:02d}", "effective": str(day)} for day in range(1, 29)]
    svg = charts.by_day(days)
    assert svg == charts.by_day(days)
    assert not [one for one in parsed(svg).iter() if one.tag.endswith("script")]
    bars = [one for one in parsed(svg).iter() if one.tag.endswith("rect") and "reactive" in one.get("class", "")]
    assert len(bars) == 28


def test_names_of_a_bill_are_text_in_a_chart() -> None:
    months = [{"month": "2026-11", "services": [{"name": "<script>alert(1)</script>", "effective": "5"}]}]
    assert "<script" not in charts.by_month(months)


def test_services_beyond_the_first_are_one() -> None:
    services = [{"name": f"service {number}", "effective": str(10 - number)} for number in range(8)]
    svg = charts.by_month([{"month": "2026-11", "services": services}])
    assert "Others" in svg
    assert "service 4" in svg
    assert "service 5" not in svg


def test_the_burn_has_a_forecast_and_a_budget_only_where_there_are() -> None:
    spent = [Decimal(10), Decimal(20)]
    assert "Forecast" not in charts.burn(spent, [], None)
    both = charts.burn(spent, [Decimal(30)], Decimal(25))
    assert "Forecast" in both
    assert "Budget" in both
