# SPDX-License-Identifier: Apache-2.0
"""A healthy cluster gives no finding; each fault put into it gives the finding that names it, and no other."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Check,
    Expected,
    ExpectedGroup,
    ExpectedWorkload,
    Snapshot,
    Status,
    Unreadable,
    Verdict,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import judge, roll_up
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
BEFORE, OLD, JUST = "2026-11-28T11:00:00Z", "2026-11-20T00:00:00Z", "2026-11-28T11:59:55Z"
ZONES = ("eu-central-1a", "eu-central-1b")
Json = dict[str, Any]
EXPECTED = Expected(
    {"general": ExpectedGroup(2, zones=2), "gpu": ExpectedGroup(1, 4)},
    (ExpectedWorkload("Deployment", "services", "app"),),
)


def condition(kind: str, status: str, **more: str) -> Json:
    return {"type": kind, "status": status, "lastTransitionTime": BEFORE, "reason": "R", "message": "m", **more}


def node(name: str, group: str, zone: str, gpus: str = "") -> Json:
    amounts = {"cpu": "8", "memory": "32Gi", **({"nvidia.com/gpu": gpus} if gpus else {})}
    quiet = [
        condition(kind, "False") for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")
    ]
    labels = {"eks.amazonaws.com/nodegroup": group, "topology.kubernetes.io/zone": zone}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {
            "conditions": [condition("Ready", "True"), *quiet],
            "capacity": amounts,
            "allocatable": dict(amounts),
            "nodeInfo": {"kubeletVersion": "v1.36.1"},
        },
    }


def pod(name: str, place: str) -> Json:
    return {
        "metadata": {
            "name": name,
            "namespace": "services",
            "creationTimestamp": OLD,
            "labels": {"pod-template-hash": "5d9"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "app-5d9"}],
        },
        "spec": {"nodeName": place, "containers": [{"name": "app"}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "app", "ready": True, "state": {"running": {}}}]},
    }


def healthy() -> dict[str, Any]:
    """Return a cluster as it should be: every kind of object that a rule looks at, and nothing wrong with it."""
    named = {"name": "x", "namespace": "services"}
    hook = {"name": "h", "clientConfig": {"service": {"namespace": "kyverno", "name": "hook"}}, "failurePolicy": "Fail"}
    nodes = [node("n1", "general", ZONES[0]), node("n2", "general", ZONES[1]), node("g1", "gpu", ZONES[0], "4")]
    ends = [{"conditions": {"ready": True}}]
    app = {
        "metadata": {"name": "app", "namespace": "services", "generation": 1},
        "spec": {"replicas": 2},
        "status": {"availableReplicas": 2, "observedGeneration": 1, "conditions": [condition("Available", "True")]},
    }
    labels = {"owner": "helm", "name": "app", "version": "2", "status": "deployed"}
    return {
        **{kind: [] for kind in KINDS},
        "nodes": nodes,
        "leases": [
            {"metadata": {"namespace": "kube-node-lease", "name": one["metadata"]["name"]}, "spec": {"renewTime": JUST}}
            for one in nodes
        ],
        "pods": [pod("app-1", "n1"), pod("app-2", "n2")],
        "deployments": [app],
        "hpas": [
            {
                "metadata": named,
                "status": {"conditions": [condition("AbleToScale", "True"), condition("ScalingActive", "True")]},
            }
        ],
        "apiservices": [{"metadata": {"name": "v1"}, "status": {"conditions": [condition("Available", "True")]}}],
        "releases": [{"metadata": {**named, "labels": labels}}],
        "namespaces": [{"metadata": {"name": "services"}}],
        "validating_webhooks": [
            {"metadata": {"name": "v"}, "webhooks": [{**hook, "rules": [{"resources": ["pods"]}]}]}
        ],
        "endpoints": [
            {
                "metadata": {"namespace": space, "labels": {"kubernetes.io/service-name": name}},
                "endpoints": copy.deepcopy(ends),
            }
            for space, name in (("kyverno", "hook"), ("kube-system", "kube-dns"))
        ],
        "claims": [
            {
                "metadata": {**named, "creationTimestamp": OLD},
                "spec": {"storageClassName": "gp3"},
                "status": {"phase": "Bound"},
            }
        ],
        "volumes": [{"metadata": {"name": "v"}, "status": {"phase": "Bound"}}],
        "storage_classes": [{"metadata": {"name": "gp3"}, "volumeBindingMode": "WaitForFirstConsumer"}],
        "quotas": [{"metadata": named, "status": {"hard": {"pods": "10"}, "used": {"pods": "2"}}}],
        "cronjobs": [
            {"metadata": {"name": "backup", "namespace": "services"}, "status": {"lastSuccessfulTime": BEFORE}}
        ],
        "jobs": [
            {
                "metadata": {
                    "name": "b1",
                    "namespace": "services",
                    "ownerReferences": [{"kind": "CronJob", "name": "backup"}],
                },
                "status": {"conditions": [condition("Complete", "True")]},
            }
        ],
        "certificates": [
            {
                "metadata": named,
                "status": {
                    "conditions": [condition("Ready", "True")],
                    "notAfter": "2027-02-01T00:00:00Z",
                    "renewalTime": "2027-01-01T00:00:00Z",
                },
            }
        ],
        "nodepools": [{"metadata": {"name": "p"}, "status": {"conditions": [condition("Ready", "True")]}}],
        "deprecated": [{"group": "", "version": "v1", "resource": "endpoints", "removed_release": ""}],
    }


def conditions(kind: str, index: int, *new: Json) -> Callable[[Json], None]:
    def change(kinds: Json) -> None:
        status = kinds[kind][index]["status"]
        names = {one["type"] for one in new}
        status["conditions"] = [one for one in status["conditions"] if one["type"] not in names] + list(new)

    return change


def put(path: str, value: Any) -> Callable[[Json], None]:
    """Return a change of one field, given by its kind, index and keys."""

    def change(kinds: Json) -> None:
        *way, last = path.split()
        place: Any = kinds
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        place[int(last) if isinstance(place, list) else last] = value

    return change


def pod_state(**status: Any) -> Callable[[Json], None]:
    return put("pods 1 status", {"phase": "Running", **status})


def crash(reason: str, why: str = "Error") -> list[Json]:
    last = {"terminated": {"reason": why, "exitCode": 137, "finishedAt": BEFORE}}
    return [{"name": "app", "state": {"waiting": {"reason": reason, "message": "m"}}, "lastState": last}]


def unscheduled(message: str) -> list[Json]:
    return [condition("PodScheduled", "False", reason="Unschedulable", message=message)]


SCALING = """
clusterWide: {health: {status: Healthy}}
nodeGroups: [{name: gpu, scaleUp: {status: Backoff, backoffInfo: {errorMessage: no capacity}}}]
"""
SILENT = {"cluster-autoscaler.kubernetes.io/last-updated": "2026-11-28 10:00:00.1 +0000 UTC"}
CLAIM = {
    "metadata": {"name": "c", "creationTimestamp": BEFORE},
    "status": {"conditions": [condition("Launched", "False")]},
}
PDB = {"group": "policy", "version": "v1beta1", "resource": "poddisruptionbudgets", "removed_release": "1.37"}
EVENT = {"involvedObject": {"kind": "Pod", "namespace": "n", "name": "p"}, "message": "m", "lastTimestamp": JUST}

# What is broken, how, and the checks that must say so.
FAULTS: dict[str, tuple[Callable[[Json], object], set[str]]] = {
    "node not ready": (
        conditions("nodes", 1, condition("Ready", "Unknown")),
        {"nodes_ready", "node_groups_complete", "zones_balanced"},
    ),
    "node gone": (
        lambda kinds: kinds["nodes"].pop(1) and kinds["leases"].pop(1),
        {"node_groups_complete", "zones_balanced"},
    ),
    "GPU node gone": (lambda kinds: kinds["nodes"].pop(2), {"node_groups_complete"}),
    "GPU plugin missing": (
        lambda kinds: [
            kinds["nodes"][2]["status"][field].pop("nvidia.com/gpu") for field in ("capacity", "allocatable")
        ],
        {"gpus_advertised"},
    ),
    "one GPU unhealthy": (put("nodes 2 status allocatable nvidia.com/gpu", "3"), {"gpus_advertised"}),
    "memory pressure": (conditions("nodes", 0, condition("MemoryPressure", "True")), {"nodes_without_pressure"}),
    "disk pressure": (conditions("nodes", 0, condition("DiskPressure", "True")), {"nodes_without_pressure"}),
    "kubelet too old": (put("nodes 0 status nodeInfo kubeletVersion", "v1.32.0"), {"nodes_same_version"}),
    "kubelet newer than the API server": (
        put("nodes 0 status nodeInfo kubeletVersion", "v1.37.0"),
        {"nodes_same_version"},
    ),
    "forgotten cordon": (
        put(
            "nodes 0 spec",
            {"unschedulable": True, "taints": [{"key": "node.kubernetes.io/unschedulable", "timeAdded": OLD}]},
        ),
        {"nodes_schedulable"},
    ),
    "stale lease": (put("leases 0 spec renewTime", "2026-11-28T11:57:00Z"), {"node_leases_fresh"}),
    "lease missing": (lambda kinds: kinds["leases"].pop(0), {"node_leases_fresh"}),
    "all nodes of a group in one zone": (
        put("nodes 1 metadata labels topology.kubernetes.io/zone", ZONES[0]),
        {"zones_balanced"},
    ),
    "all pods in one zone": (put("pods 1 spec nodeName", "n1"), {"zones_balanced"}),
    "autoscaler in backoff": (put("autoscaler", [{"data": {"status": SCALING}}]), {"autoscaler_moves"}),
    "autoscaler silent": (put("autoscaler", [{"metadata": {"annotations": SILENT}}]), {"autoscaler_moves"}),
    "node claim that does not come": (put("nodeclaims", [CLAIM]), {"autoscaler_moves"}),
    "node pool not ready": (conditions("nodepools", 0, condition("Ready", "False")), {"autoscaler_moves"}),
    "scale-up failed": (put("scale_events", [EVENT]), {"autoscaler_moves"}),
    "expected workload missing": (put("deployments", []), {"workloads_ready"}),
    "workload short of pods": (put("deployments 0 status availableReplicas", 1), {"workloads_ready"}),
    "crash loop": (pod_state(containerStatuses=crash("CrashLoopBackOff")), {"pods_settled"}),
    "out of memory": (pod_state(containerStatuses=crash("CrashLoopBackOff", "OOMKilled")), {"pods_settled"}),
    "image cannot be pulled": (
        pod_state(phase="Pending", containerStatuses=crash("ImagePullBackOff")),
        {"pods_settled"},
    ),
    "unschedulable by GPU": (
        pod_state(phase="Pending", conditions=unscheduled("0/3 nodes are available: 3 Insufficient nvidia.com/gpu.")),
        {"pods_settled"},
    ),
    "unschedulable by zone": (
        pod_state(
            phase="Pending",
            conditions=unscheduled("0/3 nodes are available: 3 node(s) had volume node affinity conflict."),
        ),
        {"pods_settled"},
    ),
    "pod that does not end": (put("pods 1 metadata deletionTimestamp", BEFORE), {"pods_settled"}),
    "autoscaler without metrics": (
        conditions("hpas", 0, condition("ScalingActive", "False", reason="FailedGetResourceMetric")),
        {"hpas_see_metrics"},
    ),
    "metrics API down": (conditions("apiservices", 0, condition("Available", "False")), {"apiservices_available"}),
    "webhook down": (put("endpoints 0 endpoints", []), {"webhooks_answer"}),
    "cluster DNS down": (put("endpoints 1 endpoints 0 conditions ready", False), {"dns_answers"}),
    "certificate expired": (put("certificates 0 status notAfter", OLD), {"certificates_valid"}),
    "certificate not renewed": (put("certificates 0 status renewalTime", OLD), {"certificates_valid"}),
    "certificate not issued": (conditions("certificates", 0, condition("Ready", "False")), {"certificates_valid"}),
    "deprecated API in use": (lambda kinds: kinds["deprecated"].append(PDB), {"deprecated_apis_unused"}),
    "quota used up": (put("quotas 0 status used pods", "10"), {"quotas_have_room"}),
    "namespace that does not end": (put("namespaces 0 metadata deletionTimestamp", BEFORE), {"namespaces_end"}),
    "claim without its class": (
        lambda kinds: (kinds["claims"][0]["status"].update(phase="Pending"), kinds["storage_classes"].clear()),
        {"claims_bound"},
    ),
    "claim lost": (put("claims 0 status phase", "Lost"), {"claims_bound"}),
    "volume failed": (put("volumes 0 status phase", "Failed"), {"volumes_usable"}),
    "CronJob fails": (
        conditions("jobs", 0, condition("Complete", "False"), condition("Failed", "True")),
        {"jobs_succeed"},
    ),
    "release interrupted": (put("releases 0 metadata labels status", "pending-upgrade"), {"releases_deployed"}),
}


def checks_of(kinds: Json) -> list[Check]:
    return judge(Snapshot("v1.36.3", kinds), EXPECTED, NOW)


def test_a_healthy_cluster_raises_no_alarm() -> None:
    checks = checks_of(healthy())
    assert [check for check in checks if check.status is not Status.OK] == []
    assert roll_up(checks) is Verdict.HEALTHY
    assert len(checks) == len(RULES)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_named_and_nothing_else_is(fault: str) -> None:
    kinds = healthy()
    change, ids = FAULTS[fault]
    change(kinds)
    checks = checks_of(kinds)
    assert {check.id for check in checks if check.status is Status.FAILED} == ids
    assert not [check for check in checks if check.status is Status.UNKNOWN]


def test_every_rule_has_a_fault_that_it_finds() -> None:
    found = {name for _change, ids in FAULTS.values() for name in ids}
    # A silent API server is no object that could be broken; test_verdict.py has it.
    assert {rule.id for rule in RULES} - found == {"api_answers"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_that_cannot_be_read_is_never_healthy(kind: str) -> None:
    checks = checks_of({**healthy(), kind: Unreadable("503 Service Unavailable")})
    assert roll_up(checks) is Verdict.UNKNOWN


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(
    [
        "metadata",
        "spec",
        "status",
        "name",
        "namespace",
        "labels",
        "conditions",
        "type",
        "phase",
        "hard",
        "used",
        "webhooks",
        "endpoints",
        "containerStatuses",
        "notAfter",
        "renewTime",
        "data",
        "capacity",
        "ownerReferences",
        "taints",
        "state",
    ]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(KINDS)), st.lists(st.dictionaries(KEYS, JSON, max_size=5), min_size=1, max_size=3))
def test_objects_that_make_no_sense_end_no_look(kind: str, objects: list[Json]) -> None:
    checks = checks_of({**healthy(), kind: objects})
    assert {check.id for check in checks} == {rule.id for rule in RULES}
