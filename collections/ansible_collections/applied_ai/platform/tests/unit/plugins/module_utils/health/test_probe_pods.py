# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import probe_pods as pods
from ansible_collections.applied_ai.platform.plugins.module_utils.health.probe_pods import Group, Order, Stage

Json = dict[str, Any]
LABEL = "eks.amazonaws.com/nodegroup"
GPU = "nvidia.com/gpu"


def node(name: str, group: str = "gpu", gpus: str = "4", **spec: Any) -> Json:
    return {
        "metadata": {"name": name, "labels": {LABEL: group}},
        "spec": spec,
        "status": {"allocatable": {GPU: gpus, "cpu": "8", "memory": "32Gi"}},
    }


def holder(gpus: str, phase: str = "Running", **labels: str) -> Json:
    container = {"resources": {"limits": {GPU: gpus}}}
    return {"metadata": {"labels": labels}, "spec": {"containers": [container]}, "status": {"phase": phase}}


def order(**given: Any) -> Order:
    return Order(**{"namespace": "n", "groups": (Group("gpu", 2, 4),), **given})


def made(**given: Any) -> Json:
    """Return the pod of an order for a group of two nodes."""
    wanted = order(**given)
    (target,) = pods.targets(wanted, [node("a"), node("b")])
    return pods.pod(wanted, target, "p", "r1", "never")


def test_one_pod_per_group_or_per_node() -> None:
    nodes = [node("b"), node("a"), node("c", "other")]
    (one,) = pods.targets(order(), nodes)
    assert (one.subject, [n["metadata"]["name"] for n in one.nodes], one.gpus) == ("node group gpu", ["a", "b"], 1)
    assert [one.subject for one in pods.targets(order(per_node=True), nodes)] == ["Node a", "Node b"]
    assert pods.targets(order(test="nccl"), nodes)[0].gpus == 4
    assert pods.targets(order(), [node("c", "other")]) == []


def test_the_pod_is_kept_to_nodes_that_are_there() -> None:
    spec = made()["spec"]
    terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert [term["matchFields"][0]["values"] for term in terms] == [["a"], ["b"]]
    assert spec["nodeSelector"] == {LABEL: "gpu"}
    assert spec["priorityClassName"] == "never"
    assert spec["tolerations"] == [{"key": GPU, "operator": "Exists"}]


def test_the_pod_ends_by_itself_and_bears_its_run() -> None:
    pod = made(labels={"team": "platform"})
    assert (pod["spec"]["activeDeadlineSeconds"], pod["spec"]["restartPolicy"]) == (60, "Never")
    labels = pod["metadata"]["labels"]
    assert (labels[pods.PROBE], labels[pods.RUN], labels["team"]) == ("true", "r1", "platform")


@pytest.mark.parametrize(
    ("given", "image", "command", "gpus"),
    [
        ({}, "registry.k8s.io/pause:3.10.2", None, "1"),
        ({"test": "cuda"}, "nvcr.io/nvidia/k8s/cuda-sample:vectoradd-cuda12.5.0-ubuntu22.04", None, "1"),
        ({"test": "cuda", "image": "i:1", "command": ("run", "it")}, "i:1", ["run", "it"], "1"),
        ({"test": "nccl"}, pods.PROGRAMS["nccl"].image, [*pods.NCCL, "4"], "4"),
    ],
)
def test_what_the_pod_runs(given: Json, image: str, command: list[str] | None, gpus: str) -> None:
    (container,) = made(**given)["spec"]["containers"]
    assert (container["image"], container.get("command")) == (image, command)
    assert container["resources"]["limits"][GPU] == gpus
    assert ("volumeMounts" in container) == (given.get("test") == "nccl")


@pytest.mark.parametrize("bad", [{"count": -1}, {"gpus_per_node": 0}, {"replicas": 0}])
def test_a_group_that_makes_no_sense_is_refused(bad: Json) -> None:
    good = {"name": "gpu", "count": 1, "gpus_per_node": 4, "resource": GPU, "replicas": 1, "model": "x"}
    assert pods.group_of(good) == Group("gpu", 1, 4)
    with pytest.raises(HealthError, match=r"expected\.groups has"):
        pods.group_of({**good, **bad})


READY = [{"type": "Ready", "status": "True"}]
SHORT = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: 0/1 x."


def state(**kind: Any) -> Json:
    return {"containerStatuses": [{"name": "probe", "state": kind}]}


def waiting(reason: str, message: str = "") -> Json:
    return {"phase": "Pending", **state(waiting={"reason": reason, "message": message})}


def ended(code: int, reason: str, message: str = "") -> Json:
    return {"phase": "Failed", **state(terminated={"exitCode": code, "reason": reason, "message": message})}


CASES: dict[str, tuple[Json, str, bool, Stage, bool, str]] = {
    # status, node, whether it computes → stage, ran, words
    "ready": ({"phase": "Running", "conditions": READY}, "a", False, Stage.PASSED, True, "node a"),
    "computing": ({"phase": "Running", "conditions": READY}, "a", True, Stage.WAITING, True, "still running"),
    "done": ({"phase": "Succeeded"}, "a", True, Stage.PASSED, True, ""),
    "failed": (ended(1, "Error"), "a", True, Stage.FAILED, True, "Error, exit code 1"),
    "no driver": (
        ended(128, "StartError", "nvidia-container-cli: driver"),
        "a",
        True,
        Stage.FAILED,
        False,
        "StartError, exit code 128: nvidia-container-cli: driver",
    ),
    "refused by the kubelet": (
        {"phase": "Failed", "reason": "UnexpectedAdmissionError", "message": "Allocate failed"},
        "a",
        False,
        Stage.FAILED,
        False,
        "UnexpectedAdmissionError: Allocate failed",
    ),
    "failed without a word": ({"phase": "Failed"}, "a", False, Stage.FAILED, False, "failed without a reason"),
    "no image": (waiting("ImagePullBackOff", "not found"), "a", False, Stage.UNSEEN, False, "ImagePullBackOff: not"),
    "first pull failed": (waiting("ErrImagePull"), "a", False, Stage.WAITING, False, "ErrImagePull"),
    "being made": (waiting("ContainerCreating"), "a", False, Stage.WAITING, False, "ContainerCreating"),
    "unschedulable": (
        {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "message": SHORT}]},
        "",
        False,
        Stage.WAITING,
        False,
        "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",
    ),
    "not looked at": ({}, "", False, Stage.WAITING, False, "not scheduled"),
}


@pytest.mark.parametrize(("status", "where", "computes", "stage", "ran", "words"), CASES.values(), ids=CASES)
def test_a_pod_is_read(*, status: Json, where: str, computes: bool, stage: Stage, ran: bool, words: str) -> None:
    seen = pods.read_pod({"metadata": {}, "spec": {"nodeName": where}, "status": status}, computes=computes)
    assert (seen.stage, seen.ran) == (stage, ran)
    assert words in seen.text


def test_the_scheduler_is_read_for_missing_gpus() -> None:
    status = {"conditions": [{"type": "PodScheduled", "status": "False", "message": SHORT}]}
    seen = pods.read_pod({"status": status}, computes=False)
    assert pods.short_of(seen, GPU)
    assert not pods.short_of(seen, "nvidia.com/mig-1g.5gb")
    assert "gpus_advertised" in seen.advice


def use(placed: dict[str, list[Json]], *nodes: Json, gpus: int = 1, **given: Any) -> pods.Use:
    wanted = order(**given)
    return pods.use_of(wanted, pods.Target("s", wanted.groups[0], nodes, gpus), placed, "r1")


@pytest.mark.parametrize(
    ("found", "full", "running"),
    [
        ([holder("4")], True, 1),
        ([holder("4", "Pending")], True, 0),
        ([holder("3")], False, 1),
        ([holder("4", "Succeeded")], False, 0),
        ([holder("4", **{pods.RUN: "r1"})], False, 0),
        ([], False, 0),
    ],
    ids=["all", "held by one that waits", "one is free", "ended", "this run's own", "none"],
)
def test_gpus_in_use_are_counted(found: list[Json], full: bool, running: int) -> None:
    seen = use({"a": found}, node("a"))
    assert (seen.full, seen.running, seen.total) == (full, running, 4)


def test_a_closed_node_with_free_gpus_does_not_hide_that_the_others_are_full() -> None:
    taint = {"key": "strange", "value": "x", "effect": "NoSchedule"}
    closed = (node("b", unschedulable=True), node("c", taints=[taint]))
    seen = use({"a": [holder("4")]}, node("a"), *closed)
    assert seen.full
    assert seen.closed == ("taint strange=x", "the node is cordoned")
    assert not use({}, *closed).full


def test_a_node_that_offers_no_gpu_is_not_full() -> None:
    assert not use({}, node("a", gpus="0")).full


def test_all_of_a_nodes_gpus_are_not_free_when_one_is_not() -> None:
    assert use({"a": [holder("1")]}, node("a"), gpus=4).full


def test_what_is_past_its_deadline_is_nobodys() -> None:
    now = datetime(2026, 11, 28, 12, 2, tzinfo=UTC)
    old = {"metadata": {"creationTimestamp": "2026-11-28T12:00:00Z"}, "spec": {"activeDeadlineSeconds": 60}}
    assert pods.left_over(old, now)
    assert not pods.left_over({**old, "spec": {"activeDeadlineSeconds": 115}}, now)


# Outputs that users published: coreweave/nccl-tests, pull request 43 (72 GPUs); NVIDIA/nccl-tests, issue 131 (2 GPUs).
FAST = """\
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
   536870912     134217728     float     sum      -1   1806.7  297.16  586.06      0   1835.9  292.43  576.74      0
  8589934592    2147483648     float     sum      -1    20299  423.16  834.57      0    20006  429.37  846.82      0
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 745.53
#
"""
BROKEN = "# Out of bounds values : 50 FAILED\n# Avg bus bandwidth    : 5.9e-05\n"


@pytest.mark.parametrize(
    ("log", "bandwidth", "wrong"),
    [
        (FAST, 745.53, 0),
        (BROKEN, 5.9e-05, 50),
        ("# Avg bus bandwidth    : nan", None, None),
        ("# Avg bus bandwidth    : 1.2.3", None, None),
        ("NCCL failure: unhandled system error", None, None),
        ("", None, None),
    ],
)
def test_nccls_output_is_read(log: str, bandwidth: float | None, wrong: int | None) -> None:
    assert pods.all_reduce(log) == pods.AllReduce(bandwidth, wrong)


def test_the_last_line_says_something() -> None:
    assert pods.last_line(FAST) == "# Avg bus bandwidth : 745.53"
    assert pods.last_line("\n \n") == ""
