# SPDX-License-Identifier: Apache-2.0
"""What a plan costs a month: every resource is priced, free for a reason, or listed as unpriced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost import azure, gcp
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws import tables
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws.usage_keys import USAGE_KEYS
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.machines import sure
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    ZERO,
    Change,
    Component,
    Estimate,
    Free,
    Gap,
    Options,
    Part,
    Resource,
    ResourceCost,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.plan import Plan
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Pricer, Scope
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.usage import Usage, check_addresses

PRICERS: Final[Mapping[str, Pricer]] = {**tables.PRICERS, **gcp.PRICERS, **azure.PRICERS}
FREE: Final[Mapping[str, str]] = {**tables.FREE, **gcp.FREE, **azure.FREE}
# Providers whose resources are nothing but values in Terraform's state.
LOCAL: Final = frozenset(
    {"archive", "cloudinit", "external", "http", "local", "null", "random", "terraform", "time", "tls"}
)
# Tags as people write them, in any case: the first that is there counts.
TAGS: Final = {
    "service": ("service", "application", "app"),
    "team": ("team", "owner"),
    "environment": ("environment", "env"),
}
NO_CURRENCY: Final = "USD"
# How many addresses a warning names.
NAMED: Final = 3


@dataclass(frozen=True)
class Found:
    """What became of one resource."""

    resource: Resource
    components: tuple[Component, ...] = ()
    gaps: tuple[Gap, ...] = ()
    missing: tuple[UsageMissing, ...] = ()
    free: str = ""


@dataclass
class Watched(Mapping[str, Decimal]):
    """Usage that remembers which keys a pricer has looked for."""

    given: Mapping[str, Decimal]
    asked: set[str] = field(default_factory=set)

    def __getitem__(self, key: str) -> Decimal:
        """Return what is given, and remember the key."""
        self.asked.add(key)
        return self.given[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


def estimate(plan: Plan, book: PriceBook, usage: Usage, options: Options) -> Estimate:
    """Return what a plan costs afterwards and before; what a pricer cannot tell ends its parts as a gap.

    Raises:
        CostError: No region can be told, usage is of what the plan has not, prices are in two currencies, a commitment
            or an amount of hours is none, or a file of the book cannot be read.

    """
    check_options(options)
    known = {one.address: one for one in (*plan.before, *plan.after)}
    check_addresses(usage, known)
    after = side(plan.after, book, usage, options)
    prior = side(plan.before, book, usage, options)
    before = {one.resource.address: sum((part.monthly for part in one.components), ZERO) for one in prior}
    used = [part for one in after for part in one.components]
    costs = tuple(cost_of(one) for one in after if one.components)
    return Estimate(
        currency=currency([*used, *(part for one in prior for part in one.components)]),
        as_of=min((part.as_of for part in used), default=""),
        resources=costs,
        unpriced=tuple(replace(gap, address=one.resource.address) for one in after for gap in one.gaps),
        usage_missing=tuple(replace(gap, address=one.resource.address) for one in after for gap in one.missing),
        free=tuple((one.resource.address, one.free) for one in after if one.free),
        before=sum(before.values(), ZERO),
        changes=changes(before, {one.address: one.monthly for one in costs}, known),
        warnings=(*plan.warnings, *blind(prior, after), *stale(used, book, options)),
    )


def blind(prior: Iterable[Found], after: Iterable[Found]) -> Iterator[str]:
    """Yield a sentence on parts without a price before the plan that are gone or priced afterwards."""
    still = {one.resource.address for one in after if one.gaps}
    gone = [one.resource.address for one in prior if one.gaps and one.resource.address not in still]
    if gone:
        more = f" and {len(gone) - NAMED} more" if len(gone) > NAMED else ""
        yield (
            f"Before the plan, parts of {', '.join(gone[:NAMED])}{more} have no price, so a month costs more before"
            " than what is told, and rises less."
        )


def check_options(options: Options) -> None:
    """Refuse options outside of their ranges.

    Raises:
        CostError: Hours are not 0 to 730 or the coverage is not 0 to 1, or it is of no commitment.

    """
    if not ZERO <= options.hours <= HOURS_PER_MONTH:
        raise CostError(f"The hours a month are {options.hours}; they must be 0 to {HOURS_PER_MONTH}.")
    if not ZERO <= options.coverage <= 1:
        raise CostError(f"The commitment coverage is {options.coverage}; it must be a share from 0 to 1.")
    if options.coverage and not options.commitment:
        raise CostError(
            "A commitment coverage is set without a commitment; name one of the book, such as 1yr-standard-no-upfront."
        )


def side(resources: Iterable[Resource], book: PriceBook, usage: Usage, options: Options) -> list[Found]:
    """Return what becomes of the resources of one side of a plan."""
    located = [one if one.region else replace(one, region=options.region) for one in resources]
    peers: defaultdict[str, list[Resource]] = defaultdict(list)
    for one in located:
        peers[one.type].append(one)
    return [priced(one, book, usage, options, peers) for one in located]


def priced(
    resource: Resource, book: PriceBook, usage: Usage, options: Options, peers: Mapping[str, list[Resource]]
) -> Found:
    """Return what becomes of one resource."""
    pricer = PRICERS.get(resource.type)
    given = usage.of(resource.address, resource.type)
    watched = Watched({key: value for key, value in given.items() if isinstance(value, Decimal)})
    if resource.type in FREE or (pricer is None and resource.provider in LOCAL):
        reason = FREE.get(resource.type, "lives in Terraform's state only")
        return Found(resource, gaps=tuple(unasked(resource, watched, usage.where)), free=reason)
    if pricer is None:
        return Found(resource, gaps=(Gap(f"no price rule knows the type {resource.type}"),))
    if not resource.region and resource.provider == "aws":
        raise CostError(
            f"The region of {resource.address} cannot be told from its values or its provider's configuration;"
            " set the option region."
        )
    words = {key: value for key, value in given.items() if isinstance(value, str)}
    scope = Scope(resource, book, watched, options, peers, words)
    parts = list(sure(pricer(resource, scope)))
    parts += unasked(resource, watched, usage.where)
    return sorted_out(resource, parts)


def unasked(resource: Resource, usage: Watched, where: str) -> Iterator[Gap]:
    """Yield a gap for usage that has no price here.

    Raises:
        CostError: A key is none that resources of this type have.

    """
    known = USAGE_KEYS.get(resource.type, frozenset())
    for key in sorted(usage.given.keys() - usage.asked):
        if key not in known:
            told = ", ".join(sorted(known | usage.asked)) or "no keys at all"
            raise CostError(
                f"{where}: {resource.address} has the usage key {key}, which is unknown; {resource.type} has {told}."
            )
        if usage.given[key]:
            yield Gap(f"the usage {key} is told, but no price rule reckons it")


def sorted_out(resource: Resource, parts: Iterable[Part]) -> Found:
    """Return a resource's parts by kind; one that depends on nothing but missing usage is unpriced."""
    by_kind: defaultdict[type, list[Part]] = defaultdict(list)
    for part in parts:
        by_kind[type(part)].append(part)
    components = tuple(part for part in by_kind[Component] if isinstance(part, Component))
    gaps = tuple(part for part in by_kind[Gap] if isinstance(part, Gap))
    missing = tuple(part for part in by_kind[UsageMissing] if isinstance(part, UsageMissing))
    free = "; ".join(part.reason for part in by_kind[Free] if isinstance(part, Free))
    if missing and not (components or gaps or free):
        keys = ", ".join(sorted({one.key for one in missing}))
        return Found(resource, gaps=(Gap(f"it costs by usage alone, and none is told ({keys})", by_use=True),))
    if not (components or gaps or missing or free):
        gaps = (Gap("its price rule found nothing to price"),)
    return Found(resource, components, gaps, missing, "" if components or gaps else free)


def cost_of(found: Found) -> ResourceCost:
    """Return a priced resource's cost with what its tags tell."""
    resource = found.resource
    tags = tags_of(resource)
    labels = {label: next((tags[name] for name in names if tags.get(name)), "") for label, names in TAGS.items()}
    return ResourceCost(
        address=resource.address,
        type=resource.type,
        module=resource.module,
        region=resource.region,
        components=found.components,
        **labels,
    )


def tags_of(resource: Resource) -> dict[str, str]:
    """Return a resource's tags or labels, with names in small letters; those of the provider are in tags_all."""
    found: dict[str, str] = {}
    for name in ("labels", "effective_labels", "tags_all", "tags"):
        given = resource.values.get(name)
        if isinstance(given, Mapping):
            found.update({str(key).lower(): str(value) for key, value in given.items() if value})
    return found


def currency(parts: Iterable[Component]) -> str:
    """Return the one currency of all parts.

    Raises:
        CostError: There are two, which no sum has.

    """
    found = sorted({part.currency for part in parts})
    if len(found) > 1:
        raise CostError(
            f"The plan has prices in {' and '.join(found)}, which cannot be added;"
            " estimate the regions of each currency from a plan of their own."
        )
    return found[0] if found else NO_CURRENCY


def changes(
    before: Mapping[str, Decimal], after: Mapping[str, Decimal], known: Mapping[str, Resource]
) -> tuple[Change, ...]:
    """Return what costs something else afterwards, the dearest rise first."""
    found = [
        Change(address, known[address].type, before.get(address, ZERO), after.get(address, ZERO))
        for address in sorted(before.keys() | after.keys())
    ]
    return tuple(sorted((one for one in found if one.rise), key=lambda one: (-one.rise, one.address)))


def stale(parts: Iterable[Component], book: PriceBook, options: Options) -> Iterator[str]:
    """Yield one sentence for each date of prices that are older than the book allows."""
    counted: defaultdict[str, list[Component]] = defaultdict(list)
    for part in parts:
        counted[part.as_of].append(part)
    for as_of, found in sorted(counted.items()):
        if book.stale(as_of, options.today):
            yield (
                f"Prices as of {as_of} (of {len(found)} in this estimate) count as stale by the price book;"
                " refresh them with update_prices.yml."
            )


def groups(estimated: Estimate, label: Callable[[ResourceCost], str]) -> dict[str, Decimal]:
    """Return the exact monthly amounts by a label of the resources, the dearest first."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in estimated.resources:
        found[label(one)] += one.monthly
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
