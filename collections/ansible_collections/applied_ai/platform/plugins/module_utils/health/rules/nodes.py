# SPDX-License-Identifier: Apache-2.0
"""Rules about nodes: are they there, ready, alike, and free to work."""

from __future__ import annotations

from collections import defaultdict
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
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import condition, name_of


def node_ready(node: Json) -> bool:
    """Say whether the kubelet reports the node ready."""
    return bool(condition(node, "Ready").get("status") == "True")


def nodes_ready(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Every node is ready; none ready at all is worse than one lost."""
    nodes = snapshot["nodes"]
    ready = [node for node in nodes if node_ready(node)]
    findings = tuple(
        Finding(
            f"Node {name_of(node)}",
            condition(node, "Ready").get("reason") or "no Ready condition",
            "Ready",
            condition(node, "Ready").get("lastTransitionTime") or "",
            severity=Severity.MAJOR if ready else Severity.CRITICAL,
        )
        for node in nodes
        if not node_ready(node)
    )
    if not nodes:
        findings = (Finding("cluster", "no nodes", "at least one", severity=Severity.CRITICAL),)
    return Outcome(f"{len(ready)} of {len(nodes)} nodes Ready", "all Ready", findings)


def node_groups_complete(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Each node group has as many ready nodes as Terraform promised."""
    ready: dict[str, int] = defaultdict(int)
    for node in snapshot["nodes"]:
        label = ((node.get("metadata") or {}).get("labels") or {}).get(expected.node_group_label, "")
        ready[label] += node_ready(node)
    findings = tuple(
        Finding(
            f"node group {name}",
            f"{ready[name]} ready nodes",
            f"at least {group.count}",
            severity=Severity.MAJOR if ready[name] else Severity.CRITICAL,
        )
        for name, group in sorted(expected.node_groups.items())
        if ready[name] < group.count
    )
    promised = sum(group.count for group in expected.node_groups.values())
    return Outcome(f"{len(expected.node_groups)} node groups with {promised} promised nodes", "all there", findings)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "nodes_ready",
        Severity.MAJOR,
        ("nodes",),
        nodes_ready,
        "Look at the node's conditions; replace it when it does not come back.",
    ),
    Rule(
        "node_groups_complete",
        Severity.MAJOR,
        ("nodes",),
        node_groups_complete,
        "Look at the group's health issues in EKS: capacity, quota or IAM.",
    ),
)
