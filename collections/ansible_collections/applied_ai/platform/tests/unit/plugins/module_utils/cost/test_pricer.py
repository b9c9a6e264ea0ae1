# SPDX-License-Identifier: Apache-2.0
"""What a pricer sees: prices that become parts or gaps, usage, and values with their reasons."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Gap,
    Options,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope, look

HEADER = "region,sku,unit,currency,price,as_of,source,note\n"


@pytest.fixture
def scope(tmp_path):
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws/s.csv").write_text(f"{HEADER}r,disk,GB-month,USD,0.08,2026,p,\n")

    def make(values=None, unknown=None, **usage: str) -> Scope:
        resource = Resource("t.x", "t", "x", "", "r", values or {}, unknown=unknown or {})
        given = {key: Decimal(value) for key, value in usage.items()}
        return Scope(resource, PriceBook(tmp_path), given, Options(today=date(2026, 11, 28)), {})

    return make


def test_a_part_is_quantity_times_price_with_its_range(scope):
    part = scope().part("Disk", Decimal(10), "s", "disk", "GB-month", low=Decimal(5))
    assert isinstance(part, Component)
    assert (part.low, part.monthly, part.high, part.as_of) == (
        Decimal("0.40"),
        Decimal("0.80"),
        Decimal("0.80"),
        "2026",
    )


def test_a_part_without_a_price_is_a_gap_that_names_it(scope):
    part = scope().part("Disk", Decimal(10), "s", "tape", "GB-month")
    assert isinstance(part, Gap)
    assert "Disk: The price book has no aws s price of tape per GB-month in r" in part.reason


def test_usage_is_scaled_and_remembers_its_key(scope):
    part = scope(gb="500").metered("Data", "gb", "s", "disk", "GB-month", scale=Decimal(1000))
    assert isinstance(part, Component)
    assert (part.monthly, part.usage) == (Decimal("0.04"), "gb")


def test_missing_usage_tells_its_key_and_price(scope):
    assert scope().metered("Data", "gb", "s", "disk", "GB-month") == UsageMissing(
        "Data", "gb", "GB-month", Decimal("0.08")
    )
    assert scope().metered("Data", "gb", "s", "tape", "GB-month") == UsageMissing("Data", "gb", "GB-month", None)


def test_values_are_found_by_their_path(scope):
    found = scope({"root": [{"size": 5, "kind": "gp3"}]})
    assert (found.number("root.0.size"), found.text("root.0.kind")) == (Decimal(5), "gp3")
    assert (found.number("root.1.size", 7), found.text("none", "x")) == (Decimal(7), "x")
    assert look({"a": [1]}, "a.0") == 1
    assert look({"a": [1]}, "a.b") is None


def test_a_value_that_is_not_there_is_told_with_its_reason(scope):
    with pytest.raises(CostError, match="size is not set in the plan"):
        scope().number("size")
    with pytest.raises(CostError, match="size is known only after apply"):
        scope(unknown={"size": True}).number("size")
    with pytest.raises(CostError, match="known only after apply"):
        scope(unknown={"kind": True}).text("kind")
    with pytest.raises(CostError, match=r"t\.x: size is 'big'"):
        scope({"size": "big"}).number("size")
