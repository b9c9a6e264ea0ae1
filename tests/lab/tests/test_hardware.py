# SPDX-License-Identifier: Apache-2.0
# mypy: allow-untyped-defs, allow-incomplete-defs
"""GPUs and labels appear by what runs on a node, and go with it."""

from __future__ import annotations

from typing import Any

from lab import hardware, node_sync, storage

PLUGIN = {"app.kubernetes.io/name": "nvidia-device-plugin"}
WORKER = {"app.kubernetes.io/name": "node-feature-discovery", "role": "worker"}


def node(capacity: Any = None, **annotations: str) -> dict[str, Any]:
    gpu = {node_sync.GPU: "Tesla-T4", node_sync.GPU_COUNT: "2", node_sync.GPU_MEMORY: "16384"}
    return {
        "metadata": {"name": "n", "labels": {}, "annotations": gpu | annotations},
        "status": {"capacity": capacity or {}},
    }


def pod(labels: dict[str, str], container: str = "c", ready: bool = True, **metadata: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "p", "labels": labels, **metadata},
        "spec": {"containers": [{"name": container}]},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def plugin(**options: Any) -> dict[str, Any]:
    return pod(PLUGIN, hardware.DEVICE_PLUGIN_CONTAINER, **options)


def test_nothing_runs_nothing_shows():
    assert hardware.patches(node(), []) == ({}, {})


def test_a_node_without_gpus_stays_without():
    bare = {"metadata": {"name": "n", "labels": {}}, "status": {}}
    assert hardware.patches(bare, [plugin(), pod(WORKER)]) == ({}, {})


def test_the_discovery_worker_labels_the_node():
    assert hardware.patches(node(), [pod(WORKER)])[0] == {hardware.PCI_LABEL: "true"}


def test_the_discovery_master_does_not():
    assert hardware.patches(node(), [pod(WORKER | {"role": "master"})]) == ({}, {})


def test_the_plugin_advertises_the_gpus():
    assert hardware.patches(node(), [plugin()])[1] == {hardware.RESOURCE: "2"}


def test_a_plugin_that_is_not_ready_or_is_leaving_advertises_nothing():
    assert hardware.patches(node(), [plugin(ready=False), plugin(deletionTimestamp="now")]) == ({}, {})


def test_a_plugin_that_went_leaves_zero_behind():
    assert hardware.patches(node({hardware.RESOURCE: "2"}), [])[1] == {hardware.RESOURCE: "0"}


def test_what_is_advertised_already_is_not_advertised_again():
    assert hardware.patches(node({hardware.RESOURCE: "2"}), [plugin()])[1] == {}


def test_lost_gpus_are_not_advertised():
    assert hardware.patches(node(None, **{hardware.LOST: "2"}), [plugin()])[1] == {hardware.RESOURCE: "0"}


def test_feature_discovery_tells_the_model():
    labels, _ = hardware.patches(node(), [pod({}, hardware.FEATURE_DISCOVERY_CONTAINER)])
    assert labels["nvidia.com/gpu.product"] == "Tesla-T4"
    assert labels["nvidia.com/gpu.count"] == "2"


SLICED = "version: v1\nsharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}"


def test_time_slicing_multiplies():
    assert hardware.patches(node(), [plugin()], {"p": 4})[1] == {hardware.RESOURCE: "8"}


def test_the_configuration_that_the_node_is_labelled_with_is_used():
    labelled = node()
    labelled["metadata"]["labels"]["nvidia.com/device-plugin.config"] = "sliced"
    assert hardware.shared_by(plugin(), labelled, {"default": "version: v1", "sliced": SLICED}) == 4
    assert hardware.shared_by(plugin(), node(), {"default": "version: v1", "sliced": SLICED}) == 1


def test_pods_share_by_mps_too():
    shared = SLICED.replace("timeSlicing", "mps")
    assert hardware.shared_by(plugin(), node(), {"default": shared}) == 4
    assert hardware.shared_by(plugin(), node(), {"default": "version: v1\nsharing: {}"}) == 1


def test_the_default_configuration_is_named_by_the_pod():
    named = plugin()
    named["spec"]["containers"][0]["env"] = [{"name": "DEFAULT_CONFIG", "value": "sliced"}]
    assert hardware.shared_by(named, node(), {"default": "version: v1", "sliced": SLICED}) == 4


def test_a_broken_configuration_shares_nothing():
    assert hardware.shared_by(plugin(), node(), {"default": "{["}) == 1


CLAIM: dict[str, Any] = {
    "metadata": {"name": "data", "namespace": "x", "uid": "u1", "annotations": {storage.SELECTED_NODE: "n1"}},
    "spec": {
        "storageClassName": "gp2",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "5Gi"}},
    },
    "status": {"phase": "Pending"},
}
STORAGE_NODE = {"metadata": {"name": "n1", "labels": {"topology.kubernetes.io/zone": "eu-central-1b"}}}


def test_a_claim_whose_pod_was_placed_gets_a_volume_in_its_zone():
    (made,) = storage.volumes_to_make([CLAIM], [storage.EKS_CLASS], [STORAGE_NODE])
    assert made["spec"]["claimRef"]["uid"] == "u1"
    assert made["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"] == [
        "eu-central-1b"
    ]


def test_a_claim_waits_for_its_pod_and_for_its_class():
    unplaced = {**CLAIM, "metadata": {**CLAIM["metadata"], "annotations": {}}}
    assert storage.volumes_to_make([unplaced], [storage.EKS_CLASS], [STORAGE_NODE]) == []
    assert storage.volumes_to_make([CLAIM], [], [STORAGE_NODE]) == []


def test_a_released_volume_goes_unless_it_shall_be_kept():
    (made,) = storage.volumes_to_make([CLAIM], [storage.EKS_CLASS], [STORAGE_NODE])
    released = {**made, "status": {"phase": "Released"}}
    kept = {**released, "spec": {**made["spec"], "persistentVolumeReclaimPolicy": "Retain"}}
    assert storage.volumes_to_remove([released, kept, {**made, "status": {"phase": "Bound"}}]) == ["pvc-u1"]
