# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory import keys

DECLARED = {"platform_region", "platform_environment", "metrics_server_replicas"}


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("platform_regoin", "f.yml:1 sets platform_regoin, which no role declares; did you mean platform_region."),
        (
            "metrics_server_replica",
            "f.yml:1 sets metrics_server_replica, which no role declares; did you mean metrics_server_replicas.",
        ),
        ("foo", "f.yml:1 sets foo, which no role declares; remove it, or declare it in a role."),
        ("platform_region", ""),
        ("ansible_connection", ""),
        ("_private", ""),
    ],
)
def test_unknown_keys(key: str, sentence: str) -> None:
    assert keys.unknown_keys([key], DECLARED, {key: "f.yml:1"}) == ([sentence] if sentence else [])


def test_a_key_without_a_place_is_told_all_the_same() -> None:
    assert keys.unknown_keys(["foo"], [], {})[0].startswith("the inventory sets foo")


def test_options_of_takes_variables_of_all_entry_points_and_no_shapes() -> None:
    specs = {
        "argument_specs": {
            "main": {"options": {"demo_a": {"type": "str"}}},
            "other": {"options": {"demo_b": None}},
            "entry": {"options": {"image": {"type": "str"}}},
            "empty": {},
        }
    }
    assert keys.options_of("demo", specs) == {"demo_a": {"type": "str"}, "demo_b": {}}
    assert keys.options_of("demo", {}) == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\na_b: 1\n", 2),
        ("all:\n  hosts:\n    x:\n      a_b: 1\n", 4),
        ('"a_b": 1\n', 1),
        ("[all:vars]\na_b=1\n", 2),
        ("x_a_b: 1\n", 0),
        ("a_b_c: 1\n", 0),
        ("x: a_b\n", 0),
        ("\n\n\na_b: 1\n", 4),
    ],
)
def test_locate(text: str, line: int) -> None:
    assert keys.locate("a_b", [("f.yml", text)]) == (f"f.yml:{line}" if line else "")


def test_locate_returns_the_place_with_precedence() -> None:
    assert keys.locate("a", [("all.yml", "a: 1"), ("host.yml", "a: 2"), ("other.yml", "b: 1")]) == "host.yml:1"


def test_letters_that_changed_places_win_over_words_that_look_alike() -> None:
    assert keys.suggestion("us-esat-1", ["us-west-1", "us-east-1", "us-east-2"]) == "did you mean us-east-1"
