# SPDX-License-Identifier: Apache-2.0
"""Rules about GPUs: what nodes promise, advertise and can give."""

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
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import name_of
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.nodes import joining, node_ready

GPU: Final = "nvidia.com/gpu"


def gpu_count(node: Json, field: str) -> int:
    """Return how many GPUs a node has, as ``capacity`` or ``allocatable``."""
    return int(((node.get("status") or {}).get(field) or {}).get(GPU) or 0)


def gpus_advertised(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Each GPU node that has joined advertises the GPUs its instance type has, and can give them all to pods."""
    findings: list[Finding] = []
    total = 0
    for node in sorted(snapshot["nodes"], key=name_of):
        label = ((node.get("metadata") or {}).get("labels") or {}).get(expected.node_group_label, "")
        group = expected.node_groups.get(label)
        promised = group.gpus_per_node if group else 0
        capacity, allocatable = gpu_count(node, "capacity"), gpu_count(node, "allocatable")
        total += allocatable
        settled = node_ready(node) and not joining(node, now, expected.grace)
        if settled and allocatable < max(promised, capacity):
            findings.append(
                Finding(
                    f"Node {name_of(node)}",
                    f"{capacity} {GPU} advertised, {allocatable} allocatable",
                    f"{max(promised, capacity)} allocatable",
                )
            )
    return Outcome(f"{total} {GPU} allocatable", "all that the instance types have", tuple(findings))


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "gpus_advertised",
        Severity.MAJOR,
        ("nodes",),
        gpus_advertised,
        "Look at the device plugin's pod on that node, then at the driver.",
    ),
)
