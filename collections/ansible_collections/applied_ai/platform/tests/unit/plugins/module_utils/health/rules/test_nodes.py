# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedGroup,
    Severity,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import nodes as room
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    GROUPS,
    NOW,
    Json,
    node,
    seen,
    snapshot,
)


@pytest.mark.parametrize(
    ("nodes", "findings", "severity"),
    [
        ([node("a"), node("b")], [], None),
        ([node("a"), node("b", ready="Unknown")], [("Node b", "Why")], Severity.MAJOR),
        ([node("a", ready="False")], [("Node a", "Why")], Severity.CRITICAL),
        ([{"metadata": {"name": "new"}, "status": {}}], [("Node new", "no Ready condition")], Severity.CRITICAL),
        ([], [("cluster", "no nodes")], Severity.CRITICAL),
    ],
    ids=["all ready", "one lost", "none ready", "no condition yet", "none"],
)
def test_nodes_ready(nodes: list[Json], findings: list[tuple[str, str]], severity: Severity | None) -> None:
    outcome = room.nodes_ready(snapshot(nodes=nodes), Expected(), NOW)
    assert seen(outcome) == findings
    assert all(finding.severity is severity for finding in outcome.findings)


@pytest.mark.parametrize(
    ("nodes", "findings"),
    [
        ([node("a"), node("b"), node("c"), node("g", "gpu")], []),
        ([node("a"), node("b", ready="False"), node("g", "gpu")], [("node group general", "1 ready nodes")]),
        ([node("a"), node("b")], [("node group gpu", "0 ready nodes")]),
        ([], [("node group general", "0 ready nodes"), ("node group gpu", "0 ready nodes")]),
    ],
    ids=["more than promised", "one not ready", "a group missing", "none"],
)
def test_node_groups_complete(nodes: list[Json], findings: list[tuple[str, str]]) -> None:
    outcome = room.node_groups_complete(snapshot(nodes=nodes), Expected(GROUPS), NOW)
    assert seen(outcome) == findings


def test_a_group_without_any_ready_node_is_critical_and_one_that_lacks_some_is_not() -> None:
    outcome = room.node_groups_complete(snapshot(nodes=[node("a")]), Expected(GROUPS), NOW)
    assert [finding.severity for finding in outcome.findings] == [Severity.MAJOR, Severity.CRITICAL]


def test_a_group_that_promises_nothing_is_complete_without_nodes() -> None:
    assert room.node_groups_complete(snapshot(), Expected({"gpu": ExpectedGroup(0, 1)}), NOW).findings == ()
