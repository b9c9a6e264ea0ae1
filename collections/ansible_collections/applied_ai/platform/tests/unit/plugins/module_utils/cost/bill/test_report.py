# SPDX-License-Identifier: Apache-2.0
"""The small parts of a report; whole reports of whole bills are in tests/cost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import report as r
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.exports import Export
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.scan import Settings
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

HEADER = (
    "BillingPeriodStart,BillingCurrency,ChargePeriodStart,ChargeCategory,ChargeClass,ServiceName,SubAccountId,"
    "PricingCategory,CommitmentDiscountId,BilledCost,EffectiveCost"
)
FIRST = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("limit", "wanted"), [(None, "none"), (9, "over"), (19, "likely_over"), (29, "at_risk"), (30, "within")]
)
def test_a_verdict_tells_where_the_interval_lies(limit: int | None, wanted: str) -> None:
    given = None if limit is None else Decimal(limit)
    assert r.verdict(given, Decimal(10), Decimal(20), Decimal(30)) == wanted


def test_days_without_lines_cost_nothing() -> None:
    rows = [(FIRST, Decimal(5)), (FIRST + timedelta(days=2), Decimal(7))]
    assert [cost for _, cost in r.filled(rows)] == [5, 0, 7]
    assert r.filled([]) == []


def test_a_service_that_fell_silent_has_its_last_day() -> None:
    assert r.silence([(FIRST, Decimal(5))], date(2026, 11, 9)) == [(date(2026, 11, 9), 0)]
    assert r.silence([(FIRST, Decimal(5))], FIRST) == []


def test_months_end_where_they_end() -> None:
    assert r.last_day(date(2028, 2, 1)) == date(2028, 2, 29)
    assert r.last_day(FIRST) == date(2026, 11, 30)


def test_what_is_not_known_is_none_and_never_zero() -> None:
    assert (r.amount(None), r.part_of(None)) == (None, None)
    assert (r.amount(Decimal("1.50")), r.part_of(Decimal(2) / 3)) == ("1.5", "0.6667")


def days(folder: Path, count: int, *more: str) -> list[Export]:
    """Write a bill: each day 10 of usage and 4 of a plan's fee; fees are billed and not amortised."""
    lines = [HEADER]
    for index in range(count):
        day = f"{FIRST + timedelta(days=index)}T00:00:00Z"
        lines.append(f"2026-11-01T00:00:00Z,USD,{day},Usage,,EC2,1,Standard,,10,{10 + index / 1000:.3f}")
        lines.append(f"2026-11-01T00:00:00Z,USD,{day},Purchase,,EC2,1,Committed,plan,4,0")
    path = folder / "a.csv"
    path.write_text("\n".join([*lines, *more]) + "\n")
    return [Export(path, parquet=False)]


def told(folder: Path, count: int, *more: str, **asked: object) -> r.Json:
    request = r.Request(**asked)  # type: ignore[arg-type]
    return r.report(days(folder, count, *more), request, Settings({}, "128MB", 1, folder / "spill"))


def test_fees_that_are_billed_daily_are_forecast_and_others_are_not(tmp_path: Path) -> None:
    support = "2026-11-01T00:00:00Z,USD,2026-11-01T00:00:00Z,Purchase,,Support,1,Other,,100,100"
    found = told(tmp_path, 20, support, settling_days=0, budget=Decimal(519))
    # 30 days of 14, and the fee that comes once.
    assert found["budget"]["forecast"]["total"] == "520"
    assert found["budget"]["spent"] == "380"
    assert found["budget"]["verdict"] != "within"


def test_the_last_days_are_not_forecast_from(tmp_path: Path) -> None:
    half = "2026-11-01T00:00:00Z,USD,2026-11-21T00:00:00Z,Usage,,EC2,1,Standard,,1,1"
    found = told(tmp_path, 20, half, settling_days=1)
    assert found["period"] == {"first": "2026-11-01", "through": "2026-11-20", "complete": False}
    assert found["budget"]["forecast"]["total"] == "420"


def test_a_complete_month_has_no_forecast_but_its_sum(tmp_path: Path) -> None:
    found = told(tmp_path, 30)
    assert found["period"]["complete"]
    ahead = found["budget"]["forecast"]
    assert (ahead["low"], ahead["total"], ahead["high"], ahead["days"]) == ("420", "420", "420", [])


def test_prometheus_that_does_not_answer_is_a_warning(tmp_path: Path) -> None:
    def refuse(_first: date, _through: date) -> dict[str, Decimal]:
        raise CostError("Prometheus does not answer; the idle time of GPUs is unknown.")

    header = f"{HEADER},SkuMeter,ConsumedQuantity"
    line = "2026-11-01T00:00:00Z,USD,2026-11-01T00:00:00Z,Usage,,EC2,1,Standard,,10,10,BoxUsage:g5.xlarge,24"
    path = tmp_path / "gpu.csv"
    path.write_text(f"{header}\n{line}\n")
    request = r.Request(gpus=lambda _instance: ("A10G", 1), asked=refuse)
    found = r.report([Export(path, parquet=False)], request, Settings({}, "128MB", 1, tmp_path / "spill"))
    assert "Prometheus does not answer; the idle time of GPUs is unknown." in found["warnings"]
    assert (found["gpu"]["hours"], found["gpu"]["idle"], found["gpu"]["unknown"]) == ("24", "0", "10")
    asked = r.Request(gpus=lambda _instance: ("A10G", 1), asked=lambda *_: {"A10G": Decimal("0.75")})
    known = r.report([Export(path, parquet=False)], asked, Settings({}, "128MB", 1, tmp_path / "spill"))
    assert (known["gpu"]["idle"], known["gpu"]["unknown"]) == ("2.5", "0")


def test_a_bill_without_instance_types_tells_so(tmp_path: Path) -> None:
    assert (
        "No line tells an instance type: GPU hours and the coverage of instances cannot be told."
        in told(tmp_path, 2)["warnings"]
    )
