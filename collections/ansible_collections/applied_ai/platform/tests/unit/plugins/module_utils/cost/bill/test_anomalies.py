# SPDX-License-Identifier: Apache-2.0
"""Odd days of histories that can be followed by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.anomalies import Anomaly, anomalies

START = date(2026, 8, 3)
LEAST = Decimal(10)


def days(amounts: list[int]) -> list[tuple[date, Decimal]]:
    return [(START + timedelta(days=index), Decimal(amount)) for index, amount in enumerate(amounts)]


def found(amounts: list[int], least: Decimal = LEAST) -> list[Anomaly]:
    return anomalies({"EC2": days(amounts)}, least)


def test_days_in_a_row_are_one_with_their_money() -> None:
    (one,) = found([100] * 30 + [300, 400] + [100] * 5)
    assert (one.first, one.last) == (START + timedelta(days=30), START + timedelta(days=31))
    assert (one.actual, one.expected, one.excess) == (700, 200, 500)


def test_a_day_that_costs_less_is_one_too() -> None:
    (one,) = found([100] * 30 + [0] + [100] * 5)
    assert one.excess == -100


def test_weekends_are_none() -> None:
    assert found([100, 100, 100, 100, 100, 30, 30] * 8) == []


def test_small_money_is_none() -> None:
    assert found([1] * 30 + [9]) == []
    assert len(found([1] * 30 + [9], Decimal(1))) == 1


def test_a_fee_of_every_month_is_one_only_the_first_time() -> None:
    amounts = [1000 if (START + timedelta(days=index)).day == 1 else 100 for index in range(100)]
    assert [one.first for one in found(amounts)] == [date(2026, 9, 1)]


def test_too_few_days_tell_nothing() -> None:
    assert found([100] * 10 + [900]) == []
    assert anomalies({"EC2": []}, LEAST) == []


def test_the_most_money_comes_first() -> None:
    services = {"a": days([100] * 30 + [200]), "b": days([100] * 30 + [900]), "c": days([100] * 30)}
    assert [one.service for one in anomalies(services, LEAST)] == ["b", "a"]
