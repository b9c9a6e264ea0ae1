# SPDX-License-Identifier: Apache-2.0
"""Every key that an inventory sets is declared by a role. Ansible is silent about a misspelt one; this is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory import keys
from contract import house

INVENTORIES = house.REPO / "inventories"


def set_keys(inventory: Path) -> Iterator[tuple[str, str]]:
    """Return (key, file) for everything that an inventory sets, read from its files and not through Ansible."""
    for path in sorted(inventory.rglob("*.yml")):
        content = house.load(path) or {}
        if "group_vars" in path.parts or "host_vars" in path.parts:
            yield from ((key, path.name) for key in content)
        else:
            yield from ((key, path.name) for group in content.values() for key in keys_of_group(group or {}))


def keys_of_group(group: house.Json) -> Iterator[str]:
    """Return the keys of a group in a hosts file, of its hosts and of its children."""
    yield from group.get("vars") or {}
    for host in (group.get("hosts") or {}).values():
        yield from host or {}
    for child in (group.get("children") or {}).values():
        yield from keys_of_group(child or {})


def findings(inventory: Path) -> list[str]:
    """Return one sentence per key that no role declares."""
    declared = {name for role in house.roles() for name in house.options(role)}
    places = dict(set_keys(inventory))
    return keys.unknown_keys(places, declared, places)


@pytest.mark.parametrize(
    "inventory", sorted(path for path in INVENTORIES.iterdir() if path.is_dir()), ids=lambda p: p.name
)
def test_every_key_is_declared_by_a_role(inventory: Path) -> None:
    assert list(set_keys(inventory)), "an inventory sets something"
    assert findings(inventory) == []


def test_a_misspelt_key_is_found_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "group_vars/all").mkdir(parents=True)
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "hosts.yml").write_text(
        "all:\n  children:\n    aws:\n      vars: {platform_clowd: aws}\n"
        "      hosts:\n        one: {platform_regoin: x}\n"
    )
    (tmp_path / "group_vars/all/platform.yml").write_text(
        "platform_projetc: a\n_private: 1\nansible_connection: local\n"
    )
    (tmp_path / "host_vars/one.yml").write_text("platform_enviroment: local\nsomething_else: 1\n")
    assert findings(tmp_path) == [
        "hosts.yml sets platform_clowd, which no role declares; did you mean platform_cloud.",
        "one.yml sets platform_enviroment, which no role declares; did you mean platform_environment.",
        "platform.yml sets platform_projetc, which no role declares; did you mean platform_project.",
        "hosts.yml sets platform_regoin, which no role declares; did you mean platform_region.",
        "one.yml sets something_else, which no role declares; remove it, or declare it in a role.",
    ]


def test_inventories_have_one_shape() -> None:
    """Environments differ in values: each has the same kinds of files, and its hosts in the group of its cloud."""
    for inventory in (path for path in INVENTORIES.iterdir() if path.is_dir()):
        hosts = house.load(inventory / "hosts.yml")["all"]["children"]
        assert inventory.name in hosts, f"{inventory.name} has no group of its name"
        assert set(hosts[inventory.name]["hosts"]) == set(hosts["aws"]["hosts"])
        assert (inventory / "group_vars/all/platform.yml").is_file()


def test_production_is_in_two_regions() -> None:
    hosts = house.load(INVENTORIES / "prod/hosts.yml")["all"]["children"]["aws"]["hosts"]
    assert len({host["platform_region"] for host in hosts.values()}) >= 2
