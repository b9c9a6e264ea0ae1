# SPDX-License-Identifier: Apache-2.0
"""The price book: which price is found, which never stands in, and what is wrong with a file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, NoPrice, PriceBook, first_day
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

HEADER = "region,sku,unit,currency,price,as_of,source,note\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "aws" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_a_price_is_found_by_region_sku_and_unit(tmp_path):
    write(tmp_path, "ec2.csv", f"{HEADER}us-east-1,m5.large,hour,USD,0.096,2026-07,page,a note\n")
    price = PriceBook(tmp_path).price("aws", "ec2", "us-east-1", "m5.large", "hour")
    assert (price.amount, price.currency, price.as_of, price.source) == (Decimal("0.096"), "USD", "2026-07", "page")


@pytest.mark.parametrize(
    "asked",
    [
        ("aws", "ec2", "eu-west-1", "m5.large", "hour"),
        ("aws", "ec2", "us-east-1", "m5.xlarge", "hour"),
        ("aws", "ec2", "us-east-1", "m5.large", "month"),
        ("aws", "no-such-service", "us-east-1", "m5.large", "hour"),
        ("gcp", "ec2", "us-east-1", "m5.large", "hour"),
    ],
)
def test_nothing_stands_in_for_what_is_asked(asked, tmp_path):
    book = PriceBook(write(tmp_path, "ec2.csv", f"{HEADER}us-east-1,m5.large,hour,USD,0.096,2026-07,page,\n"))
    assert not book.has(*asked)
    with pytest.raises(NoPrice, match=rf"{asked[0]} {asked[1]} price of {asked[3]} per {asked[4]} in {asked[2]}"):
        book.price(*asked)


@pytest.mark.parametrize("service", ["../secret", "a/b", "x" * 300, "", "EC2"])
def test_a_service_that_is_no_name_is_looked_up_nowhere(service, tmp_path):
    (tmp_path / "aws").mkdir()
    (tmp_path / "secret.csv").write_text(f"{HEADER}r,a,hour,USD,1,2026,p,\n")
    assert not PriceBook(tmp_path).has("aws", service, "r", "a", "hour")


def test_a_global_price_holds_for_every_region_but_a_region_s_own_goes_first(tmp_path):
    rows = "global,zone,month,USD,0.5,2026,p,\nus-east-1,zone,month,USD,0.4,2026,p,\n"
    book = PriceBook(write(tmp_path, "dns.csv", HEADER + rows))
    assert book.price("aws", "dns", "eu-west-1", "zone", "month").amount == Decimal("0.5")
    assert book.price("aws", "dns", "us-east-1", "zone", "month").amount == Decimal("0.4")


def test_a_row_of_a_later_folder_replaces_the_same_row(tmp_path):
    old = write(tmp_path / "old", "ec2.csv", f"{HEADER}r,a,hour,USD,1,2025,p,\nr,b,hour,USD,2,2025,p,\n")
    new = write(tmp_path / "new", "ec2.csv", f"{HEADER}r,a,hour,USD,3,2026,p,\n")
    book = PriceBook(old, (new,))
    assert {sku: price.amount for sku, price in book.rows("aws", "ec2", "r")} == {"a": Decimal(3), "b": Decimal(2)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sku,price\n", "its header must be"),
        (f"{HEADER}r,a,hour,USD,1\n", "ec2.csv:2 has 5 fields"),
        (f"{HEADER}r,a,hour,XYZ,1,2026,p,\n", "the currency .XYZ"),
        (f"{HEADER}r,a,hour,USD,cheap,2026,p,\n", "the price is 'cheap'"),
        (f"{HEADER}r,a,hour,USD,-1,2026,p,\n", "a price is not negative"),
    ],
)
def test_a_damaged_file_is_told_with_its_place(text, told, tmp_path):
    with pytest.raises(CostError, match=told):
        PriceBook(write(tmp_path, "ec2.csv", text)).price("aws", "ec2", "r", "a", "hour")


def test_a_file_that_is_no_text_is_told(tmp_path):
    write(tmp_path, "ec2.csv", "")
    (tmp_path / "aws/ec2.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CostError, match="Failed to read the prices"):
        PriceBook(tmp_path).has("aws", "ec2", "r", "a", "hour")


def test_a_book_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(CostError, match="is not a folder"):
        PriceBook(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("as_of", "day"), [("2026", (2026, 1, 1)), ("2026-07", (2026, 7, 1)), ("2026-07-20", (2026, 7, 20))]
)
def test_a_date_means_its_earliest_day(as_of, day):
    assert first_day(as_of) == date(*day)


def test_a_date_that_is_none_is_refused():
    with pytest.raises(CostError, match="soon"):
        first_day("soon")


def test_a_price_is_stale_after_the_days_of_the_book(tmp_path):
    (tmp_path / "book.json").write_text('{"version": "1", "stale_after_days": 30}')
    book = PriceBook(tmp_path)
    assert not book.stale("2026-11-01", date(2026, 12, 1))
    assert book.stale("2026-11-01", date(2026, 12, 2))


def test_the_collection_s_own_book_knows_shapes_and_gpus():
    book = PriceBook(FOLDER)
    shape = book.shape("p4d.24xlarge")
    assert shape is not None
    assert (shape.vcpu, shape.memory_gib, shape.gpu_model, shape.gpu_count) == (96, Decimal(1152), "A100", 8)
    assert book.shape("m6g.large").architecture == "arm64"
    assert book.shape("x0.unknown") is None
