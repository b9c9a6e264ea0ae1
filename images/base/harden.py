#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Harden the root file system of an image while it is built.

`common VERSION`: the user that services run as, no set-uid programs, bytecode that depends on no clock.
`runtime`: no pip, no other tool that installs packages.
"""

from __future__ import annotations

import compileall
import os
import py_compile
import shutil
import stat
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

UID = 10001
# Lines and not useradd: that notes the day.
FILES = {
    "etc/passwd": f"app:x:{UID}:{UID}:app:/tmp:/usr/sbin/nologin",
    "etc/group": f"app:x:{UID}:",
}
TOOLS = ("pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack", "distutils-precedence.pth")
# Not part of the image's own file system.
FOREIGN = ("proc", "sys", "dev", "run")


def add_user(root: Path) -> None:
    """Add the user and its group, once."""
    for name, line in FILES.items():
        path = root / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if line not in lines:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join([*lines, line, ""]), encoding="utf-8")


def make_scratch(root: Path) -> None:
    """Let everybody write to /tmp, as everywhere."""
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)


def strip_privileges(root: Path) -> list[str]:
    """Take the set-uid and set-gid bits from every file; return which had one."""
    found = []
    for path in _files(root):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
            path.chmod(stat.S_IMODE(mode) & ~(stat.S_ISUID | stat.S_ISGID))
            found.append(str(path.relative_to(root)))
    return sorted(found)


def remove_tools(library: Path, scripts: Path, packages: list[Path]) -> list[str]:
    """Remove pip and its like from Python's folders; return what went."""
    wanted = [library / "ensurepip", library / "idlelib"]
    for folder in packages:
        for tool in TOOLS:
            wanted += [folder / tool, *folder.glob(f"{tool}-*.dist-info"), *folder.glob(f"{tool}-*.egg-info")]
    wanted += [*scripts.glob("pip*"), *scripts.glob("wheel*"), *scripts.glob("idle3*")]
    gone = sorted({path for path in wanted if path.exists() or path.is_symlink()})
    for path in gone:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return [str(path) for path in gone]


def compile_library(library: Path) -> bool:
    """Write bytecode that is valid by itself: it starts fast on a read-only root, and is the same at each build."""
    return bool(
        compileall.compile_dir(
            library, quiet=2, force=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, workers=1
        )
    )


def _files(root: Path) -> Iterator[Path]:
    for folder, directories, names in os.walk(root):
        if Path(folder) == root:
            directories[:] = [name for name in directories if name not in FOREIGN]
        yield from (Path(folder) / name for name in names)


def main(argv: list[str]) -> int:
    """Do one of the two halves."""
    root, paths = Path("/"), sysconfig.get_paths()
    if argv[:1] == ["common"]:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        if argv[1:] != [version]:
            sys.stderr.write(f"UPSTREAM has Python {version}, and versions.yml says {' '.join(argv[1:])}.\n")
            return 1
        add_user(root)
        make_scratch(root)
        strip_privileges(root)
        compile_library(Path(paths["stdlib"]))
        return 0
    remove_tools(
        Path(paths["stdlib"]),
        Path(paths["scripts"]),
        [Path(paths["purelib"]), root / "usr/lib/python3/dist-packages", root / "usr/share/python-wheels"],
    )
    shutil.rmtree(root / "usr/share/python-wheels", ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
