# SPDX-License-Identifier: Apache-2.0
"""What GPU hardware and its agents would make of a node.

Nothing here knows a chart: a label or a device appears when the pod that would make it runs on the
node, and a device goes with its pod. So "installed but unusable" can really happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from lab.node_sync import GPU, GPU_COUNT, GPU_MEMORY

PCI_LABEL = "feature.node.kubernetes.io/pci-10de.present"
RESOURCE = "nvidia.com/gpu"
LOST = "lab.applied-ai.dev/gpu-lost"  # annotation: this many GPUs have fallen off the bus
# The containers whose running makes the difference, by upstream's labels.
NFD_WORKER = {"app.kubernetes.io/name": "node-feature-discovery", "role": "worker"}
DEVICE_PLUGIN = {"app.kubernetes.io/name": "nvidia-device-plugin"}
DEVICE_PLUGIN_CONTAINER = "nvidia-device-plugin-ctr"
FEATURE_DISCOVERY_CONTAINER = "gpu-feature-discovery-ctr"


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Tell whether a pod runs and is ready, and is not on its way out."""
    if pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = pod.get("status", {}).get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def has_labels(pod: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Tell whether a pod carries all of these labels."""
    own = pod["metadata"].get("labels") or {}
    return all(own.get(key) == value for key, value in labels.items())


def has_container(pod: Mapping[str, Any], name: str) -> bool:
    """Tell whether a pod has a container of this name."""
    return any(container["name"] == name for container in pod["spec"].get("containers", []))


def shared_by(pod: Mapping[str, Any], node: Mapping[str, Any], config: Mapping[str, str]) -> int:
    """Return how many containers share a GPU by the plugin's configuration (time-slicing or MPS).

    `config` is the data of the ConfigMap that the pod mounts; the node's label picks an entry, else the default.
    """
    label = (node["metadata"].get("labels") or {}).get("nvidia.com/device-plugin.config", "")
    containers = [*pod["spec"].get("initContainers", []), *pod["spec"].get("containers", [])]
    named = [e.get("value", "") for c in containers for e in c.get("env") or [] if e["name"] == "DEFAULT_CONFIG"]
    key = label or next((name for name in named if name), "") or (next(iter(config)) if len(config) == 1 else "")
    try:
        sharing = yaml.safe_load(config.get(key, ""))["sharing"]
        resources = (sharing.get("timeSlicing") or sharing["mps"])["resources"]
        return max([int(entry["replicas"]) for entry in resources if entry["name"] == RESOURCE], default=1)
    except (AttributeError, KeyError, TypeError, ValueError, yaml.YAMLError):
        return 1


def config_map(pod: Mapping[str, Any]) -> str:
    """Name the ConfigMap that a device plugin pod mounts, or ""."""
    volumes = pod["spec"].get("volumes") or []
    return next((volume["configMap"]["name"] for volume in volumes if "configMap" in volume), "")


def patches(
    node: Mapping[str, Any], pods: Iterable[Mapping[str, Any]], replicas: Mapping[str, int] | None = None
) -> tuple[dict[str, str], dict[str, str | None]]:
    """Return the labels to set and the devices to advertise (None: no longer) on one node.

    `pods` are those of the node, `replicas` by pod name how many share a GPU.
    """
    annotations = node["metadata"].get("annotations") or {}
    count = int(annotations.get(GPU_COUNT, "0"))
    if not count:
        return {}, {}
    own = node["metadata"].get("labels") or {}
    ready = [pod for pod in pods if is_ready(pod)]
    labels: dict[str, str] = {}
    if any(has_labels(pod, NFD_WORKER) for pod in ready):
        labels[PCI_LABEL] = "true"
    if any(has_container(pod, FEATURE_DISCOVERY_CONTAINER) for pod in ready):
        labels |= {
            "nvidia.com/gpu.present": "true",
            "nvidia.com/gpu.product": annotations[GPU],
            "nvidia.com/gpu.count": str(count),
            "nvidia.com/gpu.memory": annotations[GPU_MEMORY],
        }
    plugins = [pod for pod in ready if has_labels(pod, DEVICE_PLUGIN) and has_container(pod, DEVICE_PLUGIN_CONTAINER)]
    usable = max(count - int(annotations.get(LOST, "0")), 0)
    share = max([(replicas or {}).get(pod["metadata"].get("name", ""), 1) for pod in plugins], default=1)
    wanted = str(usable * share) if plugins else None
    advertised = (node.get("status", {}).get("capacity") or {}).get(RESOURCE)
    # A kubelet whose plugin went away says 0, and the field stays.
    if wanted is None and advertised is not None:
        wanted = "0"
    devices: dict[str, str | None] = {} if wanted == advertised else {RESOURCE: wanted}
    return {key: value for key, value in labels.items() if own.get(key) != value}, devices
