# SPDX-License-Identifier: Apache-2.0
"""What commitments and spot instances brought: coverage, utilisation and the money saved against list prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)
# The KPI: below this, a commitment is paid for and not used.
TARGET: Final = Decimal("0.8")


@dataclass(frozen=True)
class Sum:
    """A sum of the cube: how it was priced, what it cost, and what the same would have cost at list prices.

    ``listed_cost`` is the effective cost of those lines alone whose list price is known.
    """

    pricing: str
    status: str
    commitment: str
    instance: bool
    effective: Decimal
    listed_cost: Decimal
    list_cost: Decimal


@dataclass(frozen=True)
class Commitment:
    """One Reserved Instance or Savings Plan: money used and unused in the month."""

    id: str
    used: Decimal
    unused: Decimal

    @property
    def utilisation(self) -> Decimal | None:
        """Return the share that was used, None when it cost nothing."""
        return share(self.used, self.used + self.unused)


@dataclass(frozen=True)
class Saved:
    """What was paid, what list prices would have been, and the difference."""

    paid: Decimal
    on_demand: Decimal

    @property
    def saved(self) -> Decimal:
        """Return the difference; negative when it was dearer."""
        return self.on_demand - self.paid


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return a share, None where there is no whole."""
    return part / whole if whole else None


def commitments(sums: Iterable[Sum]) -> list[Commitment]:
    """Return each commitment, the least used money last."""
    used: dict[str, Decimal] = {}
    unused: dict[str, Decimal] = {}
    for one in sums:
        if one.status in ("Used", "Unused"):
            side = used if one.status == "Used" else unused
            side[one.commitment] = side.get(one.commitment, ZERO) + one.effective
    found = [Commitment(name, used.get(name, ZERO), unused.get(name, ZERO)) for name in used | unused]
    return sorted(found, key=lambda one: (-one.unused, one.id))


def coverage(sums: Iterable[Sum]) -> Decimal | None:
    """Return the share of instances' list cost that commitments cover; spot is none that one could cover."""
    covered = standard = ZERO
    for one in sums:
        if one.status == "Used":
            covered += one.list_cost
        elif one.instance and one.pricing == "Standard":
            standard += one.list_cost
    return share(covered, covered + standard)


def spot(sums: Iterable[Sum]) -> Saved:
    """Return what spot instances cost against on demand, over the lines whose list price is known."""
    lines = [one for one in sums if one.pricing == "Dynamic"]
    return Saved(sum((one.listed_cost for one in lines), ZERO), sum((one.list_cost for one in lines), ZERO))


def committed(sums: Iterable[Sum]) -> Saved:
    """Return what covered usage cost against on demand. What was committed and not used counts as paid."""
    lines = list(sums)
    paid = sum((one.listed_cost for one in lines if one.status == "Used"), ZERO)
    unused = sum((one.effective for one in lines if one.status == "Unused"), ZERO)
    return Saved(paid + unused, sum((one.list_cost for one in lines if one.status == "Used"), ZERO))
