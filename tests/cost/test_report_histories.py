# SPDX-License-Identifier: Apache-2.0
"""Forecasts and anomalies on generated histories whose truth is known; tests/benchmarks/bill.py prints all figures."""

from __future__ import annotations

import pytest
from cost import bill_histories as histories

BY_NAME = {shape.name: shape for shape in histories.SHAPES}
# What the rest of a month may be off on the mean. Spikes of days to come are in no forecast.
ERRORS = {
    "flat": 0.02,
    "growth of a fifth a month": 0.04,
    "weekly rhythm": 0.02,
    "rhythm and growth": 0.05,
    "noisy": 0.05,
    "step to a new level": 0.08,
    "spikes": 0.10,
    "fees of each month's beginning": 0.03,
}


@pytest.mark.parametrize("name", ERRORS)
def test_forecasts_are_as_near_as_promised_and_within_their_interval(name: str) -> None:
    error, inside = histories.forecasts(BY_NAME[name])
    assert error <= ERRORS[name]
    # Nothing before a first spike or step tells of it.
    assert inside >= (0.7 if name in {"spikes", "step to a new level"} else 0.9)


def test_growth_rhythm_and_fees_are_forecast_better_than_by_the_mean_day() -> None:
    for name in ("growth of a fifth a month", "weekly rhythm", "rhythm and growth", "fees of each month's beginning"):
        assert histories.forecasts(BY_NAME[name])[0] < histories.naive(BY_NAME[name])


def test_unusual_days_are_found_and_usual_ones_are_not() -> None:
    hits, false, missed = (sum(part) for part in zip(*map(histories.found, histories.SHAPES), strict=True))
    assert hits / (hits + missed) >= 0.95
    assert hits / (hits + false) >= 0.85


def test_histories_without_anything_unusual_raise_no_alarm() -> None:
    for name in ("flat", "growth of a fifth a month", "weekly rhythm", "fees of each month's beginning"):
        assert histories.found(BY_NAME[name]) == (0, 0, 0)
