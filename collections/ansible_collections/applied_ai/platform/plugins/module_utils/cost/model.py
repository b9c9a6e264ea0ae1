# SPDX-License-Identifier: Apache-2.0
"""The values of an estimate. Amounts are Decimal per month of 730 hours and exact; who shows them rounds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH

Values = Mapping[str, Any]
ZERO = Decimal(0)


@dataclass(frozen=True)
class Resource:
    """One managed resource as Terraform plans it or as its state has it.

    ``module`` is the address of the module's instance, empty for the root. ``region`` is empty when nothing tells it.
    ``refs`` names, by top-level attribute, what its configuration refers to, for values that are unknown until apply.
    ``unknown`` has true where Terraform knows a value only after apply.
    """

    address: str
    type: str
    name: str
    module: str
    region: str
    values: Values
    index: str | int | None = None
    provider: str = "aws"
    refs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Component:
    """A part of a resource with its own price: quantity a month x price; low and high are monthly amounts."""

    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    low: Decimal
    high: Decimal
    currency: str
    as_of: str
    source: str
    usage: str = ""

    @property
    def monthly(self) -> Decimal:
        """The expected amount of a month."""
        return self.quantity * self.price


@dataclass(frozen=True)
class Gap:
    """Something that could not be priced; the address is empty where the resource is the one at hand.

    ``by_use``: there are prices, but it costs by usage alone, and nobody told any.
    """

    reason: str
    address: str = ""
    by_use: bool = False


@dataclass(frozen=True)
class UsageMissing:
    """A part that depends on usage nobody told: the key of the usage file, and the price per unit if there is one."""

    component: str
    key: str
    unit: str
    price: Decimal | None
    address: str = ""


@dataclass(frozen=True)
class Free:
    """A resource that costs nothing as it is configured, and why."""

    reason: str


# What a pricer yields for a resource.
Part = Component | Gap | UsageMissing | Free


@dataclass(frozen=True)
class Options:
    """How to reckon.

    ``region``: where resources are whose plan does not tell. ``hours``: how many of the 730 hours of a month compute
    runs. ``coverage``: the share (0 to 1) of on-demand instance hours under a commitment, whose discount the book has
    under the name ``commitment``, such as ``1yr-standard-no-upfront``. ``today``: for the age of prices and versions.
    """

    today: date
    region: str = ""
    hours: Decimal = HOURS_PER_MONTH
    coverage: Decimal = ZERO
    commitment: str = ""


@dataclass(frozen=True)
class ResourceCost:
    """One resource's cost; service, team and environment come from its tags and are empty without them."""

    address: str
    type: str
    module: str
    region: str
    service: str
    team: str
    environment: str
    components: tuple[Component, ...]

    @property
    def monthly(self) -> Decimal:
        """The expected amount of a month."""
        return sum((one.monthly for one in self.components), ZERO)

    @property
    def low(self) -> Decimal:
        """The least amount of a month."""
        return sum((one.low for one in self.components), ZERO)

    @property
    def high(self) -> Decimal:
        """The greatest amount of a month."""
        return sum((one.high for one in self.components), ZERO)


@dataclass(frozen=True)
class Change:
    """What a resource costs before and after the plan."""

    address: str
    type: str
    before: Decimal
    after: Decimal

    @property
    def rise(self) -> Decimal:
        """How much more a month it costs afterwards."""
        return self.after - self.before


@dataclass(frozen=True)
class Estimate:
    """What a plan costs afterwards, and before.

    ``free`` is (address, reason). ``changes`` begin with the dearest rise. ``as_of`` is the oldest date among the
    prices used, empty when none was used.
    """

    currency: str
    as_of: str
    resources: tuple[ResourceCost, ...]
    unpriced: tuple[Gap, ...]
    usage_missing: tuple[UsageMissing, ...]
    free: tuple[tuple[str, str], ...]
    before: Decimal
    changes: tuple[Change, ...]
    warnings: tuple[str, ...]

    @property
    def monthly(self) -> Decimal:
        """The expected amount of a month: the sum of the exact amounts."""
        return sum((one.monthly for one in self.resources), ZERO)

    @property
    def low(self) -> Decimal:
        """The least amount of a month."""
        return sum((one.low for one in self.resources), ZERO)

    @property
    def high(self) -> Decimal:
        """The greatest amount of a month."""
        return sum((one.high for one in self.resources), ZERO)
