# SPDX-License-Identifier: Apache-2.0
"""The working directory of one platform: the Terraform tree as links, and the files of its runs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import TerraformError

LOCK_FILE = ".terraform.lock.hcl"
OWN_DIRECTORIES = {".terraform", "run"}
_VARIABLE = re.compile(r'^\s*variable\s+"([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Layout:
    """Where everything of one platform lies; `directory` holds the tree, `run` the files of its runs."""

    directory: Path
    root_name: str

    @property
    def root(self) -> Path:
        """Terraform's working directory."""
        return self.directory / self.root_name

    @property
    def run(self) -> Path:
        """Plans, logs and records; 0700, each file 0600."""
        return self.directory / "run"

    @property
    def plan(self) -> Path:
        """The saved plan that may be applied."""
        return self.run / "platform.tfplan"

    @property
    def check_plan(self) -> Path:
        """The plan of a check run: never applied."""
        return self.run / "check.tfplan"

    @property
    def plan_json(self) -> Path:
        """What the last plan with a change said, without secrets; of a check run, too."""
        return self.run / "plan.json"

    @property
    def applied_plan(self) -> Path:
        """The copy of the plan that the last apply was given."""
        return self.run / "applied.tfplan"

    @property
    def backend(self) -> Path:
        """The backend's settings."""
        return self.run / "backend.tfbackend.json"

    @property
    def events(self) -> Path:
        """The JSON event log of the last apply."""
        return self.run / "events.jsonl"

    @property
    def job(self) -> Path:
        """The record of the last apply: who runs it, and how it ended."""
        return self.run / "job.json"

    @property
    def holders(self) -> Path:
        """The records of processes that may hold the state lock."""
        return self.run / "holders.json"

    @property
    def recovered(self) -> Path:
        """Resources that the saved plan adopts."""
        return self.run / "recovered.json"

    @property
    def initialised(self) -> Path:
        """The digest of what the last successful init was given."""
        return self.run / "initialised.sha256"

    @property
    def imports(self) -> Path:
        """Import blocks; lies in the root only while a plan is being made."""
        return self.root / "recovered_imports.tf"

    @property
    def check_backend(self) -> Path:
        """Backend override; lies in the root only during a check run against an empty account."""
        return self.root / "check_mode_backend_override.tf"


def load_layout(directory: Path) -> Layout:
    """Return the layout that terraform_plan recorded in `directory`."""
    record = read_json(directory / "run" / "layout.json")
    if not record:
        raise TerraformError(
            f"{directory} is no working directory of a platform (it holds no run/layout.json); "
            "run terraform_plan with this `directory` first."
        )
    return Layout(directory, str(record["root_name"]))


def read_json(path: Path) -> dict[str, Any]:
    """Return a record, or an empty one where there is none or where it was cut off while being written."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, at once or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    temporary.replace(path)


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a JSON record that only its owner can read."""
    write_private(path, json.dumps(record, indent=1, sort_keys=True).encode())


def wanted_links(root: Path, overlays: Iterable[Path]) -> dict[str, Path]:
    """Return each link of the tree (path relative to it) and the file it leads to.

    The tree is the root beside its modules; an overlay mirrors that tree and wins.
    """
    layers = [(root.name, root), ("modules", root.parent / "modules")]
    for overlay in overlays:
        layers += [(root.name, overlay / root.name), ("modules", overlay / "modules")]
    links: dict[str, Path] = {}
    for prefix, source in layers:
        for path in sorted(_files(source)):
            links[str(Path(prefix) / path.relative_to(source))] = path
    return links


def _files(source: Path) -> Iterable[Path]:
    for folder, directories, names in os.walk(source):
        directories[:] = sorted(name for name in directories if name not in {".terraform", "tests"})
        for name in names:
            if name != LOCK_FILE and not name.endswith((".tfstate", ".tfstate.backup", ".tfplan")):
                yield Path(folder) / name


def prepare(directory: Path, root: Path, overlays: list[Path]) -> Layout:
    """Make the tree as links (again) and return the layout; what is already right is left alone."""
    if not any(root.glob("*.tf")) and not any(root.glob("*.tf.json")):
        raise TerraformError(
            f"The Terraform root {root} (`root`, terraform_stack_root) holds no .tf file; name the directory of a root."
        )
    for overlay in overlays:
        if not overlay.is_dir():
            raise TerraformError(
                f"The overlay {overlay} (`overlays`, terraform_stack_overlays) is not a directory; "
                "name one that mirrors the tree of terraform/, or leave it out."
            )
    layout = Layout(directory, root.name)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for private in (layout.run, layout.root):
        private.mkdir(mode=0o700, exist_ok=True)
    links = wanted_links(root.resolve(), [overlay.resolve() for overlay in overlays])
    _drop_stale_links(directory, links)
    for relative, target in links.items():
        _link(directory / relative, target)
    _copy_lock_file(root / LOCK_FILE, layout)
    for leftover in (layout.imports, layout.check_backend):
        leftover.unlink(missing_ok=True)
    if read_json(layout.run / "layout.json").get("root_name") != layout.root_name:
        write_record(layout.run / "layout.json", {"root_name": layout.root_name})
    return layout


def _drop_stale_links(directory: Path, links: Mapping[str, Path]) -> None:
    for folder, directories, names in os.walk(directory):
        directories[:] = [name for name in directories if name not in OWN_DIRECTORIES]
        for name in names:
            path = Path(folder) / name
            if path.is_symlink() and str(path.relative_to(directory)) not in links:
                path.unlink()


def _link(path: Path, target: Path) -> None:
    if path.is_symlink() and path.readlink() == target:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _copy_lock_file(source: Path, layout: Layout) -> None:
    # A copy: init replaces the file, and a platform must never write into the repository.
    seen = layout.run / "lock_file.sha256"
    target = layout.root / LOCK_FILE
    if not source.is_file():
        return
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    if target.is_file() and seen.is_file() and seen.read_text(encoding="utf-8") == digest:
        return
    shutil.copyfile(source, target)
    write_private(seen, digest.encode())


def init_digest(layout: Layout, backend: Mapping[str, Any]) -> str:
    """Return a digest of all that `terraform init` depends on: configuration, lock file and backend settings."""
    digest = hashlib.sha256(json.dumps(backend, sort_keys=True).encode())
    for path in sorted(layout.directory.rglob("*.tf*")):
        if OWN_DIRECTORIES.isdisjoint(path.relative_to(layout.directory).parts) and path.is_file():
            digest.update(str(path.relative_to(layout.directory)).encode() + b"\0" + path.read_bytes() + b"\0")
    lock_file = layout.root / LOCK_FILE
    digest.update(lock_file.read_bytes() if lock_file.is_file() else b"")
    return digest.hexdigest()


def declared_variables(root: Path) -> set[str]:
    """Return the names of the variables that a root declares."""
    return {name for path in root.glob("*.tf") for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))}


def check_variables(names: Iterable[str], declared: set[str], root: Path) -> None:
    """Refuse variables that the root does not declare: Terraform itself only warns."""
    findings = []
    for name in sorted(set(names) - declared):
        close = get_close_matches(name, sorted(declared), n=1)
        findings.append(f"{name} (did you mean {close[0]}?)" if close else name)
    if findings:
        raise TerraformError(
            f"terraform_stack_variables sets {', '.join(findings)}, which the Terraform root {root} does not declare; "
            "use a variable of its variables.tf."
        )
