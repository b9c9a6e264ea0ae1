# SPDX-License-Identifier: Apache-2.0
"""How long an approval counts, and what an entry must have whatever it approves."""

from __future__ import annotations

from datetime import date

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.approvals import Approval, read
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError


def test_an_approval_counts_on_its_last_day_and_not_after() -> None:
    approval = Approval("a", "Ada", "r", date(2026, 12, 31))
    assert approval.holds(date(2026, 12, 31))
    assert not approval.holds(date(2027, 1, 1))
    assert Approval("a", "Ada", "r").holds(date(2099, 1, 1))


def test_what_is_approved_stands_under_the_key_of_its_kind() -> None:
    entry = {"thing": "a", "approved_by": "Ada", "reason": "r"}
    assert read([entry], "f", "thing", "the thing") == (Approval("a", "Ada", "r"),)
    with pytest.raises(CostError, match="entry 1 has the key thing; an approval knows approved_by, other, reason"):
        read([entry], "f", "other", "the other")
    with pytest.raises(CostError, match="has no thing: an approval names the thing, who approves it, and why"):
        read([{**entry, "thing": ""}], "f", "thing", "the thing")
