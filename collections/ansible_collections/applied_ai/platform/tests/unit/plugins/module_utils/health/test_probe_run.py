# SPDX-License-Identifier: Apache-2.0
"""The course of a probe against a cluster in memory; against a real API server see tests/health/test_gpu_probe.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health import probe_pods as pods
from ansible_collections.applied_ai.platform.plugins.module_utils.health import probe_run
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Check
from ansible_collections.applied_ai.platform.plugins.module_utils.health.probe_pods import Group
from ansible_collections.applied_ai.platform.plugins.module_utils.health.probe_run import Cluster, Time, Told
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.test_probe_pods import (
    BROKEN,
    FAST,
    READY,
    SHORT,
    ended,
    holder,
    node,
    order,
    waiting,
)

Json = dict[str, Any]
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
NEVER = {"metadata": {"name": "never"}, "value": 5, "preemptionPolicy": "Never"}
UNSCHEDULED: Json = {"conditions": [{"type": "PodScheduled", "status": "False", "message": SHORT}]}
RUNS: Json = {"phase": "Running", "conditions": READY}


class Memory:
    """A cluster in memory: every pod that is made gets the status that the test chose."""

    def __init__(self, status: Json, *, nodes: list[Json] | None = None, others: list[Json] | None = None) -> None:
        self.status, self.nodes, self.others = status, [node("a")] if nodes is None else nodes, others or []
        self.classes = [NEVER]
        self.pods: dict[str, Json] = {}
        self.made: list[Json] = []
        self.log = ""
        self.refuse: Callable[[str, str], None] = lambda _method, _path: None

    def get(self, _path: str) -> Json:
        raise NotImplementedError

    def metadata(self, _path: str, **_query: str) -> list[Json]:
        raise NotImplementedError

    def items(self, path: str, **query: str) -> list[Json]:
        self.refuse("LIST", path)
        if path.endswith("/nodes"):
            return self.nodes
        if path.endswith("/priorityclasses"):
            return self.classes
        if "fieldSelector" in query:
            return self.others
        key, _, value = query["labelSelector"].partition("=")
        return [one for one in self.pods.values() if one["metadata"]["labels"].get(key) == value]

    def send(self, method: str, path: str, body: Json) -> Json:
        self.refuse(method, path)
        if method == "DELETE":
            if self.pods.pop(path.rpartition("/")[2], None) is None:
                raise KubeError("gone", status=404)
        else:
            self.made.append(body)
            spec = {**body["spec"], "nodeName": "" if self.status is UNSCHEDULED else "a"}
            self.pods[body["metadata"]["name"]] = {**body, "spec": spec, "status": self.status}
        return {}

    def text(self, _path: str) -> str:
        if not self.log:
            raise KubeError("no log")
        return self.log


class Clock:
    """A clock that goes on only where somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds += seconds


def run(memory: Memory, clock: Clock | None = None, **given: Any) -> Told:
    clock = clock or Clock()
    told = probe_run.run(Cluster(memory, memory.send, memory.text), order(**given), "r1", Time(NOW, clock, clock.pause))
    assert [one for one in memory.pods.values() if one["metadata"]["labels"].get(pods.RUN) == "r1"] == []
    return told


def said(checks: tuple[Check, ...]) -> list[tuple[str, str, str]]:
    return [(one.id.removeprefix("gpu_probe_"), one.status.value, one.severity.value) for one in checks]


OUTCOMES: dict[str, tuple[Json, list[Json], list[tuple[str, str, str]], str]] = {
    # status of the pod, other pods → checks, words of the first
    "runs": (RUNS, [], [("scheduled", "ok", "major")], "a pod had 1 nvidia.com/gpu on node a"),
    "no gpu": (UNSCHEDULED, [], [("scheduled", "failed", "critical")], "1 Insufficient nvidia.com/gpu, after 60 s"),
    "others run": (UNSCHEDULED, [holder("3")], [("scheduled", "failed", "major")], "Insufficient"),
    "busy": (UNSCHEDULED, [holder("4")], [("scheduled", "ok", "major")], "all 4 nvidia.com/gpu in use, by 1 pod, 1 of"),
    "held": (
        UNSCHEDULED,
        [holder("4", "Pending")],
        [("scheduled", "unknown", "major")],
        "0 of them running: not asked",
    ),
    "kubelet": (
        {"phase": "Failed", "reason": "UnexpectedAdmissionError"},
        [],
        [("scheduled", "failed", "critical")],
        "UnexpectedAdmissionError",
    ),
    "image": (waiting("ImagePullBackOff"), [], [("scheduled", "unknown", "major")], "ImagePullBackOff"),
    "slow registry": (waiting("ErrImagePull"), [], [("scheduled", "unknown", "major")], "ErrImagePull, after 60 s"),
}


@pytest.mark.parametrize(("status", "others", "checks", "words"), OUTCOMES.values(), ids=OUTCOMES)
def test_a_probe_is_judged(status: Json, others: list[Json], checks: list[tuple[str, str, str]], words: str) -> None:
    told = run(Memory(status, others=others))
    assert said(told.checks) == checks
    assert words in told.checks[0].seen


PROGRAMS: dict[str, tuple[str, Json, str, float, list[str], str]] = {
    # test, status, log, least bandwidth → statuses, words of the last check
    "cuda": ("cuda", {"phase": "Succeeded"}, "Test PASSED", 0, ["ok", "ok"], "came to a good end on node a"),
    "cuda fails": ("cuda", ended(1, "Error"), "x\nno device\n\n", 0, ["ok", "failed"], "it said: no device"),
    "cuda hangs": ("cuda", RUNS, "", 0, ["ok", "failed"], "still running on node a, after 300 s; its log cannot"),
    "no driver": ("cuda", ended(128, "StartError"), "", 0, ["failed", "unknown"], "its pod did not run"),
    "busy": ("cuda", UNSCHEDULED, "", 0, ["ok", "unknown"], "its pod did not run"),
    "nccl": ("nccl", {"phase": "Succeeded"}, FAST, 700, ["ok", "ok"], "745.5 GB/s mean bus bandwidth of 4 GPUs"),
    "nccl is slow": ("nccl", {"phase": "Succeeded"}, FAST, 800, ["ok", "failed"], "745.5 GB/s"),
    "nccl is wrong": ("nccl", ended(1, "Error"), BROKEN, 0, ["ok", "failed"], "50 wrong values"),
    "nccl without a log": ("nccl", {"phase": "Succeeded"}, "", 0, ["ok", "unknown"], "but no log"),
    "nccl without a result": ("nccl", {"phase": "Succeeded"}, "hm", 0, ["ok", "unknown"], "has no result"),
}


@pytest.mark.parametrize(("test", "status", "log", "least", "statuses", "words"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_is_judged(
    *, test: str, status: Json, log: str, least: float, statuses: list[str], words: str
) -> None:
    memory = Memory(status, others=[holder("4")])
    memory.log = log
    told = run(memory, test=test, least_bandwidth=least)
    assert [one.status.value for one in told.checks] == statuses
    assert words in told.checks[-1].seen
    assert told.checks[-1].id == {"cuda": "gpu_probe_computes", "nccl": "gpu_probe_communicates"}[test]


def test_one_gpu_alone_has_no_bandwidth() -> None:
    memory = Memory({"phase": "Succeeded"})
    memory.log = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 0 \n"
    told = run(memory, test="nccl", least_bandwidth=100, groups=(Group("gpu", 1, 1),))
    assert [one.status.value for one in told.checks] == ["ok", "ok"]


def test_shared_gpus_are_not_asked_for_nccl() -> None:
    memory = Memory(RUNS)
    (check,) = run(memory, test="nccl", groups=(Group("gpu", 1, 4, replicas=4),)).checks
    assert (check.status.value, memory.made) == ("unknown", [])
    assert "NCCL needs whole ones" in check.seen


def test_what_can_be_told_at_once_is_not_waited_for() -> None:
    clock = Clock()
    run(Memory(UNSCHEDULED, others=[holder("4")]), clock)
    assert clock.seconds <= 2


def test_every_group_has_the_same_time() -> None:
    clock = Clock()
    groups = (Group("gpu", 1, 4), Group("more", 1, 4))
    memory = Memory(UNSCHEDULED, nodes=[node("a"), node("m", "more")])
    told = run(memory, clock, groups=groups, timeout=7)
    assert len(told.checks) == len(memory.made) == 2
    assert clock.seconds <= 8


@pytest.mark.parametrize(("count", "status"), [(1, "failed"), (0, "ok")])
def test_a_group_without_nodes(count: int, status: str) -> None:
    memory = Memory(RUNS, nodes=[])
    (check,) = run(memory, groups=(Group("gpu", count, 4),)).checks
    assert (check.status.value, memory.made) == (status, [])


def test_no_group_is_no_health() -> None:
    assert [one.status.value for one in run(Memory(RUNS), groups=()).checks] == ["unknown"]


def refusing(*methods: str, message: str = "forbidden", status: int = 403) -> Callable[[str, str], None]:
    def refuse(method: str, path: str) -> None:
        if method in methods and "/nodes" not in path:
            raise KubeError(message, status=status)

    return refuse


def test_a_refused_pod_is_unknown_with_its_reason() -> None:
    memory = Memory(RUNS)
    memory.refuse = refusing("POST", message="The pod lacks the labels team")
    (check,) = run(memory).checks
    assert (check.status.value, check.seen) == ("unknown", "The pod lacks the labels team")


def test_a_silent_cluster_is_unknown() -> None:
    memory = Memory(RUNS)
    memory.refuse = refusing("LIST")
    (check,) = run(memory).checks
    assert (check.status.value, check.seen, memory.made) == ("unknown", "forbidden", [])


def test_an_answer_that_fails_on_the_way_is_asked_for_again() -> None:
    memory, lists = Memory(RUNS), iter(range(100))

    def flaky(method: str, path: str) -> None:
        if method == "LIST" and path.endswith("/pods") and 1 <= next(lists) <= 3:
            raise KubeError("busy")

    memory.refuse = flaky
    assert [one.status.value for one in run(memory).checks] == ["ok"]


def test_an_api_server_that_falls_silent_is_unknown_and_the_pods_are_still_deleted() -> None:
    memory, lists = Memory(RUNS), iter(range(1000))

    def dies(method: str, path: str) -> None:
        if method == "LIST" and path.endswith("/pods") and next(lists) >= 1:
            raise KubeError("does not answer")

    memory.refuse = dies
    told = run(memory)
    assert {one.status.value for one in told.checks} == {"unknown"}
    assert any("does not answer" in one.seen for one in told.checks)


def test_a_pod_that_somebody_deletes_is_unknown() -> None:
    memory = Memory(UNSCHEDULED)
    clock = Clock()

    def pause(seconds: float) -> None:
        clock.pause(seconds)
        memory.pods.clear()

    told = probe_run.run(Cluster(memory, memory.send, memory.text), order(), "r1", Time(NOW, clock, pause))
    assert [(one.status.value, one.seen) for one in told.checks] == [("unknown", pods.GONE.text)]


def test_a_pod_that_does_not_go_is_a_finding() -> None:
    memory, clock = Memory(RUNS), Clock()
    memory.refuse = refusing("DELETE", message="no")
    told = probe_run.run(Cluster(memory, memory.send, memory.text), order(), "r1", Time(NOW, clock, clock.pause))
    assert said(told.checks)[-1] == ("scheduled", "failed", "minor")
    assert told.checks[-1].subject == "Pod n/gpu-probe-r1-0"
    assert clock.seconds < 2 * probe_run.GOING


def test_pods_go_when_the_run_is_interrupted() -> None:
    memory, clock = Memory(UNSCHEDULED), Clock()

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probe_run.run(Cluster(memory, memory.send, memory.text), order(), "r1", Time(NOW, clock, interrupted))
    assert (len(memory.made), memory.pods) == (1, {})


def test_leftovers_are_removed_by_their_label_and_age_alone() -> None:
    memory = Memory(RUNS)
    stamps = {"old": "2026-11-28T11:00:00Z", "young": "2026-11-28T11:59:30Z", "strange": "2026-11-28T11:00:00Z"}
    for name, stamp in stamps.items():
        labels = {} if name == "strange" else {pods.PROBE: "true", pods.RUN: "other"}
        meta = {"name": name, "namespace": "n", "labels": labels, "creationTimestamp": stamp}
        memory.pods[name] = {"metadata": meta, "spec": {"activeDeadlineSeconds": 60}}
    assert run(memory).removed == ("n/old",)
    assert sorted(memory.pods) == ["strange", "young"]


def priority(classes: list[Json], *, others: list[Json] | None = None, **given: Any) -> str:
    memory = Memory(RUNS, others=others)
    memory.classes = classes
    wanted = order(**given)
    return probe_run.priority_class(memory, wanted, pods.targets(wanted, memory.nodes))


def test_the_lowest_class_that_never_preempts_is_taken() -> None:
    lower = {"metadata": {"name": "lower"}, "value": -5, "preemptionPolicy": "Never"}
    pushing = {"metadata": {"name": "pushing"}, "value": -9, "preemptionPolicy": "PreemptLowerPriority"}
    assert priority([NEVER, pushing, lower]) == "lower"
    assert priority([NEVER, lower], priority_class="never") == "never"


def test_a_class_that_preempts_is_refused() -> None:
    with pytest.raises(KubeError, match=r"priority_class is pushing, which is no class that never preempts; .*: never"):
        priority([NEVER, {"metadata": {"name": "pushing"}, "value": 1}], priority_class="pushing")


def test_without_a_class_nobody_may_have_less_to_say() -> None:
    low = {"spec": {"priority": -10}}
    assert priority([], others=[{"spec": {"priority": 0}}]) == ""
    with pytest.raises(KubeError, match="could push out a pod"):
        priority([], others=[low])


def test_check_mode_says_what_it_did_not_ask() -> None:
    checks = probe_run.not_asked(order(test="cuda"), "not asked")
    assert [(one.id, one.status.value) for one in checks] == [
        ("gpu_probe_scheduled", "unknown"),
        ("gpu_probe_computes", "unknown"),
    ]
