# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import health_gpu_info as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError, PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.accelerators import QUERIES
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    LABEL,
    NOW,
    Json,
)

AMOUNTS = {"nvidia.com/gpu": "4", "cpu": "48", "memory": "192Gi"}
NODE = {
    "metadata": {"name": "g1", "labels": {LABEL: "gpu", "node.kubernetes.io/instance-type": "g5.12xlarge"}},
    "status": {"conditions": [{"type": "Ready", "status": "True"}], "capacity": AMOUNTS, "allocatable": AMOUNTS},
}
GROUP = {
    "name": "gpu",
    "count": 1,
    "gpus_per_node": 4,
    "model": "",
    "resource": "nvidia.com/gpu",
    "replicas": 1,
    "mig_config": "",
    "driver": "",
    "cuda": "",
    "tainted": False,
}


class Cluster:
    """A cluster of one node with four GPUs."""

    def get(self, _path: str) -> Json:
        return {"gitVersion": "v1.36.3"}

    def items(self, path: str, **_query: str) -> list[Json]:
        return [NODE] if path.endswith("/nodes") else []

    def metadata(self, _path: str, **_query: str) -> list[Json]:
        return []


class Gone(Cluster):
    def get(self, _path: str) -> Json:
        raise KubeError("no route")


def ask(**values: str) -> Any:
    """Return a Prometheus that knows these series of GPU 0 of the node, and that it has four."""
    by_query = {QUERIES[name]: value for name, value in {"gpu_seen": "4", **values}.items()}

    def answer(query: str) -> Json:
        metric = {"Hostname": "g1", "gpu": "0"}
        found = [{"metric": metric, "value": [0, by_query[query]]}] if query in by_query else []
        return {"status": "success", "data": {"result": found}}

    return answer


def params(**given: Any) -> Json:
    expected = {"groups": [GROUP], "node_group_label": LABEL, "tolerated_taints": ["nvidia.com/gpu"], "idle_limit": 100}
    base = {
        "metrics": True,
        "provider": "aws",
        "region": "",
        "price_book": "",
        "price_book_overrides": [],
        "summary_lines": 10,
    }
    return {**base, "exceptions": [], **given, "expected": {**expected, **given.get("expected", {})}}


def look(prometheus: Any, cluster: Any = None, **given: Any) -> Json:
    return action.look(cluster or Cluster(), prometheus, params(**given), now=NOW, clock=count(0, 0.5).__next__)


def test_gpus_that_are_well() -> None:
    found = look(ask())
    assert (found["verdict"], found["exit_code"], found["duration_s"]) == ("healthy", 0, 0.5)
    assert "4 GPUs free and usable" in found["summary"]


def test_an_error_of_a_gpu_is_named() -> None:
    found = look(ask(gpu_xid="79"))
    assert found["verdict"] == "degraded"
    assert found["checks"][0]["seen"] == "XID 79, GPU has fallen off the bus"


def test_a_group_that_is_short_is_told() -> None:
    found = look(ask(), expected={"groups": [{**GROUP, "count": 2}]})
    assert [one["id"] for one in found["checks"] if one["status"] == "failed"] == ["gpus_complete"]


def test_a_silent_prometheus_is_unknown() -> None:
    def silent(_query: str) -> Json:
        raise PlatformError("Prometheus does not answer")

    found = look(silent)
    assert (found["verdict"], found["exit_code"]) == ("unknown", 3)
    assert {one["id"] for one in found["checks"] if one["status"] == "unknown"} == {
        "gpus_watched",
        "gpus_without_errors",
        "gpus_cool",
        "gpus_used",
    }


def test_a_silent_cluster_is_unknown() -> None:
    found = look(ask(), Gone())
    assert found["verdict"] == "unknown"
    assert {one["seen"] for one in found["checks"]} == {"no route"}


def test_idle_gpus_are_priced_by_the_book(tmp_path: Path) -> None:
    (tmp_path / "aws").mkdir()
    header = "region,sku,unit,currency,price,as_of,source,note\n"
    (tmp_path / "aws/ec2.csv").write_text(f"{header}eu-central-1,g5.12xlarge,hour,EUR,8.00,2026-10,s,\n")
    for region, words in (("eu-central-1", "2.00 EUR an hour"), ("us-east-1", "none with a list price")):
        found = look(ask(gpu_idle="0"), region=region, price_book=str(tmp_path))
        (told,) = [one["seen"] for one in found["checks"] if one["id"] == "gpus_used"]
        assert told.startswith("1 of 4 GPUs idle for 2 h")
        assert words in told


def test_a_book_that_is_none_is_a_sentence() -> None:
    with pytest.raises(CostError, match="is not a folder"):
        look(ask(), region="us-east-1", price_book="/nowhere")


@pytest.mark.parametrize("limit", [-1, 101])
def test_a_limit_that_is_no_percent_is_refused(limit: int) -> None:
    with pytest.raises(HealthError, match=r"expected\.idle_limit is"):
        look(ask(), expected={"idle_limit": limit})


def test_a_group_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(HealthError, match=r"expected\.gpu_groups\.gpu is"):
        look(ask(), expected={"groups": [{**GROUP, "gpus_per_node": 0}]})


class NoGpus(Cluster):
    def items(self, _path: str, **_query: str) -> list[Json]:
        return []


def refuses(_query: str) -> Json:
    """Be a Prometheus that is not there."""
    message = "nobody answers"
    raise PlatformError(message)


def test_gpus_that_nobody_watches_are_judged_by_their_nodes_alone() -> None:
    assert look(refuses)["verdict"] == "unknown"
    found = look(refuses, metrics=False)
    assert found["verdict"] == "healthy"
    assert {check["id"] for check in found["checks"]}.isdisjoint({"gpus_without_errors", "gpus_cool", "gpus_watched"})


@pytest.mark.parametrize(
    ("groups", "verdict"), [([], "healthy"), ([{**GROUP, "count": 0}], "healthy"), ([GROUP], "unhealthy")]
)
def test_prometheus_is_asked_only_where_gpus_are_or_should_be(groups: list[Json], verdict: str) -> None:
    assert look(refuses, NoGpus(), expected={"groups": groups})["verdict"] == verdict
