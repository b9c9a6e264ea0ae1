# SPDX-License-Identifier: Apache-2.0
"""The role rolls a service out under load, and a real Prometheus says which version stays."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.load import Answer
from support.rehearsal import Run
from support.traffic import IMAGE, NAMESPACE, Traffic

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
PLAY = "tests/roles/service_rollout/play.yml"
PRESENT, BAD, GOOD = "1.0.0", "2.0.0", "3.0.0"
RATE, PERIOD_S = 30, 20


@contextlib.contextmanager
def asked(traffic: Traffic, address: str) -> Iterator[list[Answer]]:
    """Ask without a pause, a period at a time, since nobody knows how long a rollout takes."""
    answers: list[Answer] = []
    enough = threading.Event()

    def ask() -> None:
        while not enough.is_set():
            with traffic.load(address, RATE, PERIOD_S) as load:
                answers.extend(load.finish().answers)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        enough.set()
        thread.join()


def deploy(traffic: Traffic, folder: Path, tag: str, prometheus: str = "") -> Run:
    """Deploy one version with the role."""
    amounts = {"cpu": "100m", "memory": "128Mi"}
    service = {
        "image": {"repository": IMAGE, "tag": tag},
        "team": "research",
        "replicas": 2,
        "autoscaling": {"enabled": False},
        "database": {"secret_name": ""},
        "resources": {"requests": amounts, "limits": {**amounts, "cpu": "1"}},
        "slo": {"availability": 99, "latency_p95_ms": 1000},
        "strategy": "canary",
        "canary": {"steps": [50], "interval": 15, "minimum_requests": 30},
    }
    given = folder / "given.json"
    judged = {"service_verdicts": bool(prometheus), "service_prometheus_url": prometheus, "service_verdict_limit": 60}
    given.write_text(json.dumps({"service_definitions": {"judged": service}, "service_namespace": NAMESPACE, **judged}))
    return traffic.cluster.site.playbook(PLAY, "-e", f"@{given}")


def test_figures_decide_which_version_stays(traffic: Traffic, tmp_path: Path) -> None:
    traffic.registry.faults[BAD] = {"FAIL_RATE": "0.3"}
    first = deploy(traffic, tmp_path, PRESENT)
    assert first.status == 0, first.output[-3000:]
    with (
        traffic.prometheus("judged") as prometheus,
        traffic.balancer({"judged": 1}) as balancer,
        asked(traffic, balancer.address) as answers,
    ):
        bad = deploy(traffic, tmp_path, BAD, prometheus.url)
        good = deploy(traffic, tmp_path, GOOD, prometheus.url)
    said = " ".join(bad.output.split())
    assert bad.status != 0
    assert "its new version at 50 % of the requests does badly" in said, bad.output[-3000:]
    assert f"It was rolled back to revision 1 ({IMAGE}:{PRESENT}) and runs that" in said
    assert good.status == 0, good.output[-3000:]

    config = traffic.cluster.get("configmap", "judged-releases", "-n", NAMESPACE)
    newest, back, failed, _ = yaml.safe_load(config["data"]["releases"])
    assert [one["outcome"] for one in (newest, back, failed)] == ["good", "good", "rolled_back"]
    assert 0.1 < failed["verdict"]["figures"]["canary"]["error_ratio"] < 0.5
    assert newest["verdict"]["figures"]["canary"]["error_ratio"] < 0.01

    # Only callers whom the bad version answered have seen anything of it.
    assert {one.version for one in answers if one.status == 200} >= {PRESENT, GOOD}
    assert {one.version for one in answers if one.status != 200} == {BAD}, [
        one for one in answers if one.status != 200 and one.version != BAD
    ][:5]
