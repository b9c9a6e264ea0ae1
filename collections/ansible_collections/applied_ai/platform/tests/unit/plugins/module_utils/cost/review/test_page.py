# SPDX-License-Identifier: Apache-2.0
"""The page: amounts for people, foreign text escaped, what is missing said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.review import page

SUMS: dict[str, Any] = {"name": "AmazonEC2", "billed": "120.5", "effective": "100"}
REPORT: dict[str, Any] = {
    "currency": "USD",
    "month": "2026-11",
    "formats": ["FOCUS"],
    "files": 1,
    "months": [{"month": "2026-11", "billed": "120.5", "effective": "100", "lines": 3}],
    "period": {"first": "2026-11-01", "through": "2026-11-02", "complete": False},
    "totals": {"billed": "120.5", "effective": "100", "list": "150", "list_known": "100", "lines": 3},
    "by_service": [SUMS],
    "by_account": [SUMS],
    "by_region": [SUMS],
    "by_charge": [SUMS],
    "by_pricing": [SUMS],
    "by_tag": {"team": [{"name": "", "billed": "120.5", "effective": "100"}]},
    "by_day": [
        {"name": "2026-10-31", "billed": "-3", "effective": "-3"},
        {"name": "2026-11-01", "billed": "60.5", "effective": "50"},
        {"name": "2026-11-02", "billed": "60", "effective": "50"},
    ],
    "untagged": {"team": {"effective": "100", "share": "1.0000", "services": []}},
    "budget": {
        "limit": "200",
        "spent": "120.5",
        "spent_share": "0.6025",
        "elapsed_share": "0.0667",
        "verdict": "likely_over",
        "forecast": {
            "low": "180",
            "total": "210.5",
            "high": "240",
            "confidence": "0.9",
            "trials": 12,
            "days": [{"day": "2026-11-03", "billed": "90"}],
        },
    },
    "trend": [{"month": "2026-11", "services": [{"name": "AmazonEC2", "effective": "100"}]}],
    "movers": [
        {"name": "AmazonEC2", "before": "60", "now": "100", "change": "40"},
        {"name": "AmazonS3", "before": "60", "now": "60", "change": "0"},
    ],
    "anomalies": [],
    "commitments": {
        "coverage": None,
        "utilisation": None,
        "target": "0.8",
        "reached": None,
        "used": "0",
        "unused": "0",
        "each": [],
    },
    "savings": {
        name: {"paid": "10", "on_demand": "30", "saved": "20", "share": "0.6667"} for name in ("spot", "commitments")
    },
    "gpu": {"hours": "0", "effective": "0", "idle": "0", "unknown": "0", "models": []},
    "warnings": [],
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1234567.891", "$1,234,568"),
        ("99.999", "$100.00"),
        ("-1.5", "\N{MINUS SIGN}$1.50"),
        ("-0.001", "$0.00"),
        (None, "\N{EN DASH}"),
    ],
)
def test_money_is_for_people(value: str | None, text: str) -> None:
    assert page.money(value, "USD") == text


def test_a_currency_without_a_symbol_is_named() -> None:
    assert page.money("12", "SEK") == "SEK 12.00"


def test_a_rise_has_its_sign() -> None:
    assert page.signed("12", "USD") == "+$12.00"
    assert page.signed("-12", "USD") == "\N{MINUS SIGN}$12.00"


def test_a_long_breakdown_ends_with_the_rest_and_still_adds_up() -> None:
    entries = [{"name": str(number), "effective": str(number)} for number in range(12, 0, -1)]
    rows = page.table(entries)
    assert rows[-1]["name"] == "4 others"
    assert sum(Decimal(row["effective"]) for row in rows) == sum(range(13))
    assert [row["width"] for row in rows][:2] == ["100.0", "91.7"]


def test_credits_have_no_bar() -> None:
    assert [row["width"] for row in page.table([{"name": "a", "effective": "-5"}])] == ["0.0"]


def test_names_of_a_bill_are_text() -> None:
    bad = "<img src=x onerror=alert(1)>"
    services = [{**SUMS, "name": bad}]
    html = page.page({**REPORT, "by_service": services, "warnings": [bad]}, [], bad, bad)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") >= 4


def test_the_page_says_what_the_report_says() -> None:
    html = page.page(REPORT)
    for text in ("November 2026", "likely over budget", "60.2 % spent", "$180 to $240", "no commitments", "(untagged)"):
        assert text in html, text
    assert "AmazonS3" not in html, "what did not move is no mover"
    assert "No findings were given" in html


def test_findings_are_actions_with_owner_and_sum() -> None:
    finding = {
        "owner": "ml",
        "subject": "vol-1",
        "seen": "gp2",
        "proposed": "gp3",
        "risk": "low",
        "monthly_saving": "15.5",
    }
    html = page.page(REPORT, [finding] * 17)
    assert html.count("vol-1: gp2") == page.ACTION_ROWS
    assert "17 findings, up to $264 a month" in html
    assert "2 more are in the JSON file" in html


def test_a_correction_of_an_older_month_is_on_no_day_of_this_one() -> None:
    assert [one["name"] for one in page.in_month(REPORT["by_day"], "2026-11")] == ["2026-11-01", "2026-11-02"]


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(CostError, match="has no currency, month"):
        page.page({})
