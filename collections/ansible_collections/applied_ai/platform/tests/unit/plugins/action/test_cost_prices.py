# SPDX-License-Identifier: Apache-2.0
"""How a refresh is told; tests/cost/test_prices_refresh.py runs it against servers and by the playbook."""

from __future__ import annotations

from decimal import Decimal

from ansible_collections.applied_ai.platform.plugins.action import cost_prices as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.changes import Change, Comparison, Key
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.update import Update

KEY = Key("aws", "ec2", "us-east-1", "m5.large", "hour")


def test_a_key_goes_into_a_header_and_no_key_into_none() -> None:
    assert action.key_header("secret") == {"X-Goog-Api-Key": "secret"}
    assert action.key_header("") == {}


def test_moves_are_told_with_texts_for_amounts() -> None:
    moved = Change(KEY, Decimal("0.1"), Decimal("0.096"), "USD", "USD")
    told = action.entry(moved)
    assert (told["sku"], told["old"], told["new"], told["percent"]) == ("m5.large", "0.1", "0.096", "-4.0")
    new = action.entry(Change(KEY, None, Decimal(1), "USD"))
    assert (new["old"], new["percent"]) == ("", "")


def test_the_reason_for_a_stop_names_the_first_three() -> None:
    moved = tuple(
        Change(KEY, Decimal(1), Decimal(2 + number), "USD", "CNY" if number else "USD") for number in range(5)
    )
    said = action.unconfirmed(Update(Comparison((), moved, (), ()), {}, moved), Decimal(25))
    assert said.startswith(
        "5 prices move by more than 25 percent, such as aws/ec2 us-east-1 m5.large per hour from 1 USD"
    )
    assert said.count("m5.large") == 3
    assert "from 1 CNY to 3 USD" in said
