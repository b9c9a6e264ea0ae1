# SPDX-License-Identifier: Apache-2.0
"""What counts as a move, and the files of overrides."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import COLUMNS, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh import changes
from hypothesis import given
from hypothesis import strategies as st

HEADER = ",".join(COLUMNS)


def key(sku: str) -> changes.Key:
    return changes.Key("aws", "ec2", "us-east-1", sku, "hour")


def fresh(sku: str, price: str, currency: str = "USD") -> changes.Fresh:
    return changes.Fresh(key(sku), Decimal(price), currency)


@pytest.fixture
def book(tmp_path: Path) -> PriceBook:
    (tmp_path / "book/aws").mkdir(parents=True)
    (tmp_path / "book/aws/ec2.csv").write_text(
        f"{HEADER}\nglobal,fee,hour,USD,1,2026,s,\n"
        "us-east-1,a,hour,USD,1,2026,s,\nus-east-1,b,hour,USD,2,2026,s,\nus-east-1,c,hour,USD,3,2026,s,\n"
    )
    return PriceBook(tmp_path / "book")


def test_an_answer_is_sorted_into_moves_and_what_is_unclear(book: PriceBook) -> None:
    wanted = changes.wanted_keys(book, "aws", ["ec2"], ["us-east-1"]) | {key("new")}
    answer = [fresh("a", "1"), fresh("b", "1"), fresh("b", "1.5"), fresh("new", "9"), fresh("unwanted", "5")]
    found = changes.compare(book, wanted, [*answer, fresh("a", "1.0")])
    assert [one.key.sku for one in found.fresh] == ["a", "new"]
    assert [(one.key.sku, one.old, one.new) for one in found.changes] == [("new", None, 9)]
    assert [one.sku for one in found.ambiguous] == ["b"]
    assert [one.sku for one in found.absent] == ["c"]
    assert found.largest == ()


def test_the_largest_moves_come_first_and_another_currency_before_them(book: PriceBook) -> None:
    wanted = changes.wanted_keys(book, "aws", ["ec2"], ["us-east-1"])
    found = changes.compare(book, wanted, [fresh("a", "1.1"), fresh("b", "1"), fresh("c", "3", "CNY")])
    assert [(one.key.sku, one.percent) for one in found.largest] == [("c", None), ("b", -50), ("a", 10)]
    assert [one.key.sku for one in found.largest if one.moves_over(Decimal(50))] == ["c"]


@given(st.decimals("0.0001", "9999", places=6), st.decimals("0.0001", "9999", places=6))
def test_a_move_takes_the_old_price_to_the_new(old: Decimal, new: Decimal) -> None:
    change = changes.Change(key("a"), old, new, "USD", "USD")
    assert change.percent is not None
    assert abs(old * (1 + change.percent / 100) - new) < Decimal("1e-15")


def test_overrides_keep_what_is_not_refreshed_and_are_a_book_themselves(tmp_path: Path) -> None:
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws/ec2.csv").write_text(f"{HEADER}\nus-east-1,b,hour,USD,7,2026,mine,by hand\n")
    (tmp_path / "sources.json").write_text('{"mine": "contract"}')
    changes.write(tmp_path, changes.override_files(tmp_path, [fresh("a", "0.50")], "2026-11-28", "aws-price-list"))
    assert (tmp_path / "aws/ec2.csv").read_text().splitlines() == [
        HEADER,
        "us-east-1,a,hour,USD,0.5,2026-11-28,aws-price-list,",
        "us-east-1,b,hour,USD,7,2026,mine,by hand",
    ]
    assert json.loads((tmp_path / "sources.json").read_text()).keys() == {"mine", "aws-price-list"}
    assert changes.override_files(tmp_path, [fresh("a", "0.5")], "2026-11-28", "aws-price-list") == {}
    assert PriceBook(tmp_path).price("aws", "ec2", "us-east-1", "a", "hour").amount == Decimal("0.5")


def test_a_file_that_cannot_be_put_in_place_leaves_the_old_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "aws/ec2.csv"
    changes.write(tmp_path, {"aws/ec2.csv": "old"})

    def full(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(CostError, match="No space left on device"):
        changes.write(tmp_path, {"aws/ec2.csv": "new"})
    assert [path.read_text() for path in target.parent.iterdir()] == ["old"]


def test_damaged_sources_are_an_error_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "sources.json").write_text("{")
    with pytest.raises(CostError, match="it must be an object of ids"):
        changes.override_files(tmp_path, [fresh("a", "1")], "2026-11-28", "aws-price-list")
