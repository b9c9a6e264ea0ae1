# SPDX-License-Identifier: Apache-2.0
"""What guards are told of nodes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.decide import Node
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.nodes import ZONE, nodes_of, nodes_seen


def node(ready: str = "True", labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    status = {"conditions": [{"type": "Ready", "status": ready}]}
    return {"metadata": {"name": "n", "labels": labels or {}}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            node(labels={ZONE: "a", "eks.amazonaws.com/nodegroup": "g"}),
            Node("a", "eks.amazonaws.com/nodegroup=g", True),
        ),
        (node(labels={"karpenter.sh/nodepool": "g"}), Node("", "karpenter.sh/nodepool=g", True)),
        (node(), Node("", "", True)),
        (node(unschedulable=True), Node("", "", False)),
        (node("False"), Node("", "", False)),
        (node("Unknown"), Node("", "", False)),
    ],
)
def test_zone_group_and_whether_it_can_be_used(given: dict[str, Any], told: Node) -> None:
    assert nodes_of([given]) == {"n": told}


def test_nodes_that_cannot_be_listed_are_not_no_nodes() -> None:
    class Away:
        def items(self, _path: str) -> list[dict[str, Any]]:
            raise KubeError("away")

    assert nodes_seen(Away()) is None
