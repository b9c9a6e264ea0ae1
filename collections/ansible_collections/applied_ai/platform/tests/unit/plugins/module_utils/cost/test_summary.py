# SPDX-License-Identifier: Apache-2.0
"""An estimate as data and as tables."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Change,
    Component,
    Estimate,
    Gap,
    ResourceCost,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.summary import as_json, as_text


@pytest.fixture
def estimate() -> Estimate:
    def part(price: str) -> Component:
        amount = Decimal(730) * Decimal(price)
        return Component("Hours", Decimal(730), "hour", Decimal(price), amount, amount, "USD", "2026-10-08", "page")

    first = ResourceCost("module.a.aws_lb.x", "aws_lb", "module.a", "us-east-1", "api", "ml", "dev", (part("0.0225"),))
    second = ResourceCost("aws_lb.y", "aws_lb", "", "us-east-1", "", "", "", (part("0.0225"),))
    return Estimate(
        currency="USD",
        as_of="2026-10-08",
        resources=(first, second),
        unpriced=tuple(Gap("no price", f"aws_new.n[{number}]") for number in range(5)),
        usage_missing=(UsageMissing("Data", "gb", "GB", Decimal("0.010"), "aws_lb.y"),),
        free=(("aws_vpc.v", "networks cost nothing"),),
        before=Decimal(1),
        changes=(Change("aws_lb.y", "aws_lb", Decimal(0), Decimal("16.425")),),
        warnings=("Prices are stale.",),
    )


def test_totals_are_rounded_once_and_groups_add_up(estimate):
    found = as_json(estimate)
    assert [one["monthly"] for one in found["resources"]] == ["16.43", "16.43"]
    assert (found["monthly"], found["exact"], found["hourly"], found["rise"]) == ("32.85", "32.85", "0.045000", "31.85")
    assert found["by_module"] == {"(root)": "16.43", "module.a": "16.43"}
    assert found["by_team"] == {"(untagged)": "16.43", "ml": "16.43"}


def test_data_has_what_others_read(estimate):
    found = as_json(estimate)
    assert json.loads(json.dumps(found)) == found
    assert (
        found["resources"][0]["components"][0].items()
        >= {
            "name": "Hours",
            "quantity": "730",
            "unit": "hour",
            "price": "0.0225",
            "monthly": "16.43",
        }.items()
    )
    assert found["unpriced"][0] == {"address": "aws_new.n[0]", "reason": "no price"}
    assert found["usage_missing"][0]["price"] == "0.01"
    assert found["free"] == [{"address": "aws_vpc.v", "reason": "networks cost nothing"}]
    assert found["changes"][0]["rise"] == "16.43"


def test_tables_tell_what_is_not_in_the_total(estimate):
    text = as_text(estimate)
    assert "A month: 32.85 USD (from 32.85 to 32.85)" in text
    assert "Before: 1.00; the plan changes it by +31.85." in text
    assert "aws_new.n[0], aws_new.n[1], aws_new.n[2] and 2 more: no price" in text
    assert "aws_lb.y: Data (usage key gb)" in text
    assert "Costs nothing: 1 resources." in text
    assert text.rstrip().endswith("Prices are stale.")
