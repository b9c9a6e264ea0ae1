# SPDX-License-Identifier: Apache-2.0
"""What a price book has, how old it is, and which prices that are needed it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook, first_day, read_table
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

PROVIDERS: Final = ("aws", "azure", "gcp")
NOT_PRICES: Final = frozenset({"shapes"})


@dataclass(frozen=True, order=True)
class Cover:
    """The prices of one service in one region: how many, and from when; the age is that of the oldest, in days."""

    provider: str
    service: str
    region: str
    rows: int
    oldest: str
    newest: str
    age_days: int
    stale: bool


@dataclass(frozen=True, order=True)
class Need:
    """A price that something needs."""

    provider: str
    service: str
    region: str
    sku: str
    unit: str


def services(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Return the (provider, service) pairs that the folders of a book have files of."""
    return sorted(
        {
            (provider, path.stem)
            for folder in folders
            for provider in PROVIDERS
            for path in (folder / provider).glob("*.csv")
            if path.stem not in NOT_PRICES
        }
    )


def coverage(book: PriceBook, today: date, providers: Iterable[str] = PROVIDERS) -> Iterator[Cover]:
    """Yield what a book has, sorted; rows of override folders stand in for those that they replace.

    Raises:
        CostError: A file cannot be read, or an as-of date is none.

    """
    chosen = set(providers)
    for provider, service in services(book.folders):
        if provider in chosen:
            yield from service_coverage(book, provider, service, today)


def service_coverage(book: PriceBook, provider: str, service: str, today: date) -> Iterator[Cover]:
    """Yield what a book has of one service, by region."""
    dates: dict[tuple[str, str, str], str] = {}
    for folder in book.folders:
        table = read_table(folder / provider / f"{service}.csv")
        dates.update({key: row[5] for key, (row, _) in table.items()})
    by_region: dict[str, list[str]] = {}
    for (region, _, _), as_of in dates.items():
        by_region.setdefault(region, []).append(as_of)
    for region, found in sorted(by_region.items()):
        days = {as_of: first_day(as_of) for as_of in set(found)}
        oldest, newest = min(days, key=lambda one: (days[one], one)), max(days, key=lambda one: (days[one], one))
        age = (today - days[oldest]).days
        yield Cover(provider, service, region, len(found), oldest, newest, age, book.stale(oldest, today))


def missing(book: PriceBook, needs: Iterable[Need]) -> list[Need]:
    """Return what is needed and not in the book, sorted; a global price counts for every region."""
    return sorted({one for one in needs if not book.has(one.provider, one.service, one.region, one.sku, one.unit)})


def machine_needs(region: str, node_groups: object) -> Iterator[Need]:
    """Yield the prices on demand of the machine types of node groups: a mapping of name to what has instance_types."""
    groups = node_groups.values() if isinstance(node_groups, Mapping) else ()
    for group in groups:
        for kind in group.get("instance_types") or ():
            yield Need("aws", "ec2", region, str(kind), "hour")


def need_of(entry: object, where: str) -> Need:
    """Return a need from a mapping with provider, service, region, sku and perhaps unit (hour when left out).

    Raises:
        CostError: A key is missing, unknown, or no text.

    """
    keys = ("provider", "service", "region", "sku", "unit")
    entry = {"unit": "hour", **entry} if isinstance(entry, dict) else {}
    if set(entry) != set(keys) or not all(isinstance(entry[key], str) and entry[key] for key in keys):
        raise CostError(f"{where} must be a mapping with {', '.join(keys)}, all texts; unit may be left out for hour.")
    if entry["provider"] not in PROVIDERS:
        raise CostError(f"{where} has the provider {entry['provider']!r}; use one of {', '.join(PROVIDERS)}.")
    return Need(*(entry[key] for key in keys))
