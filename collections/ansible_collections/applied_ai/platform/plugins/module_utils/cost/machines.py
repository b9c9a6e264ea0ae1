# SPDX-License-Identifier: Apache-2.0
"""What the pricers of GCP and Azure share: how many machines run, what they cost, and which resource another names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import NoPrice
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import BookError, CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Gap,
    Part,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.plan import config_address
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope, used

# Usage keys of the hours that machines run.
HOURS: Final = ("monthly_hrs", "default_node_pool.monthly_hrs")


class Meter(NamedTuple):
    """What the book prices: its service and sku, per unit."""

    service: str
    sku: str
    unit: str = "hour"


@dataclass(frozen=True)
class Count:
    """How many of something there are: at least, as expected, and at most."""

    low: Decimal
    expected: Decimal
    high: Decimal

    def times(self, factor: Decimal | int) -> Count:
        """Return the counts multiplied."""
        return Count(self.low * factor, self.expected * factor, self.high * factor)


def fixed(number: Decimal | int) -> Count:
    """Return a count that does not vary."""
    return Count(Decimal(number), Decimal(number), Decimal(number))


def between(least: Decimal, wanted: Decimal | None, most: Decimal) -> Count:
    """Return the count of an autoscaled group: what is wanted, else the least, kept within its limits."""
    return Count(least, min(max(least if wanted is None else wanted, least), most), most)


def at(scope: Scope, region: str) -> Scope:
    """Return the scope with the region that the resource itself tells; an empty one changes nothing."""
    return replace(scope, resource=replace(scope.resource, region=region)) if region else scope


def counted(scope: Scope, name: str, count: Count, meter: Meter) -> Component | Gap:
    """Return a part whose quantity has a range."""
    return scope.part(name, count.expected, *meter, low=count.low, high=count.high)


def hours(scope: Scope) -> Decimal:
    """Return how many hours a month machines run."""
    own = next((scope.usage[key] for key in HOURS if key in scope.usage), None)
    return scope.options.hours if own is None else own


def kept(scope: Scope, count: Count) -> Count:
    """Return how many machines of a group have disks over a whole month: a group scaled to nothing has none."""
    return count.times(hours(scope) / HOURS_PER_MONTH)


def told(scope: Scope, count: Count, key: str) -> Count:
    """Return how many there are as usage tells; without, as the resource itself does."""
    if key not in scope.usage:
        return count
    number = scope.usage[key]
    return Count(min(count.low, number), number, max(count.high, number))


def costless(scope: Scope, *keys: str) -> None:
    """Take usage as known that costs nothing as the resource is configured."""
    for key in keys:
        scope.usage.get(key)


def machine_hours(scope: Scope, name: str, count: Count, meter: Meter, spot_service: str = "") -> Component | Gap:
    """Return the hours of machines; with a spot service at its price, and at most at the on-demand price.

    Args:
        scope: What is known of the resource; usage or options say how many hours a month machines run.
        name: The component's name.
        count: How many machines there are.
        meter: On-demand hours of the machine type.
        spot_service: The book's service with spot prices of the same types; empty for machines on demand.

    """
    run = count.times(hours(scope))
    part = counted(scope, name, run, meter._replace(service=spot_service) if spot_service else meter)
    if not spot_service or isinstance(part, Gap):
        return part
    try:
        dearest = max(part.price, scope.price(*meter).amount)
    except NoPrice:
        return part
    return replace(part, high=run.high * dearest)


def per_hour(scope: Scope, name: str, count: Decimal | int, meter: Meter) -> Component | Gap:
    """Return something that is billed for all hours of a month, whatever its state."""
    return scope.part(name, Decimal(count) * HOURS_PER_MONTH, *meter)


def metered_tiers(scope: Scope, name: str, key: str, tiers: tuple[tuple[Decimal | None, Meter], ...]) -> Iterator[Part]:
    """Yield usage that gets cheaper by the amount: each tier is how much it takes (None: the rest) and its meter."""
    if key not in scope.usage:
        yield scope.metered(name, key, *tiers[0][1])
        return
    rest = scope.usage[key]
    for size, meter in tiers:
        amount = rest if size is None else min(rest, size)
        if amount > 0:
            part = scope.part(f"{name} ({meter.sku})", amount, *meter)
            yield part if isinstance(part, Gap) else used(part, key)
        rest -= amount


def usage_hours(scope: Scope, name: str, key: str, meter: Meter) -> Component | Gap | UsageMissing:
    """Return things that run all month and whose number only the usage file tells."""
    if key not in scope.usage:
        return scope.metered(name, key, *meter)
    part = per_hour(scope, name, scope.usage[key], meter)
    return part if isinstance(part, Gap) else used(part, key)


def blocks(scope: Scope, path: str) -> list[Mapping[str, object]]:
    """Return the blocks of one name within the resource, none when it has none."""
    found = scope.value(path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def length(value: object) -> int:
    """Return how many entries a list has, 0 for what is no list."""
    return len(value) if isinstance(value, list) else 0


def sure(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield parts; one that cannot be told ends these parts as a gap, and the resource's other parts go on."""
    try:
        yield from parts
    except BookError:
        raise
    except CostError as error:
        yield Gap(str(error))


def referred(scope: Scope, attribute: str, *types: str) -> Iterator[Resource]:
    """Yield the resources of these types that an attribute of this resource names."""
    yield from named_by(scope.resource, attribute, (peer for type_ in types for peer in scope.peers.get(type_, [])))


def referring(scope: Scope, attribute: str, *types: str) -> Iterator[Resource]:
    """Yield the resources of these types whose attribute names this resource."""
    for type_ in types:
        for peer in scope.peers.get(type_, []):
            if any(named_by(peer, attribute, [scope.resource])):
                yield peer


def named_by(resource: Resource, attribute: str, candidates: Iterable[Resource]) -> Iterator[Resource]:
    """Yield the candidates that an attribute names, by reference or by the value of their name, id or link.

    A reference is whole, or relative to the resource's module, with or without an attribute behind it. Among instances
    of a module and of for_each, only those with the same key count where there are such.
    """
    module = config_address(resource.module)
    refs = [config_address(ref) for ref in resource.refs.get(attribute, ())]
    told = {*refs, *(f"{module}.{ref}" for ref in refs if module)}
    value = resource.values.get(attribute)
    if not (told or value):
        return
    found = [one for one in candidates if value_names(value, one) or reference_names(told, config_address(one.address))]
    found = [one for one in found if one.module == resource.module] or found
    same = [one for one in found if one.index is not None and one.index == resource.index]
    yield from same or found


def reference_names(told: Iterable[str], address: str) -> bool:
    """Say whether a reference leads to an address or to an attribute of it."""
    return any(ref == address or ref.startswith(f"{address}.") for ref in told)


def value_names(value: object, candidate: Resource) -> bool:
    """Say whether a known value is the candidate's name, id or link, or has its id, link or address within."""
    if not value:
        return False
    known = (candidate.values.get(key) for key in ("id", "self_link", "address"))
    links = {link(one) for one in known if one and isinstance(one, str)}
    if isinstance(value, str):
        return value == candidate.values.get("name") or link(value) in links
    return bool(links) and any(link(one) in links for one in texts_in(value))


def texts_in(value: object) -> Iterator[str]:
    """Yield the texts within lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, Mapping)):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from texts_in(one)


@lru_cache(maxsize=10_000)
def link(text: str) -> str:
    """Return a link without its host, its API's version and what it is queried for, so that both forms are equal."""
    return re.sub(r"^https?://.*?(?=projects/)", "", text).partition("?")[0]
