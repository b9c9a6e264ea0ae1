# SPDX-License-Identifier: Apache-2.0
"""What holds for every bill: parts add up to the whole, order does not matter, a bill in pieces says the same."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import exports
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.report import Request, report
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.scan import Settings
from cost.bills import focus, write_csv, write_parquet
from hypothesis import given, settings
from hypothesis import strategies as st

TAGS = {"environment": ["Environment"], "team": ["Team"]}
# Amounts with as many digits as bills have; credits are below zero.
COST = st.decimals(min_value=-1000, max_value=100000, places=10, allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=6)
LINE = st.fixed_dictionaries(
    {
        "billed": COST,
        "effective": COST,
        "day": st.integers(1, 30),
        "month": st.sampled_from(["2026-10", "2026-11"]),
        "kind": st.sampled_from(["Usage", "Usage", "Usage", "Tax", "Credit", "Purchase", "Adjustment"]),
        "service": st.sampled_from(["EC2", "S3", 'it\'s; -- a "name"']),
        "account": st.sampled_from(["1", "2", ""]),
        "team": TEXT,
        "pricing": st.sampled_from(["Standard", "Dynamic", "Committed", ""]),
    }
)
BILLS = st.lists(LINE, min_size=1, max_size=25)
FEW = settings(max_examples=8, deadline=None)


def lines_of(bill: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        focus(
            number,
            BilledCost=f"{line['billed']:f}",
            EffectiveCost=f"{line['effective']:f}",
            BillingPeriodStart=f"{line['month']}-01T00:00:00Z",
            ChargePeriodStart=f"{line['month']}-{line['day']:02d}T00:00:00Z",
            ChargeCategory=line["kind"],
            ServiceName=line["service"],
            SubAccountId=line["account"],
            PricingCategory=line["pricing"],
            Tags=json.dumps({"Team": line["team"]} if line["team"] else {}),
        )
        for number, line in enumerate(bill)
    ]


def told(*files: Sequence[dict[str, str]], parquet: bool = False) -> dict[str, Any]:
    """Return the report on a bill in so many files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, lines in enumerate(files):
            if lines:
                write = write_parquet if parquet else write_csv
                write(folder / f"{number}.{'parquet' if parquet else 'csv'}", lines)
        found = exports.find([name], folder, lambda *_: [])
        return report(found, Request(), Settings(TAGS, "256MB", 1, folder / "spill"))


@FEW
@given(BILLS)
def test_the_parts_of_each_breakdown_add_up_to_the_whole(bill: list[dict[str, Any]]) -> None:
    found = told(lines_of(bill))
    mine = [line for line in bill if line["month"] == found["month"]]
    for cost in ("billed", "effective"):
        whole = sum((line[cost] for line in mine), Decimal(0))
        assert Decimal(found["totals"][cost]) == whole
        ways = ("by_service", "by_account", "by_region", "by_charge", "by_pricing", "by_day")
        for name, parts in [*((way, found[way]) for way in ways), *found["by_tag"].items()]:
            assert sum(Decimal(part[cost]) for part in parts) == whole, name
            assert len({part["name"] for part in parts}) == len(parts), name
        by_month = {line["month"]: Decimal(0) for line in bill}
        for line in bill:
            by_month[line["month"]] += line[cost]
        assert {one["month"]: Decimal(one[cost]) for one in found["months"]} == by_month
    assert found["totals"]["lines"] == len(mine)


@FEW
@given(BILLS, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(bill: list[dict[str, Any]], chance: Any) -> None:
    lines = lines_of(bill)
    shuffled = list(lines)
    chance.shuffle(shuffled)
    assert told(shuffled) == told(lines)


@FEW
@given(BILLS, st.integers(0, 25), st.booleans())
def test_a_bill_in_pieces_says_what_the_whole_says(bill: list[dict[str, Any]], cut: int, parquet: bool) -> None:
    lines = lines_of(bill)
    whole, pieces = told(lines), told(lines[:cut], lines[cut:], parquet=parquet)
    assert {**pieces, "files": 0} == {**whole, "files": 0}


@FEW
@given(BILLS)
def test_two_bills_add_up(bill: list[dict[str, Any]]) -> None:
    lines = lines_of(bill)
    half = len(lines) // 2
    parts = [told(piece)["months"] for piece in (lines[:half], lines[half:]) if piece]
    sums: dict[str, Decimal] = {}
    for one in (month for part in parts for month in part):
        sums[one["month"]] = sums.get(one["month"], Decimal(0)) + Decimal(one["billed"])
    assert sums == {one["month"]: Decimal(one["billed"]) for one in told(lines)["months"]}
