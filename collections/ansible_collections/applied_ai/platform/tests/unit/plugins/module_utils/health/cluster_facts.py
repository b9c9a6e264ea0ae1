# SPDX-License-Identifier: Apache-2.0
"""Objects of a cluster for the tests of health rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    ExpectedGroup,
    Outcome,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


LONG_AGO = "2026-11-23T11:00:00Z"


JUST_NOW = "2026-11-23T11:59:50Z"


LABEL = "eks.amazonaws.com/nodegroup"


Json = dict[str, Any]
GROUPS = {"general": ExpectedGroup(2), "gpu": ExpectedGroup(1, 4)}


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


def told(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Return subject, what was seen and severity of each finding, empty where it is the rule's own."""
    return [(one.subject, one.seen, one.severity.value if one.severity else "") for one in outcome.findings]
