# SPDX-License-Identifier: Apache-2.0
"""What guards must know of nodes, read from the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import labels_of, name_of
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.nodes import node_ready
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, Reader
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.decide import Node

Json = dict[str, Any]
ZONE: Final = "topology.kubernetes.io/zone"
# Which group of nodes a node belongs to, as clouds and Karpenter label it.
GROUPS: Final = (
    "eks.amazonaws.com/nodegroup",
    "karpenter.sh/nodepool",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
)


def nodes_seen(reader: Reader, groups: Sequence[str] = GROUPS) -> dict[str, Node] | None:
    """Return all nodes by name, or nothing where they cannot be listed."""
    try:
        return nodes_of(reader.items("/api/v1/nodes"), groups)
    except KubeError:
        return None


def nodes_of(objects: Iterable[Json], groups: Sequence[str] = GROUPS) -> dict[str, Node]:
    """Return nodes by name; the first label of ``groups`` that a node has names its group."""
    return {name_of(one): node_of(one, groups) for one in objects}


def node_of(node: Json, groups: Sequence[str]) -> Node:
    """Return what guards must know of one node; groups of two kinds with one name are two groups."""
    labels = labels_of(node)
    group = next((f"{label}={labels[label]}" for label in groups if labels.get(label)), "")
    cordoned = bool((node.get("spec") or {}).get("unschedulable"))
    return Node(labels.get(ZONE, ""), group, node_ready(node) and not cordoned)
