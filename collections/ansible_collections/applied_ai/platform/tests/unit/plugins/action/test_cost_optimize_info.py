# SPDX-License-Identifier: Apache-2.0
"""From a facts file to findings, with the price book of the collection and without a network."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import cost_optimize_info as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "region": "us-east-1",
    "as_of": "2026-11-28",
    "volumes": [
        {"id": "vol-1", "kind": "gp2", "size_gb": 1000, "attached": True, "tags": {"Team": "search"}},
        {"id": "vol-2", "kind": "gp3", "size_gb": 100, "attached": False},
    ],
    "node_groups": [{"name": "g", "instance_type": "m5.large", "desired": 4}],
}


def arguments(**given: Any) -> dict[str, Any]:
    return {**{name: option["default"] for name, option in action.ARGUMENTS.items()}, "environment": {}, **given}


def found(tmp_path: Path, facts: dict[str, Any] = FACTS, **given: Any) -> dict[str, Any]:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(facts))
    return action.found(arguments(facts_file=str(path), **given), NOW)


def test_findings_come_with_money_and_the_unknown(tmp_path: Path) -> None:
    told = found(tmp_path)
    # 1000 GB x (0.10 - 0.08) - 125 MiB/s x 0.04; 100 GB x (0.08 - 0.05).
    assert {one["id"]: one["monthly_saving"] for one in told["findings"]} == {
        "volume_gp3:vol-1": "15.00",
        "volume_unattached:vol-2": "3.00",
    }
    assert (told["monthly_saving"], told["currency"], told["as_of"]) == ("18.00", "USD", "2026-11-28")
    assert {one["source"] for one in told["unknown"]} == {"nodes_idle:g", "spot:g"}
    assert told["summary"][0].startswith("15.00 volume_gp3:vol-1 (search, risk low, safe): 1000 GB of gp2 for $100.00;")


def test_old_prices_are_said(tmp_path: Path) -> None:
    override = tmp_path / "fresh/aws"
    override.mkdir(parents=True)
    header = "region,sku,unit,currency,price,as_of,source,note"
    (override / "ebs.csv").write_text(f"{header}\nus-east-1,snapshot,GB-month,USD,0.06,2001,test,\n")
    told = found(tmp_path, price_book_overrides=[str(override.parent)])
    assert told["prices_as_of"] == "2001"
    assert told["warnings"] == [
        "Savings are reckoned with prices as old as 2001; refresh them with playbooks/update_prices.yml."
    ]
    fresh = header + "".join(
        f"\nus-east-1,{sku},{unit},USD,{price},2026-11-28,test,"
        for sku, unit, price in (
            ("snapshot", "GB-month", "0.06"),
            ("gp2-storage", "GB-month", "0.10"),
            ("gp3-storage", "GB-month", "0.08"),
            ("gp3-throughput", "MiBps-month", "0.04"),
        )
    )
    (override / "ebs.csv").write_text(fresh + "\n")
    told = found(tmp_path, {**FACTS, "node_groups": []}, price_book_overrides=[str(override.parent)])
    assert (told["prices_as_of"], told["warnings"]) == ("2026-11-28", [])


def test_gpus_are_compared_by_the_hour(tmp_path: Path) -> None:
    groups = [{"name": "g", "instance_type": "g4dn.12xlarge", "desired": 1, "gpu_used": "0.9", "interruptible": False}]
    told = found(tmp_path, {**FACTS, "node_groups": groups})["gpu_prices"]
    assert {one["gpu"] for one in told} == {"T4"}
    assert [one["gpu_hour"] for one in told] == sorted(one["gpu_hour"] for one in told)
    # Four GPUs for 3.912 an hour, against one in another cloud.
    assert {"gpu": "T4", "place": "g4dn.12xlarge of aws in us-east-1", "gpu_hour": "0.9780"} in told
    assert any("of azure in" in one["place"] for one in told)


def test_what_is_in_the_state_is_not_acted_on(tmp_path: Path) -> None:
    resource = {"mode": "managed", "values": {"id": "vol-1"}}
    state = {"values": {"root_module": {"child_modules": [{"resources": [resource]}]}}}
    (tmp_path / "state.json").write_text(json.dumps(state))
    told = found(tmp_path, terraform_state=str(tmp_path / "state.json"))
    assert {one["id"]: one["safe"] for one in told["findings"]} == {
        "volume_gp3:vol-1": False,
        "volume_unattached:vol-2": True,
    }


def test_an_environment_that_could_sleep_is_found(tmp_path: Path) -> None:
    told = found(tmp_path, environment_name="development", environment_stoppable_monthly="168")
    (one,) = [one for one in told["findings"] if one["rule"] == "dev_schedule"]
    assert one["monthly_saving"] == "108.00"
    assert not [
        one
        for one in found(tmp_path, environment_name="production", environment_stoppable_monthly="168")["findings"]
        if one["rule"] == "dev_schedule"
    ]


def test_limits_are_exact_numbers() -> None:
    assert action.limits({"node_idle": 0.3, "snapshot_days": 30, "compare_regions": ["a"]}).node_idle == Decimal("0.3")
    with pytest.raises(CostError, match="limits has node_idl, which is not known"):
        action.limits({"node_idl": 1})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Neither facts_file nor region is set"),
        ({"facts_file": "/nonexistent"}, "Failed to read the facts in /nonexistent"),
        ({"price_book": "/nonexistent"}, "The price book /nonexistent is not a folder"),
    ],
)
def test_what_is_missing_is_named(given: dict[str, str], message: str) -> None:
    with pytest.raises(CostError, match=message):
        action.found(arguments(**given), NOW)


@pytest.mark.parametrize("text", ["{", "{}", '{"values": 1}'])
def test_a_state_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(CostError, match=r"Failed to read the Terraform state in terraform_state .*state\.json"):
        found(tmp_path, terraform_state=str(tmp_path / "state.json"))


@pytest.fixture
def refusing() -> Iterator[str]:
    """Return the address of a Prometheus that refuses every question."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(400)
            self.end_headers()
            self.wfile.write(b'{"status": "error", "error": "too many samples"}')

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_prometheus_that_refuses_or_is_gone_is_unknown(tmp_path: Path, refusing: str) -> None:
    told = found(tmp_path, prometheus_url=refusing)
    assert {"source": "prometheus", "reason": "Prometheus refuses: too many samples."} in told["unknown"]
    told = found(tmp_path, prometheus_url="http://127.0.0.1:1")
    (one,) = [one for one in told["unknown"] if one["source"] == "prometheus"]
    assert "Prometheus at http://127.0.0.1:1 does not answer" in one["reason"]
    assert len(told["findings"]) == 2
