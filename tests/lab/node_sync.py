# SPDX-License-Identifier: Apache-2.0
"""EKS node groups in the emulator become nodes of the control plane, and go with them."""

from __future__ import annotations

import ipaddress
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lab.paths import SOURCE

MANAGED_BY = "lab.applied-ai.dev/node-group"  # marks the nodes that the sync may remove
GPU = "lab.applied-ai.dev/gpu"
GPU_COUNT = "lab.applied-ai.dev/gpu-count"
GPU_MEMORY = "lab.applied-ai.dev/gpu-memory-mib"
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
RESERVED_ADDRESSES = 4  # AWS keeps the first ones of a subnet
MAX_PODS = 110
GIB_MIB = 1024


@dataclass(frozen=True)
class Hardware:
    """What an instance type consists of."""

    cpu: int
    memory_gib: int
    gpu: str = ""
    gpu_count: int = 0
    gpu_memory_mib: int = 0


@dataclass(frozen=True)
class Subnet:
    """Where a node may stand."""

    zone: str
    cidr: str


@dataclass(frozen=True)
class NodeGroup:
    """What the emulator knows of one EKS node group."""

    cluster: str
    name: str
    region: str
    size: int
    instance_type: str
    capacity_type: str
    version: str
    subnets: tuple[Subnet, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] = ()


@cache
def instance_types() -> dict[str, Hardware]:
    """Read the table of instance types."""
    table = json.loads((SOURCE / "data" / "instance_types.json").read_text())
    return {name: Hardware(**row) for name, row in table.items()}


def hardware(instance_type: str) -> Hardware:
    """Return a type's hardware; one that the table lacks gets the family's smallest usual size."""
    return instance_types().get(instance_type, Hardware(cpu=2, memory_gib=8))


def node_name(group: NodeGroup, index: int) -> str:
    """Name a node: stable, readable, within the limit of a label."""
    name = f"{group.cluster}-{group.name}-{index}"
    limit = 63
    if len(name) <= limit:
        return name
    digest = f"{zlib.crc32(f'{group.cluster}/{group.name}'.encode()):08x}"
    return f"{group.name[:40]}-{digest}-{index}"


def address(group: NodeGroup, index: int) -> str:
    """Give a node an address out of its subnet, a different range for each group."""
    if not group.subnets:
        return f"10.0.0.{index % 200 + 10}"
    network = ipaddress.ip_network(group.subnets[index % len(group.subnets)].cidr)
    usable = max(network.num_addresses - RESERVED_ADDRESSES - 1, 1)
    start = zlib.crc32(f"{group.cluster}/{group.name}".encode()) % usable
    return str(network[(start + index) % usable + RESERVED_ADDRESSES])


def node(group: NodeGroup, index: int) -> dict[str, Any]:
    """Build the node that a kubelet of this group would register."""
    name, kit = node_name(group, index), hardware(group.instance_type)
    zone = group.subnets[index % len(group.subnets)].zone if group.subnets else f"{group.region}a"
    annotations = {
        "kwok.x-k8s.io/node": "fake",
        # Where metrics-server finds this node's part of the simulated kubelets.
        "metrics.k8s.io/resource-metrics-path": f"/metrics/nodes/{name}/metrics/resource",
    }
    if kit.gpu_count:
        annotations |= {GPU: kit.gpu, GPU_COUNT: str(kit.gpu_count), GPU_MEMORY: str(kit.gpu_memory_mib)}
    labels = {
        **group.labels,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": group.instance_type,
        "topology.kubernetes.io/region": group.region,
        "topology.kubernetes.io/zone": zone,
        "eks.amazonaws.com/nodegroup": group.name,
        "eks.amazonaws.com/capacityType": group.capacity_type,
        MANAGED_BY: f"{group.cluster}.{group.name}"[:63],
    }
    taints = [_taint(taint) for taint in group.taints]
    capacity = {"cpu": str(kit.cpu), "memory": f"{kit.memory_gib * GIB_MIB}Mi", "pods": str(MAX_PODS)}
    # What kubelet and system keep for themselves.
    allocatable = {**capacity, "cpu": f"{kit.cpu * 1000 - 80}m", "memory": f"{kit.memory_gib * GIB_MIB * 93 // 100}Mi"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "spec": {"providerID": f"aws:///{zone}/i-{_instance_id(name)}", "taints": taints},
        "status": {
            "capacity": capacity,
            "allocatable": allocatable,
            "addresses": [
                {"type": "InternalIP", "address": address(group, index)},
                {"type": "Hostname", "address": name},
                # The address at which the simulated kubelet really listens.
                {"type": "InternalDNS", "address": "127.0.0.1"},
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": "kwok",
                "kernelVersion": "kwok",
                "kubeProxyVersion": "",
                "kubeletVersion": f"v{group.version}.0-eks-lab",
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": "KWOK (simulated)",
                "systemUUID": "",
            },
        },
    }


@dataclass(frozen=True)
class Changes:
    """What makes the nodes equal to the node groups."""

    create: list[dict[str, Any]]
    delete: list[str]
    patch: dict[str, dict[str, Any]]


def changes(groups: Iterable[NodeGroup], present: Sequence[Mapping[str, Any]]) -> Changes:
    """Compare node groups with the nodes that stand; a node whose hardware or place differs is replaced."""
    wanted = {
        made["metadata"]["name"]: made for group in groups for made in (node(group, i) for i in range(group.size))
    }
    ours = {n["metadata"]["name"]: n for n in present if MANAGED_BY in n["metadata"].get("labels", {})}
    replaced = [name for name in ours if name in wanted and _identity(ours[name]) != _identity(wanted[name])]
    patch = {name: _patch(ours[name], wanted[name]) for name in ours if name in wanted and name not in replaced}
    return Changes(
        create=[one for name, one in wanted.items() if name not in ours],
        delete=sorted([name for name in ours if name not in wanted] + replaced),
        patch={name: content for name, content in patch.items() if content},
    )


def parse_node_groups(
    raw: Iterable[Mapping[str, Any]], subnets: Mapping[str, tuple[str, str]], region: str
) -> list[NodeGroup]:
    """Turn EKS's descriptions of node groups into ours; `subnets` maps each to zone and CIDR."""
    return [
        NodeGroup(
            cluster=group["clusterName"],
            name=group["nodegroupName"],
            region=region,
            size=group.get("scalingConfig", {}).get("desiredSize", 0),
            instance_type=(group.get("instanceTypes") or ["t3.medium"])[0],
            capacity_type=group.get("capacityType", "ON_DEMAND"),
            version=group.get("version", ""),
            subnets=tuple(Subnet(*subnets[subnet]) for subnet in group.get("subnets", []) if subnet in subnets),
            labels=dict(group.get("labels") or {}),
            taints=tuple({k: str(v) for k, v in taint.items()} for taint in group.get("taints") or []),
        )
        for group in raw
    ]


def _taint(taint: Mapping[str, str]) -> dict[str, str]:
    """Turn EKS's way of writing a taint into Kubernetes's."""
    made = {"key": taint["key"], "value": taint.get("value", ""), "effect": taint["effect"]}
    made["effect"] = EFFECTS.get(made["effect"], made["effect"])
    return {key: value for key, value in made.items() if value}


def _instance_id(name: str) -> str:
    return f"{zlib.crc32(name.encode()):08x}{zlib.crc32(name[::-1].encode()):08x}0"


def _identity(found: Mapping[str, Any]) -> tuple[Any, ...]:
    labels = found["metadata"]["labels"]
    keys = ("node.kubernetes.io/instance-type", "topology.kubernetes.io/zone", "eks.amazonaws.com/capacityType")
    return tuple(labels.get(key) for key in keys)


def _patch(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a node lacks of its group's labels and taints; others' labels and taints stay."""
    labels = present["metadata"]["labels"]
    missing = {key: value for key, value in wanted["metadata"]["labels"].items() if labels.get(key) != value}
    patch: dict[str, Any] = {"metadata": {"labels": missing}} if missing else {}
    taints = present["spec"].get("taints") or []
    lacking = [taint for taint in wanted["spec"]["taints"] if not any(_same(taint, other) for other in taints)]
    if lacking:
        patch["spec"] = {"taints": [*taints, *lacking]}
    return patch


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one.get(key, "") == other.get(key, "") for key in ("key", "value", "effect"))
