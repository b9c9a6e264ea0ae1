# SPDX-License-Identifier: Apache-2.0
"""What a book has, how old it is, and what it lacks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import coverage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

HEADER = "region,sku,unit,currency,price,as_of,source,note\n"
TODAY = date(2026, 11, 28)


def folder(path: Path, rows: str) -> Path:
    (path / "aws").mkdir(parents=True)
    (path / "aws/ec2.csv").write_text(HEADER + rows)
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    place = folder(
        tmp_path / "book",
        "global,fee,hour,USD,1,2026,s,\nus-east-1,a,hour,USD,1,2025-10-01,s,\nus-east-1,b,hour,USD,1,2026-07,s,\n",
    )
    (place / "aws/shapes.csv").write_text("sku,vcpu\na,1\n")
    (place / "book.json").write_text('{"version": "1", "stale_after_days": 400}')
    return place


def test_services_are_counted_by_region_with_their_dates(base: Path) -> None:
    found = list(coverage.coverage(PriceBook(base), TODAY))
    assert [(one.region, one.rows, one.oldest, one.newest, one.age_days, one.stale) for one in found] == [
        ("global", 1, "2026", "2026", 331, False),
        ("us-east-1", 2, "2025-10-01", "2026-07", 423, True),
    ]


def test_an_override_makes_an_old_price_young(base: Path, tmp_path: Path) -> None:
    fresh = folder(tmp_path / "fresh", "us-east-1,a,hour,USD,2,2026-11-01,s,\nus-west-2,a,hour,USD,2,2026-11-01,s,\n")
    found = {one.region: one for one in coverage.coverage(PriceBook(base, (fresh,)), TODAY)}
    assert found["us-east-1"].oldest == "2026-07"
    assert not found["us-east-1"].stale
    assert found["us-west-2"].rows == 1


def test_other_clouds_can_be_left_out(base: Path) -> None:
    assert list(coverage.coverage(PriceBook(base), TODAY, ["gcp"])) == []


def test_a_global_price_is_not_missing_in_a_region_and_another_regions_is(base: Path) -> None:
    needs = [
        coverage.need_of({"provider": "aws", "service": "ec2", "region": "eu-west-1", "sku": sku}, "needed[0]")
        for sku in ("fee", "a")
    ]
    assert [one.sku for one in coverage.missing(PriceBook(base), needs)] == ["a"]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("ec2", "must be a mapping"),
        ({"provider": "aws", "service": "ec2", "region": "x"}, "must be a mapping"),
        ({"provider": "aws", "service": "ec2", "region": "x", "sku": 1}, "all texts"),
        ({"provider": "ibm", "service": "ec2", "region": "x", "sku": "a"}, "use one of aws, azure, gcp"),
        ({"provider": "aws", "service": "ec2", "region": "x", "sku": "a", "size": "b"}, "must be a mapping"),
    ],
)
def test_a_need_that_tells_too_little_is_an_error(entry: object, says: str) -> None:
    with pytest.raises(CostError, match=says):
        coverage.need_of(entry, "needed[3]")
