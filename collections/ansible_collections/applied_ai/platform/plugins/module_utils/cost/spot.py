# SPDX-License-Identifier: Apache-2.0
"""Spot prices of EC2: as the account sees them now, kept for a while, or else the book's typical ones, and said so."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from statistics import median
from typing import Any, Final, Protocol

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook, first_day
from botocore.exceptions import BotoCoreError, ClientError

LINUX: Final = "Linux/UNIX"
WINDOW: Final = timedelta(hours=24)
TIME_TO_LIVE: Final = timedelta(hours=1)
# A page has 1,000 prices; a region with all types in all zones stays far below this.
MOST_PAGES: Final = 200
TYPICAL: Final = ("ec2-spot-recent", "ec2-spot")
LIVE: Final = "live"


class Paginator(Protocol):
    """What botocore's paginators have."""

    def paginate(self, **kwargs: Any) -> Iterable[Mapping[str, Any]]:  # noqa: ANN401  # as botocore has it
        """Yield pages."""


class Client(Protocol):
    """What is used of boto3's EC2 client."""

    def get_paginator(self, operation_name: str, /) -> Paginator:  # pragma: no cover
        """Return a paginator."""


@dataclass(frozen=True)
class SpotPrice:
    """A spot price per hour: ``live`` or typical, from when, and the book's note with the interruption rate."""

    instance_type: str
    price: Decimal
    origin: str
    as_of: str
    note: str = ""


@dataclass(frozen=True)
class Spot:
    """Spot prices of a region, types without any, and sentences about where they come from."""

    prices: Mapping[str, SpotPrice]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


def spot_prices(
    client: Client | None,
    book: PriceBook,
    region: str,
    instance_types: Iterable[str],
    now: datetime,
    *,
    cache: Path | None = None,
) -> Spot:
    """Return the spot prices of some types: the median over the zones, each with its mean of the last 24 hours.

    Args:
        client: An EC2 client of the region; None asks no cloud.
        book: Where typical prices come from for what the cloud does not tell.
        region: The client's region.
        instance_types: Such as g5.xlarge.
        now: The time, with its zone.
        cache: File that keeps live prices for an hour; None keeps none.

    """
    wanted = sorted(set(instance_types))
    live, notes = kept(cache, region, now), []
    asked = [one for one in wanted if one not in live]
    if asked and client is not None:
        try:
            fresh = told(client, asked, now)
            live |= fresh
            keep(cache, region, fresh, now)
        except (BotoCoreError, ClientError) as error:
            notes.append(f"EC2 tells no spot prices in {region}: {one_line(error)}; typical ones of the book stand in.")
        except OSError as error:
            notes.append(
                f"Spot prices cannot be kept in {cache}: {error.strerror}; they are asked for again next time."
            )
    typical = {one: price for one in wanted if one not in live and (price := from_book(book, region, one))}
    if typical:
        oldest = min(price.as_of for price in typical.values())
        notes.append(
            f"{len(typical)} spot prices in {region} are typical ones of the book as of {oldest}, not current."
        )
    found = {one: live[one] for one in wanted if one in live} | typical
    return Spot(found, tuple(one for one in wanted if one not in found), tuple(notes))


def told(client: Client, instance_types: list[str], now: datetime) -> dict[str, SpotPrice]:
    """Return what EC2 tells now."""
    pages = client.get_paginator("describe_spot_price_history").paginate(
        InstanceTypes=instance_types, ProductDescriptions=[LINUX], StartTime=now - WINDOW, EndTime=now
    )
    entries = [entry for page in bounded(pages) for entry in page.get("SpotPriceHistory") or ()]
    found = {}
    for one in instance_types:
        zones = by_zone((entry for entry in entries if entry.get("InstanceType") == one), now)
        if zones:
            found[one] = SpotPrice(one, median(zones.values()), LIVE, now.date().isoformat())
    return found


def bounded(pages: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield pages up to a bound."""
    for page, _ in zip(pages, range(MOST_PAGES), strict=False):
        yield page


def by_zone(entries: Iterable[Mapping[str, Any]], now: datetime) -> dict[str, Decimal]:
    """Return each zone's price averaged over the last 24 hours.

    A price holds from its time until the next one; one from before the window counts from the window's beginning.
    """
    steps: dict[str, list[tuple[datetime, Decimal]]] = {}
    for entry in entries:
        try:
            price = Decimal(entry["SpotPrice"])
        except InvalidOperation:
            continue
        if price.is_finite() and price > 0:
            steps.setdefault(entry["AvailabilityZone"], []).append((max(entry["Timestamp"], now - WINDOW), price))
    return {zone: average(sorted(found), now) for zone, found in steps.items()}


def average(steps: list[tuple[datetime, Decimal]], now: datetime) -> Decimal:
    """Return the mean of prices weighted by how long each held."""
    ends = [*(begin for begin, _ in steps[1:]), now]
    spans = [
        (Decimal(max(int((end - begin).total_seconds()), 0)), price)
        for (begin, price), end in zip(steps, ends, strict=True)
    ]
    total = sum((span for span, _ in spans), Decimal(0))
    return sum((span * price for span, price in spans), Decimal(0)) / total if total else steps[-1][1]


def from_book(book: PriceBook, region: str, instance_type: str) -> SpotPrice | None:
    """Return the book's typical price, the youngest where it has several."""
    known = [service for service in TYPICAL if book.has("aws", service, region, instance_type, "hour")]
    prices = [book.price("aws", service, region, instance_type, "hour") for service in known]
    if not prices:
        return None
    price = max(prices, key=lambda one: first_day(one.as_of))
    return SpotPrice(instance_type, price.amount, "typical", price.as_of, price.note)


def kept(cache: Path | None, region: str, now: datetime) -> dict[str, SpotPrice]:
    """Return the young live prices that a cache file keeps of a region; none where it is damaged."""
    found = {}
    for one, entry in stored(cache).get(region, {}).items():
        with contextlib.suppress(ValueError, KeyError, TypeError, InvalidOperation):
            asked = datetime.fromisoformat(entry["asked"])
            if timedelta(0) <= now - asked < TIME_TO_LIVE and (price := Decimal(entry["price"])) > 0:
                found[one] = SpotPrice(one, price, LIVE, asked.date().isoformat())
    return found


def stored(cache: Path | None) -> dict[str, dict[str, Any]]:
    """Return what a cache file holds by region, nothing where there is none or it is damaged."""
    if cache is None:
        return {}
    try:
        document = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {region: entries for region, entries in document.items() if isinstance(entries, dict)}


def keep(cache: Path | None, region: str, prices: Mapping[str, SpotPrice], now: datetime) -> None:
    """Add live prices to a cache file, in one step."""
    if cache is None or not prices:
        return
    fresh = {one: {"price": str(price.price), "asked": now.isoformat()} for one, price in prices.items()}
    document = stored(cache)
    document[region] = {**document.get(region, {}), **fresh}
    cache.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=cache.parent, prefix=f".{cache.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(document, file)
    Path(scratch).replace(cache)


def one_line(error: Exception) -> str:
    """Return an error in one line."""
    return " ".join(str(error).split())
