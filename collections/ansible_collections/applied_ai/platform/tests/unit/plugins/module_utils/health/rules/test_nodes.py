# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedGroup,
    ExpectedWorkload,
    Severity,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import nodes as room
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    GROUPS,
    JUST_NOW,
    LONG_AGO,
    NOW,
    Json,
    node,
    pod,
    seen,
    snapshot,
    told,
)


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
    outcome = room.nodes_ready(snapshot(nodes=nodes), Expected(), NOW)
    assert seen(outcome) == findings
    assert all(finding.severity is severity for finding in outcome.findings)


@pytest.mark.parametrize(
    ("nodes", "findings"),
    [
        ([node("a"), node("b"), node("c"), node("g", "gpu")], []),
        ([node("a"), node("b", ready="False"), node("g", "gpu")], [("node group general", "1 ready node")]),
        ([node("a"), node("b")], [("node group gpu", "0 ready nodes")]),
        ([], [("node group general", "0 ready nodes"), ("node group gpu", "0 ready nodes")]),
    ],
    ids=["more than promised", "one not ready", "a group missing", "none"],
)
def test_node_groups_complete(nodes: list[Json], findings: list[tuple[str, str]]) -> None:
    outcome = room.node_groups_complete(snapshot(nodes=nodes), Expected(GROUPS), NOW)
    assert seen(outcome) == findings


def test_a_group_without_any_ready_node_is_critical_and_one_that_lacks_some_is_not() -> None:
    outcome = room.node_groups_complete(snapshot(nodes=[node("a")]), Expected(GROUPS), NOW)
    assert [finding.severity for finding in outcome.findings] == [Severity.MAJOR, Severity.CRITICAL]


def test_a_group_that_promises_nothing_is_complete_without_nodes() -> None:
    assert room.node_groups_complete(snapshot(), Expected({"gpu": ExpectedGroup(0, 1)}), NOW).findings == ()


def conditioned(kind: str, status: str) -> Json:
    one = node()
    one["status"]["conditions"].append(
        {"type": kind, "status": status, "message": "too much", "lastTransitionTime": LONG_AGO}
    )
    return one


@pytest.mark.parametrize("kind", room.PRESSURES)
def test_pressure_is_told_and_its_absence_is_not(kind: str) -> None:
    (finding,) = room.nodes_without_pressure(snapshot(nodes=[conditioned(kind, "True")]), Expected(), NOW).findings
    assert (finding.subject, finding.seen, finding.since) == ("Node a", f"{kind}: too much", LONG_AGO)
    for status in ("False", "Unknown"):
        assert room.nodes_without_pressure(snapshot(nodes=[conditioned(kind, status)]), Expected(), NOW).findings == ()


def of_version(name: str, version: str) -> Json:
    one = node(name)
    one["status"]["nodeInfo"] = {"kubeletVersion": version}
    return one


@pytest.mark.parametrize(
    ("version", "findings"),
    [
        ("v1.36.1-eks-aa", []),
        ("v1.34.9", []),
        ("v1.33.0", [("Node b", "kubelet v1.33.0", "minor")]),
        ("v1.32.0", [("Node b", "kubelet v1.32.0", "major")]),
        ("v1.37.0", [("Node b", "kubelet v1.37.0", "major")]),
        ("v2.36.0", [("Node b", "kubelet v2.36.0", "major")]),
    ],
)
def test_versions_that_do_not_go_together(version: str, findings: list[tuple[str, str, str]]) -> None:
    nodes = [of_version("a", "v1.36.3"), of_version("b", version), node("new")]
    assert told(room.nodes_same_version(snapshot(nodes=nodes), Expected(), NOW)) == findings


def test_many_nodes_of_one_old_version_are_one_finding() -> None:
    nodes = [of_version(name, "v1.31.0") for name in "cab"]
    assert seen(room.nodes_same_version(snapshot(nodes=nodes), Expected(), NOW)) == [
        ("3 nodes, a among them", "kubelet v1.31.0")
    ]


def test_a_version_that_is_none_is_an_error() -> None:
    with pytest.raises(HealthError, match="'yes' is no version"):
        room.minor_of("yes")


def cordoned(name: str, since: str) -> Json:
    taint = {
        "key": "node.kubernetes.io/unschedulable",
        "effect": "NoSchedule",
        **({"timeAdded": since} if since else {}),
    }
    return {**node(name), "spec": {"unschedulable": True, "taints": [taint]}}


@pytest.mark.parametrize(
    ("nodes", "severities"),
    [
        ([node("a"), node("b"), cordoned("c", "2026-11-23T10:00:00Z")], ["minor"]),
        ([node("a"), node("b"), cordoned("c", JUST_NOW)], []),
        ([node("a"), node("b"), cordoned("c", "")], ["minor"]),
        ([node("a"), cordoned("b", JUST_NOW), cordoned("c", JUST_NOW)], ["major", "major"]),
    ],
    ids=["forgotten", "a drain", "nobody wrote when", "most of them"],
)
def test_cordons(nodes: list[Json], severities: list[str]) -> None:
    assert [one[2] for one in told(room.nodes_schedulable(snapshot(nodes=nodes), Expected(), NOW))] == severities


def lease(name: str, renewed: str) -> Json:
    return {"metadata": {"namespace": "kube-node-lease", "name": name}, "spec": {"renewTime": renewed}}


FRESH, STALE, OLD = "2026-11-23T11:59:55.000000Z", "2026-11-23T11:58:00.000000Z", "2026-11-23T09:00:00.000000Z"


@pytest.mark.parametrize(
    ("leases", "findings"),
    [
        ({"a": FRESH, "b": FRESH}, []),
        ({"a": FRESH, "b": STALE}, [("Node b", "lease not renewed for 115 s")]),
        ({"a": FRESH}, [("Node b", "no lease")]),
        # The clock of whoever looks is two minutes ahead of the cluster's: all are alike, so all are well.
        ({"a": STALE, "b": STALE}, []),
        ({"a": OLD, "b": OLD}, [("Node a", "lease not renewed for 3 h"), ("Node b", "lease not renewed for 3 h")]),
        ({}, []),
    ],
    ids=["fresh", "one stale", "one without", "clock ahead", "all dead", "a cluster without leases"],
)
def test_leases(leases: dict[str, str], findings: list[tuple[str, str]]) -> None:
    kinds = {"nodes": [node("a"), node("b")], "leases": [lease(*one) for one in leases.items()]}
    assert seen(room.node_leases_fresh(snapshot(**kinds), Expected(), NOW)) == findings


def test_a_node_that_is_not_ready_needs_no_lease() -> None:
    kinds = {"nodes": [node("a"), node("b", ready="False")], "leases": [lease("a", FRESH)]}
    assert room.node_leases_fresh(snapshot(**kinds), Expected(), NOW).findings == ()


def in_zone(name: str, zone: str, group: str = "general", ready: str = "True") -> Json:
    one = node(name, group, ready)
    one["metadata"]["labels"][room.ZONE] = zone
    return one


@pytest.mark.parametrize(
    ("nodes", "findings"),
    [
        ([in_zone("a", "z1"), in_zone("b", "z2")], []),
        ([in_zone("a", "z1"), in_zone("b", "z1")], [("node group general", "1 zone: z1")]),
        ([in_zone("a", "z1"), in_zone("b", "z2", ready="False")], [("node group general", "1 zone: z1")]),
        ([], [("node group general", "0 zones")]),
    ],
)
def test_a_group_stands_in_its_zones(nodes: list[Json], findings: list[tuple[str, str]]) -> None:
    expected = Expected({"general": ExpectedGroup(2, zones=2), "gpu": ExpectedGroup(3)})
    assert seen(room.zones_balanced(snapshot(nodes=nodes), expected, NOW)) == findings


@pytest.mark.parametrize(
    ("places", "count"), [(("a", "a"), 1), (("a", "b"), 0), (("a",), 0)], ids=["together", "spread", "only one"]
)
def test_an_expected_workload_does_not_stand_in_one_zone(places: tuple[str, ...], count: int) -> None:
    pods = [{**pod(), "spec": {"nodeName": place}} for place in places]
    kinds = {"nodes": [in_zone("a", "z1"), in_zone("b", "z2")], "pods": pods}
    expected = Expected(workloads=(ExpectedWorkload("Deployment", "services", "app"),))
    assert len(room.zones_balanced(snapshot(**kinds), expected, NOW).findings) == count
    assert room.zones_balanced(snapshot(**kinds), Expected(), NOW).findings == ()
    one_zone = {"nodes": [in_zone("a", "z1"), in_zone("b", "z1")], "pods": pods}
    assert room.zones_balanced(snapshot(**one_zone), expected, NOW).findings == ()


STATUS = """
time: 2026-11-23 11:59:50 +0000 UTC
autoscalerStatus: Running
clusterWide:
  health: {status: HEALTH, lastTransitionTime: "2026-11-23T11:00:00Z"}
nodeGroups:
  - name: gpu
    health: {status: Healthy}
    scaleUp:
      status: SCALE
      lastTransitionTime: "2026-11-23T11:00:00Z"
      backoffInfo: {errorCode: InsufficientInstanceCapacity, errorMessage: no g5.xlarge in z1}
"""


def autoscaler(
    health: str = "Healthy", scale: str = "NoActivity", written: str = "2026-11-23 11:59:50.1 +0000 UTC"
) -> Json:
    return {
        "metadata": {"annotations": {room.WRITTEN: written}},
        "data": {"status": STATUS.replace("HEALTH", health).replace("SCALE", scale)},
    }


def claim(created: str, launched: str = "True", registered: str = "False") -> Json:
    kinds = {"Launched": launched, "Registered": registered, "Initialized": registered}
    conditions = [{"type": kind, "status": status, "message": "m"} for kind, status in kinds.items()]
    return {"metadata": {"name": "c", "creationTimestamp": created}, "status": {"conditions": conditions}}


def event(time: str) -> Json:
    about = {"kind": "Pod", "namespace": "n", "name": "p"}
    return {"involvedObject": about, "message": "quota", "lastTimestamp": time}


POOL = {
    "metadata": {"name": "gpu"},
    "status": {"conditions": [{"type": "Ready", "status": "False", "message": "no class"}]},
}


@pytest.mark.parametrize(
    ("kinds", "findings"),
    [
        ({}, []),
        ({"autoscaler": [autoscaler()]}, []),
        ({"autoscaler": [autoscaler("Unhealthy")]}, [("Cluster Autoscaler", "Unhealthy: it adds no nodes")]),
        (
            {"autoscaler": [autoscaler(scale="Backoff")]},
            [("node group gpu", "scale-up in backoff: no g5.xlarge in z1")],
        ),
        (
            {"autoscaler": [autoscaler(written="2026-11-23 11:00:00.5 +0000 UTC")]},
            [("Cluster Autoscaler", "wrote no status for 60 min")],
        ),
        ({"nodeclaims": [claim(LONG_AGO)]}, [("NodeClaim c", "not Registered: m")]),
        ({"nodeclaims": [claim(LONG_AGO, "Unknown")]}, [("NodeClaim c", "not Launched: m")]),
        ({"nodeclaims": [claim(JUST_NOW), claim(LONG_AGO, registered="True")]}, []),
        ({"nodepools": [POOL]}, [("NodePool gpu", "not ready: no class")]),
        ({"scale_events": [event(JUST_NOW)]}, [("Pod n/p", "scale-up failed: quota")]),
        ({"scale_events": [event(LONG_AGO)]}, []),
    ],
)
def test_autoscaler_moves(kinds: dict[str, list[Json]], findings: list[tuple[str, str]]) -> None:
    assert seen(room.autoscaler_moves(snapshot(**kinds), Expected(), NOW)) == findings


@pytest.mark.parametrize("text", ["Cluster-autoscaler status at 2020:", "{", ""])
def test_a_status_that_nobody_can_read_is_an_error(text: str) -> None:
    with pytest.raises(HealthError, match="holds no known status"):
        room.autoscaler_moves(snapshot(autoscaler=[{"data": {"status": text}}]), Expected(), NOW)


def test_a_node_that_just_joins_is_neither_lost_nor_without_lease() -> None:
    new, old = node("new", ready="False"), node("old")
    fresh = node("fresh")
    for one, made in ((new, JUST_NOW), (fresh, JUST_NOW), (old, LONG_AGO)):
        one["metadata"]["creationTimestamp"] = made
    lease = {"metadata": {"namespace": "kube-node-lease", "name": "old"}, "spec": {"renewTime": JUST_NOW}}
    kinds = {"nodes": [new, fresh, old], "leases": [lease]}
    assert seen(room.nodes_ready(snapshot(**kinds), Expected(), NOW)) == []
    assert seen(room.node_leases_fresh(snapshot(**kinds), Expected(), NOW)) == []
    assert seen(room.nodes_ready(snapshot(**kinds), Expected(grace=5), NOW)) == [("Node new", "Why")]
    assert seen(room.node_leases_fresh(snapshot(**kinds), Expected(grace=5), NOW)) == [("Node fresh", "no lease")]
