# SPDX-License-Identifier: Apache-2.0
"""An estimate as plain data for JSON, and as a table for people.

Amounts are decimal texts. A total is the sum of exact amounts, rounded half-up once; so the rounded amounts of many
parts may differ from their rounded sum by half a cent each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import groups
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Estimate,
    Gap,
    ResourceCost,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import (
    HOURS_PER_MONTH,
    cents,
    hourly,
    shown,
)

Json = dict[str, Any]

HUNDRED: Final = Decimal(100)
LABELS: Final[Mapping[str, Callable[[ResourceCost], str]]] = {
    "by_module": lambda one: one.module,
    "by_service": lambda one: one.service,
    "by_team": lambda one: one.team,
    "by_environment": lambda one: one.environment,
    "by_type": lambda one: one.type,
}
HEADS: Final = ("component", "quantity", "unit", "price", "monthly")
RIGHT: Final = frozenset({"quantity", "price", "monthly"})


def data(found: Estimate) -> Json:
    """Return an estimate as dicts, lists and texts; the shapes are in the module cost_estimate_info."""
    return {
        "currency": found.currency,
        "as_of": found.as_of,
        **amounts(found.monthly, found.low, found.high),
        "before": cents(found.before),
        "rise": cents(found.monthly - found.before),
        "rise_percent": cents((found.monthly - found.before) * HUNDRED / found.before) if found.before else "",
        "resources": [resource(one) for one in found.resources],
        "unpriced": [{"address": gap.address, "reason": gap.reason} for gap in found.unpriced],
        "usage_missing": [missing(one) for one in found.usage_missing],
        "free": [{"address": address, "reason": reason} for address, reason in found.free],
        "changes": [
            {
                "address": one.address,
                "type": one.type,
                "before": cents(one.before),
                "after": cents(one.after),
                "rise": cents(one.rise),
            }
            for one in found.changes
        ],
        **{name: {key: cents(one) for key, one in groups(found, label).items()} for name, label in LABELS.items()},
        "warnings": list(found.warnings),
    }


def amounts(monthly: Decimal, low: Decimal, high: Decimal) -> Json:
    """Return the amounts of a month, and of an hour of it."""
    return {
        "monthly": cents(monthly),
        "hourly": hourly(monthly / HOURS_PER_MONTH),
        "low": cents(low),
        "high": cents(high),
    }


def resource(one: ResourceCost) -> Json:
    """Return a resource's cost."""
    return {
        "address": one.address,
        "type": one.type,
        "module": one.module,
        "region": one.region,
        "service": one.service,
        "team": one.team,
        "environment": one.environment,
        **amounts(one.monthly, one.low, one.high),
        "components": [component(part) for part in one.components],
    }


def component(part: Component) -> Json:
    """Return a part of a resource."""
    return {
        "name": part.name,
        "quantity": shown(part.quantity),
        "unit": part.unit,
        "price": shown(part.price),
        **amounts(part.monthly, part.low, part.high),
        "as_of": part.as_of,
        "source": part.source,
        "usage": part.usage,
    }


def missing(one: UsageMissing) -> Json:
    """Return a part that usage would tell."""
    return {
        "address": one.address,
        "component": one.component,
        "key": one.key,
        "unit": one.unit,
        "price": "" if one.price is None else shown(one.price),
    }


def text(found: Estimate) -> str:
    """Return an estimate as people read it, with everything that is not in the total."""
    return "\n".join(sections(found)) + "\n"


def sections(found: Estimate) -> Iterator[str]:
    """Yield the lines of the text."""
    yield from table(found)
    yield ""
    yield (
        f"A month: {cents(found.monthly)} {found.currency} (from {cents(found.low)} to {cents(found.high)});"
        f" before: {cents(found.before)}; an hour: {hourly(found.monthly / HOURS_PER_MONTH)}."
    )
    yield f"Oldest price: {found.as_of or 'none used'}. Free: {len(found.free)} resources."
    yield from listed("Not in the total, without a price", [told(gap) for gap in found.unpriced])
    yield from listed("Not in the total, paid by use that is not told", [wanted(one) for one in found.usage_missing])
    yield from listed("Warnings", found.warnings)


def told(gap: Gap) -> str:
    """Return a gap as a line."""
    return f"{gap.address}: {gap.reason}"


def wanted(one: UsageMissing) -> str:
    """Return a part that usage would tell as a line."""
    price = f"{shown(one.price)} per {one.unit}" if one.price is not None else "no price"
    return f"{one.address}: {one.component} ({one.key}, {price})"


def listed(title: str, lines: list[str] | tuple[str, ...]) -> Iterator[str]:
    """Yield a title and its lines, nothing without lines."""
    if lines:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in lines)


def table(found: Estimate) -> Iterator[str]:
    """Yield each resource, the dearest first, and below it its components in columns."""
    resources = sorted(found.resources, key=lambda one: (-one.monthly, one.address))
    rows = {one.address: [cells(part) for part in one.components] for one in resources}
    everything = [HEADS, *(row for part in rows.values() for row in part)]
    widths = [max(len(row[place]) for row in everything) for place in range(len(HEADS))]
    yield line(HEADS, widths)
    for one in resources:
        yield f"{one.address}: {cents(one.monthly)}"
        yield from (line(row, widths) for row in rows[one.address])


def cells(part: Component) -> tuple[str, ...]:
    """Return a component's columns, in the order of HEADS."""
    return part.name, shown(part.quantity), part.unit, shown(part.price), cents(part.monthly)


def line(row: tuple[str, ...], widths: list[int]) -> str:
    """Return a row in columns, numbers to the right."""
    padded = (
        cell.rjust(width) if head in RIGHT else cell.ljust(width)
        for head, cell, width in zip(HEADS, row, widths, strict=True)
    )
    return f"  {'  '.join(padded)}".rstrip()
