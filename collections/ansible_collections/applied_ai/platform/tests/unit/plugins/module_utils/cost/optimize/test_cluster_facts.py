# SPDX-License-Identifier: Apache-2.0
"""What Prometheus and vertical pod autoscalers tell; tests/cost has the queries at a real Prometheus's promtool."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import cluster_facts
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Facts, NodeGroup, Workload
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, MissingKindError

FACTS = Facts("here", "2026-11-28", node_groups=(NodeGroup("g", "m5.large", 1), NodeGroup("h", "c5.large", 1)))
API = {"namespace": "services", "workload": "api"}


def answer(*series: tuple[dict[str, str], str]) -> dict[str, Any]:
    result = [{"metric": labels, "value": [0, value]} for labels, value in series]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


ANSWERS = {
    cluster_facts.USE["cpu_used"]: answer(({cluster_facts.TYPE: "m5.large"}, "0.25")),
    cluster_facts.USE["memory_used"]: answer(({cluster_facts.TYPE: "m5.large"}, "1.2")),
    cluster_facts.WORKLOADS["replicas"]: answer((API, "3")),
    cluster_facts.WORKLOADS["cpu"]: answer((API, "1")),
    cluster_facts.WORKLOADS["memory_gib"]: answer((API, str(2 * 1024**3))),
    cluster_facts.WORKLOADS["cpu_recommended"]: answer((API, "0.2")),
    cluster_facts.WORKLOADS["memory_recommended"]: answer((API, "NaN")),
    cluster_facts.NODE_TYPE: answer(
        ({**API, cluster_facts.TYPE: "m5.large"}, "2"), ({**API, cluster_facts.TYPE: "c5.large"}, "1")
    ),
    cluster_facts.TEAM: answer(({"namespace": "services", "label_team": "search"}, "1")),
}


def ask(query: str) -> dict[str, Any]:
    return ANSWERS.get(query, answer())


class Cluster:
    """A cluster with one autoscaler, or one that fails."""

    def __init__(self, error: KubeError | None = None) -> None:
        self.error = error

    def items(self, path: str) -> list[dict[str, Any]]:
        assert path == "/apis/autoscaling.k8s.io/v1/verticalpodautoscalers"
        if self.error:
            raise self.error
        containers = [{"target": {"cpu": "250m", "memory": "512Mi"}}, {"target": {"cpu": "50m", "memory": "256Mi"}}]
        return [
            {
                "metadata": {"namespace": "services", "name": "x"},
                "spec": {"targetRef": {"name": "api"}},
                "status": {"recommendation": {"containerRecommendations": containers}},
            },
            {"metadata": {"namespace": "services", "name": "new"}, "spec": {"targetRef": {"name": "other"}}},
        ]


def collect(asked: Any = ask, reader: Any = None) -> Facts:
    return cluster_facts.collect(FACTS, asked, reader, KubeError)


def test_use_is_known_by_kind_of_node_and_else_not_at_all() -> None:
    groups = collect().node_groups
    assert (groups[0].cpu_used, groups[0].memory_used, groups[0].gpu_used) == (Decimal("0.25"), Decimal(1), None)
    assert groups[1].cpu_used is None


def test_workloads_have_what_they_ask_for_and_what_they_used() -> None:
    assert collect().workloads == (
        Workload(
            **{"namespace": "services", "name": "api", "replicas": 3, "cpu": Decimal(1), "memory_gib": Decimal(2)},
            **{"cpu_recommended": Decimal("0.2"), "memory_recommended": None, "node_type": "m5.large"},
            **{"source": "a week in Prometheus", "team": "search"},
        ),
    )


def test_the_autoscalers_word_counts_more() -> None:
    (found,) = collect(reader=Cluster()).workloads
    assert (found.cpu_recommended, found.memory_recommended, found.source) == (Decimal("0.3"), Decimal("0.75"), "VPA")


def test_what_does_not_answer_is_unknown() -> None:
    def down(_query: str) -> dict[str, Any]:
        msg = "Prometheus at http://127.0.0.1:9 does not answer"
        raise KubeError(msg)

    assert [one.reason for one in collect(down).unknown] == ["Prometheus at http://127.0.0.1:9 does not answer."]
    assert [one.source for one in collect(None).unknown] == ["prometheus"]
    assert [one.source for one in collect(reader=Cluster(MissingKindError("no"))).unknown] == ["vpa"]
    assert [one.reason for one in collect(reader=Cluster(KubeError("It is down."))).unknown] == ["It is down."]


@pytest.mark.parametrize(
    "document",
    [
        {"status": "error", "error": "parse error"},
        {"status": "success", "data": {"resultType": "matrix", "result": []}},
        answer(({}, "much")),
    ],
)
def test_an_answer_that_is_no_vector_of_numbers_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(CostError, match="Prometheus"):
        cluster_facts.vector(document, ())
