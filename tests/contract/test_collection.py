# SPDX-License-Identifier: Apache-2.0
"""The collection keeps its own promises."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils import args
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS
from contract import house

PLUGINS = house.COLLECTION / "plugins"
HEALTH = "ansible_collections.applied_ai.platform.plugins.module_utils.health"
MODULES = sorted((PLUGINS / "modules").glob("*.py"))
FRAGMENTS = {"kubernetes": args.KUBERNETES, "aws": args.AWS}


def documentation(path: Path) -> house.Json:
    """Return a module's DOCUMENTATION without importing it."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            return yaml.safe_load(ast.literal_eval(node.value))
    return {}


def options_of(path: Path) -> set[str]:
    """Return a module's options: its own, and those of its documentation's fragments."""
    told = documentation(path)
    found = set(told.get("options") or {})
    for fragment in told.get("extends_documentation_fragment") or []:
        name = f"ansible_collections.applied_ai.platform.plugins.doc_fragments.{fragment.rpartition('.')[2]}"
        found |= set(yaml.safe_load(importlib.import_module(name).ModuleDocFragment.DOCUMENTATION)["options"])
    return found


def modules_of(group: str) -> set[str]:
    """Return the modules that take a group of options, by the option that tells it."""
    option = {"kubernetes": "kubeconfig", "aws": "endpoint_url"}[group]
    return {path.stem for path in MODULES if option in options_of(path)}


@pytest.mark.parametrize("group", FRAGMENTS)
def test_action_group_lists_the_modules_that_take_its_options(group: str) -> None:
    groups = house.load(house.COLLECTION / "meta/runtime.yml")["action_groups"]
    # It names the kubeconfig that it checks; it does not log in with one.
    expected = modules_of(group) - {"validate_inventory"}
    assert sorted(groups[group]) == sorted(expected)
    assert groups[group] == sorted(groups[group])


@pytest.mark.parametrize("name", FRAGMENTS)
def test_doc_fragment_and_argument_spec_say_the_same(name: str) -> None:
    module = importlib.import_module(f"ansible_collections.applied_ai.platform.plugins.doc_fragments.{name}")
    documented = yaml.safe_load(module.ModuleDocFragment.DOCUMENTATION)["options"]
    plain = {
        option: {key: value for key, value in spec.items() if key != "description"}
        for option, spec in documented.items()
    }
    assert plain == FRAGMENTS[name]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_read_only_modules_are_named_so_and_support_check_mode(path: Path) -> None:
    text = path.read_text()
    if path.stem.endswith("_info") and "AnsibleModule(" in text:
        assert "supports_check_mode=True" in text
        assert "changed=True" not in text


def test_action_plugins_have_documentation_of_the_same_name() -> None:
    actions = {path.stem for path in (PLUGINS / "action").glob("*.py")}
    assert actions <= {path.stem for path in MODULES}


def test_only_one_file_builds_a_kubernetes_client() -> None:
    users = [
        house.shown(path)
        for path in sorted(PLUGINS.rglob("*.py"))
        if any(
            line.strip().startswith(("import kubernetes", "from kubernetes")) for line in path.read_text().splitlines()
        )
    ]
    assert users == [house.shown(PLUGINS / "module_utils/kube.py")]


def health_tables() -> dict[str, tuple[Any, ...]]:
    """Return each table of checks below module_utils/health by where it is."""
    folder = PLUGINS / "module_utils/health"
    found: dict[str, tuple[Any, ...]] = {}
    for path in sorted(folder.rglob("*.py")):
        name = ".".join(path.relative_to(folder).with_suffix("").parts)
        module = importlib.import_module(f"{HEALTH}.{name}")
        for table in ("RULES", "KNOWN"):
            if f"\n{table}: " in path.read_text() and all(hasattr(one, "runbook") for one in getattr(module, table)):
                found[f"{name}.{table}"] = tuple(getattr(module, table))
    return found


def test_health_checks_have_unique_ids_and_run_books() -> None:
    tables = health_tables()
    assert "checks.RULES" in tables
    # The table of a cluster is put together from those of its rooms.
    rules = [rule for name, table in tables.items() if name != "checks.RULES" for rule in table]
    ids = [rule.id for rule in rules]
    assert len(ids) == len(set(ids))
    assert {rule.id for rule in RULES} <= set(ids)
    for rule in rules:
        text = (house.REPO / rule.runbook).read_text()
        assert text.startswith(f"# {rule.id}\n")
        assert all(f"## {part}" in text for part in ("What it means", "What to do")), rule.runbook
        assert len(text.split()) > 60, f"{rule.runbook} says too little"
    assert {path.stem for path in (house.REPO / "docs/runbooks").glob("*.md")} == set(ids)


def test_rules_ask_only_for_kinds_that_are_read() -> None:
    for rule in RULES:
        source = inspect.getsource(rule.evaluate)
        assert set(rule.needs) <= KINDS.keys()
        asked = {kind for kind in KINDS if f'snapshot["{kind}"]' in source}
        assert asked <= set(rule.needs), f"{rule.id} reads {asked - set(rule.needs)} without needing it"


def test_unit_tests_mirror_the_plugins() -> None:
    """Each file with code has a test file of its name below tests/unit/plugins."""
    tests = {path.stem.removeprefix("test_") for path in (house.COLLECTION / "tests/unit/plugins").rglob("test_*.py")}
    code = {
        path.stem
        for folder in ("module_utils", "action", "callback", "filter", "lookup")
        for path in (PLUGINS / folder).rglob("*.py")
        if "def " in path.read_text() and path.stem != "errors"
    }
    assert sorted(code - tests) == []
