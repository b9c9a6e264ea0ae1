# SPDX-License-Identifier: Apache-2.0
"""Bills for the tests: lines of FOCUS and CUR 2.0 to reckon by hand, and months of a platform with a known rhythm."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

FOCUS: Mapping[str, str] = {
    "BilledCost": "1.00",
    "BillingAccountId": "111111111111",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-11-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "",
    "ChargePeriodStart": "2026-11-01T00:00:00Z",
    "CommitmentDiscountId": "",
    "CommitmentDiscountStatus": "",
    "ConsumedQuantity": "1",
    "EffectiveCost": "1.00",
    "ListCost": "1.00",
    "PricingCategory": "Standard",
    "RegionId": "us-east-1",
    "ResourceId": "",
    "ServiceName": "Amazon Elastic Compute Cloud",
    "SkuMeter": "",
    "SubAccountId": "222222222222",
    "Tags": '{"Environment": "production", "Team": "ml", "Service": "chat"}',
}
CUR: Mapping[str, str] = {
    "identity_line_item_id": "line",
    "identity_time_interval": "2026-11-01T00:00:00Z/2026-11-02T00:00:00Z",
    "bill_billing_period_start_date": "2026-11-01 00:00:00",
    "line_item_currency_code": "USD",
    "line_item_line_item_type": "Usage",
    "line_item_product_code": "AmazonEC2",
    "line_item_resource_id": "",
    "line_item_unblended_cost": "1.00",
    "line_item_usage_account_id": "222222222222",
    "line_item_usage_amount": "1",
    "line_item_usage_start_date": "2026-11-01 00:00:00",
    "line_item_usage_type": "",
    "pricing_public_on_demand_cost": "1.00",
    "product_instance_type": "",
    "product_region_code": "us-east-1",
    "reservation_effective_cost": "",
    "reservation_reservation_a_r_n": "",
    "reservation_unused_amortized_upfront_fee_for_billing_period": "",
    "reservation_unused_recurring_fee": "",
    "resource_tags": '{"user_environment": "production", "user_team": "ml"}',
    "savings_plan_savings_plan_a_r_n": "",
    "savings_plan_savings_plan_effective_cost": "",
    "savings_plan_total_commitment_to_date": "",
    "savings_plan_used_commitment": "",
}


def focus(number: int, cost: str = "1.00", **changes: str) -> dict[str, str]:
    """Return a line of FOCUS that differs from the others."""
    costs = {"BilledCost": cost, "EffectiveCost": cost, "ListCost": cost}
    return {**FOCUS, **costs, "ChargeDescription": f"line {number}", **changes}


def cur(number: int, cost: str = "1.00", **changes: str) -> dict[str, str]:
    """Return a line of CUR 2.0 that differs from the others."""
    costs = {"line_item_unblended_cost": cost, "pricing_public_on_demand_cost": cost}
    return {**CUR, **costs, "identity_line_item_id": f"line-{number}", **changes}


def write_csv(path: Path, lines: Iterable[Mapping[str, str]], delimiter: str = ",") -> Path:
    """Write lines as CSV."""
    rows = list(lines)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, lines: Iterable[Mapping[str, str]], casts: Mapping[str, str] | None = None) -> Path:
    """Write lines as Parquet, with DuckDB types for some columns: costs are doubles there, and tags a map."""
    source = write_csv(path.with_suffix(".tmp"), lines)
    given = ", ".join(f"{expression} AS {name}" for name, expression in (casts or {}).items())
    replace = f" REPLACE ({given})" if given else ""
    read = f"read_csv('{source}', all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')"
    # Paths and types are the test's own.
    duckdb.connect().execute(f"COPY (SELECT *{replace} FROM {read}) TO '{path}' (FORMAT parquet)")  # noqa: S608
    source.unlink()
    return path


def months(until: date = date(2026, 11, 26), since: date = date(2026, 8, 1)) -> list[dict[str, str]]:
    """Return some months of a platform's bill: a weekly rhythm, growth, spot, a Savings Plan, GPUs, taxes, credits.

    On 2026-11-18 S3 costs $400 more than usual.
    """
    lines: list[dict[str, str]] = []
    day = since
    while day <= until:
        lines += _of_day(day, Decimal((day - since).days), len(lines))
        day += timedelta(days=1)
    return lines


def _of_day(day: date, age: Decimal, number: int) -> list[dict[str, str]]:
    rhythm = Decimal("0.7") if day.weekday() >= 5 else Decimal(1)  # Saturday
    start = f"{day}T00:00:00Z"
    common = {"BillingPeriodStart": f"{day:%Y-%m}-01T00:00:00Z", "ChargePeriodStart": start}
    grown = rhythm * (1 + age / 400)

    def one(cost: Decimal, service: str, team: str, environment: str = "production", **more: str) -> dict[str, str]:
        tags = {"Environment": environment, "Team": team, "Service": f"{team}-api"} if team else {}
        at = number + len(found)
        return focus(at, f"{cost:.4f}", ServiceName=service, Tags=json.dumps(tags), **{**common, **more})

    found: list[dict[str, str]] = []
    compute = "Amazon Elastic Compute Cloud"
    for team, environment, cost in (("ml", "production", 120), ("search", "production", 80), ("ml", "development", 30)):
        found.append(one(cost * grown, compute, team, environment, SkuMeter="BoxUsage:m5.large"))
    spot = 260 * grown
    found.append(
        one(spot, compute, "ml", PricingCategory="Dynamic", SkuMeter="SpotUsage:g5.xlarge", ConsumedQuantity="600",
            ResourceId="i-gpu", ListCost=f"{spot * Decimal('2.6'):.4f}")
    )  # fmt: skip
    plan = {"PricingCategory": "Committed", "CommitmentDiscountId": "arn:aws:savingsplans::222222222222:savingsplan/a"}
    found.append(
        one(Decimal(90), compute, "search", BilledCost="0", ListCost="130", CommitmentDiscountStatus="Used",
            SkuMeter="BoxUsage:m5.xlarge", **plan)
    )  # fmt: skip
    found.append(
        one(Decimal(12), compute, "search", BilledCost="0", ListCost="0", CommitmentDiscountStatus="Unused", **plan)
    )
    spike = Decimal(400) if day == date(2026, 11, 18) else Decimal(0)
    found.append(one(45 * grown + spike, "Amazon Simple Storage Service", "data"))
    found.append(one(70 * grown, "Amazon Relational Database Service", "search"))
    found.append(one(25 * grown, "Amazon Virtual Private Cloud", ""))
    found.append(one(14 * grown, "AmazonCloudWatch", "", RegionId="eu-west-1"))
    if day.day == 1:
        found.append(one(Decimal(0), compute, "", BilledCost="3060", ListCost="", ChargeCategory="Purchase", **plan))
        found.append(one(Decimal(310), "AWS Support", "", ChargeCategory="Purchase"))
    if day.day == 20:  # credits come on the twentieth
        found.append(one(Decimal(-150), compute, "", ChargeCategory="Credit"))
    if day.day == 25:  # and taxes on the 25th
        found.append(one(Decimal(640), "Tax", "", ChargeCategory="Tax"))
    return found
