# SPDX-License-Identifier: Apache-2.0
"""What every pricer of a kind of resource has in common: its signature and what it sees.

A cloud's module has ``PRICERS: Mapping[str, Pricer]`` and ``FREE: Mapping[str, str]`` (type to reason). A pricer yields
the parts of one resource::

    def disk(resource: Resource, scope: Scope) -> Iterator[Part]:
        size = scope.number("size")
        yield scope.part("Storage", size, "compute-disk", resource.values["type"], "GB-month")
        yield scope.metered("Snapshots", "monthly_snapshot_gb", "compute-disk", "snapshot", "GB-month")

A price that the book has not becomes a Gap by itself; so does a CostError that the pricer raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import NoPrice, Price, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Gap,
    Options,
    Part,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import decimal_of

# Resources of the same side of the plan (after, or before) by type.
Peers = Mapping[str, list[Resource]]


@dataclass(frozen=True)
class Scope:
    """What a pricer sees of one resource: the book, its usage (numbers and words), the options, the other resources."""

    resource: Resource
    book: PriceBook
    usage: Mapping[str, Decimal]
    options: Options
    peers: Peers
    words: Mapping[str, str] = field(default_factory=dict)

    def price(self, service: str, sku: str, unit: str) -> Price:
        """Return a price in the resource's region.

        Raises:
            NoPrice: The book has none.

        """
        return self.book.price(self.resource.provider, service, self.resource.region, sku, unit)

    def part(
        self,
        name: str,
        quantity: Decimal,
        service: str,
        sku: str,
        unit: str,
        *,
        low: Decimal | None = None,
        high: Decimal | None = None,
    ) -> Component | Gap:
        """Return quantity x price as a component, or a gap without a price; low and high are quantities too."""
        try:
            price = self.price(service, sku, unit)
        except NoPrice as error:
            return Gap(f"{name}: {error}")
        return component(name, quantity, price, low=low, high=high)

    def metered(
        self, name: str, key: str, service: str, sku: str, unit: str, *, scale: Decimal = Decimal(1)
    ) -> Component | Gap | UsageMissing:
        """Return what depends on usage: its quantity is ``usage[key] / scale``; without that it is missing usage."""
        if key not in self.usage:
            known = self.book.has(self.resource.provider, service, self.resource.region, sku, unit)
            return UsageMissing(name, key, unit, self.price(service, sku, unit).amount if known else None)
        part = self.part(name, self.usage[key] / scale, service, sku, unit)
        return part if isinstance(part, Gap) else used(part, key)

    def number(self, path: str, default: int | None = None) -> Decimal:
        """Return a number among the resource's values, such as ``size`` or ``root_block_device.0.volume_size``.

        Raises:
            CostError: It is not set and has no default, known only after apply, or no number.

        """
        value = self.value(path)
        if value is None:
            if default is None:
                raise CostError(f"{self.missing(path)}")
            return Decimal(default)
        return decimal_of(value, f"{self.resource.address}: {path}")

    def text(self, path: str, default: str | None = None) -> str:
        """Return a text among the resource's values.

        Raises:
            CostError: It is not set and has no default, or known only after apply.

        """
        value = self.value(path)
        if value in (None, ""):
            if default is None:
                raise CostError(f"{self.missing(path)}")
            return default
        return str(value)

    def value(self, path: str) -> object:
        """Return a value by its path, None when it is not there."""
        return look(self.resource.values, path)

    def missing(self, path: str) -> str:
        """Say why a value that is needed is not there."""
        if look(self.resource.unknown, path) is True:
            return f"{path} is known only after apply, so its size cannot be told."
        return f"{path} is not set in the plan, so its size cannot be told."


Pricer = Callable[[Resource, Scope], Iterable[Part]]


def component(
    name: str, quantity: Decimal, price: Price, *, low: Decimal | None = None, high: Decimal | None = None
) -> Component:
    """Return quantity x price; low and high are quantities, the expected one when left out."""
    return Component(
        name=name,
        quantity=quantity,
        unit=price.unit,
        price=price.amount,
        low=(quantity if low is None else low) * price.amount,
        high=(quantity if high is None else high) * price.amount,
        currency=price.currency,
        as_of=price.as_of,
        source=price.source,
    )


def used(part: Component, key: str) -> Component:
    """Return a component with the usage key that its quantity comes from."""
    return Component(**{**part.__dict__, "usage": key})


def look(values: object, path: str) -> object:
    """Return what a dotted path leads to in dicts and lists, None when it leads nowhere."""
    for step in path.split("."):
        if isinstance(values, Mapping):
            values = values.get(step)
        elif isinstance(values, list) and step.isdigit() and int(step) < len(values):
            values = values[int(step)]
        else:
            return None
    return values
