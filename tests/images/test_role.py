# SPDX-License-Identifier: Apache-2.0
"""The role's interface against the module's, and its variables by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.applied_ai.platform.plugins.modules import image_plan_info
from contract import house

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
VARIABLES = house.load(house.ROLES / "image/vars/main.yml")


def test_a_definition_has_the_options_that_the_module_takes() -> None:
    role = house.specs("image")["definition"]["options"]
    module = image_plan_info.ARGUMENTS["definitions"]["options"]
    assert set(role) == set(module) - {"name"}
    for name, option in role.items():
        same = {"type", "choices"}
        assert {key: option.get(key) for key in same} == {key: module[name].get(key) for key in same}


def template(name: str, **values: Any) -> Any:
    """Return a variable of the role."""
    trusted = {key: trust_as_template(text) for key, text in VARIABLES.items() if isinstance(text, str)}
    return Templar(loader=DataLoader(), variables={**trusted, **values}).template(trusted[name])


def test_what_a_definition_leaves_out_follows_from_its_name() -> None:
    definitions = {"vibe_coder": {"kind": "api", "context": "/a"}, "two": {"repository": "r", "package": "p"}}
    wanted = template("__image_wanted", image_definitions=definitions)
    assert wanted == [
        {"name": "vibe_coder", "package": "vibe_coder", "repository": "vibe-coder", "kind": "api", "context": "/a"},
        {"name": "two", "package": "p", "repository": "r"},
    ]


@pytest.mark.parametrize(("definitions", "names"), [({}, []), ({"one": {}, "two": {}}, ["base", "one", "two"])])
def test_bases_need_a_repository_when_there_are_services(definitions: Any, names: list[str]) -> None:
    assert template("__image_names", image_definitions=definitions, image_base_repository="base") == names


BEFORE = {"repository": "r/one", "tag": "1", "digest": DIGEST, "source": {}, "built_at": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("digests", "recorded", "outstanding", "expected"),
    [
        ({"one": DIGEST}, {"one": BEFORE}, [], {"one": BEFORE}),
        ({"one": OTHER}, {"one": BEFORE}, ["one"], {"one": {"tag": "2", "digest": OTHER, "built_at": ...}}),
        ({"one": OTHER}, {}, [], {"one": {"tag": "2", "digest": OTHER}}),
        ({}, {"one": BEFORE}, ["one"], {"one": BEFORE}),
        ({}, {}, ["one"], {}),
    ],
    ids=["unchanged", "built", "built elsewhere", "check mode", "check mode, new"],
)
def test_the_record_changes_with_the_digest_alone(
    digests: Any, recorded: Any, outstanding: list[str], expected: dict[str, dict[str, Any]]
) -> None:
    images = [
        {"name": "base-slim", "service": False},
        {"name": "one", "service": True, "repository": "r/one", "tag": "2", "source": {"commit": "c"}},
    ]
    plan = {"images": images, "outstanding": outstanding}
    record = template("__image_record", __image_plan=plan, __image_digests=digests, __image_recorded=recorded)
    assert set(record) == set(expected)
    for name, entry in expected.items():
        assert {key: record[name][key] for key in entry if entry[key] is not ...} == {
            key: value for key, value in entry.items() if value is not ...
        }
        assert ("built_at" in record[name]) is ("built_at" in entry)
