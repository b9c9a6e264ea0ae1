# SPDX-License-Identifier: Apache-2.0
"""Which add-ons need nothing: decided from the roles' own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.action.addon_unchanged_info import (
    call,
    desired,
    differs,
    missing_namespaces,
    namespaces_of,
    role_variables,
)

Json = dict[str, Any]
CALL: Json = {"name": "Manage", "ansible.builtin.include_role": {"name": "addon"}, "vars": {"addon_name": "a"}}
ANSWERS: Json = {
    "__addon_has_chart": True,
    "__addon_release": "demo",
    "__addon_chart": {"chart": "demo", "version": "1.0.0"},
    "__addon_objects_release": "demo-objects",
    "__addon_objects_version": "1.0.0",
    "__addon_objects_values": {"objects": [{"kind": "ConfigMap"}]},
    "__addon_all_objects": [{"kind": "ConfigMap"}],
    "addon_namespace": "demo",
    "addon_state": "present",
    "addon_values": {"replicas": 2},
}


def release(name: str, chart: str, values: Json) -> Json:
    """Return a deployed release as the list has it."""
    return {
        "name": name,
        "namespace": "demo",
        "revision": 1,
        "status": "deployed",
        "chart": chart,
        "version": "1.0.0",
        "values": values,
    }


DEPLOYED = [
    release("demo", "demo", {"replicas": 2}),
    release("demo-objects", "objects", {"objects": [{"kind": "ConfigMap"}]}),
]


def test_the_call_of_the_mechanism_is_found() -> None:
    assert call([CALL]) == {"addon_name": "a"}


@pytest.mark.parametrize(
    "tasks",
    [
        [{**CALL, "when": "something"}],
        [{**CALL, "ansible.builtin.include_role": {"name": "other"}}],
        [],
        None,
    ],
)
def test_a_role_without_a_plain_call_has_to_run(tasks: Any) -> None:
    assert call(tasks) is None


def test_what_is_deployed_as_wanted_does_not_differ() -> None:
    assert not differs(desired(ANSWERS, "1.0.0"), DEPLOYED)


@pytest.mark.parametrize(
    ("changed", "version"),
    [
        ({"addon_values": {"replicas": 3}}, "1.0.0"),
        ({}, "1.0.1"),
        ({"addon_state": "absent"}, "1.0.0"),
        ({"__addon_objects_values": {"objects": []}}, "1.0.0"),
        ({"__addon_all_objects": []}, "1.0.0"),
        ({"addon_namespace": "elsewhere"}, "1.0.0"),
    ],
)
def test_each_difference_is_seen(changed: Json, version: str) -> None:
    assert differs(desired({**ANSWERS, **changed}, version), DEPLOYED)


def test_an_interrupted_release_differs() -> None:
    pending = [{**DEPLOYED[0], "status": "pending-upgrade"}, DEPLOYED[1]]
    assert differs(desired(ANSWERS, "1.0.0"), pending)


def test_an_absent_add_on_that_is_not_there_does_not_differ() -> None:
    absent = {**ANSWERS, "addon_state": "absent", "__addon_all_objects": []}
    assert not differs(desired(absent, "1.0.0"), [])


def test_defaults_and_vars_are_read_where_they_exist(tmp_path: Path) -> None:
    (tmp_path / "demo/defaults").mkdir(parents=True)
    (tmp_path / "demo/defaults/main.yml").write_text("demo_size: 1\n")
    assert role_variables(tmp_path, "demo", lambda path: yaml.safe_load(path.read_text())) == ({"demo_size": 1}, {})


PLACES: Json = {
    "addon_state": "present",
    "__addon_wanted_namespaces": {"own": {"level": "restricted"}, "more": {"team": "research"}},
    "__addon_findings": [],
    "__addon_objects_values": {"objects": [{"metadata": {"name": "a", "namespace": "other"}}, {"metadata": {}}]},
}


def test_an_add_on_needs_its_namespace_and_those_of_its_objects() -> None:
    assert namespaces_of(PLACES) == {"own": {"level": "restricted"}, "more": {"team": "research"}, "other": {}}


@pytest.mark.parametrize("change", [{"addon_state": "absent"}, {"__addon_findings": ["It cannot work."]}])
def test_what_is_not_installed_needs_none(change: Json) -> None:
    assert namespaces_of({**PLACES, **change}) == {}


def test_namespaces_that_are_missing_or_lack_a_label_are_made_once() -> None:
    wanted: list[dict[str, dict[str, str]]] = [
        {"a": {"x": "1"}, "b": {}},
        {"a": {"y": "2"}, "c": {}},
        {"d": {"z": "3"}},
    ]
    found = {"c": {}, "d": {"z": "old", "own": "1"}}
    made = missing_namespaces(wanted, found)
    assert [one["metadata"] for one in made] == [
        {"name": "a", "labels": {"x": "1", "y": "2"}},
        {"name": "b"},
        {"name": "d", "labels": {"z": "3"}},
    ]
