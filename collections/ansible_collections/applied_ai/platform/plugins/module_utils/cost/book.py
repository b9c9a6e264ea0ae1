# SPDX-License-Identifier: Apache-2.0
"""The price book: list prices as CSV files, read when first asked for.

``<folder>/<provider>/<service>.csv`` has the columns of COLUMNS; ``sources.json`` tells what a source's id stands for
and ``book.json`` the version, the release date and after how many days a price counts as stale. Override folders have
the same layout; a row in a later folder replaces the row with the same region, sku and unit.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import BookError, CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import currency_of, decimal_of

COLUMNS: Final = ("region", "sku", "unit", "currency", "price", "as_of", "source", "note")
GLOBAL: Final = "global"
# A service may be named after a value of a plan, which must not lead to other files.
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
STALE_AFTER_DAYS: Final = 400
# The collection's own book.
FOLDER: Final = Path(__file__).parents[3] / "prices"

Key = tuple[str, str, str]
Table = dict[Key, tuple[list[str], str]]


class NoPrice(CostError):  # noqa: N818  # named in the interface that the other parts use
    """The book has no row for what was asked."""


@dataclass(frozen=True)
class Price:
    """One list price: the amount per unit, its currency, and as of when (``2026``, ``2026-07`` or a day)."""

    amount: Decimal
    currency: str
    unit: str
    as_of: str
    source: str
    note: str


@dataclass(frozen=True)
class Shape:
    """What an EC2 instance type has; memory in GiB, gpu_model empty without GPUs."""

    vcpu: int
    memory_gib: Decimal
    architecture: str
    gpu_model: str
    gpu_count: int


class PriceBook:
    """List prices by provider, service, region, sku and unit."""

    def __init__(self, folder: Path, overrides: tuple[Path, ...] = ()) -> None:
        for place in (folder, *overrides):
            if not place.is_dir():
                raise CostError(
                    f"The price book {place} is not a folder; name one with <provider>/<service>.csv files."
                )
        self.folders = (folder, *overrides)
        self._tables: dict[tuple[str, str], Table] = {}
        self._shapes: dict[str, Shape] | None = None
        self._about: dict[str, Any] | None = None

    def price(self, provider: str, service: str, region: str, sku: str, unit: str) -> Price:
        """Return the price in a region, or the global one where the service has that.

        Raises:
            NoPrice: The book has no such row. Another region's price never stands in.
            CostError: A file of the book cannot be read, or the row is not a price.

        """
        table = self._table(provider, service)
        found = table.get((region, sku, unit)) or table.get((GLOBAL, sku, unit))
        if found is None and not region:
            raise NoPrice(
                f"The price of {provider} {service} {sku} depends on the region, which the plan does not tell;"
                " set the option region."
            )
        if found is None:
            raise NoPrice(
                f"The price book has no {provider} {service} price of {sku} per {unit} in {region};"
                f" add a row to {provider}/{service}.csv of the book or of an override folder."
            )
        return parse(*found)

    def has(self, provider: str, service: str, region: str, sku: str, unit: str) -> bool:
        """Say whether price() would find a row."""
        table = self._table(provider, service)
        return (region, sku, unit) in table or (GLOBAL, sku, unit) in table

    def rows(self, provider: str, service: str, region: str) -> Iterator[tuple[str, Price]]:
        """Return (sku, price) of one service in exactly this region, in the file's order."""
        for (place, sku, _unit), found in self._table(provider, service).items():
            if place == region:
                yield sku, parse(*found)

    def shape(self, instance_type: str) -> Shape | None:
        """Return what an EC2 instance type has, or None when the book does not know it."""
        if self._shapes is None:
            self._shapes = {}
            for folder in self.folders:
                self._shapes.update(read_shapes(folder / "aws/shapes.csv"))
        return self._shapes.get(instance_type)

    def about(self) -> Mapping[str, Any]:
        """Return version, released and stale_after_days of book.json; empty where the book has none."""
        if self._about is None:
            path = self.folders[0] / "book.json"
            try:
                self._about = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            except (OSError, ValueError) as error:
                raise BookError(f"Failed to read {path}: {error}. It must be a JSON object.") from error
        return self._about

    def stale(self, as_of: str, today: date) -> bool:
        """Say whether a price of that date is older than the book allows."""
        return (today - first_day(as_of)).days > int(self.about().get("stale_after_days", STALE_AFTER_DAYS))

    def _table(self, provider: str, service: str) -> Table:
        key = (provider, service)
        if not (NAME.fullmatch(provider) and NAME.fullmatch(service)):
            return {}
        if key not in self._tables:
            table: Table = {}
            for folder in self.folders:
                table.update(read_table(folder / provider / f"{service}.csv"))
            self._tables[key] = table
        return self._tables[key]


def first_day(as_of: str) -> date:
    """Return the earliest day that an as-of date may mean: 2026-07 is 2026-07-01.

    Raises:
        CostError: It is no date.

    """
    try:
        return date.fromisoformat("-".join([*as_of.split("-"), "01", "01"][:3]))
    except ValueError as error:
        raise BookError(f"The as-of date {as_of!r} of a price is none; write 2026, 2026-07 or 2026-07-20.") from error


def parse(row: list[str], where: str) -> Price:
    """Return a row of a table as a price.

    Raises:
        BookError: The amount is no number or negative, or the currency is unknown.

    """
    region, sku, unit, currency, amount, as_of, source, note = row
    what = f"{where}, {sku} in {region}"
    try:
        price = decimal_of(amount, f"{what}: the price")
        if price >= 0:
            return Price(price, currency_of(currency, what), unit, as_of, source, note)
    except CostError as error:
        raise BookError(str(error)) from error
    raise BookError(f"{what}: the price is {amount}; a price is not negative.")


def read_table(path: Path) -> Table:
    """Return the rows of one file by region, sku and unit; empty where there is no file.

    Raises:
        BookError: The file is not UTF-8, has another header, or a row with another number of fields.

    """
    if not path.is_file():
        return {}
    table: Table = {}
    where = str(path)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            header = tuple(next(rows, ()))
            if header != COLUMNS:
                raise BookError(f"{where} begins with {','.join(header)!r}; its header must be {','.join(COLUMNS)}.")
            for row in rows:
                if len(row) != len(COLUMNS):
                    raise BookError(f"{where}:{rows.line_num} has {len(row)} fields; it must have {len(COLUMNS)}.")
                table[row[0], row[1], row[2]] = (row, where)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BookError(f"Failed to read the prices in {where}: {error}. Write it as CSV in UTF-8.") from error
    return table


def read_shapes(path: Path) -> dict[str, Shape]:
    """Return what instance types have, from the columns that Shape names and instance_type; others are left alone.

    Raises:
        BookError: The file cannot be read or a number in it is none.

    """
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {
                row["instance_type"]: Shape(
                    int(row["vcpu"]),
                    decimal_of(row["memory_gib"], f"{path}, {row['instance_type']}: memory_gib"),
                    row["architecture"],
                    row["gpu_model"],
                    int(row["gpu_count"] or 0),
                )
                for row in csv.DictReader(file)
            }
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError) as error:
        raise BookError(
            f"Failed to read the shapes in {path}: {error!r}."
            " Its columns are instance_type, vcpu, memory_gib, architecture, gpu_model and gpu_count."
        ) from error
