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


@pytest.mark.parametrize(
    ("seconds", "text"), [(40, "40 s"), (119, "119 s"), (720, "12 min"), (18000, "5 h"), (259200, "3 d")]
)
def test_span(seconds: float, text: str) -> None:
    assert objects.span(seconds) == text


def test_counted() -> None:
    assert [objects.counted(number, "pod") for number in (0, 1, 2)] == ["0 pods", "1 pod", "2 pods"]
