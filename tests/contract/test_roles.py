# SPDX-License-Identifier: Apache-2.0
"""A role's interface is declared once: defaults, argument specifications and README say the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from contract import house

FILES = ("defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml", "tasks/main.yml", "README.md")
# Set by the module or the inventory system, not by the role.
FOREIGN = re.compile(r"^(ansible_|inventory_)")


def interface_findings(role: str, root: Path = house.ROLES) -> list[str]:
    """Return where defaults and argument specifications differ: keys, order, values."""
    options, values = house.options(role, root), house.defaults(role, root)
    optional = [name for name, option in options.items() if not option.get("required")]
    findings = []
    if list(values) != optional:
        findings.append(f"{role}: defaults have {list(values)}, the specifications {optional}")
    findings += [
        f"{role}: {name} is {values[name]!r} in defaults and {options[name].get('default')!r} in the specifications"
        for name in values
        if name in options and values[name] != options[name].get("default")
    ]
    findings += [
        f"{role}: {name} is required and has a default"
        for name, option in options.items()
        if option.get("required") and "default" in option
    ]
    return findings


@pytest.mark.parametrize("role", house.roles())
def test_role_has_its_five_files(role: str) -> None:
    assert [name for name in FILES if not (house.ROLES / role / name).is_file()] == []


@pytest.mark.parametrize("role", house.roles())
def test_defaults_and_argument_specs_say_the_same(role: str) -> None:
    assert interface_findings(role) == []


@pytest.mark.parametrize("role", house.roles())
def test_required_options_stand_as_comments_in_defaults(role: str) -> None:
    text = (house.ROLES / role / "defaults/main.yml").read_text()
    required = [name for name, option in house.options(role).items() if option.get("required")]
    assert [name for name in required if not re.search(rf"^# {name}:", text, re.MULTILINE)] == []


@pytest.mark.parametrize("role", house.roles())
def test_entry_points_are_task_files_or_describe_entries(role: str) -> None:
    entries = house.specs(role)
    assert "main" in entries
    for name, entry in entries.items():
        keys = list(entry.get("options") or {})
        own = [key for key in keys if key.startswith(f"{role}_")]
        assert own in ([], keys), f"{role}, entry point {name}: {sorted(set(keys) - set(own))} lack the role's prefix"
        if own or not keys:
            assert (house.ROLES / role / f"tasks/{name}.yml").is_file(), f"{role} has no tasks/{name}.yml"


@pytest.mark.parametrize("role", house.roles())
def test_options_are_described_and_typed(role: str) -> None:
    assert [name for name, option in house.options(role).items() if not {"description", "type"} <= option.keys()] == []


@pytest.mark.parametrize("role", house.roles())
def test_names_bear_the_roles_prefix(role: str) -> None:
    """Inputs `<role>_x`; registers, loop variables and constants `__<role>_x`, or an exported `<role>_x`."""
    allowed = (f"{role}_", f"__{role}_")
    names = set(house.defaults(role))
    for path in (house.ROLES / role / "vars").glob("*.yml"):
        names |= set(house.load(path) or {})
    for path in (house.ROLES / role / "tasks").glob("*.yml"):
        text = path.read_text()
        names |= set(re.findall(r"^\s*(?:register|loop_var):\s*(\w+)", text, re.MULTILINE))
    assert (
        sorted(
            name for name in names if not name.startswith(allowed) and name != f"__{role}" and not FOREIGN.match(name)
        )
        == []
    )


def test_readme_tables_are_those_of_the_argument_specs() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/role_docs.py", "--check"], cwd=house.REPO, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_table_of_add_ons_is_that_of_the_catalogue() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/addon_docs.py", "--check"],
        cwd=house.REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


BROKEN = {
    "value": ("demo_size: 3\ndemo_name: a\n", "demo_size is 3 in defaults and 2 in the specifications"),
    "order": ("demo_name: a\ndemo_size: 2\n", "defaults have ['demo_name', 'demo_size']"),
    "missing": ("demo_size: 2\n", "defaults have ['demo_size']"),
    "extra": ("demo_size: 2\ndemo_name: a\ndemo_more: 1\n", "demo_more"),
}
DEMO = """\
argument_specs:
  main:
    options:
      demo_size: {type: int, description: Size., default: 2}
      demo_name: {type: str, description: Name., default: a}
      demo_must: {type: str, description: Must., required: true}
"""


@pytest.mark.parametrize(("defaults", "finding"), BROKEN.values(), ids=BROKEN)
def test_a_difference_is_found(tmp_path: Path, defaults: str, finding: str) -> None:
    for name, text in (("defaults/main.yml", defaults), ("meta/argument_specs.yml", DEMO)):
        path = tmp_path / "demo" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assert any(finding in found for found in interface_findings("demo", tmp_path))


def test_no_difference_is_not_found(tmp_path: Path) -> None:
    for name, text in (("defaults/main.yml", "demo_size: 2\ndemo_name: a\n"), ("meta/argument_specs.yml", DEMO)):
        path = tmp_path / "demo" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assert interface_findings("demo", tmp_path) == []


def test_role_docs_writes_nested_keys_choices_and_refuses_a_readme_without_markers(tmp_path: Path) -> None:
    role = tmp_path / "demo"
    (role / "meta").mkdir(parents=True)
    (role / "meta/argument_specs.yml").write_text(
        "argument_specs:\n  main:\n    options:\n      demo_list:\n        type: list\n        elements: dict\n"
        "        default: []\n        description: A list of C(things).\n        options:\n"
        "          kind: {type: str, required: true, description: Kind., choices: [a, b]}\n"
    )
    command = [sys.executable, str(house.REPO / "scripts/role_docs.py"), "--roles", str(tmp_path)]
    (role / "README.md").write_text("# demo\n")
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "has no place for the variables" in refused.stderr
    (role / "README.md").write_text("# demo\n\n<!-- BEGIN VARIABLES -->\nold\n<!-- END VARIABLES -->\n\nrest\n")
    assert subprocess.run([*command, "--check"], capture_output=True, check=False).returncode == 1
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    text = (role / "README.md").read_text()
    assert "| `demo_list` | list of dict | `[]` | A list of `things`. |" in text
    assert "| `demo_list[].kind` | str | (required) | Kind. One of `a`, `b`. |" in text
    assert "old" not in text
    assert text.endswith("\n\nrest\n")
    assert subprocess.run([*command, "--check"], capture_output=True, check=False).returncode == 0
