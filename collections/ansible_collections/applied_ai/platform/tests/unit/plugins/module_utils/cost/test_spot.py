# SPDX-License-Identifier: Apache-2.0
"""Live spot prices against botocore's own model of the API, their cache, and what stands in for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import spot
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from botocore.stub import Stubber

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HEADER = "region,sku,unit,currency,price,as_of,source,note\n"


@pytest.fixture
def book(tmp_path: Path) -> PriceBook:
    (tmp_path / "book/aws").mkdir(parents=True)
    (tmp_path / "book/aws/ec2-spot.csv").write_text(
        f"{HEADER}us-east-1,g5.xlarge,hour,USD,0.40,2025-04-24,s,typical; interruption 5-10%\n"
        "us-east-1,p5.48xlarge,hour,USD,30,2025-04-24,s,\n"
    )
    (tmp_path / "book/aws/ec2-spot-recent.csv").write_text(f"{HEADER}us-east-1,p5.48xlarge,hour,USD,20,2025-11,s,\n")
    return PriceBook(tmp_path / "book")


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as found:
        yield found
        found.assert_no_pending_responses()


def entry(zone: str, price: str, hours_ago: float, kind: str = "g5.xlarge") -> dict[str, Any]:
    return {
        "AvailabilityZone": zone,
        "InstanceType": kind,
        "ProductDescription": "Linux/UNIX",
        "SpotPrice": price,
        "Timestamp": NOW - timedelta(hours=hours_ago),
    }


def asked(kinds: list[str], **more: Any) -> dict[str, Any]:
    return {
        "InstanceTypes": kinds,
        "ProductDescriptions": ["Linux/UNIX"],
        "StartTime": NOW - timedelta(hours=24),
        "EndTime": NOW,
        **more,
    }


def test_the_median_over_zones_of_what_each_cost_over_a_day(stub: Stubber, book: PriceBook) -> None:
    stub.add_response(
        "describe_spot_price_history",
        # In zone a 0.30 holds for 18 hours and 0.50 for 6, which is 0.35.
        {"SpotPriceHistory": [entry("a", "0.50", 6), entry("a", "0.30", 30)], "NextToken": "more"},
        asked(["g5.xlarge"]),
    )
    stub.add_response(
        "describe_spot_price_history",
        {"SpotPriceHistory": [entry("b", "0.60", 30), entry("c", "0.20", 30), entry("c", "0.20", 3)]},
        asked(["g5.xlarge"], NextToken="more"),
    )
    found = spot.spot_prices(stub.client, book, "us-east-1", ["g5.xlarge"], NOW)
    assert found.prices["g5.xlarge"] == spot.SpotPrice("g5.xlarge", Decimal("0.35"), "live", "2026-11-28")
    assert (found.unknown, found.notes) == ((), ())


def test_what_ec2_does_not_tell_comes_from_the_book_and_is_said(stub: Stubber, book: PriceBook) -> None:
    stub.add_response(
        "describe_spot_price_history",
        {"SpotPriceHistory": [entry("a", "0.5", 1)]},
        asked(["g5.xlarge", "nothing.large", "p5.48xlarge"]),
    )
    found = spot.spot_prices(stub.client, book, "us-east-1", ["p5.48xlarge", "g5.xlarge", "nothing.large"], NOW)
    assert {one: price.origin for one, price in found.prices.items()} == {"g5.xlarge": "live", "p5.48xlarge": "typical"}
    # The later of the book's two kinds counts.
    assert found.prices["p5.48xlarge"].price == 20
    assert found.unknown == ("nothing.large",)
    assert found.notes == ("1 spot prices in us-east-1 are typical ones of the book as of 2025-11, not current.",)


def test_an_account_without_the_permission_gets_typical_prices(stub: Stubber, book: PriceBook) -> None:
    stub.add_client_error("describe_spot_price_history", "UnauthorizedOperation", "not for you", 403)
    found = spot.spot_prices(stub.client, book, "us-east-1", ["g5.xlarge"], NOW)
    assert found.prices["g5.xlarge"].note == "typical; interruption 5-10%"
    assert "UnauthorizedOperation" in found.notes[0]


def test_the_youngest_of_the_books_prices_counts(book: PriceBook, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh/aws"
    fresh.mkdir(parents=True)
    (fresh / "ec2-spot.csv").write_text(f"{HEADER}us-east-1,p5.48xlarge,hour,USD,12,2026-11-27,s,\n")
    newer = PriceBook(tmp_path / "book", (tmp_path / "fresh",))
    assert spot.spot_prices(None, book, "us-east-1", ["p5.48xlarge"], NOW).prices["p5.48xlarge"].price == 20
    assert spot.spot_prices(None, newer, "us-east-1", ["p5.48xlarge"], NOW).prices["p5.48xlarge"].price == 12


def test_no_client_asks_no_cloud(book: PriceBook) -> None:
    assert spot.spot_prices(None, book, "us-east-1", ["g5.xlarge"], NOW).prices["g5.xlarge"].origin == "typical"


def test_live_prices_are_kept_for_an_hour(stub: Stubber, book: PriceBook, tmp_path: Path) -> None:
    cache = tmp_path / "cache/spot.json"
    answer = {"SpotPriceHistory": [entry("a", "0.5", 1)]}
    stub.add_response("describe_spot_price_history", answer, asked(["g5.xlarge"]))
    first = spot.spot_prices(stub.client, book, "us-east-1", ["g5.xlarge"], NOW, cache=cache)
    # A second answer is not there to be had.
    again = spot.spot_prices(stub.client, book, "us-east-1", ["g5.xlarge"], NOW + timedelta(minutes=59), cache=cache)
    assert again == first
    late = spot.spot_prices(None, book, "us-east-1", ["g5.xlarge"], NOW + timedelta(minutes=60), cache=cache)
    assert late.prices["g5.xlarge"].origin == "typical"
    assert spot.spot_prices(None, book, "us-west-2", ["g5.xlarge"], NOW, cache=cache).unknown == ("g5.xlarge",)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"us-east-1": []}', json.dumps({"us-east-1": {"g5.xlarge": {"price": "x", "asked": "y"}}})]
)
def test_a_damaged_cache_is_no_answer(text: str, tmp_path: Path) -> None:
    (tmp_path / "spot.json").write_text(text)
    assert spot.kept(tmp_path / "spot.json", "us-east-1", NOW) == {}
