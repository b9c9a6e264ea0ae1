# SPDX-License-Identifier: Apache-2.0
"""Placeholders on a real API server and scheduler: they may run, hold a node, and give way to a service at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from contract import charts
from support.cluster import Cluster, eventually, node, started

Json = dict[str, Any]
SIZE: Json = {"name": "general", "replicas": 2, "cpu": "3", "memory": "2Gi"}
INPUTS: Json = {"addon_node_autoscaler": "karpenter"}
# As the role priority_classes makes it.
CLASS: Json = {
    "apiVersion": "scheduling.k8s.io/v1",
    "kind": "PriorityClass",
    "metadata": {"name": "headroom"},
    "value": -10,
    "globalDefault": False,
}
NAMESPACE: Json = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {
        "name": "headroom",
        "labels": {"pod-security.kubernetes.io/enforce": "restricted", "applied-ai.dev/policies": "enforced"},
    },
}


def objects(*sizes: Json, **inputs: Any) -> list[Json]:
    """Return what the role makes of these sizes."""
    return charts.rendered_objects("headroom", {**INPUTS, "headroom_sizes": list(sizes), **inputs})


def findings(*sizes: Json, **inputs: Any) -> list[str]:
    """Return what the role finds wrong with these sizes."""
    (found,) = charts.rendered("headroom", {**INPUTS, "headroom_sizes": list(sizes), **inputs}, "addon_findings")
    return list(found)


def pods(cluster: Cluster, phase: str) -> set[str]:
    """Return the placeholders in a phase."""
    found = cluster.get("pods", "-n", "headroom", "--field-selector", f"status.phase={phase}")
    return {one["metadata"]["uid"] for one in found["items"] if not one["metadata"].get("deletionTimestamp")}


def service(cpu: str) -> Json:
    """Return a pod of a service, without a priority class."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "api", "namespace": "default"},
        "spec": {
            "containers": [
                {"name": "main", "image": "registry.example.com/a:1", "resources": {"requests": {"cpu": cpu}}}
            ]
        },
    }


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a cluster with one node of 8 processors, and the policies that services keep to, but for probes."""
    with started(tmp_path_factory.mktemp("lab")) as one:
        policies = charts.rendered_objects("admission_policies", {"admission_policies_disabled": ["probes"]})
        one.create(node("only"), CLASS, NAMESPACE, *policies)
        yield one


@pytest.mark.lab
def test_a_service_takes_a_placeholders_place_at_once(cluster: Cluster) -> None:
    cluster.create(*objects(SIZE))
    before = eventually(lambda: found if len(found := pods(cluster, "Running")) == 2 else None, 60)

    cluster.create(service("4"))
    eventually(lambda: cluster.get("pod", "api")["status"]["phase"] == "Running", 30)

    assert cluster.get("pod", "api")["spec"]["nodeName"] == "only"
    # One gave way, and waits for another node to keep warm.
    waiting = eventually(lambda: pods(cluster, "Pending"), 30)
    assert len(waiting) == 1
    assert pods(cluster, "Running") < before
    cluster.must("kubectl", "delete", "pod", "api", "--wait=true")
    eventually(lambda: len(pods(cluster, "Running")) == 2, 60)


def test_without_sizes_there_is_nothing() -> None:
    assert objects() == []


def test_a_placeholder_can_hold_a_gpu_where_services_with_one_run() -> None:
    (made,) = objects(
        {
            "name": "gpu",
            "gpus": 2,
            "node_selector": {"nvidia.com/gpu.product": "NVIDIA-A10G"},
            "tolerations": [{"key": "spot", "operator": "Exists"}],
            "spread_zones": False,
        }
    )
    pod = made["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"]["limits"] == {"cpu": "1", "memory": "1Gi", "nvidia.com/gpu": "2"}
    assert {one["key"] for one in pod["tolerations"]} == {"spot", "nvidia.com/gpu"}
    assert pod["nodeSelector"] == {"nvidia.com/gpu.product": "NVIDIA-A10G"}
    assert pod["topologySpreadConstraints"] == []


WRONG: dict[str, tuple[list[Json], Json, str]] = {
    "nobody starts nodes": (
        [SIZE],
        {"addon_node_autoscaler": "none"},
        "headroom_sizes keeps nodes warm, and addon_node_autoscaler is none, so that no node would come for it; set"
        " addon_node_autoscaler to karpenter or cluster_autoscaler, or leave headroom_sizes empty.",
    ),
    "a name twice": (
        [SIZE, SIZE],
        {},
        "headroom_sizes has the name general twice; give each entry a name of its own.",
    ),
    "a name that is none": (
        [{"name": "My nodes"}],
        {},
        "headroom_sizes has the name My nodes, which no Deployment can bear; use at most 52 lower-case letters, digits"
        " and hyphens.",
    ),
    "less than none": (
        [{"name": "general", "replicas": -1}],
        {},
        "headroom_sizes gives general a negative number of placeholders or GPUs; use 0 or more.",
    ),
    "no quantity": (
        [{"name": "general", "memory": "2 GB"}],
        {},
        "headroom_sizes gives general memory 2 GB, which is no quantity; write it as in 512Mi or 4Gi.",
    ),
}


@pytest.mark.parametrize(("sizes", "inputs", "sentence"), WRONG.values(), ids=WRONG)
def test_what_cannot_work_is_refused_in_one_sentence(sizes: list[Json], inputs: Json, sentence: str) -> None:
    assert findings(*sizes, **inputs) == [sentence]


def test_what_can_work_is_not_refused() -> None:
    assert findings(SIZE, {"name": "gpu", "cpu": "500m", "memory": "1.5Gi", "gpus": 1}) == []
