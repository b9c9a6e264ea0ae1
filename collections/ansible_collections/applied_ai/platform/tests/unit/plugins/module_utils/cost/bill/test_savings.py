# SPDX-License-Identifier: Apache-2.0
"""Coverage, utilisation and what was saved, reckoned by hand."""

from __future__ import annotations

from decimal import Decimal

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.savings import (
    Commitment,
    Sum,
    commitments,
    committed,
    coverage,
    share,
    spot,
)


def line(pricing: str, status: str = "", effective: int = 0, listed: int = 0, **more: object) -> Sum:
    given = {"commitment": "", "instance": True, "listed_cost": effective, **more}
    return Sum(
        pricing,
        status,
        str(given["commitment"]),
        bool(given["instance"]),
        Decimal(effective),
        Decimal(str(given["listed_cost"])),
        Decimal(listed),
    )


SUMS = [
    line("Standard", effective=100, listed=100),
    line("Standard", effective=900, listed=900, instance=False),
    line("Dynamic", effective=30, listed=90),
    line("Dynamic", effective=7, listed_cost=0),
    line("Committed", "Used", 60, 100, commitment="a"),
    line("Committed", "Unused", 20, commitment="a"),
    line("Committed", "Unused", 5, commitment="b"),
]


def test_a_commitments_utilisation_is_its_used_money() -> None:
    found = commitments(SUMS)
    assert found == [Commitment("a", Decimal(60), Decimal(20)), Commitment("b", Decimal(0), Decimal(5))]
    assert [one.utilisation for one in found] == [Decimal("0.75"), Decimal(0)]


def test_coverage_leaves_out_spot_and_what_is_no_instance() -> None:
    assert coverage(SUMS) == Decimal("0.5")
    assert coverage([]) is None


def test_spot_counts_where_the_list_price_is_known() -> None:
    found = spot(SUMS)
    assert (found.paid, found.on_demand, found.saved) == (30, 90, 60)


def test_what_is_not_used_is_paid_as_well() -> None:
    found = committed(SUMS)
    assert (found.paid, found.on_demand, found.saved) == (85, 100, 15)


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(Decimal(1), Decimal(0)) is None
