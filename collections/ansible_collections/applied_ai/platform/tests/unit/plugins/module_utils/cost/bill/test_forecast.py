# SPDX-License-Identifier: Apache-2.0
"""Forecasts of histories that can be followed by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import forecast as f
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.forecast import forecast

MONDAY = date(2026, 8, 3)


def days(amounts: list[int]) -> list[tuple[date, Decimal]]:
    return [(MONDAY + timedelta(days=index), Decimal(amount)) for index, amount in enumerate(amounts)]


def test_what_never_changes_goes_on_and_its_interval_is_a_point() -> None:
    said = forecast(days([100] * 40), 5)
    assert (said.low, said.total, said.high) == (500, 500, 500)
    assert [day for day, _ in said.days] == [MONDAY + timedelta(days=40 + index) for index in range(5)]
    assert said.trials > 0


def test_weekends_come_back() -> None:
    said = forecast(days([100, 100, 100, 100, 100, 30, 30] * 6), 7)
    assert [round(cost) for _, cost in said.days] == [100, 100, 100, 100, 100, 30, 30]


def test_growth_goes_on() -> None:
    said = forecast(days(list(range(100, 142))), 3)
    assert [round(cost) for _, cost in said.days] == [142, 143, 144]


def test_a_spike_moves_nothing() -> None:
    said = forecast(days([100] * 30 + [5000] + [100] * 5), 2)
    assert said.total == 200


def test_a_step_is_the_new_level_and_no_growth() -> None:
    said = forecast(days([100] * 40 + [200] * 6), 4)
    assert said.total == 800


def test_few_days_have_a_guess_for_an_interval() -> None:
    said = forecast(days([100]), 2)
    assert (said.low, said.total, said.high, said.trials) == (150, 200, 250, 0)


def test_nothing_ahead_costs_nothing() -> None:
    said = forecast(days([100] * 40), 0)
    assert (said.days, said.low, said.total, said.high) == ((), 0, 0, 0)


def test_a_service_that_was_switched_off_costs_nothing_and_divides_nothing() -> None:
    assert forecast(days([0] * 40), 3).total == 0
    assert forecast(days([100] * 30 + [0] * 20), 3).total == 0


def test_costs_never_fall_below_zero() -> None:
    said = forecast(days(list(range(60, 4, -2))), 20)
    assert min(cost for _, cost in said.days) == 0
    assert said.low >= 0


def test_noise_is_no_trend() -> None:
    assert f.trend([Decimal(value) for value in (100, 104, 97, 103, 99, 101, 98) * 4]) == 0


@pytest.mark.parametrize(("overlap", "wanted"), [(1, 90), (3, 94), (10, 100), (500, 100)])
def test_trials_that_overlap_count_once(overlap: int, wanted: int) -> None:
    values = [Decimal(value) for value in range(1, 101)]
    assert f.quantile(values, Decimal("0.89"), overlap) == wanted
