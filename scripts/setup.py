#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check the prerequisites and create the virtual environment `.venv`.

Runs under any Python 3.9 or newer with the standard library alone, because it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
PYTHON_MINIMUM = (3, 12)

Version = tuple[int, ...]
Run = Callable[[list[str]], str]


class SetupError(Exception):
    """The machine lacks something; the message is what the user reads."""


def run_text(argv: list[str]) -> str:
    """Return a command's output, or an empty string when it cannot run."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def parse_version(text: str) -> Version:
    """Return the first dotted number in a tool's version line: `go1.26.8` is (1, 26, 8)."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in found.groups() if part) if found else ()


def dotted(version: Version) -> str:
    """Return a version as people write it."""
    return ".".join(str(part) for part in version)


# name, how to ask its version, minimum, what it is for and where to get it
PREREQUISITES: tuple[tuple[str, list[str], Version, str], ...] = (
    ("git", ["git", "--version"], (2, 30), "install the package `git`"),
    ("make", ["make", "--version"], (4, 0), "install the package `make`"),
    ("terraform", ["terraform", "version"], (1, 11), "see https://developer.hashicorp.com/terraform/install"),
    ("go", ["go", "version"], (1, 26), "it builds the rehearsal's Kubernetes; see https://go.dev/doc/install"),
)


def prerequisite_findings(run: Run, which: Callable[[str], str | None]) -> list[str]:
    """Return one sentence for each prerequisite that is missing or too old."""
    findings = []
    for name, argv, minimum, advice in PREREQUISITES:
        if which(name) is None:
            findings.append(f"{name} {dotted(minimum)} or newer was not found on PATH: {advice}.")
            continue
        version = parse_version(run(argv))
        if version < minimum:
            seen = dotted(version) or "of unknown version"
            findings.append(f"{name} {dotted(minimum)} or newer is needed, PATH has {seen}: {advice}.")
    return findings


def python_candidates(environment: Mapping[str, str], home: Path) -> Iterable[str]:
    """Yield interpreters to try: $PYTHON alone when set, else this one, PATH, then pyenv's versions, newest first."""
    if environment.get("PYTHON"):
        yield environment["PYTHON"]
        return
    yield sys.executable
    for minor in range(20, PYTHON_MINIMUM[1] - 1, -1):
        found = shutil.which(f"python3.{minor}", path=environment.get("PATH"))
        if found:
            yield found
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    versions = sorted(pyenv.glob("3.*/bin/python"), key=lambda path: parse_version(path.parts[-3]), reverse=True)
    yield from (str(path) for path in versions)


def find_python(candidates: Iterable[str], run: Run) -> str:
    """Return the first candidate that really is Python >= 3.12 (a pyenv shim may only say that it is not)."""
    seen = []
    for candidate in candidates:
        version = parse_version(run([candidate, "--version"]))
        if version >= PYTHON_MINIMUM:
            return candidate
        seen.append(f"{candidate} is {dotted(version) or 'not usable'}")
    raise SetupError(
        f"Python {dotted(PYTHON_MINIMUM)} or newer was not found ({'; '.join(seen)}): "
        "install it, or name one with PYTHON=/path/to/python3.12."
    )


def digest(*paths: Path) -> str:
    """Return one digest over the files' contents."""
    sums = hashlib.sha256()
    for path in paths:
        sums.update(path.read_bytes())
    return sums.hexdigest()


def create_venv(python: str) -> None:
    """Bring `.venv` to exactly the pinned packages; nothing to do when it already has them."""
    pins = (REQUIREMENTS / "bootstrap.txt", REQUIREMENTS / "dev.txt")
    stamp, wanted = VENV / "pins.sha256", digest(*pins)
    if stamp.is_file() and stamp.read_text() == wanted:
        print(f".venv has the pinned packages of {pins[1].relative_to(ROOT)}.")
        return
    print(f"Creating .venv with {python} from {pins[1].relative_to(ROOT)} …", flush=True)
    subprocess.run([python, "-m", "venv", "--clear", str(VENV)], check=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(pins[0])]
    subprocess.run(pip, check=True)
    sync = [str(VENV / "bin" / "uv"), "pip", "sync", "--quiet", "--require-hashes", str(pins[1])]
    subprocess.run(sync, check=True, env={**os.environ, "VIRTUAL_ENV": str(VENV)})
    stamp.write_text(wanted)


def main(argv: list[str] | None = None) -> int:
    """Check, then create; every missing prerequisite is named before anything is made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only check the prerequisites")
    options = parser.parse_args(argv)
    findings = prerequisite_findings(run_text, shutil.which)
    try:
        python = find_python(python_candidates(os.environ, Path.home()), run_text)
    except SetupError as error:
        findings.append(str(error))
    if findings:
        print("\n".join(findings), file=sys.stderr)
        return 2
    if not options.check:
        create_venv(python)
    return 0


if __name__ == "__main__":
    sys.exit(main())
