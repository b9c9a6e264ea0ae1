# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health import checks
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedGroup,
    ExpectedWorkload,
    Outcome,
    Severity,
    Snapshot,
    Unreadable,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
LONG_AGO = "2026-11-23T11:00:00Z"
JUST_NOW = "2026-11-23T11:59:50Z"
LABEL = "eks.amazonaws.com/nodegroup"
Json = dict[str, Any]


def snapshot(**kinds: list[Json]) -> Snapshot:
    return Snapshot("v1.36.3", {**{kind: [] for kind in KINDS}, **kinds})


def node(name: str = "a", group: str = "general", ready: str = "True", gpus: tuple[int, int] = (0, 0)) -> Json:
    return {
        "metadata": {"name": name, "labels": {LABEL: group}},
        "status": {
            "conditions": [{"type": "Ready", "status": ready, "reason": "Why", "lastTransitionTime": LONG_AGO}],
            "capacity": {"nvidia.com/gpu": str(gpus[0])} if gpus[0] else {},
            "allocatable": {"nvidia.com/gpu": str(gpus[1])} if gpus[1] else {},
        },
    }


def pod(phase: str = "Running", *, created: str = LONG_AGO, owner: str = "app-5d9", **status: Any) -> Json:
    return {
        "metadata": {
            "name": f"{owner}-x",
            "namespace": "services",
            "creationTimestamp": created,
            "labels": {"pod-template-hash": "5d9"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": owner}],
        },
        "status": {"phase": phase, **status},
    }


def waiting(reason: str, last: Json | None = None, message: str = "") -> Json:
    return {
        "name": "app",
        "state": {"waiting": {"reason": reason, "message": message}},
        "lastState": {"terminated": last} if last else {},
    }


def workload(name: str, kind: str = "Deployment", want: int = 2, have: int = 2, generation: int = 1) -> Json:
    field = {"Deployment": "availableReplicas", "StatefulSet": "readyReplicas", "DaemonSet": "numberAvailable"}[kind]
    status = {field: have, "observedGeneration": 1}
    if kind == "DaemonSet":
        status["desiredNumberScheduled"] = want
    return {
        "metadata": {"name": name, "namespace": "services", "generation": generation},
        "spec": {"replicas": want},
        "status": status,
    }


def seen(outcome: Outcome) -> list[tuple[str, str]]:
    return [(finding.subject, finding.seen) for finding in outcome.findings]


def test_api_answers_with_its_version() -> None:
    outcome = checks.api_answers(snapshot(), Expected(), NOW)
    assert (outcome.summary, outcome.findings) == ("Kubernetes v1.36.3", ())


def test_a_silent_api_is_a_finding_with_the_reason() -> None:
    silent = Snapshot(Unreadable("no route"), {})
    assert seen(checks.api_answers(silent, Expected(), NOW)) == [("cluster", "no route")]


@pytest.mark.parametrize(
    ("nodes", "findings", "severity"),
    [
        ([node("a"), node("b")], [], None),
        ([node("a"), node("b", ready="Unknown")], [("Node b", "Why")], Severity.MAJOR),
        ([node("a", ready="False")], [("Node a", "Why")], Severity.CRITICAL),
        ([{"metadata": {"name": "new"}, "status": {}}], [("Node new", "no Ready condition")], Severity.CRITICAL),
        ([], [("cluster", "no nodes")], Severity.CRITICAL),
    ],
    ids=["all ready", "one lost", "none ready", "no condition yet", "none"],
)
def test_nodes_ready(nodes: list[Json], findings: list[tuple[str, str]], severity: Severity | None) -> None:
    outcome = checks.nodes_ready(snapshot(nodes=nodes), Expected(), NOW)
    assert seen(outcome) == findings
    assert all(finding.severity is severity for finding in outcome.findings)


GROUPS = {"general": ExpectedGroup(2), "gpu": ExpectedGroup(1, 4)}


@pytest.mark.parametrize(
    ("nodes", "findings"),
    [
        ([node("a"), node("b"), node("c"), node("g", "gpu")], []),
        ([node("a"), node("b", ready="False"), node("g", "gpu")], [("node group general", "1 ready nodes")]),
        ([node("a"), node("b")], [("node group gpu", "0 ready nodes")]),
        ([], [("node group general", "0 ready nodes"), ("node group gpu", "0 ready nodes")]),
    ],
    ids=["more than promised", "one not ready", "a group missing", "none"],
)
def test_node_groups_complete(nodes: list[Json], findings: list[tuple[str, str]]) -> None:
    outcome = checks.node_groups_complete(snapshot(nodes=nodes), Expected(GROUPS), NOW)
    assert seen(outcome) == findings


def test_a_group_without_any_ready_node_is_critical_and_one_that_lacks_some_is_not() -> None:
    outcome = checks.node_groups_complete(snapshot(nodes=[node("a")]), Expected(GROUPS), NOW)
    assert [finding.severity for finding in outcome.findings] == [Severity.MAJOR, Severity.CRITICAL]


def test_a_group_that_promises_nothing_is_complete_without_nodes() -> None:
    assert checks.node_groups_complete(snapshot(), Expected({"gpu": ExpectedGroup(0, 1)}), NOW).findings == ()


@pytest.mark.parametrize(
    ("gpus", "findings"),
    [
        ((4, 4), []),
        ((0, 0), [("Node g", "0 nvidia.com/gpu advertised, 0 allocatable")]),
        ((4, 3), [("Node g", "4 nvidia.com/gpu advertised, 3 allocatable")]),
        ((16, 16), []),
        ((16, 4), [("Node g", "16 nvidia.com/gpu advertised, 4 allocatable")]),
    ],
    ids=["all", "no device plugin", "one unhealthy", "time-slicing", "time-slicing, some unhealthy"],
)
def test_gpus_advertised(gpus: tuple[int, int], findings: list[tuple[str, str]]) -> None:
    nodes = [node("a"), node("g", "gpu", gpus=gpus)]
    assert seen(checks.gpus_advertised(snapshot(nodes=nodes), Expected(GROUPS), NOW)) == findings


def test_a_lost_gpu_node_is_not_told_twice() -> None:
    nodes = [node("g", "gpu", ready="False")]
    assert checks.gpus_advertised(snapshot(nodes=nodes), Expected(GROUPS), NOW).findings == ()


@pytest.mark.parametrize("kind", checks.WORKLOAD_KINDS)
@pytest.mark.parametrize(
    ("want", "have", "generation", "text"),
    [
        (2, 2, 1, ""),
        (0, 0, 1, ""),
        (2, 1, 1, "1 of 2 pods available"),
        (2, 2, 2, "change not yet taken up"),
    ],
    ids=["ready", "scaled to nothing", "one short", "not observed"],
)
def test_workloads_ready(kind: str, want: int, have: int, generation: int, text: str) -> None:
    kinds = {checks.WORKLOAD_KINDS[kind]: [workload("app", kind, want, have, generation)]}
    expected = [(f"{kind} services/app", text)] if text else []
    assert seen(checks.workloads_ready(snapshot(**kinds), Expected(), NOW)) == expected


def test_a_deployment_without_a_number_wants_one_pod() -> None:
    broken = workload("app", have=0)
    del broken["spec"]["replicas"]
    outcome = checks.workloads_ready(snapshot(deployments=[broken]), Expected(), NOW)
    assert seen(outcome) == [("Deployment services/app", "0 of 1 pods available")]


@pytest.mark.parametrize(
    ("have", "name", "severity"),
    [(0, "app", Severity.CRITICAL), (1, "app", Severity.MAJOR), (0, "other", Severity.MAJOR)],
    ids=["expected and down", "expected and short", "not named"],
)
def test_an_expected_workload_that_is_down_is_critical(have: int, name: str, severity: Severity) -> None:
    expected = Expected(workloads=(ExpectedWorkload("Deployment", "services", name),))
    kinds = {"deployments": [workload("app", have=have), workload("other")]}
    findings = checks.workloads_ready(snapshot(**kinds), expected, NOW).findings
    assert [finding.severity for finding in findings] == [severity]


def test_a_missing_workload_is_critical() -> None:
    expected = Expected(workloads=(ExpectedWorkload("DaemonSet", "services", "app"),))
    outcome = checks.workloads_ready(snapshot(deployments=[workload("app")]), expected, NOW)
    assert seen(outcome) == [("DaemonSet services/app", "missing")]
    assert outcome.findings[0].severity is Severity.CRITICAL


UNSCHEDULED = {
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
            "lastTransitionTime": LONG_AGO,
        }
    ]
}
OOM = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": LONG_AGO}
PODS = {
    "running": (pod(), ""),
    "finished": (pod("Succeeded"), ""),
    "pending for a moment": (pod("Pending", created=JUST_NOW, **UNSCHEDULED), ""),
    "starting": (pod(containerStatuses=[waiting("ContainerCreating")]), ""),
    "unschedulable": (
        pod("Pending", **UNSCHEDULED),
        "1 pod Unschedulable: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
    ),
    "pending for long": (pod("Pending"), "1 pod Pending"),
    "crash": (
        pod(containerStatuses=[waiting("CrashLoopBackOff", {"reason": "Error", "exitCode": 1})]),
        "1 pod CrashLoopBackOff: container app ended with Error, exit code 1",
    ),
    "crash just created": (
        pod("Pending", created=JUST_NOW, containerStatuses=[waiting("ImagePullBackOff", message="not found")]),
        "1 pod ImagePullBackOff: not found",
    ),
    "out of memory": (
        pod(containerStatuses=[waiting("CrashLoopBackOff", OOM)]),
        "1 pod OOMKilled: container app ended with OOMKilled, exit code 137",
    ),
    "init container": (
        pod("Pending", initContainerStatuses=[waiting("CreateContainerConfigError", message='secret "x" not found')]),
        '1 pod CreateContainerConfigError: secret "x" not found',
    ),
    "evicted": (pod("Failed", reason="Evicted", message="disk"), "1 pod Evicted: disk"),
    "no status": ({"metadata": {"name": "x", "namespace": "services"}}, "1 pod Unknown"),
}


@pytest.mark.parametrize(("sick", "text"), PODS.values(), ids=PODS)
def test_pods_settled_tells_the_real_reason(sick: Json, text: str) -> None:
    findings = checks.pods_settled(snapshot(pods=[pod(owner="other-1"), sick]), Expected(), NOW).findings
    assert [finding.seen for finding in findings] == ([text] if text else [])


@pytest.mark.parametrize(("ended", "count"), [(JUST_NOW, 0), (LONG_AGO, 1)], ids=["just now", "hangs"])
def test_a_pod_that_does_not_end(ended: str, count: int) -> None:
    ending = pod()
    ending["metadata"]["deletionTimestamp"] = ended
    assert len(checks.pods_settled(snapshot(pods=[ending]), Expected(), NOW).findings) == count


def test_pods_of_one_owner_and_reason_are_one_finding_with_the_oldest_time() -> None:
    crashes = [
        pod(containerStatuses=[waiting("CrashLoopBackOff", {"reason": "Error", "exitCode": 1, "finishedAt": time})])
        for time in ("2026-11-23T11:30:00Z", "2026-11-23T11:10:00Z", "2026-11-23T11:20:00Z")
    ]
    (finding,) = checks.pods_settled(snapshot(pods=crashes), Expected(), NOW).findings
    assert finding.subject == "Deployment services/app"
    assert finding.seen.startswith("3 pods CrashLoopBackOff")
    assert finding.since == "2026-11-23T11:10:00Z"
    assert "kubectl logs --previous" in finding.advice


@pytest.mark.parametrize(
    ("meta", "owner"),
    [
        ({"name": "x", "namespace": "n"}, "Pod n/x"),
        ({"namespace": "n", "ownerReferences": [{"kind": "DaemonSet", "name": "d"}]}, "DaemonSet n/d"),
        ({"namespace": "n", "ownerReferences": [{"kind": "ReplicaSet", "name": "bare"}]}, "ReplicaSet n/bare"),
    ],
)
def test_owner_of(meta: Json, owner: str) -> None:
    assert checks.owner_of({"metadata": meta}) == owner


def hpa(*conditions: tuple[str, str, str]) -> Json:
    return {
        "metadata": {"name": "app", "namespace": "services"},
        "status": {
            "conditions": [
                {"type": kind, "status": status, "reason": reason, "message": "m"}
                for kind, status, reason in conditions
            ]
        },
    }


ABLE, ACTIVE = ("AbleToScale", "True", "Ready"), ("ScalingActive", "True", "Valid")


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ((ABLE, ACTIVE), ""),
        ((ABLE, ("ScalingActive", "False", "ScalingDisabled")), ""),
        ((ABLE, ("ScalingActive", "False", "FailedGetResourceMetric")), "FailedGetResourceMetric: m"),
        ((ABLE, ("ScalingActive", "Unknown", "Odd")), "Odd: m"),
        ((("AbleToScale", "False", "FailedGetScale"),), "FailedGetScale: m"),
        ((ABLE,), "NotReconciled: condition ScalingActive is not there yet"),
        ((), "NotReconciled: condition AbleToScale is not there yet"),
    ],
)
def test_hpas_see_metrics(conditions: tuple[tuple[str, str, str], ...], text: str) -> None:
    outcome = checks.hpas_see_metrics(snapshot(hpas=[hpa(*conditions)]), Expected(), NOW)
    assert [finding.seen for finding in outcome.findings] == ([text] if text else [])


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ([{"type": "Available", "status": "True"}], ""),
        (
            [{"type": "Available", "status": "False", "reason": "MissingEndpoints", "message": "m"}],
            "MissingEndpoints: m",
        ),
        ([], "NoCondition: no message"),
    ],
)
def test_apiservices_available(conditions: list[Json], text: str) -> None:
    service = {"metadata": {"name": "v1beta1.metrics.k8s.io"}, "status": {"conditions": conditions}}
    outcome = checks.apiservices_available(snapshot(apiservices=[service]), Expected(), NOW)
    assert [finding.seen for finding in outcome.findings] == ([text] if text else [])


def release(version: str, status: str, name: str = "metrics-server") -> Json:
    labels = {"owner": "helm", "name": name, "version": version, "status": status}
    return {"metadata": {"namespace": "kube-system", "labels": labels, "creationTimestamp": LONG_AGO}}


@pytest.mark.parametrize(
    ("secrets", "text"),
    [
        ([release("1", "superseded"), release("2", "deployed")], ""),
        ([release("9", "superseded"), release("10", "deployed")], ""),
        ([release("1", "deployed"), release("2", "pending-upgrade")], "revision 2 is pending-upgrade"),
        ([release("1", "failed")], "revision 1 is failed"),
        ([release("1", "")], "revision 1 is without status"),
    ],
    ids=["deployed", "numbers are not text", "pending", "failed", "no label"],
)
def test_releases_deployed_judges_the_latest_revision(secrets: list[Json], text: str) -> None:
    outcome = checks.releases_deployed(snapshot(releases=[*secrets, release("1", "deployed", "b")]), Expected(), NOW)
    assert seen(outcome) == ([("release kube-system/metrics-server", text)] if text else [])


def test_shorten_keeps_one_line() -> None:
    assert checks.shorten("a\n  b") == "a b"
    assert len(checks.shorten("x" * 500)) == 160
