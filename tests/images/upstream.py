# SPDX-License-Identifier: Apache-2.0
"""Stands in for the upstream images (python:*-slim, nvidia/cuda), which tests cannot fetch.

A folder with this machine's own Python, shell and a few programs, laid out as the upstream images are. Everything that
the Dockerfiles do with it is real. The one that stands in for nvidia/cuda has no CUDA, and its `apt-get` installs
nothing: Python is there already.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
PROGRAMS = ("sh", "cat", "chmod", "chown", "cp", "env", "id", "ln", "ls", "mkdir", "rm", "stat", "touch", "true")
# Of no use in an image, and large.
LEFT_OUT = shutil.ignore_patterns("test", "tests", "__pycache__", "config-*", "site-packages", "dist-packages")
APT = "#!/bin/sh\n# Nothing to install: Python is there.\nexit 0\n"


def libraries(files: Iterable[Path]) -> set[Path]:
    """Return the shared libraries that programs need, the loader among them."""
    found: set[Path] = set()
    for file in files:
        done = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=False)
        found |= {Path(path) for path in re.findall(r"(/\S+) \(0x", done.stdout)}
    return found


def lay_out(root: Path, python: Path) -> Path:
    """Make a root file system in an empty folder; `python` is where its Python stands."""
    executable = Path(sys.executable).resolve()
    stdlib = Path(sysconfig.get_paths()["stdlib"])
    programs = [Path(path).resolve() for name in PROGRAMS if (path := shutil.which(name))]
    needed = libraries([executable, *programs, *stdlib.rglob("*.so")])
    loader_folder = next(path.parent for path in needed if path.name.startswith("libc.so"))
    for library in needed:
        # Those of Python's own prefix are found beside the C library.
        outside = not library.is_relative_to(sys.base_prefix) or sys.base_prefix == "/usr"
        copy(library.resolve(), root / (library if outside else loader_folder / library.name).relative_to("/"))
    for program in programs:
        copy(program, root / "bin" / program.name)
    for name in PROGRAMS:
        if not (root / "bin" / name).exists():
            (root / "bin" / name).symlink_to(Path(shutil.which(name) or name).resolve().name)
    (root / "usr/bin").mkdir(parents=True, exist_ok=True)
    (root / "usr/bin/env").symlink_to("../../bin/env")
    copy(executable, root / python.relative_to("/") / f"bin/python{VERSION}")
    shutil.copytree(stdlib, root / python.relative_to("/") / f"lib/python{VERSION}", ignore=LEFT_OUT, symlinks=True)
    (root / python.relative_to("/") / f"lib/python{VERSION}/site-packages").mkdir(exist_ok=True)
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    # A program with more rights than its caller, as every distribution has some.
    copy(Path(shutil.which("true") or "/bin/true").resolve(), root / "bin/su")
    (root / "bin/su").chmod(0o4755)
    return root


def slim(root: Path) -> Path:
    """Lay out what stands in for python:*-slim."""
    lay_out(root, Path("/usr/local"))
    for name in ("python", "python3"):
        (root / "usr/local/bin" / name).symlink_to(f"python{VERSION}")
    return root


def cuda(root: Path) -> Path:
    """Lay out what stands in for nvidia/cuda, once Ubuntu's Python is installed."""
    lay_out(root, Path("/usr"))
    (root / "usr/local/bin").mkdir(parents=True)
    (root / "bin/apt-get").write_text(APT)
    (root / "bin/apt-get").chmod(0o755)
    return root


def copy(source: Path, target: Path) -> None:
    """Copy a file with its mode."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
