# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health import objects
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import Json


def test_shorten_keeps_one_line() -> None:
    assert objects.shorten("a\n  b") == "a b"
    assert len(objects.shorten("x" * 500)) == 160


@pytest.mark.parametrize(
    ("meta", "owner"),
    [
        ({"name": "x", "namespace": "n"}, "Pod n/x"),
        ({"namespace": "n", "ownerReferences": [{"kind": "DaemonSet", "name": "d"}]}, "DaemonSet n/d"),
        ({"namespace": "n", "ownerReferences": [{"kind": "ReplicaSet", "name": "bare"}]}, "ReplicaSet n/bare"),
    ],
)
def test_owner_of(meta: Json, owner: str) -> None:
    assert objects.owner_of({"metadata": meta}) == owner
