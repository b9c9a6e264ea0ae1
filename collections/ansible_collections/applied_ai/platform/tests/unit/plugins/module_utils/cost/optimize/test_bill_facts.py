# SPDX-License-Identifier: Apache-2.0
"""Usage by the hour of rows; tests/cost/test_optimize_bill.py reads bills."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.bill_facts import hourly
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Usage

FIRST = datetime(2026, 11, 1)


def at(hour: int) -> datetime:
    return FIRST + timedelta(hours=hour)


def test_hours_without_a_line_had_no_instance() -> None:
    rows = [("a", at(0), Decimal(2)), ("a", at(3), Decimal("1.99")), ("b", at(1), Decimal("0.5"))]
    assert hourly(rows, FIRST, at(4)) == (Usage("a", (2, 0, 0, 1, 0)),)


def test_a_correction_below_nought_is_no_instance() -> None:
    rows = [("a", at(0), Decimal(-1)), ("a", at(1), Decimal(1))]
    assert hourly(rows, FIRST, at(1)) == (Usage("a", (0, 1)),)
