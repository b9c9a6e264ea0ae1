# SPDX-License-Identifier: Apache-2.0
"""What an image is made of, as one digest: equal inputs, equal image, nothing to build."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.image import ignore

# Part of every digest: to be raised when images of equal inputs have to be built anew.
FORMAT = 1


def context_files(folder: Path, rules: list[ignore.Rule]) -> Iterator[tuple[str, Path]]:
    """Return (path in the context, file) for what the builder is given, in a fixed order."""
    for place, directories, names in os.walk(folder):
        # A link to a folder is an entry and not a way in.
        links = [name for name in directories if (Path(place) / name).is_symlink()]
        directories[:] = sorted(set(directories) - set(links))
        for name in sorted([*names, *links]):
            path = Path(place) / name
            relative = path.relative_to(folder).as_posix()
            if not ignore.ignored(relative, rules):
                yield relative, path


def file_digest(path: Path) -> str:
    """Return what of a file gets into an image: its content, whether it may be run, where a link leads."""
    if path.is_symlink():
        return f"link {path.readlink()}"
    executable = bool(path.stat().st_mode & stat.S_IXUSR)
    return f"{'x' if executable else '-'} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def digest(folder: Path, dockerfile: Path, settings: Mapping[str, Any]) -> str:
    """Return the digest of a build: Dockerfile, files that it is given, and settings."""
    ignore_file = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    text = ignore_file.read_text(encoding="utf-8") if ignore_file.is_file() else ""
    content = {
        "format": FORMAT,
        "dockerfile": dockerfile.read_text(encoding="utf-8"),
        "files": {name: file_digest(path) for name, path in context_files(folder, ignore.parse(text))},
        "settings": settings,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
