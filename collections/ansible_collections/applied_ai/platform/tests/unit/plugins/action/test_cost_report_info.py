# SPDX-License-Identifier: Apache-2.0
"""From options to a report, with real files, S3 and Prometheus on loopback, and the collection's price book."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.action import cost_report_info as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.modules import cost_report_info as module

HEADER = (
    "BillingPeriodStart,BillingCurrency,ChargePeriodStart,ChargeCategory,ChargeClass,ServiceName,SubAccountId,"
    "PricingCategory,BilledCost,EffectiveCost,SkuMeter,ConsumedQuantity,Tags"
)
START = "2026-11-01T00:00:00Z"
GPU = f"{START},USD,{START},Usage,,EC2,1,Standard,10,10,BoxUsage:p4d.24xlarge,2,"
PLAIN = f'{START},USD,{START},Usage,,S3,1,Standard,5,5,,1,"{{""Team"": ""ml""}}"'
BILL = f"{HEADER}\n{GPU}\n{PLAIN}\n"


def arguments(tmp_path: Path, *sources: str, **changes: Any) -> dict[str, Any]:
    defaults = {name: option.get("default") for name, option in action.ARGUMENTS.items()}
    return {**defaults, "sources": list(sources), "cache_dir": str(tmp_path / "cache"), **changes}


@pytest.fixture
def bill(tmp_path: Path) -> str:
    path = tmp_path / "bill.csv"
    path.write_text(BILL)
    return str(path)


@contextmanager
def answering(answers: dict[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """Serve fixed answers by path; yield the address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = answers.get(urlsplit(self.path).path)
            self.send_response(200 if body is not None else 404)
            self.send_header("ETag", '"tag"')
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body or b"")

        do_HEAD = do_GET  # noqa: N815 # the name that the library calls

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_options_are_those_that_are_documented() -> None:
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    assert list(documented) == list(action.ARGUMENTS)
    for name, option in action.ARGUMENTS.items():
        for key in ("type", "elements", "default", "choices", "required"):
            assert option.get(key) == documented[name].get(key), f"{name}.{key}"


def test_a_report_has_what_is_documented(bill: str, tmp_path: Path) -> None:
    found = action.reported(arguments(tmp_path, bill))
    assert set(yaml.safe_load(module.RETURN)) == set(found)
    assert found["totals"]["billed"] == "15"
    assert [one["name"] for one in found["by_tag"]["team"]] == ["", "ml"]
    # The price book knows that a p4d.24xlarge has eight GPUs.
    assert (found["gpu"]["models"][0]["hours"], found["gpu"]["unknown"]) == ("16", "10")
    json.dumps(found)


def test_instance_types_of_services_are_those_of_ec2() -> None:
    book = PriceBook(FOLDER)
    for name in ("ml.p4d.24xlarge", "p4d.24xlarge"):
        assert action.gpus(book, name) == ("A100", 8)
    for name in ("db.r6g.xlarge", "cache.r6g.xlarge", "r6g.xlarge.search", "r6g.xlarge"):
        assert action.gpus(book, name) == ("", 0)
    assert action.gpus(book, "Standard_NC24ads_A100_v4") is None


def test_types_that_the_book_does_not_know_are_told(bill: str, tmp_path: Path) -> None:
    Path(bill).write_text(BILL.replace("p4d.24xlarge", "x99.huge"))
    found = action.reported(arguments(tmp_path, bill))
    assert "The price book does not know x99.huge, of 10: whether they have GPUs is unknown." in found["warnings"]


def test_utilisation_is_data(bill: str, tmp_path: Path) -> None:
    entry = {"instance_type": "p4d.24xlarge", "utilisation": "0.75"}
    assert action.reported(arguments(tmp_path, bill, gpu_utilisation=[entry]))["gpu"]["idle"] == "2.5"


def test_prometheus_is_asked_for_utilisation(bill: str, tmp_path: Path) -> None:
    result = [{"metric": {"modelName": "NVIDIA A100-SXM4-40GB"}, "value": [0, "0.5"]}]
    body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()
    with answering({"/api/v1/query": body}) as (address, asked):
        found = action.reported(arguments(tmp_path, bill, prometheus_url=address))
    assert found["gpu"]["idle"] == "5"
    assert "DCGM_FI_DEV_GPU_UTIL" in parse_qs(urlsplit(asked[0]).query)["query"][0]


@pytest.mark.parametrize(
    ("body", "said"),
    [(b'{"status": "error", "error": "too many samples"}', "refuses: too many samples"), (b"oops", "not JSON")],
)
def test_prometheus_that_refuses_is_a_warning(bill: str, tmp_path: Path, body: bytes, said: str) -> None:
    with answering({"/api/v1/query": body}) as (address, _):
        found = action.reported(arguments(tmp_path, bill, prometheus_url=address))
    assert any(said in one and "idle time of GPUs is unknown" in one for one in found["warnings"])
    assert found["gpu"]["unknown"] == "10"


def test_a_prefix_in_s3_is_downloaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = (
        '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>costs/x.csv</Key>'
        f"<ETag>&quot;tag&quot;</ETag><Size>{len(BILL)}</Size></Contents></ListBucketResult>"
    ).encode()
    with answering({"/bucket": listed, "/bucket/costs/x.csv": BILL.encode()}) as (address, asked):
        for name, value in {
            "AWS_ENDPOINT_URL": address,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": "/dev/null",
        }.items():
            monkeypatch.setenv(name, value)
        for _ in range(2):
            assert action.reported(arguments(tmp_path, "s3://bucket/costs/"))["totals"]["billed"] == "15"
        assert (tmp_path / "cache/bucket/costs/x.csv").read_text() == BILL
        with pytest.raises(CostError, match="s3://other/ cannot be read"):
            action.reported(arguments(tmp_path, "s3://other/"))
    assert sum("x.csv" in one for one in asked) <= 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"budget": "much"}, "budget is 'much'"),
        ({"budget": "-1"}, "budget is -1; it must not be negative"),
        ({"least_anomaly": "-1"}, "least_anomaly is -1"),
        ({"confidence": "1.2"}, r"confidence is 1\.2; it must be a share from 0\.5 to 0\.99"),
        ({"settling_days": -1}, "settling_days is -1; it must be 0 or more"),
        ({"threads": 0}, "threads is 0; it must be 1 or more"),
        ({"memory_limit": "much"}, "set memory_limit such as 512MB"),
        ({"month": "11/2026"}, "month is '11/2026'; it must be such as 2026-11"),
        ({"tags": {"team": 7}}, r"tags\.team is 7; it must be a tag's name or a list of names"),
        ({"gpu_utilisation": [{"model": "A100", "utilisation": "62"}]}, "must be a share from 0 to 1"),
        ({"price_book": "/nonexistent"}, "price book /nonexistent is not a folder"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    bill: str, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(CostError, match=message):
        action.reported(arguments(tmp_path, bill, **changes))


def test_one_name_of_a_tag_is_a_list_of_one() -> None:
    assert action.tags({"team": "Team", "cost": ["a", "b"]}) == {"team": ("Team",), "cost": ("a", "b")}


def test_without_an_address_nothing_is_asked() -> None:
    assert action.asking("")(date(2026, 11, 1), date(2026, 11, 2)) == {}
