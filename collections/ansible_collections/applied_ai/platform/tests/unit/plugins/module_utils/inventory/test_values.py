# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory.values import (
    missing_findings,
    sentence,
    value_findings,
)

OPTIONS: dict[str, dict[str, Any]] = {
    "demo_state": {"type": "str", "choices": ["present", "absent"], "default": "present", "description": "State."},
    "demo_count": {"type": "int", "default": 1, "description": "Count."},
    "demo_key": {"type": "int", "no_log": True, "description": "Key."},
    "demo_must": {"type": "str", "required": True, "description": ["A must. And more.", "More."]},
    "demo_shape": {
        "type": "dict",
        "options": {"size": {"type": "int", "required": True, "description": "Size."}},
        "description": "Shape.",
    },
}


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"demo_state": "present", "demo_count": 2, "demo_shape": {"size": 1}}, []),
        (
            {"demo_state": "abesnt"},
            ["f.yml:1, demo_state: value of demo_state must be one of: present, absent", "abesnt"],
        ),
        ({"demo_count": "many"}, ["f.yml:1, demo_count:", "many"]),
        ({"demo_shape": {"size": 1, "colour": 2}}, ["demo_shape", "colour"]),
        ({"demo_shape": {}}, ["size"]),
        ({"demo_key": "hunter22"}, ["demo_key: its value does not fit its type or choices."]),
    ],
    ids=["right", "choice", "type", "unknown key inside", "required inside", "secret"],
)
def test_value_findings(values: dict[str, Any], parts: list[str]) -> None:
    findings = value_findings(values, OPTIONS, {name: f"f.yml:1, {name}" for name in OPTIONS})
    assert len(findings) == bool(parts)
    assert all(part in findings[0] for part in parts)
    assert "hunter22" not in str(findings)


@pytest.mark.parametrize(("values", "count"), [({"demo_must": "x"}, 0), ({}, 1), ({"demo_must": ""}, 1)])
def test_missing_findings(values: dict[str, Any], count: int) -> None:
    findings = missing_findings(values, OPTIONS, "The inventory entry one")
    assert findings == ["The inventory entry one does not set demo_must, which is required; A must."] * count


def test_sentence_takes_the_first() -> None:
    assert sentence({"description": "One. Two."}) == "One."
    assert sentence({}) == "."
