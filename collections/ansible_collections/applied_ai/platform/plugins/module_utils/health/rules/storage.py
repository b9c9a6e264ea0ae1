# SPDX-License-Identifier: Apache-2.0
"""Rules about storage: do claims get their volumes, and are volumes whole."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    Finding,
    Json,
    Outcome,
    Rule,
    Severity,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import (
    age,
    condition,
    counted,
    created,
    name_of,
    shorten,
    span,
)

DEFAULT: Final = "storageclass.kubernetes.io/is-default-class"
# Of a volume that did not fail.
PHASES: Final = frozenset({"Pending", "Available", "Bound", "Released"})
# Seconds that a change of size may take; the file system grows only when a pod mounts it.
RESIZE: Final = 3600


def claims_bound(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Each claim has its volume, or waits for a pod by intent; a lost one has lost its data."""
    claims, classes = snapshot["claims"], {name_of(one): one for one in snapshot["storage_classes"]}
    used = {claim for pod in snapshot["pods"] for claim in claims_of(pod)}
    findings = tuple(
        found for one in claims if (found := of_claim(one, classes, name_of(one) in used, expected.grace, now))
    )
    return Outcome(f"{counted(len(claims), 'claim')} bound or waiting by intent", "all bound", findings)


def claims_of(pod: Json) -> list[str]:
    """Return ``namespace/name`` of the claims that a pod mounts."""
    space = (pod.get("metadata") or {}).get("namespace", "")
    return [
        f"{space}/{claim['claimName']}"
        for volume in (pod.get("spec") or {}).get("volumes") or ()
        if (claim := volume.get("persistentVolumeClaim"))
    ]


def of_claim(claim: Json, classes: dict[str, Json], used: bool, grace: int, now: datetime) -> Finding | None:
    """Return what is wrong with a claim."""
    subject, phase = f"PersistentVolumeClaim {name_of(claim)}", (claim.get("status") or {}).get("phase")
    if phase == "Lost":
        return Finding(subject, "Lost: its volume is gone", "Bound", severity=Severity.CRITICAL)
    if phase not in {"Bound", "Pending"}:
        return Finding(subject, f"phase {phase or 'missing'}", "Bound")
    if phase == "Pending" and age(created(claim), now) > grace:
        why = why_pending(claim, classes, used)
        return Finding(subject, f"Pending: {why}", "Bound", created(claim)) if why else None
    for kind in ("ControllerResizeError", "NodeResizeError", "Resizing", "FileSystemResizePending"):
        found = condition(claim, kind)
        since = found.get("lastTransitionTime") or ""
        if found.get("status") == "True" and (kind.endswith("Error") or age(since, now) > RESIZE):
            text = f"{kind}: {shorten(found.get('message') or 'no message')}"
            return Finding(subject, text, "the size that was asked for", since, severity=Severity.MINOR)
    return None


def why_pending(claim: Json, classes: dict[str, Json], used: bool) -> str:
    """Return why a claim waits, empty where it waits by intent for the first pod that mounts it."""
    spec = claim.get("spec") or {}
    name = spec.get("storageClassName")
    if name is None:
        default = any(
            ((one.get("metadata") or {}).get("annotations") or {}).get(DEFAULT) == "true" for one in classes.values()
        )
        return "no volume came" if default else "it names no storage class and there is no default"
    if name == "":
        return (
            f"no volume of {((spec.get('resources') or {}).get('requests') or {}).get('storage', 'its size')} is free"
        )
    if name not in classes:
        return f"the storage class {name} does not exist"
    if classes[name].get("volumeBindingMode") == "WaitForFirstConsumer":
        return "a pod mounts it and no volume came" if used else ""
    return f"{classes[name].get('provisioner')} made no volume"


def volumes_usable(snapshot: Snapshot, _expected: Expected, now: datetime) -> Outcome:
    """No volume failed, and none that should be deleted is left over."""
    volumes = snapshot["volumes"]
    findings = tuple(
        Finding(f"PersistentVolume {name_of(one)}", seen, "Bound or Available", since, severity=severity)
        for one in volumes
        for seen, since, severity in of_volume(one, now)
    )
    return Outcome(f"{counted(len(volumes), 'volume')} usable", "none failed", findings)


def of_volume(volume: Json, now: datetime) -> list[tuple[str, str, Severity | None]]:
    """Return what is wrong with a volume, since when, and how bad it is where that is not the rule's own."""
    status = volume.get("status") or {}
    phase, since = status.get("phase"), status.get("lastPhaseTransitionTime") or ""
    if phase == "Failed":
        return [(f"Failed: {shorten(status.get('message') or 'no message')}", since, None)]
    if phase not in PHASES:
        return [(f"phase {phase or 'missing'}", since, None)]
    left = phase == "Released" and (volume.get("spec") or {}).get("persistentVolumeReclaimPolicy") == "Delete"
    if left and since and age(since, now) > RESIZE:
        return [(f"released {span(age(since, now))} ago and not deleted", since, Severity.MINOR)]
    return []


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "claims_bound",
        Severity.MAJOR,
        ("claims", "storage_classes", "pods"),
        claims_bound,
        "Describe the claim: its events hold the provisioner's answer; then look at the CSI driver's controller.",
    ),
    Rule(
        "volumes_usable",
        Severity.MAJOR,
        ("volumes",),
        volumes_usable,
        "Describe the volume, and look it up in the cloud before anything is deleted.",
    ),
)
