# SPDX-License-Identifier: Apache-2.0
"""A bill whose total would be wrong is refused with one sentence; what cannot be told is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import exports, formats
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.report import Request, report
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.scan import Settings
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from cost.bills import CUR, FOCUS, cur, focus, write_csv, write_parquet

REPO = Path(__file__).parents[2]
TAGS = {"environment": ["Environment"], "team": ["Team"]}


def no_download(_bucket: str, _prefix: str, _cache: Path) -> list[Path]:
    """Fail where S3 is asked."""
    raise AssertionError


def read(tmp_path: Path, *sources: Path, **asked: Any) -> dict[str, Any]:
    """Return the report on some sources."""
    request = Request(**asked)
    files = exports.find([str(one) for one in sources], tmp_path / "cache", no_download, request.duplicates)
    return report(files, request, Settings(TAGS, "256MB", 1, tmp_path / "spill"))


def without(lines: list[dict[str, str]], *columns: str) -> list[dict[str, str]]:
    return [{name: value for name, value in line.items() if name not in columns} for line in lines]


def nothing(folder: Path) -> Path:
    (folder / "bill").mkdir()
    return folder / "bill"


def cut_off(folder: Path) -> Path:
    path = write_parquet(folder / "a.parquet", [focus(1), focus(2)])
    path.write_bytes(path.read_bytes()[:-20])
    return path


def text(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "folder without a bill": (nothing, "has no file that ends in .parquet, .csv, .csv.gz"),
    "empty Parquet": (lambda folder: text(folder, "a.parquet", b""), "a.parquet is empty (0 bytes)"),
    "Parquet cut off": (cut_off, "a.parquet is cut off"),
    "no Parquet": (lambda folder: text(folder, "a.parquet", b"BilledCost,Tags\n1,2\n"), "is no Parquet file"),
    "no gzip": (lambda folder: text(folder, "a.csv.gz", b"BilledCost,Tags\n1,2\n"), "is no gzip file"),
    "another table": (
        lambda folder: text(folder, "a.csv", b"name,age,town\nx,3,y\n"),
        "which are those of no known bill; export FOCUS 1.0 to 1.2 or CUR 2.0",
    ),
    "CUR without columns": (
        lambda folder: write_csv(
            folder / "a.csv", without([cur(1)], "line_item_unblended_cost", "line_item_product_code")
        ),
        "is CUR 2.0 without line_item_product_code, line_item_unblended_cost; add them to the export's columns",
    ),
    "CUR without identity": (
        lambda folder: write_csv(folder / "a.csv", without([cur(1)], "identity_line_item_id")),
        "is CUR 2.0 without identity_line_item_id",
    ),
    "FOCUS without columns": (
        lambda folder: write_csv(folder / "a.csv", without([focus(1)], "EffectiveCost", "BillingCurrency")),
        "is FOCUS without BillingCurrency, EffectiveCost",
    ),
    "columns and no lines": (
        lambda folder: text(folder, "a.csv", ",".join(FOCUS).encode() + b"\n"),
        "has no lines",
    ),
    "no cost": (
        lambda folder: write_csv(folder / "a.csv", [focus(1), focus(2, BilledCost="")]),
        "1 of 2 lines have no cost, date or currency",
    ),
    "a word for a cost": (
        lambda folder: write_csv(folder / "a.csv", [focus(1, BilledCost="much")]),
        "cannot be read",
    ),
    "a day that is none": (
        lambda folder: write_csv(folder / "a.csv", [focus(1, ChargePeriodStart="yesterday")]),
        "cannot be read",
    ),
    "unknown currency": (
        lambda folder: write_csv(folder / "a.csv", [focus(1, BillingCurrency="DUCATS")]),
        "lines in the currency 'DUCATS', which is unknown",
    ),
    "mixed currencies": (
        lambda folder: write_csv(folder / "a.csv", [focus(1), focus(2), focus(3, BillingCurrency="EUR")]),
        "mixes currencies: EUR (1 lines), USD (2 lines); set currency to one of them",
    ),
    "CUR lines twice": (
        lambda folder: write_csv(folder / "a.csv", [cur(1), cur(2), cur(2), cur(3), cur(3)]),
        "has 2 duplicate lines",
    ),
    "FOCUS lines twice": (
        lambda folder: write_csv(folder / "a.csv", [focus(1), focus(1), focus(1)]),
        "has 2 duplicate lines",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_bill_is_refused_with_one_sentence(tmp_path: Path, case: str) -> None:
    make, said = BAD[case]
    path = make(tmp_path)
    with pytest.raises(CostError) as refused:
        read(tmp_path, path)
    message = str(refused.value)
    assert said in message
    assert "\n" not in message
    assert message.endswith(".")


def test_a_file_that_is_given_twice_counts_once(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [focus(1), focus(2)])
    assert read(tmp_path, path, tmp_path)["totals"]["billed"] == "2"


def test_lines_in_two_files_are_duplicates_too(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [cur(1), cur(2)])
    write_parquet(tmp_path / "b.parquet", [cur(2), cur(3)])
    with pytest.raises(CostError, match="has 1 duplicate lines"):
        read(tmp_path, tmp_path)


def test_the_same_id_on_another_day_is_another_line(tmp_path: Path) -> None:
    later = cur(1, identity_time_interval="2026-11-02T00:00:00Z/2026-11-03T00:00:00Z")
    path = write_csv(tmp_path / "a.csv", [cur(1), later])
    assert read(tmp_path, path)["totals"]["billed"] == "2"


def test_of_versions_the_newest_counts_when_asked_for(tmp_path: Path) -> None:
    period = tmp_path / "demo/data/BILLING_PERIOD=2026-11"
    for version, cost in (("2026-11-02T06:00:00Z-a", "1.00"), ("2026-11-09T06:00:00Z-b", "7.50")):
        (period / version).mkdir(parents=True)
        write_csv(period / version / "x.csv", [cur(1, cost)])
    with pytest.raises(CostError, match="set duplicates=newest"):
        read(tmp_path, tmp_path)
    assert read(tmp_path, tmp_path, duplicates="newest")["totals"]["billed"] == "7.5"


def test_the_same_month_in_two_formats_is_refused(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [cur(1)])
    write_csv(tmp_path / "b.csv", [focus(1)])
    with pytest.raises(CostError, match=r"Account 222222222222 has 2026-11 both as CUR 2\.0 and as FOCUS"):
        read(tmp_path, tmp_path)


def test_a_currency_is_chosen_and_the_others_are_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [focus(1, "3.00"), focus(2, BillingCurrency="EUR")])
    told = read(tmp_path, path, currency="USD")
    assert told["totals"]["billed"] == "3"
    assert "Only USD is reported: the bill has EUR (1 lines), USD (1 lines)." in told["warnings"]
    with pytest.raises(CostError, match="currency is GBP, in which the bill has no line"):
        read(tmp_path, path, currency="GBP")


def test_months_are_kept_apart_and_told(tmp_path: Path) -> None:
    october = {"BillingPeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodStart": "2026-10-07T00:00:00Z"}
    path = write_csv(tmp_path / "a.csv", [focus(1, "2.00"), focus(2, "5.00", **october)])
    told = read(tmp_path, path)
    assert (told["month"], told["totals"]["billed"]) == ("2026-11", "2")
    assert [(one["month"], one["billed"]) for one in told["months"]] == [("2026-10", "5"), ("2026-11", "2")]
    assert any("the months 2026-10, 2026-11" in one for one in told["warnings"])
    assert read(tmp_path, path, month="2026-10")["totals"]["billed"] == "5"
    for month, said in (("2026-09", "which the bill does not have"), ("11/2026", "must be such as 2026-11")):
        with pytest.raises(CostError, match=said):
            read(tmp_path, path, month=month)


def test_usage_below_zero_counts_and_is_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [focus(1, "5.00"), focus(2, "-2.00", ConsumedQuantity="-4")])
    told = read(tmp_path, path)
    assert told["totals"]["billed"] == "3"
    assert any(one.startswith("1 lines have usage below zero") for one in told["warnings"])


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_csv_may_have_another_delimiter(tmp_path: Path, delimiter: str) -> None:
    path = write_csv(tmp_path / "a.csv", [focus(1, "1.25"), focus(2)], delimiter)
    assert read(tmp_path, path)["totals"]["billed"] == "2.25"


def test_columns_that_are_missing_and_not_needed_are_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", without([focus(1)], "ListCost", "Tags", "SkuMeter"))
    told = " ".join(read(tmp_path, path)["warnings"])
    for part in ("without ListCost: savings", "without Tags: everything counts as untagged", "without SkuMeter"):
        assert part in told, part


def test_a_large_line_is_no_wrong_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [focus(1, "123456789012.34", BillingCurrency="IDR")])
    assert read(tmp_path, path)["totals"]["billed"] == "123456789012.34"


def test_small_amounts_are_not_lost(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [focus(number, "0.0000000024") for number in range(1000)])
    assert read(tmp_path, path)["totals"]["billed"] == "0.0000024"


def test_taxes_credits_refunds_and_discounts_stand_by_themselves_and_are_in_the_total(tmp_path: Path) -> None:
    kinds = {"Usage": "10", "Tax": "1.9", "Credit": "-3", "Refund": "-2", "EdpDiscount": "-0.5", "Fee": "4"}
    lines = [cur(index, cost, line_item_line_item_type=kind) for index, (kind, cost) in enumerate(kinds.items())]
    told = read(tmp_path, write_csv(tmp_path / "a.csv", lines))
    parts = {one["name"]: one["billed"] for one in told["by_charge"]}
    assert parts == {"Usage": "10", "Tax": "1.9", "Credit": "-3", "Refund": "-2", "Discount": "-0.5", "Purchase": "4"}
    assert told["totals"]["billed"] == "10.4"


def test_parquet_with_maps_and_doubles_says_what_csv_says(tmp_path: Path) -> None:
    lines = [cur(number, f"{number}.1", line_item_usage_type="BoxUsage:m5.large") for number in range(9)]
    double = "CAST(line_item_unblended_cost AS DOUBLE)"
    tags = "MAP {'user_environment': 'production', 'user_team': 'ml'}"
    casts = {
        "line_item_unblended_cost": double,
        "resource_tags": tags,
        "line_item_usage_start_date": "CAST(line_item_usage_start_date AS TIMESTAMP)",
    }
    csv = read(tmp_path, write_csv(tmp_path / "a.csv", lines))
    parquet = read(tmp_path, write_parquet(tmp_path / "a.parquet", lines, casts))
    assert parquet == csv
    assert csv["by_tag"]["team"] == [{"name": "ml", "billed": "36.9", "effective": "36.9"}]


def test_terraform_exports_every_column_that_a_report_needs() -> None:
    text = (REPO / "terraform/modules/aws/cost/export.tf").read_text()
    tables = re.split(r"(?:COST_AND_USAGE_REPORT|FOCUS_1_2_AWS) = \{", text)[1:3]
    for form, table in zip((formats.CUR, formats.FOCUS), tables, strict=True):
        columns = set(re.findall(r'"(\w+)"', table[: table.index("settings")]))
        assert formats.detect(columns, "the export") is form
        assert formats.gaps(form, columns) == []
        assert set(form.identity) <= columns


def test_savings_plans_and_reservations_are_amortised_as_aws_reckons(tmp_path: Path) -> None:
    """By hand: 0.6 + 0.5 of covered usage, 0.4 unused of the plan, 0.3 unused of the reservation, 0 for the rest."""
    plan = {"savings_plan_savings_plan_a_r_n": "arn:plan", "pricing_public_on_demand_cost": "1"}
    reserved = {"reservation_reservation_a_r_n": "arn:ri", "pricing_public_on_demand_cost": "1"}
    kinds: list[tuple[str, str, dict[str, str]]] = [
        ("SavingsPlanCoveredUsage", "1", {**plan, "savings_plan_savings_plan_effective_cost": "0.6"}),
        ("SavingsPlanNegation", "-1", plan),
        (
            "SavingsPlanRecurringFee",
            "1",
            {**plan, "savings_plan_total_commitment_to_date": "1", "savings_plan_used_commitment": "0.6"},
        ),
        ("DiscountedUsage", "0", {**reserved, "reservation_effective_cost": "0.5"}),
        (
            "RIFee",
            "0.8",
            {
                **reserved,
                "reservation_unused_amortized_upfront_fee_for_billing_period": "0.1",
                "reservation_unused_recurring_fee": "0.2",
            },
        ),
        ("Fee", "100", reserved),
    ]
    lines = [
        {**cur(index, cost, line_item_line_item_type=kind), **more} for index, (kind, cost, more) in enumerate(kinds)
    ]
    told = read(tmp_path, write_csv(tmp_path / "a.csv", lines))
    assert Decimal(told["totals"]["billed"]) == Decimal("101.8")
    assert Decimal(told["totals"]["effective"]) == Decimal("1.8")
    each = {one["id"]: (one["used"], one["unused"], one["utilisation"]) for one in told["commitments"]["each"]}
    assert each == {"arn:plan": ("0.6", "0.4", "0.6000"), "arn:ri": ("0.5", "0.3", "0.6250")}
    assert told["commitments"]["utilisation"] == "0.6111"
    assert told["savings"]["commitments"] == {"paid": "1.8", "on_demand": "2", "saved": "0.2", "share": "0.1000"}


def test_cur_columns_are_known() -> None:
    """The lines that the tests write have what the format asks for, and nothing that it does not know."""
    needed = {name for one in formats.CUR.columns.values() for name in one.needs}
    assert needed | {*formats.CUR.identity, formats.CUR.tags} == set(CUR)
