# SPDX-License-Identifier: Apache-2.0
"""Amounts of components add up in resources and estimates."""

from __future__ import annotations

from decimal import Decimal

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Change,
    Component,
    Estimate,
    ResourceCost,
)


def part(quantity: str, price: str, low: str, high: str) -> Component:
    return Component(
        "part", Decimal(quantity), "hour", Decimal(price), Decimal(low), Decimal(high), "USD", "2026", "page"
    )


def test_components_add_up():
    first = ResourceCost(
        "a", "t", "", "r", "", "", "", (part("730", "0.1", "0", "80"), part("3", "0.005", "0.015", "1"))
    )
    second = ResourceCost("b", "t", "", "r", "", "", "", (part("1", "2", "2", "2"),))
    whole = Estimate("USD", "2026", (first, second), (), (), (), Decimal(0), (), ())
    assert (first.low, first.monthly, first.high) == (Decimal("0.015"), Decimal("73.015"), Decimal(81))
    assert (whole.low, whole.monthly, whole.high) == (Decimal("2.015"), Decimal("75.015"), Decimal(83))


def test_a_change_rises_by_what_it_costs_more():
    assert Change("a", "t", Decimal(3), Decimal(1)).rise == Decimal(-2)
