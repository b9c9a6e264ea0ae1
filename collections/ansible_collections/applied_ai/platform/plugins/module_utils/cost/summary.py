# SPDX-License-Identifier: Apache-2.0
"""An estimate as plain data for machines and as tables for people.

What is shown is rounded half-up: amounts to cents, amounts per hour to millionths. Totals and groups are sums of exact
amounts, rounded once, so that they may differ by some cents from the sum of what is shown; ``exact`` adds up exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import groups
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Change,
    Component,
    Estimate,
    ResourceCost,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import (
    HOURS_PER_MONTH,
    cents,
    hourly,
    shown,
)

Json = dict[str, Any]
LABELS: Final[Mapping[str, Callable[[ResourceCost], str]]] = {
    "module": lambda one: one.module or "(root)",
    "service": lambda one: one.service or "(untagged)",
    "team": lambda one: one.team or "(untagged)",
    "environment": lambda one: one.environment or "(untagged)",
    "type": lambda one: one.type,
    "region": lambda one: one.region or "(none)",
}
DEAREST: Final = 10
EXAMPLES: Final = 3


def as_json(estimate: Estimate) -> Json:
    """Return an estimate as data of texts, lists and dicts."""
    return {
        "currency": estimate.currency,
        "as_of": estimate.as_of,
        **amounts(estimate.low, estimate.monthly, estimate.high),
        "before": cents(estimate.before),
        "rise": cents(estimate.monthly - estimate.before),
        "resources": [resource_json(one) for one in estimate.resources],
        "unpriced": [{"address": one.address, "reason": one.reason} for one in estimate.unpriced],
        "usage_missing": [
            {
                "address": one.address,
                "component": one.component,
                "usage_key": one.key,
                "unit": one.unit,
                "price": "" if one.price is None else shown(one.price),
            }
            for one in estimate.usage_missing
        ],
        "free": [{"address": address, "reason": reason} for address, reason in estimate.free],
        **{
            f"by_{name}": {key: cents(amount) for key, amount in groups(estimate, label).items()}
            for name, label in LABELS.items()
        },
        "changes": [change_json(one) for one in estimate.changes],
        "warnings": list(estimate.warnings),
    }


def amounts(low: Decimal, monthly: Decimal, high: Decimal) -> Json:
    """Return the amounts of something as texts."""
    return {
        "monthly": cents(monthly),
        "hourly": hourly(monthly / HOURS_PER_MONTH),
        "low": cents(low),
        "high": cents(high),
        "exact": shown(monthly),
    }


def resource_json(one: ResourceCost) -> Json:
    """Return one resource's cost."""
    return {
        "address": one.address,
        "type": one.type,
        "module": one.module,
        "region": one.region,
        "service": one.service,
        "team": one.team,
        "environment": one.environment,
        **amounts(one.low, one.monthly, one.high),
        "components": [component_json(part) for part in one.components],
    }


def component_json(part: Component) -> Json:
    """Return one component's cost."""
    return {
        "name": part.name,
        "quantity": shown(part.quantity),
        "unit": part.unit,
        "price": shown(part.price),
        **amounts(part.low, part.monthly, part.high),
        "usage_key": part.usage,
        "as_of": part.as_of,
        "source": part.source,
    }


def change_json(one: Change) -> Json:
    """Return what a resource costs before and after."""
    return {
        "address": one.address,
        "type": one.type,
        "before": cents(one.before),
        "after": cents(one.after),
        "rise": cents(one.rise),
    }


def as_text(estimate: Estimate) -> str:
    """Return an estimate as tables for people."""
    return "\n".join(_lines(estimate)) + "\n"


def _lines(estimate: Estimate) -> Iterator[str]:
    yield from table(
        ("resource and component", "quantity", "unit", "price", f"{estimate.currency} a month"), _rows(estimate)
    )
    yield ""
    low, expected, high = (cents(one) for one in (estimate.low, estimate.monthly, estimate.high))
    yield f"A month: {expected} {estimate.currency} (from {low} to {high})"
    yield f"An hour: {hourly(estimate.monthly / HOURS_PER_MONTH)} {estimate.currency}"
    if estimate.before or estimate.changes:
        yield f"Before: {cents(estimate.before)}; the plan changes it by {signed(estimate.monthly - estimate.before)}."
        yield from (f"  {signed(one.rise)}  {one.address}" for one in estimate.changes[:DEAREST])
    if estimate.as_of:
        yield f"The oldest price used is as of {estimate.as_of}."
    yield from _gaps("Not in the total, no price", ((one.address, one.reason) for one in estimate.unpriced))
    missing = ((one.address, f"{one.component} (usage key {one.key})") for one in estimate.usage_missing)
    yield from _gaps("Not in the total, usage is not told", missing)
    yield f"Costs nothing: {len(estimate.free)} resources."
    yield from estimate.warnings


def _rows(estimate: Estimate) -> Iterator[tuple[str, ...]]:
    for one in sorted(estimate.resources, key=lambda cost: (-cost.monthly, cost.address)):
        yield (one.address, "", "", "", cents(one.monthly))
        for part in one.components:
            yield (f"  {part.name}", shown(part.quantity), part.unit, shown(part.price), cents(part.monthly))


def _gaps(title: str, found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield one line for each reason, with how many resources it holds for and some of them."""
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for address, reason in found:
        grouped[reason].append(address)
    if grouped:
        yield f"{title}:"
    for reason, addresses in sorted(grouped.items()):
        more = f" and {len(addresses) - EXAMPLES} more" if len(addresses) > EXAMPLES else ""
        yield f"  {', '.join(addresses[:EXAMPLES])}{more}: {reason}"


def signed(amount: Decimal) -> str:
    """Return an amount with its sign."""
    return f"{'+' if amount > 0 else ''}{cents(amount)}"


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a table with the first column to the left and the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for number, line in enumerate(lines):
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "-" * (sum(widths) + 2 * (len(widths) - 1))
