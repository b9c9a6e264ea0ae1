#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Convert a folder of raw price tables into the price book: `price_book.py FOLDER [--book BOOK]`.

Raw tables are CSV files with the columns of `RAW` (a table of EC2 shapes has those of `RAW_SHAPES` instead).
The book has one file per service, sorted, with sources as short ids; a file named `unverified.csv` is never read.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

BOOK: Final = Path(__file__).resolve().parent.parent / "collections/ansible_collections/applied_ai/platform/prices"
UNVERIFIED: Final = "unverified.csv"
RAW: Final = ("provider", "service", "region", "sku", "unit", "currency", "price", "as_of", "source", "note")
HEADER: Final = ("region", "sku", "unit", "currency", "price", "as_of", "source", "note")
# Raw name and the book's name of each column of shapes.csv.
SHAPES: Final = {
    "sku": "instance_type",
    "vcpu": "vcpu",
    "memory_gib": "memory_gib",
    "arch": "architecture",
    "gpu_model": "gpu_model",
    "gpu_count": "gpu_count",
    "gpu_memory_gib_each": "gpu_memory_gib_each",
    "accelerator": "accelerator",
    "accelerator_count": "accelerator_count",
    "local_storage_gb": "local_storage_gb",
    "as_of": "as_of",
    "source": "source",
}
RAW_SHAPES: Final = frozenset({"provider", "vcpu", *SHAPES})
# Notes said thousands of times, in the few words that change what a reader does with the price.
SHORTER: Final = (
    (r"typical, not current: .*interruption (?:rate )?([<>]?[\d-]+%)(?: per month)?", r"typical; interruption \1"),
    (r"typical, not current: median of (\d+) zone prices .*", r"typical; median of \1 zones"),
    (r"typical: median over (\d+) (?:sizes of the family|classes).*", r"typical; median over \1 sizes"),
    (r"derived: twice Single-AZ; .*", "derived: twice Single-AZ"),
    (r"derived: the table has ([\d.]+), the Windows .*", r"derived: Windows price \1 less its surcharge"),
    (r".*Dedicated-tenancy price: .*", "dedicated tenancy; shared may be up to 10 percent lower"),
    (r"; before the price cut of June 2025.*", "before the cut of June 2025; 25 to 45 percent less now"),
    (r"Linux on-demand; catalog day unknown: .*", "catalog day unknown, 2025-11 or later"),
    (r"Linux on-demand; same as the shared-tenancy price .*", "shared tenancy"),
    (r"Linux on-demand, shared tenancy .*", "shared tenancy"),
    (r"; China partition, priced in CNY|\d+ percent below pay-as-you-go|per node|Single-AZ", ""),
)


class BookError(Exception):
    """A raw table cannot become a price book; the message is one sentence."""


def source_id(text: str, taken: Mapping[str, str]) -> str:
    """Return a short id for a source text such as "github:owner/name@commit folder/file.json": name and file.

    Args:
        text: Source as in the raw table.
        taken: Ids given so far and their texts; another source that has the id already adds a number to it.

    """
    place, _, path = text.partition(" ")
    if place == "public":  # a numbered document of a search index
        stem = f"document-{text.rsplit(' ', 1)[-1]}"
    elif place.startswith("https://"):
        host, *_, last = place.removeprefix("https://").split("?")[0].rstrip("/").split("/")
        stem = f"{host}-{last}"
    else:
        name = re.sub(r"(@|==)[^@/]*$", "", place).rsplit("/", 1)[-1].rsplit(":", 1)[-1]
        stem = f"{name}-{Path(path).name.removeprefix('zz_generated.').split('.')[0]}"
    wanted = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
    found, number = wanted, 1
    while taken.get(found, text) != text:
        number += 1
        found = f"{wanted}-{number}"
    return found


def short_note(note: str) -> str:
    """Return a note in the book's words."""
    for pattern, short in SHORTER:
        match = re.fullmatch(pattern, note)
        if match:
            return match.expand(short)
    return note


def plain_price(text: str, where: str) -> str:
    """Return a price as a plain positive decimal without an exponent or superfluous zeros.

    Raises:
        BookError: It is not a positive number.

    """
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price <= 0:
        raise BookError(f"{where} has the price {text!r}, a positive decimal is needed.")
    return f"{price.normalize():f}"


def book_rows(rows: Iterable[Mapping[str, str]], ids: dict[str, str]) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of each file of the book, sorted; `ids` collects the sources.

    Args:
        rows: Rows of raw tables with the columns of `RAW`.
        ids: Source id to source text, extended here.

    Raises:
        BookError: A price is no positive number, or two rows have the same key.

    """
    files: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        key = tuple(row[column] for column in RAW[:5])
        where = "/".join(key)
        if key in seen:
            raise BookError(f"{where} is in the tables twice, one row per key is needed.")
        seen.add(key)
        source = source_id(row["source"], ids)
        ids[source] = row["source"]
        price = plain_price(row["price"], where)
        line = (*key[2:], row["currency"], price, row["as_of"], source, short_note(row["note"]))
        files[f"{row['provider']}/{row['service']}.csv"].append(line)
    return {name: sorted(lines) for name, lines in sorted(files.items())}


def shape_rows(rows: Iterable[Mapping[str, str]], ids: dict[str, str]) -> list[tuple[str, ...]]:
    """Return the rows of shapes.csv, sorted by instance type."""
    lines = []
    for row in rows:
        source = source_id(row["source"], ids)
        ids[source] = row["source"]
        lines.append(tuple(source if column == "source" else row[column] for column in SHAPES))
    return sorted(lines)


def table(header: Iterable[str], lines: Iterable[tuple[str, ...]]) -> str:
    """Return a CSV file's text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()


def book(tables: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the files of the book (path below its folder to text) for the raw tables (name and text each).

    Raises:
        BookError: A table has other columns, or a row cannot be used.

    """
    prices: list[dict[str, str]] = []
    shapes: list[dict[str, str]] = []
    for name, text in tables:
        reader = csv.DictReader(io.StringIO(text))
        columns = set(reader.fieldnames or ())
        if columns >= set(RAW):
            prices.extend(reader)
        elif columns >= RAW_SHAPES:
            shapes.extend(reader)
        else:
            raise BookError(f"{name} has the columns {sorted(columns)}, those of prices {RAW} are needed.")
    ids: dict[str, str] = {}
    files = {name: table(HEADER, lines) for name, lines in book_rows(prices, ids).items()}
    if shapes:
        files["aws/shapes.csv"] = table(SHAPES.values(), shape_rows(shapes, ids))
    files["sources.json"] = json.dumps(dict(sorted(ids.items())), indent=2) + "\n"
    return files


def main(argv: list[str] | None = None) -> int:
    """Write the book's files; book.json, which a person maintains, stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of raw tables")
    parser.add_argument("--book", type=Path, default=BOOK, help="folder of the book")
    options = parser.parse_args(argv)
    names = sorted(path for path in options.folder.glob("*.csv") if path.name != UNVERIFIED)
    try:
        files = book((path.name, path.read_text(encoding="utf-8")) for path in names)
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    for name, text in files.items():
        target = options.book / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    print(f"{len(files)} files in {options.book}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
