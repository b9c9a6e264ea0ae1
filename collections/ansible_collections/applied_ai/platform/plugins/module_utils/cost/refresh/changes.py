# SPDX-License-Identifier: Apache-2.0
"""What fresh prices change in a book, and the override files that hold them."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import COLUMNS, Price, PriceBook, read_table
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import shown

# What the sources of fresh prices are called, and what their ids stand for.
SOURCES: Final = {
    "aws-price-list": "AWS Price List, bulk files",
    "gcp-billing-catalog": "GCP Cloud Billing Catalog API",
    "aws-spot-history": "EC2 DescribeSpotPriceHistory",
    "azure-retail-prices": "Azure Retail Prices API",
}
MODE: Final = 0o644


@dataclass(frozen=True, order=True)
class Key:
    """What a price is of."""

    provider: str
    service: str
    region: str
    sku: str
    unit: str

    def __str__(self) -> str:
        """Return it as in messages."""
        return f"{self.provider}/{self.service} {self.region} {self.sku} per {self.unit}"


@dataclass(frozen=True)
class Fresh:
    """A price that an API told: per one unit, with its currency."""

    key: Key
    price: Decimal
    currency: str
    note: str = ""


@dataclass(frozen=True)
class Change:
    """A price that moves, or is new where it was unknown."""

    key: Key
    old: Decimal | None
    new: Decimal
    currency: str
    old_currency: str = ""

    @property
    def percent(self) -> Decimal | None:
        """By how many percent it moves; None for a new price and for one in another currency."""
        if not self.old or self.old_currency != self.currency:
            return None
        return (self.new - self.old) * 100 / self.old

    def moves_over(self, percent: Decimal) -> bool:
        """Say whether it moves by more than a share, as a price in another currency always does."""
        if self.old is None:
            return False
        moved = self.percent
        return moved is None or abs(moved) > percent


@dataclass(frozen=True)
class Comparison:
    """What an answer says of the prices that are wanted.

    ``fresh`` are the usable prices, one per key; ``ambiguous`` keys have several, none of which is taken; ``absent``
    are keys that were wanted and are not in the answer.
    """

    fresh: tuple[Fresh, ...]
    changes: tuple[Change, ...]
    ambiguous: tuple[Key, ...]
    absent: tuple[Key, ...]

    @property
    def largest(self) -> tuple[Change, ...]:
        """The changes of known prices, those that move most first."""
        known = [one for one in self.changes if one.old is not None]
        return tuple(sorted(known, key=lambda one: (-abs(one.percent or Decimal("Infinity")), one.key)))


def wanted_keys(book: PriceBook, provider: str, services: Iterable[str], regions: Iterable[str]) -> set[Key]:
    """Return the keys that a book has in some regions."""
    return {
        key for service in services for region in regions for key in own_prices(book, [(provider, service, region)])
    }


def compare(book: PriceBook, wanted: set[Key], answer: Iterable[Fresh]) -> Comparison:
    """Return what an answer changes; what nobody wants is left out."""
    told: dict[Key, dict[tuple[Decimal, str], Fresh]] = defaultdict(dict)
    for one in answer:
        if one.key in wanted:
            told[one.key][one.price, one.currency] = one
    fresh = [next(iter(found.values())) for _, found in sorted(told.items()) if len(found) == 1]
    known = own_prices(book, {(one.key.provider, one.key.service, one.key.region) for one in fresh})
    changes = [change for one in fresh if (change := changed(known.get(one.key), one))]
    return Comparison(
        fresh=tuple(fresh),
        changes=tuple(changes),
        ambiguous=tuple(sorted(key for key, found in told.items() if len(found) > 1)),
        absent=tuple(sorted(wanted - told.keys())),
    )


def own_prices(book: PriceBook, places: Iterable[tuple[str, str, str]]) -> dict[Key, Price]:
    """Return the prices of exactly these providers, services and regions."""
    return {Key(*place, sku, price.unit): price for place in places for sku, price in book.rows(*place)}


def changed(old: Price | None, fresh: Fresh) -> Change | None:
    """Return how a fresh price differs from the book's, None when it does not."""
    if old is None:
        return Change(fresh.key, None, fresh.price, fresh.currency)
    if (old.amount, old.currency) == (fresh.price, fresh.currency):
        return None
    return Change(fresh.key, old.amount, fresh.price, fresh.currency, old.currency)


def override_files(folder: Path, fresh: Iterable[Fresh], as_of: str, source: str) -> dict[str, str]:
    """Return the override files that differ from what is there: path below the folder to text.

    Args:
        folder: Override folder; rows that it has already stay, unless a fresh price has their key.
        fresh: The prices.
        as_of: Their day, YYYY-MM-DD.
        source: An id of SOURCES.

    Raises:
        CostError: A file there cannot be read.

    """
    rows: dict[str, list[Fresh]] = defaultdict(list)
    for one in fresh:
        rows[f"{one.key.provider}/{one.key.service}.csv"].append(one)
    files = {}
    for name, found in rows.items():
        table = {key: row for key, (row, _) in read_table(folder / name).items()}
        for one in found:
            key = (one.key.region, one.key.sku, one.key.unit)
            table[key] = [*key, one.currency, shown(one.price), as_of, source, one.note]
        files[name] = text_of(sorted(table.values()))
    if files:
        files["sources.json"] = sources(folder, source)
    return {name: text for name, text in files.items() if text != current(folder / name)}


def text_of(rows: Iterable[list[str]]) -> str:
    """Return a file of the book."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()


def sources(folder: Path, source: str) -> str:
    """Return an override folder's sources with one more.

    Raises:
        CostError: The sources there are no JSON object.

    """
    path = folder / "sources.json"
    try:
        known = json.loads(current(path) or "{}")
    except ValueError as error:
        raise CostError(f"{path} is no JSON ({error}); it must be an object of ids and their texts.") from error
    return json.dumps(dict(sorted({**known, source: SOURCES[source]}.items())), indent=2) + "\n"


def current(path: Path) -> str:
    """Return a file's text, empty when there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files one after the other, each whole or not at all.

    Raises:
        CostError: The folder cannot be written.

    """
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, text)
        except OSError as error:
            raise CostError(f"Failed to write {path}: {error.strerror}. Name a folder that can be written.") from error


def replace(path: Path, text: str) -> None:
    """Put a text in a file's place in one step."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).chmod(MODE)
        Path(scratch).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(scratch).unlink()
        raise
