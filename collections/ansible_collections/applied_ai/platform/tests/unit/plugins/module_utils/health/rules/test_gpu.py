# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import gpu
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    GROUPS,
    NOW,
    node,
    seen,
    snapshot,
)


@pytest.mark.parametrize(
    ("gpus", "findings"),
    [
        ((4, 4), []),
        ((0, 0), [("Node g", "0 nvidia.com/gpu advertised, 0 allocatable")]),
        ((4, 3), [("Node g", "4 nvidia.com/gpu advertised, 3 allocatable")]),
        ((16, 16), []),
        ((16, 4), [("Node g", "16 nvidia.com/gpu advertised, 4 allocatable")]),
    ],
    ids=["all", "no device plugin", "one unhealthy", "time-slicing", "time-slicing, some unhealthy"],
)
def test_gpus_advertised(gpus: tuple[int, int], findings: list[tuple[str, str]]) -> None:
    nodes = [node("a"), node("g", "gpu", gpus=gpus)]
    assert seen(gpu.gpus_advertised(snapshot(nodes=nodes), Expected(GROUPS), NOW)) == findings


def test_a_lost_gpu_node_is_not_told_twice() -> None:
    nodes = [node("g", "gpu", ready="False")]
    assert gpu.gpus_advertised(snapshot(nodes=nodes), Expected(GROUPS), NOW).findings == ()


def test_a_gpu_node_that_just_joins_has_no_plugin_yet() -> None:
    new = node(group="gpu", gpus=(0, 0))
    new["metadata"]["creationTimestamp"] = "2026-11-23T11:59:50Z"
    expected = Expected(GROUPS)
    assert seen(gpu.gpus_advertised(snapshot(nodes=[new]), expected, NOW)) == []
    new["metadata"]["creationTimestamp"] = "2026-11-23T11:50:00Z"
    assert len(gpu.gpus_advertised(snapshot(nodes=[new]), expected, NOW).findings) == 1
