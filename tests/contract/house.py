# SPDX-License-Identifier: Apache-2.0
"""What the contract tests look at, as data."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

REPO = Path(__file__).resolve().parents[2]
ROLES = REPO / "roles"
COLLECTION = REPO / "collections/ansible_collections/applied_ai/platform"
Json = dict[str, Any]


class AnsibleLoader(yaml.SafeLoader):
    """YAML with Ansible's own tags, whose values are kept as they are."""


for tag in ("!vault", "!unsafe", "!vault-encrypted"):
    AnsibleLoader.add_constructor(tag, lambda loader, node: loader.construct_scalar(node))


def load(path: Path) -> Any:
    """Read a YAML file, whole."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=AnsibleLoader)  # noqa: S506  a SafeLoader


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files of the repository: those that git knows, and new ones that it does not ignore."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(path for name in sorted(set(listing.split("\0"))) if name and (path := REPO / name).is_file())


def text_files() -> list[Path]:
    """Return the tracked files that are text."""
    return [path for path in tracked() if b"\0" not in path.read_bytes()[:8000]]


def shown(path: Path) -> str:
    """Return a path as one writes it."""
    return str(path.relative_to(REPO))


def roles() -> list[str]:
    """Return the roles' names."""
    return sorted(path.name for path in ROLES.iterdir() if path.is_dir() and not path.name.startswith("."))


def specs(role: str, root: Path = ROLES) -> Json:
    """Return a role's argument specifications by entry point."""
    path = root / role / "meta/argument_specs.yml"
    return (load(path) or {}).get("argument_specs") or {} if path.is_file() else {}


def options(role: str, root: Path = ROLES) -> Json:
    """Return a role's variables over all entry points, `main` first, without the shapes of their entries."""
    found: Json = {}
    for _name, entry in sorted(specs(role, root).items(), key=lambda item: item[0] != "main"):
        for name, option in (entry.get("options") or {}).items():
            if name.startswith(f"{role}_"):
                found.setdefault(name, option or {})
    return found


def defaults(role: str, root: Path = ROLES) -> Json:
    """Return a role's defaults."""
    path = root / role / "defaults/main.yml"
    return load(path) or {} if path.is_file() else {}
