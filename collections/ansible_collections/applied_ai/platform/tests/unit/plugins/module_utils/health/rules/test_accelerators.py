# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedGpus,
    Outcome,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import accelerators as room
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    LABEL,
    NOW,
    Json,
    told,
)

GPU = "nvidia.com/gpu"


def snapshot(**kinds: list[Json]) -> Snapshot:
    return Snapshot("v1.36.3", {**{kind: [] for kind in ("nodes", "pods", *room.QUERIES)}, **kinds})


def node(
    name: str = "g1",
    gpus: str = "4",
    *,
    cpu: str = "16",
    taints: list[Json] | None = None,
    resource: str = GPU,
    **labels: str,
) -> Json:
    amounts = {resource: gpus, "cpu": cpu, "memory": "64Gi"}
    told = {key.replace("__", ".").replace("_", "-"): value for key, value in labels.items()}
    return {
        "metadata": {
            "name": name,
            "labels": {LABEL: "gpu", **{f"nvidia.com/{key}": value for key, value in told.items()}},
        },
        "spec": {"taints": taints or []},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "capacity": amounts,
            "allocatable": amounts,
        },
    }


def pod(gpus: str = "1", cpu: str = "1", place: str = "g1", phase: str = "Running") -> Json:
    resources = {"requests": {"cpu": cpu}, "limits": {GPU: gpus}}
    return {"spec": {"nodeName": place, "containers": [{"resources": resources}]}, "status": {"phase": phase}}


def expected(**group: Any) -> Expected:
    return Expected(gpu_groups={"gpu": ExpectedGpus(**{"count": 2, "gpus_per_node": 4, **group})})


@pytest.mark.parametrize(
    ("nodes", "group", "findings"),
    [
        ([node("a"), node("b")], {}, []),
        ([node("a")], {}, [("node group gpu", "4 nvidia.com/gpu allocatable on 1 ready node", "major")]),
        ([], {}, [("node group gpu", "0 nvidia.com/gpu allocatable on 0 ready nodes", "critical")]),
        ([node("a", "16"), node("b", "16")], {"replicas": 4}, []),
        (
            [node("a", "28", resource="nvidia.com/mig-1g.10gb")],
            {"count": 1, "replicas": 7, "resource": "nvidia.com/mig-1g.10gb"},
            [],
        ),
        (
            [node("a", gpu__product="Tesla-T4"), node("b", gpu__product="NVIDIA-A10G-SHARED")],
            {"model": "NVIDIA-A10G"},
            [("Node a", "model Tesla-T4", "")],
        ),
        (
            [node("a"), node("b")],
            {"count": 1, "model": "X"},
            [("Node a", "model not labelled", ""), ("Node b", "model not labelled", "")],
        ),
    ],
)
def test_gpus_complete(nodes: list[Json], group: dict[str, Any], findings: list[tuple[str, str, str]]) -> None:
    assert told(room.gpus_complete(snapshot(nodes=nodes), expected(**group), NOW)) == findings


FOREIGN = [{"key": "team", "value": "x", "effect": "NoSchedule"}]


@pytest.mark.parametrize(
    ("one", "pods", "why"),
    [
        (node(), [], ""),
        (node(), [pod("3", "15")], ""),
        (node(), [pod("3", "15.7")], "1 GPUs free that no pod can use: 0.3 CPU left beside them"),
        (node(), [pod("4", "16")], ""),
        (
            node(),
            [pod("1", "16"), pod("3", phase="Succeeded")],
            "3 GPUs free that no pod can use: 0 CPU left beside them",
        ),
        (node(taints=[{"key": GPU, "effect": "NoSchedule"}]), [], ""),
        (node(taints=[{"key": "team", "effect": "PreferNoSchedule"}]), [], ""),
        (node(taints=[{"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}]), [], ""),
        (node(taints=FOREIGN), [], "4 GPUs free that no pod can use: taint team=x"),
        ({**node(), "spec": {"unschedulable": True}}, [], "4 GPUs free that no pod can use: the node is cordoned"),
        (node("away", "0"), [], ""),
    ],
)
def test_gpus_schedulable(one: Json, pods: list[Json], why: str) -> None:
    outcome = room.gpus_schedulable(snapshot(nodes=[one], pods=pods), Expected(), NOW)
    assert [finding.seen for finding in outcome.findings] == ([why] if why else [])


def test_a_taint_that_pods_tolerate_closes_nothing() -> None:
    seen = snapshot(nodes=[node(taints=FOREIGN)])
    assert room.gpus_schedulable(seen, Expected(tolerated=("team",)), NOW).findings == ()


def test_free_gpus_are_counted() -> None:
    seen = snapshot(nodes=[node("g1"), node("g2")], pods=[pod("3"), pod("2", place="g2")])
    assert room.gpus_schedulable(seen, Expected(), NOW).summary == "3 GPUs free and usable"


def test_a_pod_needs_what_its_containers_need_together_or_its_largest_init_container() -> None:
    def of(number: str, **more: str) -> Json:
        return {"resources": {"requests": {"cpu": number}}, **more}

    side = {"initContainers": [of("3"), of("1", restartPolicy="Always")], "containers": [of("1"), of("500m")]}
    assert room.requested({"spec": side}, "cpu") == Decimal(3)
    assert room.requested({"spec": {**side, "containers": [of("4")]}}, "cpu") == Decimal(5)


@pytest.mark.parametrize(("taints", "count"), [([{"key": GPU}], 0), ([], 1), (FOREIGN, 1)])
def test_gpu_nodes_tainted(taints: list[Json], count: int) -> None:
    seen = snapshot(nodes=[node(taints=taints)])
    assert len(room.gpu_nodes_tainted(seen, expected(tainted=True), NOW).findings) == count
    assert room.gpu_nodes_tainted(seen, expected(), NOW).findings == ()


@pytest.mark.parametrize(
    ("labels", "group", "seen"),
    [
        ({}, {}, []),
        ({"gpu__replicas": "4"}, {"replicas": 4}, []),
        ({"gpu__replicas": "4"}, {}, ["each GPU shared by 4"]),
        ({}, {"replicas": 4}, ["each GPU shared by 1"]),
        (
            {"mig__config": "all-1g.10gb", "mig__config__state": "success"},
            {"mig_config": "all-1g.10gb", "replicas": 7},
            [],
        ),
        (
            {"mig__config": "all-1g.10gb", "mig__config__state": "failed"},
            {"mig_config": "all-1g.10gb"},
            ["MIG layout all-1g.10gb is failed"],
        ),
        ({"mig__config": "all-disabled"}, {"mig_config": "all-1g.10gb"}, ["MIG layout all-disabled"]),
        ({}, {"mig_config": "all-1g.10gb"}, ["MIG layout not labelled"]),
    ],
)
def test_gpus_shared_as_asked(labels: dict[str, str], group: dict[str, Any], seen: list[str]) -> None:
    outcome = room.gpus_shared_as_asked(snapshot(nodes=[node(**labels)]), expected(**group), NOW)
    assert [finding.seen for finding in outcome.findings] == seen


NEW = {"cuda__driver_version__full": "570.124.06", "cuda__runtime_version__full": "12.8"}
OLD = {
    "cuda__driver__major": "535",
    "cuda__driver__minor": "183",
    "cuda__driver__rev": "01",
    "cuda__runtime__major": "12",
    "cuda__runtime__minor": "2",
}


@pytest.mark.parametrize(
    ("nodes", "findings"),
    [
        ([NEW, NEW], []),
        ([OLD], [("Node n0", "driver 535.183.01", ""), ("Node n0", "CUDA 12.2", "")]),
        ([{}], [("Node n0", "driver not labelled", ""), ("Node n0", "CUDA not labelled", "")]),
        (
            [NEW, {**NEW, "cuda__driver_version__full": "575.51.03"}],
            [("node group gpu", "drivers differ: 570.124.06 on 1, 575.51.03 on 1", "minor")],
        ),
    ],
)
def test_gpu_drivers_fit(nodes: list[dict[str, str]], findings: list[tuple[str, str, str]]) -> None:
    seen = snapshot(nodes=[node(f"n{index}", **labels) for index, labels in enumerate(nodes)])
    assert told(room.gpu_drivers_fit(seen, expected(driver="570", cuda="12.4"), NOW)) == findings


def series(value: float, host: str = "g1", gpu: str = "0") -> Json:
    return {"metric": {"Hostname": host, "gpu": gpu}, "value": value}


def test_a_node_whose_metrics_vanished_is_told() -> None:
    seen = snapshot(nodes=[node("g1"), node("g2"), node("cpu", "0")], gpu_seen=[series(4)])
    assert told(room.gpus_watched(seen, Expected(), NOW)) == [("Node g2", "no metrics of its GPUs", "")]


def test_labels_and_metrics_of_a_node_come_after_it() -> None:
    new = node("g1")
    new["metadata"]["creationTimestamp"] = "2026-11-23T11:59:50Z"
    seen, wanted = snapshot(nodes=[new]), expected(count=1, model="NVIDIA-A10G", driver="570", replicas=1, tainted=True)
    rules = (room.gpus_watched, room.gpus_complete, room.gpu_drivers_fit, room.gpu_nodes_tainted)
    assert [told(rule(seen, wanted, NOW)) for rule in rules] == [[], [], [], []]
    new["metadata"]["creationTimestamp"] = "2026-11-23T11:50:00Z"
    assert [len(told(rule(seen, wanted, NOW))) for rule in rules] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("kinds", "seen"),
    [
        ({}, []),
        ({"gpu_xid": [series(79)]}, ["XID 79, GPU has fallen off the bus"]),
        ({"gpu_xid": [series(200)]}, ["XID 200"]),
        ({"gpu_xid": [series(code) for code in room.OF_PROGRAMS]}, []),
        ({"gpu_ecc": [series(2)]}, ["2 memory errors in an hour that ECC cannot correct"]),
        ({"gpu_remap": [series(1)]}, ["no spare memory rows left"]),
    ],
)
def test_gpus_without_errors(kinds: dict[str, list[Json]], seen: list[str]) -> None:
    findings = room.gpus_without_errors(snapshot(**kinds), Expected(), NOW).findings
    assert [finding.seen for finding in findings] == seen
    assert all(finding.subject == "GPU 0 of node g1" for finding in findings)


def test_gpus_cool() -> None:
    assert room.gpus_cool(snapshot(), Expected(), NOW).findings == ()
    hot = snapshot(gpu_hot=[series(88)], gpu_slowed=[series(1, gpu="1")])
    assert told(room.gpus_cool(hot, Expected(), NOW)) == [
        ("GPU 0 of node g1", "88 °C for 5 minutes", ""),
        ("GPU 1 of node g1", "slowed down for 10 minutes by heat or power", ""),
    ]


def used(limit: int, **prices: str) -> Outcome:
    one = node("g1")
    one["metadata"]["labels"][room.INSTANCE_TYPE] = "g5.12xlarge"
    kinds = {"nodes": [one], "gpu_seen": [series(4)], "gpu_idle": [series(0), series(0, gpu="1"), series(0, "gone")]}
    amounts = {name.replace("_", "."): Decimal(price) for name, price in prices.items()}
    return room.gpus_used(snapshot(**kinds), Expected(idle_limit=limit, prices=amounts), NOW)


def test_idle_gpus_cost_their_share_of_the_node() -> None:
    outcome = used(100, g5_12xlarge="5.672")
    assert outcome.summary == "3 of 4 GPUs idle for 2 h, 2.84 USD an hour at list price, 1 without a price"
    assert outcome.findings == ()


def test_too_many_idle_gpus_are_a_finding() -> None:
    assert [finding.seen for finding in used(50).findings] == ["3 of 4 GPUs idle for 2 h, none with a list price"]


def test_no_gpus_are_not_idle() -> None:
    assert room.gpus_used(snapshot(), Expected(idle_limit=0), NOW).summary == "0 of 0 GPUs idle for 2 h"
