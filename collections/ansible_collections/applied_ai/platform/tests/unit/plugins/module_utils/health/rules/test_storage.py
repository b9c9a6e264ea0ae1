# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import storage
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    JUST_NOW,
    LONG_AGO,
    NOW,
    Json,
    pod,
    snapshot,
    told,
)


def claim(
    phase: str, class_: str | None = "gp3", created: str = LONG_AGO, conditions: list[Json] | None = None
) -> Json:
    return {
        "metadata": {"namespace": "services", "name": "data", "creationTimestamp": created},
        "spec": {"storageClassName": class_, "resources": {"requests": {"storage": "5Gi"}}},
        "status": {"phase": phase, "conditions": conditions or []},
    }


def storage_class(name: str, mode: str = "WaitForFirstConsumer", default: str = "") -> Json:
    annotations = {storage.DEFAULT: default} if default else {}
    return {"metadata": {"name": name, "annotations": annotations}, "volumeBindingMode": mode, "provisioner": "ebs"}


USER = {**pod("Pending"), "spec": {"volumes": [{"name": "x"}, {"persistentVolumeClaim": {"claimName": "data"}}]}}
RESIZING = {"type": "Resizing", "status": "True", "message": "m"}
SUBJECT = "PersistentVolumeClaim services/data"


@pytest.mark.parametrize(
    ("one", "classes", "pods", "findings"),
    [
        (claim("Bound"), [], [], []),
        (claim("Strange"), [], [], [(SUBJECT, "phase Strange", "")]),
        (claim(""), [], [], [(SUBJECT, "phase missing", "")]),
        (claim("Lost"), [], [], [(SUBJECT, "Lost: its volume is gone", "critical")]),
        (claim("Pending"), [storage_class("gp3")], [], []),
        (
            claim("Pending"),
            [storage_class("gp3")],
            [USER],
            [(SUBJECT, "Pending: a pod mounts it and no volume came", "")],
        ),
        (claim("Pending", created=JUST_NOW), [], [USER], []),
        (claim("Pending"), [], [], [(SUBJECT, "Pending: the storage class gp3 does not exist", "")]),
        (claim("Pending"), [storage_class("gp3", "Immediate")], [], [(SUBJECT, "Pending: ebs made no volume", "")]),
        (
            claim("Pending", None),
            [storage_class("gp3")],
            [],
            [(SUBJECT, "Pending: it names no storage class and there is no default", "")],
        ),
        (
            claim("Pending", None),
            [storage_class("gp3", default="true")],
            [],
            [(SUBJECT, "Pending: no volume came", "")],
        ),
        (claim("Pending", ""), [], [], [(SUBJECT, "Pending: no volume of 5Gi is free", "")]),
        (claim("Bound", conditions=[{**RESIZING, "lastTransitionTime": JUST_NOW}]), [], [], []),
        (
            claim("Bound", conditions=[{**RESIZING, "lastTransitionTime": "2026-11-23T09:00:00Z"}]),
            [],
            [],
            [(SUBJECT, "Resizing: m", "minor")],
        ),
        (
            claim("Bound", conditions=[{**RESIZING, "type": "NodeResizeError", "lastTransitionTime": JUST_NOW}]),
            [],
            [],
            [(SUBJECT, "NodeResizeError: m", "minor")],
        ),
    ],
)
def test_claims_bound(one: Json, classes: list[Json], pods: list[Json], findings: list[tuple[str, str, str]]) -> None:
    kinds = {"claims": [one], "storage_classes": classes, "pods": pods}
    assert told(storage.claims_bound(snapshot(**kinds), Expected(), NOW)) == findings


def volume(phase: str, policy: str = "Delete", since: str = "2026-11-23T09:00:00Z") -> Json:
    status = {"phase": phase, "message": "cannot delete", "lastPhaseTransitionTime": since}
    return {"metadata": {"name": "v"}, "spec": {"persistentVolumeReclaimPolicy": policy}, "status": status}


@pytest.mark.parametrize(
    ("one", "findings"),
    [
        (volume("Bound"), []),
        (volume("Available"), []),
        (volume("Failed"), [("PersistentVolume v", "Failed: cannot delete", "")]),
        (volume("Strange"), [("PersistentVolume v", "phase Strange", "")]),
        (volume("Released"), [("PersistentVolume v", "released 3 h ago and not deleted", "minor")]),
        (volume("Released", since=JUST_NOW), []),
        (volume("Released", "Retain"), []),
    ],
)
def test_volumes_usable(one: Json, findings: list[tuple[str, str, str]]) -> None:
    assert told(storage.volumes_usable(snapshot(volumes=[one]), Expected(), NOW)) == findings
