# SPDX-License-Identifier: Apache-2.0
"""Every inventory is one that Ansible reads, and every playbook one that it accepts with it."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support.rehearsal import BIN, REPO

INVENTORIES = sorted(path.name for path in (REPO / "inventories").iterdir())
PLAYBOOKS = ["site.yml", *sorted(str(path.relative_to(REPO)) for path in (REPO / "playbooks").glob("*.yml"))]


def ansible(program: str, *arguments: str) -> str:
    done = subprocess.run([str(BIN / program), *arguments], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", INVENTORIES)
def test_graph_shows_each_platform_under_its_cloud_and_its_environment(name: str) -> None:
    graph = ansible("ansible-inventory", "-i", f"inventories/{name}", "--graph")
    members = {
        group: set(re.findall(r"--([a-z]\w+)", hosts))
        for group, hosts in re.findall(r"@(\w+):\n((?:  \|  .*\n)*)", graph)
    }
    assert members["aws"]
    assert all(platform.endswith(f"_{name}") for platform in members["aws"])
    assert members["aws"] == members[name]


@pytest.mark.parametrize("name", INVENTORIES)
def test_every_playbook_passes_the_syntax_check(name: str) -> None:
    assert "playbook: site.yml" in ansible(
        "ansible-playbook", "--syntax-check", "-i", f"inventories/{name}", *PLAYBOOKS
    )


@cache
def addons(name: str) -> set[str]:
    """Return the add-ons that an inventory wants, of the first of its platforms."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "desired.json"
        limit = ["--limit", "aws[0]", "-e", f"file={file}"]
        ansible("ansible-playbook", "tests/support/desired.yml", "-i", f"inventories/{name}", *limit)
        wanted = json.loads(file.read_text())
    return {addon for addon, one in wanted.items() if one["state"] == "present"}


@pytest.mark.parametrize("name", sorted(set(INVENTORIES) - {"local"}))
def test_the_rehearsal_has_every_add_on_of_the_others(name: str) -> None:
    assert len(addons(name)) > 20
    assert addons(name) <= addons("local")
