# SPDX-License-Identifier: Apache-2.0
"""The rules say the same of objects that are reduced to their fields as of whole ones."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.fields import FIELDS, branches, keeper
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health import test_faults as faults


def reduced(kinds: dict[str, Any]) -> dict[str, Any]:
    """Return a cluster as it is read."""
    return {
        kind: [(keeper(kind) or copy.deepcopy)(one) for one in objects] if isinstance(objects, list) else objects
        for kind, objects in kinds.items()
    }


@pytest.mark.parametrize("fault", faults.FAULTS)
def test_a_fault_looks_the_same_in_reduced_objects(fault: str) -> None:
    kinds = faults.healthy()
    faults.FAULTS[fault][0](kinds)
    assert faults.checks_of(reduced(kinds)) == faults.checks_of(kinds)


def test_a_healthy_cluster_looks_the_same_too() -> None:
    assert faults.checks_of(reduced(faults.healthy())) == faults.checks_of(faults.healthy())


def test_every_kind_is_reduced_but_those_that_come_reduced() -> None:
    assert set(KINDS) - set(FIELDS) == {"releases", "deprecated"}
    assert keeper("releases") is None


class Noted(dict[str, Any]):
    """An object that writes down which of its fields are asked for, there or not."""

    def __init__(self, value: dict[str, Any], path: str, asked: set[str]) -> None:
        inner = {field: noted(one, f"{path}.{field}".lstrip("."), asked) for field, one in value.items()}
        super().__init__(inner)
        self.path, self.asked = path, asked

    def note(self, field: str) -> None:
        self.asked.add(f"{self.path}.{field}".lstrip("."))

    def get(self, field: str, default: Any = None) -> Any:
        self.note(field)
        return super().get(field, default)

    def __getitem__(self, field: str) -> Any:
        self.note(field)
        return super().__getitem__(field)

    def items(self) -> Any:
        self.note("")
        return super().items()


def noted(value: Any, path: str, asked: set[str]) -> Any:
    if isinstance(value, dict):
        return Noted(value, path, asked)
    if isinstance(value, list):
        return [noted(one, f"{path}[]", asked) for one in value]
    return value


def covered(path: str, kind: str) -> bool:
    """Say whether a field is kept: itself, what it is part of, or a part of it."""
    return any(f"{path}.".startswith(f"{one}.") or f"{one}.".startswith(f"{path}.") for one in plain(kind))


def plain(kind: str) -> list[str]:
    return [one.replace("[]", "") for one in FIELDS[kind]]


@pytest.mark.parametrize("fault", ["none", *faults.FAULTS])
def test_every_field_that_a_rule_asks_for_is_kept(fault: str) -> None:
    kinds, asked = faults.healthy(), {kind: set() for kind in FIELDS}
    if fault != "none":
        faults.FAULTS[fault][0](kinds)
    for kind, fields in asked.items():
        kinds[kind] = [noted(one, "", fields) for one in kinds[kind]]
    faults.checks_of(kinds)
    lost = {(kind, path) for kind in asked for path in asked[kind] if not covered(path.replace("[]", ""), kind)}
    assert not lost, "add them to FIELDS"
    assert fault != "none" or all(asked[kind] for kind in ("nodes", "pods", "leases", "quotas"))


def test_what_no_rule_looks_at_is_gone() -> None:
    keep = keeper("pods")
    assert keep
    pod = {
        "metadata": {"name": "a", "managedFields": [1], "labels": {"app": "x", "pod-template-hash": "5d9"}},
        "spec": {"nodeName": "n", "volumes": [{"name": "t", "emptyDir": {}}], "containers": [{"name": "c", "env": []}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1"},
    }
    assert keep(pod) == {
        "metadata": {"name": "a", "labels": {"pod-template-hash": "5d9"}},
        "spec": {"nodeName": "n", "containers": [{"name": "c"}], "volumes": [{}]},
        "status": {"phase": "Running"},
    }


def test_lists_that_are_alike_are_one_list() -> None:
    keep = keeper("pods")
    assert keep
    first, second = (keep({"spec": {"containers": [{"name": "c", "image": str(one)}]}}) for one in range(2))
    assert first["spec"]["containers"] is second["spec"]["containers"]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"metadata": None},
        {"metadata": ["a"]},
        {"status": "up"},
        {"status": {"conditions": {"type": "a"}}},
        {"status": {"conditions": [1, None]}},
        {"spec": [{"nodeName": "n"}]},
    ],
)
def test_nonsense_stays_for_the_rules_to_tell(nonsense: Any) -> None:
    keep = keeper("pods")
    assert keep
    assert keep(nonsense) == nonsense


def test_paths_are_a_tree() -> None:
    assert branches(["a.b", "a.c[].d", "e"]) == (
        ("a", False, (("b", False, ()), ("c", True, (("d", False, ()),)))),
        ("e", False, ()),
    )


@pytest.mark.parametrize("kind", FIELDS)
def test_no_path_is_part_of_another(kind: str) -> None:
    paths = set(FIELDS[kind])
    assert not [one for one in paths for other in paths if other.startswith(f"{one}.")]
