# SPDX-License-Identifier: Apache-2.0
"""Commitments: how many, what they save, and what when usage falls."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import commitments
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import Context, Limits, find
from hypothesis import given
from hypothesis import strategies as st

Made = Callable[..., Context]
PRICE, DISCOUNT = Decimal("0.1"), Decimal("0.4")


def test_what_always_runs_is_reserved(context: Made) -> None:
    # 10 at night, 20 by day, 0 in two of 400 hours.
    hourly = [10, 20] * 199 + [0, 0]
    (found,) = find(commitments.RULES, context(usage=[{"instance_type": "m5.large", "hourly": hourly}])).findings
    assert found.proposed == "10 x m5.large reserved (1yr-standard-no-upfront), 40 % less"
    # 10 x 0.995 used hours less 10 x 0.6 paid: 3.95 x 73.
    assert found.saving == Decimal("288.35")
    assert "from 438 of 730 hours" in found.why
    assert not found.safe


def test_when_usage_falls_the_saving_falls_and_risk_is_told(context: Made) -> None:
    hourly = [10] * 400
    (found,) = find(commitments.RULES, context(usage=[{"instance_type": "m5.large", "hourly": hourly}])).findings
    # 292 now; 8 of 10 used: (8 - 6) x 73; 5 of 10 used: (5 - 6) x 73.
    assert found.saving == 292
    assert "saves $146.00 when usage falls by 20 %, a loss of $73.00 when usage falls by 50 %" in found.why
    assert found.risk == "medium"


def test_nothing_is_reserved_for_what_comes_and_goes(context: Made) -> None:
    hourly = [10, 0] * 200
    assert find(commitments.RULES, context(usage=[{"instance_type": "m5.large", "hourly": hourly}])).findings == ()


def test_a_share_below_the_break_even_is_no_reason(context: Made) -> None:
    made = context(
        usage=[{"instance_type": "m5.large", "hourly": [10] * 400}], limits=Limits(commitment_used=Decimal("0.6"))
    )
    assert find(commitments.RULES, made).findings == ()


@pytest.mark.parametrize(
    "usage", [{"instance_type": "m5.large", "hourly": [1]}, {"instance_type": "z9.x", "hourly": [1] * 400}]
)
def test_a_short_history_or_an_unknown_discount_is_said(context: Made, usage: dict) -> None:
    (unknown,) = find(commitments.RULES, context(usage=[usage])).unknown
    assert unknown.source == f"commitment:{usage['instance_type']}"


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200))
def test_the_number_is_used_in_the_share_of_hours_and_one_more_is_not(hourly: list[int]) -> None:
    used = Decimal("0.9")
    count = commitments.reserved(hourly, used)
    assert sum(running >= count for running in hourly) >= used * len(hourly)
    assert sum(running >= count + 1 for running in hourly) < used * len(hourly)
    saving = commitments.monthly_saving([Decimal(one) for one in hourly], count, PRICE, DISCOUNT)
    assert saving >= count * (used - (1 - DISCOUNT)) * PRICE * 730
