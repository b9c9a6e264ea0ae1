# SPDX-License-Identifier: Apache-2.0
"""What the scheduler says of a pod that no node takes, reduced to one sentence with what would help."""

from __future__ import annotations

import re
from typing import Any, Final

Json = dict[str, Any]

# "0/4 nodes are available: 1 Insufficient cpu, 3 node(s) had untolerated taint(s). preemption: …"
NODES: Final = re.compile(r"^0/(?P<nodes>\d+) nodes are available: ")
REASON: Final = re.compile(r"(\d+) (Insufficient [\w./-]+|[^,]+?)(?=, \d+ |$)")
GPU_MODEL_LABELS: Final = ("applied-ai.dev/gpu-model", "karpenter.k8s.aws/instance-gpu-name", "nvidia.com/gpu.product")
ZONE_LABEL: Final = "topology.kubernetes.io/zone"


def unschedulable(pod: Json, message: str) -> str:
    """Return the sentence for a pod and the message of its condition PodScheduled."""
    # The first sentence is about nodes; what follows is about claims and preemption.
    text = " ".join(message.split()).partition(". ")[0].rstrip(".")
    head = NODES.match(text)
    if not head:
        return f"no node takes it: {text}"
    nodes = int(head["nodes"])
    told = text[head.end() :]
    # What is not about single nodes comes without a number.
    reasons = {why: int(count) for count, why in REASON.findall(told)} or {told: nodes}
    short = [why.removeprefix("Insufficient ") for why in reasons if why.startswith("Insufficient ")]
    if gpus := gpus_of(pod):
        return _no_gpu(gpus, short, nodes, pod)
    if short:
        asked = ", ".join(f"{requests_of(pod).get(name, '?')} {name}" for name in short)
        count = max(count for why, count in reasons.items() if why.startswith("Insufficient "))
        return f"no node has {asked} free ({count} of {nodes} lack it), ask for less in resources or add nodes"
    return _no_place(reasons, nodes, pod)


def _no_place(reasons: dict[str, int], nodes: int, pod: Json) -> str:
    selector = (pod.get("spec") or {}).get("nodeSelector") or {}
    told = "; ".join(reasons)
    if "volume" in told or "PersistentVolumeClaim" in told:
        return f"no node can mount its volume ({told}), its zone needs a node and its storage class must exist"
    if "topology spread" in told:
        return f"no node keeps it spread over zones and nodes ({nodes} nodes), add one in a zone that has none"
    if "affinity" in told:
        wanted = ", ".join(f"{key}={value}" for key, value in sorted(selector.items())) or "its affinity"
        what = f"in zone {selector[ZONE_LABEL]}" if ZONE_LABEL in selector else "that it wants"
        return f"none of {nodes} nodes is one {what} ({wanted}), add such nodes or ask for others"
    return f"none of {nodes} nodes takes it: {told}"


def _no_gpu(gpus: dict[str, str], short: list[str], nodes: int, pod: Json) -> str:
    asked = " and ".join(f"{count} {resource}" for resource, count in sorted(gpus.items()))
    labels = {**((pod.get("spec") or {}).get("nodeSelector") or {}), **_required_labels(pod)}
    model = next((f" of model {labels[key]}" for key in GPU_MODEL_LABELS if key in labels), "")
    if set(short) & set(gpus):
        return f"no node has {asked}{model} free ({nodes} nodes), add GPU nodes or free GPUs"
    if short:
        return f"no GPU node{model} has {' and '.join(short)} free beside {asked}, ask for less or add nodes"
    return (
        f"it asks for {asked}, and none of {nodes} nodes is a GPU node{model} that it may use, "
        "add a node group with such GPUs"
    )


def _required_labels(pod: Json) -> dict[str, str]:
    """Return the labels with one allowed value that the pod's node affinity requires."""
    affinity = ((pod.get("spec") or {}).get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or []
    return {
        str(one["key"]): str(one["values"][0])
        for term in terms
        for one in term.get("matchExpressions") or []
        if one.get("operator") == "In" and len(one.get("values") or []) == 1
    }


def requests_of(pod: Json) -> dict[str, str]:
    """Return what the pod asks for, by resource: of the first container that does."""
    found: dict[str, str] = {}
    for container in (pod.get("spec") or {}).get("containers") or []:
        for name, value in ((container.get("resources") or {}).get("requests") or {}).items():
            found.setdefault(name, str(value))
    return found


def gpus_of(pod: Json) -> dict[str, str]:
    """Return the GPUs that the pod asks for, by resource: extended resources of a vendor whose name says so."""
    return {
        name: value
        for name, value in requests_of(pod).items()
        if "/" in name and ("gpu" in name or name.startswith("nvidia.com/")) and value != "0"
    }
