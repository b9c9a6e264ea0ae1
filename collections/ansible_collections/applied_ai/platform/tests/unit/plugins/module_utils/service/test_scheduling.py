# SPDX-License-Identifier: Apache-2.0
"""What the scheduler says, reduced."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service.scheduling import gpus_of, unschedulable

Json = dict[str, Any]
PREEMPTION = " preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."
CLAIMS = " no new claims to deallocate, preemption: 0/4 nodes are available: 4 No preemption victims found."


def pod(requests: Json | None = None, **spec: Any) -> Json:
    return {"spec": {"containers": [{"name": "a", "resources": {"requests": requests or {}}}], **spec}}


MODEL = {
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "applied-ai.dev/gpu-model", "operator": "In", "values": ["h100"]}]}
                ]
            }
        }
    }
}
CASES: dict[str, tuple[Json, str, str]] = {
    "cpu": (
        pod({"cpu": "64"}),
        "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu.",
        "no node has 64 cpu free (3 of 4 lack it), ask for less in resources or add nodes",
    ),
    "cpu and memory": (
        pod({"cpu": "2", "memory": "9Gi"}),
        "0/4 nodes are available: 2 Insufficient memory, 4 Insufficient cpu.",
        "no node has 9Gi memory, 2 cpu free (4 of 4 lack it), ask for less in resources or add nodes",
    ),
    "all GPUs are taken": (
        pod({"nvidia.com/gpu": "2"}),
        "0/4 nodes are available: 2 Insufficient nvidia.com/gpu, 2 node(s) didn't match Pod's node affinity/selector.",
        "no node has 2 nvidia.com/gpu free (4 nodes), add GPU nodes or free GPUs",
    ),
    "no GPU of the model": (
        pod({"nvidia.com/gpu": "1"}, **MODEL),
        "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector.",
        "it asks for 1 nvidia.com/gpu, and none of 4 nodes is a GPU node of model h100 that it may use, add a node "
        "group with such GPUs",
    ),
    "GPU, but no memory": (
        pod({"nvidia.com/gpu": "1", "memory": "900Gi"}),
        "0/4 nodes are available: 1 Insufficient memory, 3 node(s) didn't match Pod's node affinity/selector.",
        "no GPU node has memory free beside 1 nvidia.com/gpu, ask for less or add nodes",
    ),
    "zone": (
        pod(nodeSelector={"topology.kubernetes.io/zone": "us-east-1f"}),
        "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector.",
        "none of 4 nodes is one in zone us-east-1f (topology.kubernetes.io/zone=us-east-1f), add such nodes or "
        "ask for others",
    ),
    "label": (
        pod(nodeSelector={"kind": "fast"}),
        "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector.",
        "none of 4 nodes is one that it wants (kind=fast), add such nodes or ask for others",
    ),
    "spread": (
        pod(),
        "0/4 nodes are available: 4 node(s) didn't match pod topology spread constraints.",
        "no node keeps it spread over zones and nodes (4 nodes), add one in a zone that has none",
    ),
    "volume": (
        pod(),
        "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        "no node can mount its volume (pod has unbound immediate PersistentVolumeClaims), its zone needs a node and "
        "its storage class must exist",
    ),
    "volume of another zone": (
        pod(),
        "0/4 nodes are available: 4 node(s) had volume node affinity conflict.",
        "no node can mount its volume (node(s) had volume node affinity conflict), its zone needs a node and its "
        "storage class must exist",
    ),
    "taints": (
        pod(),
        "0/4 nodes are available: 4 node(s) had untolerated taint {dedicated: db}.",
        "none of 4 nodes takes it: node(s) had untolerated taint {dedicated: db}",
    ),
    "no nodes": (
        pod(),
        "no nodes available to schedule pods.",
        "no node takes it: no nodes available to schedule pods",
    ),
}


@pytest.mark.parametrize(("one", "message", "sentence"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("more", ["", PREEMPTION, CLAIMS])
def test_the_message_is_reduced(one: Json, message: str, sentence: str, more: str) -> None:
    assert unschedulable(one, message + more) == sentence


def test_gpus_are_resources_of_a_vendor() -> None:
    asked = {
        "cpu": "1",
        "nvidia.com/mig-1g.10gb": "1",
        "amd.com/gpu": "2",
        "example.com/fpga": "1",
        "nvidia.com/gpu": "0",
    }
    assert gpus_of(pod(asked)) == {"nvidia.com/mig-1g.10gb": "1", "amd.com/gpu": "2"}
