# SPDX-License-Identifier: Apache-2.0
"""What the EBS CSI driver would do: make a volume for a claim, remove it when its claim is gone.

The real controllers bind, protect and release; only the making and removing of volumes is simulated.
Storage classes are not: a claim of a class that nobody created stays pending, as in the cloud.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

PROVISIONERS = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs")
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
DRIVER = "ebs.csi.aws.com"

# The one class that a new EKS cluster has.
EKS_CLASS: dict[str, Any] = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "gp2"},
    "provisioner": "kubernetes.io/aws-ebs",
    "parameters": {"type": "gp2", "fsType": "ext4"},
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "WaitForFirstConsumer",
}


def volumes_to_make(
    claims: Sequence[Mapping[str, Any]], classes: Sequence[Mapping[str, Any]], nodes: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Build a volume for each claim that waits for one of ours."""
    by_name = {entry["metadata"]["name"]: entry for entry in classes if entry["provisioner"] in PROVISIONERS}
    zones = {n["metadata"]["name"]: n["metadata"]["labels"].get("topology.kubernetes.io/zone", "") for n in nodes}
    made = []
    for claim in claims:
        storage_class = by_name.get(claim["spec"].get("storageClassName", ""))
        if storage_class is None or claim.get("status", {}).get("phase") != "Pending":
            continue
        if claim["spec"].get("volumeName") or claim["metadata"].get("deletionTimestamp"):
            continue
        chosen = (claim["metadata"].get("annotations") or {}).get(SELECTED_NODE, "")
        if storage_class.get("volumeBindingMode") == "WaitForFirstConsumer" and chosen not in zones:
            continue
        made.append(volume(claim, storage_class, zones.get(chosen, "")))
    return made


def volume(claim: Mapping[str, Any], storage_class: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """Build the volume of one claim; it stays in its node's zone, as EBS volumes do."""
    uid = claim["metadata"]["uid"]
    spec: dict[str, Any] = {
        "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
        "accessModes": claim["spec"]["accessModes"],
        "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
        "storageClassName": storage_class["metadata"]["name"],
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "name": claim["metadata"]["name"],
            "namespace": claim["metadata"]["namespace"],
            "uid": uid,
        },
        "csi": {"driver": DRIVER, "volumeHandle": f"vol-{hashlib.sha256(uid.encode()).hexdigest()[:17]}"},
    }
    if zone:
        term = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{uid}", "annotations": {PROVISIONED_BY: DRIVER}},
        "spec": spec,
    }


def volumes_to_remove(volumes: Sequence[Mapping[str, Any]]) -> list[str]:
    """List our volumes whose claim is gone and that nobody wants to keep."""
    return [
        entry["metadata"]["name"]
        for entry in volumes
        if (entry["metadata"].get("annotations") or {}).get(PROVISIONED_BY) == DRIVER
        and entry["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
        and entry.get("status", {}).get("phase") == "Released"
    ]
