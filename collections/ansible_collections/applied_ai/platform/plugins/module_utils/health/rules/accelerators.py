# SPDX-License-Identifier: Apache-2.0
"""Rules of the look at GPUs: what was bought against what pods can use, how it is shared, and how it fares."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils import quantity
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedGpus,
    Finding,
    Json,
    Outcome,
    Rule,
    Severity,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import (
    counted,
    labels_of,
    name_of,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.gpu import GPU
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.nodes import joining, node_ready

# What gpu-feature-discovery writes on nodes.
PRODUCT: Final = "nvidia.com/gpu.product"
REPLICAS: Final = "nvidia.com/gpu.replicas"
MIG_CONFIG: Final = "nvidia.com/mig.config"
MIG_STATE: Final = "nvidia.com/mig.config.state"
DRIVER: Final = ("nvidia.com/cuda.driver-version.full", "nvidia.com/cuda.driver.{}", ("major", "minor", "rev"))
CUDA: Final = ("nvidia.com/cuda.runtime-version.full", "nvidia.com/cuda.runtime.{}", ("major", "minor"))
INSTANCE_TYPE: Final = "node.kubernetes.io/instance-type"
TAINT: Final = "nvidia.com/gpu"
# Under which names parts of GPUs are advertised.
SHARES: Final = ("nvidia.com/mig-", "nvidia.com/gpu.shared")
# Taints that keep a pod away only as long as the node is not well, which other rules tell.
PASSING: Final = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
# What the smallest pod with a GPU needs beside it.
LEAST_CPU: Final = Decimal("0.5")
LEAST_MEMORY: Final = Decimal(1024**3)

EACH: Final = "max by (Hostname, gpu)"
# Bits 3 (hardware slowdown), 5 and 6 (software and hardware thermal slowdown) and 7 (power brake).
SLOWED: Final = " + ".join(f"floor(DCGM_FI_DEV_CLOCKS_EVENT_REASONS / {2**bit}) % 2" for bit in (3, 5, 6, 7))
QUERIES: Final = {
    "gpu_seen": "count by (Hostname) (count by (Hostname, gpu) (DCGM_FI_DEV_GPU_TEMP))",
    "gpu_xid": f"{EACH} (DCGM_FI_DEV_XID_ERRORS) > 0",
    "gpu_ecc": f"{EACH} (increase(DCGM_FI_DEV_ECC_DBE_VOL_TOTAL[1h])) > 0",
    "gpu_remap": f"{EACH} (DCGM_FI_DEV_ROW_REMAP_FAILURE) > 0",
    "gpu_hot": f"{EACH} (min_over_time(DCGM_FI_DEV_GPU_TEMP[5m])) > 85",
    "gpu_slowed": f"{EACH} (min_over_time(({SLOWED})[10m:1m])) > 0",
    # Those that were there two hours ago: one that has just come is not idle yet.
    "gpu_idle": (
        f"{EACH} (max_over_time(DCGM_FI_DEV_GPU_UTIL[2h])) < 1 and {EACH} (DCGM_FI_DEV_GPU_UTIL offset 2h) >= 0"
    ),
}
# XIDs that come from the program that ran, or were mended on the spot; as the alerts of dcgm_exporter see it.
OF_PROGRAMS: Final = frozenset({13, 31, 43, 45, 63})
XIDS: Final = {
    48: "memory error that ECC cannot correct",
    62: "halt of the internal controller",
    64: "memory row that could not be replaced",
    74: "NVLink error",
    79: "GPU has fallen off the bus",
    94: "contained memory error",
    95: "memory error that was not contained",
    119: "GSP does not answer",
    120: "GSP error",
}


def group_of(node: Json, expected: Expected) -> str:
    """Return the node group of a node."""
    return labels_of(node).get(expected.node_group_label, "")


def members(snapshot: Snapshot, expected: Expected, name: str) -> list[Json]:
    """Return the ready nodes of a group, by name."""
    return sorted(
        (one for one in snapshot["nodes"] if group_of(one, expected) == name and node_ready(one)), key=name_of
    )


def settled(nodes: Iterable[Json], expected: Expected, now: datetime) -> list[Json]:
    """Return the nodes that are old enough for their labels and metrics to be there."""
    return [one for one in nodes if not joining(one, now, expected.grace)]


def amount(node: Json, field: str, resource: str) -> int:
    """Return how much of an extended resource a node has, as ``capacity`` or ``allocatable``."""
    return int(((node.get("status") or {}).get(field) or {}).get(resource) or 0)


def resources_of(node: Json) -> list[str]:
    """Return the names under which a node advertises GPUs, MIG slices among them."""
    capacity = (node.get("status") or {}).get("capacity") or {}
    return sorted(name for name in capacity if name == GPU or name.startswith(SHARES))


def with_gpus(snapshot: Snapshot) -> list[Json]:
    """Return the ready nodes that advertise a GPU or a slice of one."""
    return [
        one
        for one in snapshot["nodes"]
        if node_ready(one) and any(amount(one, "capacity", name) for name in resources_of(one))
    ]


def gpus_complete(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Compare group by group: as many GPUs as were bought, of the model that was bought."""
    findings: list[Finding] = []
    total = 0
    for name, group in sorted(expected.gpu_groups.items()):
        nodes = members(snapshot, expected, name)
        have = sum(amount(node, "allocatable", group.resource) for node in nodes)
        total += have
        if have < group.total:
            text = f"{have} {group.resource} allocatable on {counted(len(nodes), 'ready node')}"
            severity = Severity.MAJOR if have else Severity.CRITICAL
            findings.append(Finding(f"node group {name}", text, f"{group.total}", severity=severity))
        findings += wrong_model(settled(nodes, expected, now), group)
    return Outcome(
        f"{total} GPUs or slices allocatable in {counted(len(expected.gpu_groups), 'group')}",
        "all that was bought",
        tuple(findings),
    )


def wrong_model(nodes: list[Json], group: ExpectedGpus) -> Iterator[Finding]:
    """Return a finding for each node with another model; shared GPUs and slices have a suffix."""
    for node in nodes:
        product = labels_of(node).get(PRODUCT, "")
        if group.model and product.partition("-SHARED")[0].partition("-MIG")[0] != group.model:
            yield Finding(f"Node {name_of(node)}", f"model {product or 'not labelled'}", group.model)


def requested(pod: Json, resource: str) -> Decimal:
    """Return what the scheduler reckons a pod needs of a resource: its containers together, or its largest init one."""
    spec = pod.get("spec") or {}

    def of(container: Json) -> Decimal:
        asked = container.get("resources") or {}
        text = (asked.get("requests") or {}).get(resource) or (asked.get("limits") or {}).get(resource) or "0"
        return quantity.parse(text) or Decimal(0)

    together = sum((of(one) for one in spec.get("containers") or ()), Decimal(0))
    # An init container that goes on beside the others counts with them.
    side = sum(
        (of(one) for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"), Decimal(0)
    )
    first = max((of(one) for one in spec.get("initContainers") or ()), default=Decimal(0))
    return max(together + side, first)


def by_node(snapshot: Snapshot) -> dict[str, list[Json]]:
    """Return the pods that take up room, by node."""
    found: dict[str, list[Json]] = defaultdict(list)
    for pod in snapshot["pods"]:
        node = (pod.get("spec") or {}).get("nodeName")
        if node and (pod.get("status") or {}).get("phase") not in {"Succeeded", "Failed"}:
            found[node].append(pod)
    return found


def free(node: Json, pods: Iterable[Json], resource: str) -> Decimal:
    """Return what is left of a resource on a node."""
    text = ((node.get("status") or {}).get("allocatable") or {}).get(resource) or "0"
    return (quantity.parse(text) or Decimal(0)) - sum((requested(pod, resource) for pod in pods), Decimal(0))


def gpus_schedulable(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Each GPU that is free can be used: its node is open, takes pods with GPUs, and has CPU and memory beside it."""
    placed = by_node(snapshot)
    findings: list[Finding] = []
    total = Decimal(0)
    for node in sorted(with_gpus(snapshot), key=name_of):
        pods = placed[name_of(node)]
        left = sum((free(node, pods, name) for name in resources_of(node)), Decimal(0))
        why = closed(node, expected.tolerated) or crowded(node, pods)
        if left > 0 and why:
            findings.append(Finding(f"Node {name_of(node)}", f"{left} GPUs free that no pod can use: {why}", "usable"))
        elif left > 0:
            total += left
    return Outcome(f"{total} GPUs free and usable", "each free GPU can be used", tuple(findings))


def closed(node: Json, tolerated: Iterable[str]) -> str:
    """Return why a node takes no pod with a GPU, empty when it does."""
    spec = node.get("spec") or {}
    if spec.get("unschedulable"):
        return "the node is cordoned"
    strange = [
        f"{one.get('key')}={one.get('value', '')}".rstrip("=")
        for one in spec.get("taints") or ()
        if one.get("effect") in {"NoSchedule", "NoExecute"}
        and one.get("key") not in tolerated
        and not str(one.get("key")).startswith(PASSING)
    ]
    return f"taint {', '.join(strange)}" if strange else ""


def crowded(node: Json, pods: list[Json]) -> str:
    """Return which other resource is used up on a node, empty when there is room."""
    for resource, least, unit in (("cpu", LEAST_CPU, "CPU"), ("memory", LEAST_MEMORY, "memory")):
        left = free(node, pods, resource)
        if left < least:
            return f"{quantity.shown(max(left, Decimal(0)))} {unit} left beside them"
    return ""


def gpu_nodes_tainted(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Nodes of groups that are kept for GPU work carry the taint that keeps other pods away."""
    nodes = [
        node
        for name, group in sorted(expected.gpu_groups.items())
        if group.tainted
        for node in settled(members(snapshot, expected, name), expected, now)
    ]
    findings = tuple(
        Finding(f"Node {name_of(node)}", f"taint {TAINT} is missing", "kept for pods with GPUs")
        for node in nodes
        if all(one.get("key") != TAINT for one in (node.get("spec") or {}).get("taints") or ())
    )
    return Outcome(f"{counted(len(nodes), 'GPU node')} kept for GPU work", "tainted as promised", findings)


def gpus_shared_as_asked(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """GPUs are sliced or shared as asked: MIG by its layout and state, time slices by their number."""
    findings = tuple(
        Finding(f"Node {name_of(node)}", seen, want)
        for name, group in sorted(expected.gpu_groups.items())
        for node in settled(members(snapshot, expected, name), expected, now)
        for seen, want in wrong_layout(node, group)
    )
    return Outcome(
        f"{counted(len(expected.gpu_groups), 'GPU group')} shared as asked", "the layout that was asked for", findings
    )


def wrong_layout(node: Json, group: ExpectedGpus) -> Iterator[tuple[str, str]]:
    """Return (seen, expected) for what is not as asked."""
    labels = labels_of(node)
    if group.mig_config:
        layout, state = labels.get(MIG_CONFIG, ""), labels.get(MIG_STATE, "")
        if layout != group.mig_config:
            yield f"MIG layout {layout or 'not labelled'}", group.mig_config
        elif state != "success":
            yield f"MIG layout {layout} is {state or 'without state'}", "success"
    replicas = labels.get(REPLICAS) or "1"
    if replicas != str(group.replicas) and not group.mig_config:
        yield f"each GPU shared by {replicas}", f"shared by {group.replicas}"


def version_of(node: Json, kind: tuple[str, str, tuple[str, ...]]) -> str:
    """Return a version that gpu-feature-discovery tells, by its new label or its old ones."""
    labels = labels_of(node)
    parts = [labels.get(kind[1].format(part), "") for part in kind[2]]
    return labels.get(kind[0]) or ".".join(part for part in parts if part)


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers that can be compared."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def gpu_drivers_fit(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Driver and CUDA are at least as new as what runs on them needs, and alike within a group."""
    findings: list[Finding] = []
    versions: set[str] = set()
    for name, group in sorted(expected.gpu_groups.items()):
        drivers: dict[str, list[str]] = defaultdict(list)
        for node in settled(members(snapshot, expected, name), expected, now):
            driver, cuda = version_of(node, DRIVER), version_of(node, CUDA)
            drivers[driver].append(name_of(node))
            findings += [
                Finding(f"Node {name_of(node)}", f"{what} {seen or 'not labelled'}", f"{least} or later")
                for what, seen, least in (("driver", driver, group.driver), ("CUDA", cuda, group.cuda))
                if least and numbers(seen) < numbers(least)
            ]
        versions |= set(drivers) - {""}
        if len(drivers) > 1:
            told = ", ".join(f"{driver or 'none'} on {len(nodes)}" for driver, nodes in sorted(drivers.items()))
            findings.append(
                Finding(f"node group {name}", f"drivers differ: {told}", "one driver", severity=Severity.MINOR)
            )
    return Outcome(
        f"drivers {', '.join(sorted(versions)) or 'not asked for'}",
        "as new as needed, alike in a group",
        tuple(findings),
    )


def gpus_watched(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Every node with GPUs is seen by DCGM: of one that is not, no error and no heat is known."""
    seen = {one["metric"].get("Hostname", "") for one in snapshot["gpu_seen"]}
    nodes = with_gpus(snapshot)
    findings = tuple(
        Finding(f"Node {name_of(node)}", "no metrics of its GPUs", "metrics of dcgm-exporter")
        for node in sorted(settled(nodes, expected, now), key=name_of)
        if name_of(node) not in seen
    )
    return Outcome(f"{counted(len(nodes), 'GPU node')} watched", "all watched", findings)


def place(series: Json) -> str:
    """Return which GPU a series is about."""
    return f"GPU {series['metric'].get('gpu', '?')} of node {series['metric'].get('Hostname', '?')}"


def gpus_without_errors(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """No GPU reports an error of its own; those of the programs that run on it are not counted."""
    findings = [
        Finding(
            place(one),
            f"XID {one['value']:.0f}{', ' + XIDS[code] if (code := int(one['value'])) in XIDS else ''}",
            "no XID",
        )
        for one in snapshot["gpu_xid"]
        if int(one["value"]) not in OF_PROGRAMS
    ]
    findings += [
        Finding(place(one), f"{one['value']:.0f} memory errors in an hour that ECC cannot correct", "none")
        for one in snapshot["gpu_ecc"]
    ]
    findings += [
        Finding(place(one), "no spare memory rows left", "rows can be replaced") for one in snapshot["gpu_remap"]
    ]
    return Outcome("no GPU reports an error", "no errors", tuple(sorted(findings, key=lambda one: one.subject)))


def gpus_cool(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """No GPU is too hot, and none is slowed down by heat or power."""
    findings = [
        *(Finding(place(one), f"{one['value']:.0f} °C for 5 minutes", "85 °C at most") for one in snapshot["gpu_hot"]),
        *(
            Finding(place(one), "slowed down for 10 minutes by heat or power", "full clock")
            for one in snapshot["gpu_slowed"]
        ),
    ]
    return Outcome(
        "no GPU is hot or slowed down",
        "85 °C at most, full clock",
        tuple(sorted(findings, key=lambda one: one.subject)),
    )


def gpus_used(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Say how many GPUs have been idle for two hours and what they cost; too large a share is a finding."""
    watched = sum(int(one["value"]) for one in snapshot["gpu_seen"])
    idle = snapshot["gpu_idle"]
    share = Decimal(100 * len(idle)) / watched if watched else Decimal(0)
    told = f"{len(idle)} of {counted(watched, 'GPU')} idle for 2 h{cost_of(snapshot, expected)}"
    want = f"at most {expected.idle_limit} % idle"
    if share > expected.idle_limit:
        return Outcome("", want, (Finding("GPUs", told, want),))
    return Outcome(told, want)


def cost_of(snapshot: Snapshot, expected: Expected) -> str:
    """Return what idle GPUs cost by the hour, as a share of their nodes; nodes without a price are counted."""
    nodes = {name_of(node): node for node in snapshot["nodes"]}
    counts = {one["metric"].get("Hostname", ""): int(one["value"]) for one in snapshot["gpu_seen"]}
    total, unpriced = Decimal(0), 0
    for one in snapshot["gpu_idle"]:
        host = one["metric"].get("Hostname", "")
        kind = labels_of(nodes.get(host, {})).get(INSTANCE_TYPE, "")
        price = expected.prices.get(kind)
        if price is None or not counts.get(host):
            unpriced += 1
        else:
            total += price / counts[host]
    if not snapshot["gpu_idle"]:
        return ""
    # An amount of nothing would read as free of cost.
    if unpriced == len(snapshot["gpu_idle"]):
        return ", none with a list price"
    missing = f", {unpriced} without a price" if unpriced else ""
    return f", {total:.2f} {expected.currency} an hour at list price{missing}"


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "gpus_complete",
        Severity.MAJOR,
        ("nodes",),
        gpus_complete,
        "See nodes_ready and gpus_advertised for the nodes; a wrong model means a wrong instance type in the group.",
    ),
    Rule(
        "gpus_schedulable",
        Severity.MAJOR,
        ("nodes", "pods"),
        gpus_schedulable,
        "Uncordon the node or remove the taint; move pods without GPUs away from it.",
    ),
    Rule(
        "gpu_nodes_tainted",
        Severity.MINOR,
        ("nodes",),
        gpu_nodes_tainted,
        "Put the taint into the node group, not onto the node: a new node would lack it again.",
    ),
    Rule(
        "gpus_shared_as_asked",
        Severity.MAJOR,
        ("nodes",),
        gpus_shared_as_asked,
        "Read the MIG manager's or device plugin's log on that node; a layout changes only when no pod uses the GPU.",
    ),
    Rule(
        "gpu_drivers_fit",
        Severity.MAJOR,
        ("nodes",),
        gpu_drivers_fit,
        "Take a newer image for the node group, and replace its nodes one by one.",
    ),
    Rule(
        "gpus_watched",
        Severity.MAJOR,
        ("nodes", "gpu_seen"),
        gpus_watched,
        "Look at dcgm-exporter's pod on that node and at Prometheus' targets.",
    ),
    Rule(
        "gpus_without_errors",
        Severity.MAJOR,
        ("gpu_xid", "gpu_ecc", "gpu_remap"),
        gpus_without_errors,
        "Cordon the node, move its pods, and end the instance; hardware does not heal.",
    ),
    Rule(
        "gpus_cool",
        Severity.MINOR,
        ("gpu_hot", "gpu_slowed"),
        gpus_cool,
        "Replace the node where it stays so; in your own racks look at the cooling.",
    ),
    Rule(
        "gpus_used",
        Severity.MINOR,
        ("nodes", "gpu_seen", "gpu_idle"),
        gpus_used,
        "Scale down what holds them, or share GPUs by time slices or MIG.",
    ),
)
