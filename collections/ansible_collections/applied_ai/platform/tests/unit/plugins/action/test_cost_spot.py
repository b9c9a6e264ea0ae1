# SPDX-License-Identifier: Apache-2.0
"""Live spot prices become overrides; tests/unit/plugins/module_utils/cost/test_spot.py reckons them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.applied_ai.platform.plugins.action import cost_spot as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from botocore.stub import Stubber

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HEADER = "region,sku,unit,currency,price,as_of,source,note\n"


@pytest.fixture
def params(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "book/aws").mkdir(parents=True)
    (tmp_path / "book/aws/ec2-spot.csv").write_text(
        f"{HEADER}us-east-1,g5.xlarge,hour,USD,0.40,2025-04-24,s,typical; interruption 5-10%\n"
        "us-east-1,g6.xlarge,hour,USD,0.30,2025-04-24,s,\n"
    )
    return {
        "region": "us-east-1",
        "endpoint_url": "",
        "instance_types": [],
        "price_book": str(tmp_path / "book"),
        "override_folder": str(tmp_path / "fresh"),
        "cache_file": "",
    }


def told(params: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    client = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    entry = {
        "AvailabilityZone": "a",
        "InstanceType": "g5.xlarge",
        "ProductDescription": "Linux/UNIX",
        "SpotPrice": "0.512300",
        "Timestamp": NOW - timedelta(hours=2),
    }
    asked = {
        "InstanceTypes": ["g5.xlarge", "g6.xlarge"],
        "ProductDescriptions": ["Linux/UNIX"],
        "StartTime": NOW - timedelta(hours=24),
        "EndTime": NOW,
    }
    with Stubber(client) as stub:
        stub.add_response("describe_spot_price_history", {"SpotPriceHistory": [entry]}, asked)
        return action.told(params, client, NOW, check=check)


def test_live_prices_become_overrides_and_typical_ones_do_not(params: dict[str, Any], tmp_path: Path) -> None:
    found = told(params)
    assert [(one["instance_type"], one["price"], one["origin"]) for one in found["prices"]] == [
        ("g5.xlarge", "0.5123", "live"),
        ("g6.xlarge", "0.3", "typical"),
    ]
    assert "1 spot prices in us-east-1 are typical" in found["notes"][0]
    assert (tmp_path / "fresh/aws/ec2-spot.csv").read_text().splitlines()[1:] == [
        "us-east-1,g5.xlarge,hour,USD,0.5123,2026-11-28,aws-spot-history,"
        "median of the zones over 24 hours; interruption 5-10%"
    ]
    book = PriceBook(tmp_path / "book", (tmp_path / "fresh",))
    assert str(book.price("aws", "ec2-spot", "us-east-1", "g5.xlarge", "hour").amount) == "0.5123"
    assert found["changed"]
    assert not told(params)["changed"]


def test_check_mode_writes_nothing(params: dict[str, Any], tmp_path: Path) -> None:
    assert told(params, check=True)["files"] == ["aws/ec2-spot.csv", "sources.json"]
    assert not (tmp_path / "fresh").exists()


def test_a_client_gives_up_after_some_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    client = action.client_of("us-east-1", "http://127.0.0.1:9")
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.config.retries["total_max_attempts"] == action.TRIES
    assert (client.meta.config.connect_timeout, client.meta.config.read_timeout) == (5, 30)
