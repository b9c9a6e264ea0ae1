# SPDX-License-Identifier: Apache-2.0
"""Commitments from bills by the hour, in both formats; the amounts are reckoned by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import cost_optimize_info as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from cost.bills import cur, focus, write_csv, write_parquet

START = datetime(2026, 11, 1)
HOURS = 336
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def instances(hour: int) -> int:
    """Ten in the day, four at night."""
    return 10 if 8 <= hour % 24 < 20 else 4


def cur_lines() -> Iterator[dict[str, str]]:
    for hour in range(HOURS):
        at = str(START + timedelta(hours=hour))
        of = {"line_item_usage_start_date": at, "product_instance_type": "m5.large"}
        for number in range(instances(hour)):
            yield cur(hour * 100 + number, line_item_usage_type="BoxUsage:m5.large", **of)
        # Neither spot, nor what is covered, nor another region's can be reserved here.
        yield cur(hour * 100 + 50, line_item_usage_type="SpotUsage:m5.large", **of)
        yield cur(
            hour * 100 + 51, line_item_usage_type="BoxUsage:m5.large", line_item_line_item_type="DiscountedUsage", **of
        )
        yield cur(hour * 100 + 52, line_item_usage_type="BoxUsage:m5.large", product_region_code="eu-west-1", **of)
        yield cur(hour * 100 + 53, line_item_usage_type="EBS:VolumeUsage.gp3", line_item_usage_start_date=at)


def focus_lines() -> Iterator[dict[str, str]]:
    for hour in range(HOURS):
        of = {"ChargePeriodStart": f"{(START + timedelta(hours=hour)).isoformat()}Z"}
        for number in range(instances(hour)):
            yield focus(hour * 100 + number, SkuMeter="BoxUsage:m5.large", **of)
        yield focus(hour * 100 + 50, SkuMeter="SpotUsage:m5.large", PricingCategory="Dynamic", **of)
        yield focus(hour * 100 + 51, SkuMeter="BoxUsage:m5.large", PricingCategory="Committed", **of)
        yield focus(hour * 100 + 52, SkuMeter="BoxUsage:m5.large", RegionId="eu-west-1", **of)


def found(tmp_path: Path, source: Path) -> dict[str, Any]:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"region": "us-east-1", "as_of": "2026-11-28"}))
    defaults = {name: option["default"] for name, option in action.ARGUMENTS.items()}
    given = {"facts_file": str(facts), "bill_sources": [str(source)], "bill_cache_dir": str(tmp_path / "cache")}
    return action.found({**defaults, **given, "environment": {}}, NOW)


def expected(told: dict[str, Any]) -> None:
    """Four always run. 4 x 0.096 x 730 x the book's discount, and what a fall of usage makes of it."""
    (one,) = told["findings"]
    assert (one["id"], one["safe"]) == ("commitment:m5.large", False)
    assert one["seen"] == "At least 4 x m5.large in 90 % of 336 hours, on demand"
    price, discount = told_prices()
    assert one["monthly_saving"] == f"{4 * price * 730 * discount:.2f}"
    assert f"It pays from {(1 - discount) * 730:.0f} of 730 hours a month." in one["why"]
    assert told["unknown"] == []


def told_prices() -> tuple[float, float]:
    """Return the price of an hour and the share that a year without upfront takes off, as the book has them."""
    rows: dict[str, float] = {}
    for name, sku in (("ec2", "m5.large"), ("ec2-reserved-discount", "m5:1yr-standard-no-upfront")):
        lines = (FOLDER / f"aws/{name}.csv").read_text().splitlines()
        fields = [line.split(",") for line in lines]
        (price,) = [one[4] for one in fields if one[1] == sku and one[0] in ("us-east-1", "global")]
        rows[name] = float(price)
    return rows["ec2"], rows["ec2-reserved-discount"] / 100


def test_cur_in_csv(tmp_path: Path) -> None:
    expected(found(tmp_path, write_csv(tmp_path / "bill.csv", cur_lines())))


def test_cur_in_parquet(tmp_path: Path) -> None:
    casts = {"line_item_usage_start_date": "CAST(line_item_usage_start_date AS TIMESTAMP)"}
    casts["line_item_usage_amount"] = "CAST(line_item_usage_amount AS DOUBLE)"
    expected(found(tmp_path, write_parquet(tmp_path / "bill.parquet", cur_lines(), casts)))


def test_focus(tmp_path: Path) -> None:
    expected(found(tmp_path, write_csv(tmp_path / "bill.csv", focus_lines())))


def test_a_bill_by_the_day_is_unknown(tmp_path: Path) -> None:
    told = found(tmp_path, write_csv(tmp_path / "bill.csv", [focus(1, SkuMeter="BoxUsage:m5.large")]))
    (one,) = told["unknown"]
    assert one["reason"] == "The bill is not by the hour; export it with hourly granularity."


def test_a_bill_without_types_is_unknown(tmp_path: Path) -> None:
    line = focus(1)
    del line["SkuMeter"]
    (one,) = found(tmp_path, write_csv(tmp_path / "bill.csv", [line]))["unknown"]
    assert one["reason"] == "The bill has no InstanceType, so that usage by type is not known."


def test_a_short_history_is_unknown(tmp_path: Path) -> None:
    lines = [one for one in cur_lines() if one["line_item_usage_start_date"] < "2026-11-03"]
    (one,) = found(tmp_path, write_csv(tmp_path / "bill.csv", lines))["unknown"]
    assert one["reason"] == "48 hours of usage are known; 336 are needed, better a year."


def test_a_bill_without_instances_has_no_usage(tmp_path: Path) -> None:
    told = found(tmp_path, write_csv(tmp_path / "bill.csv", [focus(1, ServiceName="Amazon S3")]))
    assert (told["findings"], told["unknown"]) == ([], [])


def test_what_is_no_bill_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CostError, match=r"bill\.csv has the columns a, b"):
        found(tmp_path, tmp_path / "bill.csv")
