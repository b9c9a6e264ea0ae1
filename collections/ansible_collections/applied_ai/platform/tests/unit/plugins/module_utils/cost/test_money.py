# SPDX-License-Identifier: Apache-2.0
"""Decimal amounts: what is read, how it is rounded and shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import money
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("16.425", "16.43"),
        ("16.424999", "16.42"),
        ("-0.005", "-0.01"),
        ("-0.004", "0.00"),
        ("0", "0.00"),
        ("1E+3", "1000.00"),
        ("28815.48", "28815.48"),
    ],
)
def test_cents_are_rounded_half_up_and_plain(amount, shown):
    assert money.cents(Decimal(amount)) == shown


@pytest.mark.parametrize(("number", "shown"), [("730", "730"), ("0.0416", "0.0416"), ("1E+2", "100"), ("2.50", "2.5")])
def test_numbers_are_shown_with_all_digits_and_no_more(number, shown):
    assert money.shown(Decimal(number)) == shown


def test_an_amount_an_hour_has_six_places():
    assert money.hourly(Decimal("248.6445") / money.HOURS_PER_MONTH) == "0.340609"


@pytest.mark.parametrize("value", [0.1, float("nan"), "NaN", "Infinity", "12,50", "", True, None, [1]])
def test_what_is_no_exact_finite_number_is_refused_with_its_place(value):
    with pytest.raises(CostError, match=r"usage\.yml: storage_gb"):
        money.decimal_of(value, "usage.yml: storage_gb")


@pytest.mark.parametrize("value", [3, "3", " 3 ", Decimal(3)])
def test_exact_numbers_are_read(value):
    assert money.decimal_of(value, "size") == Decimal(3)


def test_an_unknown_currency_is_refused():
    assert money.currency_of("CNY", "ec2.csv") == "CNY"
    with pytest.raises(CostError, match=r"ec2\.csv has the currency .XYZ"):
        money.currency_of("XYZ", "ec2.csv")
