# SPDX-License-Identifier: Apache-2.0
"""The price book's own files, and the script that converts raw tables into them."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import COLUMNS, FOLDER, PriceBook, first_day
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.coverage import services
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import CURRENCIES

REPO = Path(__file__).resolve().parents[2]
SCRIPT = REPO / "scripts/price_book.py"
FILES = [FOLDER / provider / f"{service}.csv" for provider, service in services([FOLDER])]
PLAIN = re.compile(r"\d+(\.\d*[1-9])?")
RAW = "provider,service,region,sku,unit,currency,price,as_of,source,note"


def rows(path: Path) -> list[list[str]]:
    """Return a file's rows without its header."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *found = csv.reader(file)
    assert tuple(header) == COLUMNS, path
    return found


def mistakes(path: Path, sources: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong in one file."""
    found = rows(path)
    keys = [tuple(row[:3]) for row in found]
    if keys != sorted(keys):
        yield "not sorted"
    if len(set(keys)) != len(keys):
        yield "a key twice"
    for row in found:
        *key, currency, price, as_of, source, note = row
        if not all(key) or key != [part.strip() for part in key] or note != note.strip(" ;"):
            yield f"untidy {row}"
        if not PLAIN.fullmatch(price) or Decimal(price) <= 0:
            yield f"the price of {row}"
        if currency not in CURRENCIES or source not in sources:
            yield f"the currency or source of {row}"
        if not re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", as_of) or first_day(as_of) > date(2026, 11, 28):
            yield f"the date of {row}"


@pytest.mark.parametrize("provider", ["aws", "azure", "gcp"])
def test_files_are_sorted_unique_positive_dated_and_sourced(provider: str) -> None:
    sources = json.loads((FOLDER / "sources.json").read_text())
    found = [f"{path}: {said}" for path in FILES if path.parent.name == provider for said in mistakes(path, sources)]
    assert found == []


def test_every_source_is_used_and_says_where_it_is() -> None:
    sources = json.loads((FOLDER / "sources.json").read_text())
    used = {row[6] for path in FILES for row in rows(path)}
    with (FOLDER / "aws/shapes.csv").open(encoding="utf-8", newline="") as file:
        used |= {row["source"] for row in csv.DictReader(file)}
    assert used == sources.keys()
    kinds = ("go:", "pypi:", "npm:", "github:", "https://", "public GitHub document")
    assert [text for text in sources.values() if not text.startswith(kinds)] == []


def test_prices_of_china_are_in_its_currency_and_no_others() -> None:
    found = {(row[0].startswith("cn-"), row[3] == "CNY") for path in FILES for row in rows(path)}
    assert found == {(False, False), (True, True)}


def test_a_discount_or_typical_price_never_stands_under_an_on_demand_service() -> None:
    for provider, service in services([FOLDER]):
        units = {row[2] for row in rows(FOLDER / provider / f"{service}.csv")}
        assert ("percent" in units) == service.endswith("-discount")
        if service in {"ec2", "compute", "virtual-machines"}:
            notes = {row[7] for row in rows(FOLDER / provider / f"{service}.csv")}
            assert not [note for note in notes if note.startswith("typical")]


def test_gpu_types_have_a_shape_and_a_price() -> None:
    book = PriceBook(FOLDER)
    for kind, model in (("g5.xlarge", "A10G"), ("p5.48xlarge", "H100"), ("g6.xlarge", "L4")):
        shape = book.shape(kind)
        assert shape is not None
        assert shape.gpu_model == model
        assert book.price("aws", "ec2", "us-east-1", kind, "hour").amount > 0


def convert(raw: Path, book: Path) -> subprocess.CompletedProcess[str]:
    """Run the script."""
    argv = [sys.executable, str(SCRIPT), str(raw), "--book", str(book)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Return a folder of raw tables."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "prices.csv").write_text(
        f"{RAW}\n"
        "aws,ec2,us-east-1,b,hour,USD,0.1500,2026-07,go:github.com/o/n@v1 a/b.go,\n"
        "aws,ec2,us-east-1,a,hour,USD,1E-3,2026,github:o/n@abc c/b.csv,per node\n"
        "aws,ec2-spot,us-east-1,a,hour,USD,2,2026,go:github.com/o/n@v1 a/b.go,"
        '"typical, not current: x; interruption 5-10%"\n'
    )
    (folder / "unverified.csv").write_text(f"{RAW}\naws,ec2,us-east-1,guess,hour,USD,9,unknown,memory,\n")
    return folder


def test_raw_tables_become_sorted_files_with_short_sources(raw: Path, tmp_path: Path) -> None:
    done = convert(raw, tmp_path / "book")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "book/aws/ec2.csv").read_text().splitlines() == [
        ",".join(COLUMNS),
        "us-east-1,a,hour,USD,0.001,2026,n-b-2,",
        "us-east-1,b,hour,USD,0.15,2026-07,n-b,",
    ]
    assert "typical; interruption 5-10%" in (tmp_path / "book/aws/ec2-spot.csv").read_text()
    assert json.loads((tmp_path / "book/sources.json").read_text()) == {
        "n-b": "go:github.com/o/n@v1 a/b.go",
        "n-b-2": "github:o/n@abc c/b.csv",
    }
    assert "guess" not in "".join(path.read_text() for path in (tmp_path / "book").rglob("*.*"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("aws,ec2,us-east-1,b,hour,USD,1,2026,s t,", "is in the tables twice"),
        ("aws,ec2,us-east-1,c,hour,USD,0,2026,s t,", "a positive decimal is needed"),
        ("aws,ec2,us-east-1,c,hour,USD,NaN,2026,s t,", "a positive decimal is needed"),
        ("aws,ec2,us-east-1,c,hour,USD,dear,2026,s t,", "has the price 'dear'"),
    ],
)
def test_a_row_that_cannot_be_used_stops_before_anything_is_written(
    line: str, says: str, raw: Path, tmp_path: Path
) -> None:
    (raw / "more.csv").write_text(f"{RAW}\n{line}\n")
    done = convert(raw, tmp_path / "book")
    assert done.returncode == 1
    assert says in done.stderr
    assert not (tmp_path / "book").exists()


def test_a_table_with_other_columns_is_an_error(raw: Path, tmp_path: Path) -> None:
    (raw / "other.csv").write_text("a,b\n1,2\n")
    assert "other.csv has the columns ['a', 'b']" in convert(raw, tmp_path / "book").stderr
