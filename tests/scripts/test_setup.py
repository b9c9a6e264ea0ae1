# SPDX-License-Identifier: Apache-2.0
"""What `make setup` says of a machine that lacks something, run as a user would run it."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


class Machine:
    """A PATH of its own, with only the programs that are put there."""

    def __init__(self, directory: Path) -> None:
        self.bin = directory / "bin"
        self.bin.mkdir()
        self.home = directory / "home"
        self.home.mkdir()

    def program(self, name: str, says: str) -> None:
        """Put a program there that prints one line."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\necho '{says}'\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def check(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the check with this PATH and HOME, under the Python that runs the tests."""
        return subprocess.run(
            [sys.executable, "scripts/setup.py", "--check"],
            cwd=REPO,
            env={"PATH": str(self.bin), "HOME": str(self.home), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine that has everything."""
    made = Machine(tmp_path)
    for name, says in {
        "git": "git version 2.39.5",
        "make": "GNU Make 4.3",
        "terraform": "Terraform v1.11.4",
        "go": "go version go1.26.8 linux/amd64",
    }.items():
        made.program(name, says)
    (made.bin / "sh").symlink_to(shutil.which("sh") or "/bin/sh")
    return made


def test_a_machine_that_has_everything_passes(machine: Machine) -> None:
    done = machine.check()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["git", "make", "terraform", "go"])
def test_a_missing_tool_is_one_sentence(machine: Machine, name: str) -> None:
    (machine.bin / name).unlink()
    done = machine.check()
    assert done.returncode == 2
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"{name} ")
    assert "was not found on PATH" in sentence


def test_a_tool_that_is_too_old_is_named_with_both_versions(machine: Machine) -> None:
    machine.program("terraform", "Terraform v1.5.7")
    (sentence,) = machine.check().stderr.splitlines()
    assert sentence.startswith("terraform 1.11 or newer is needed, PATH has 1.5.7")


def test_a_python_that_is_too_old_is_refused_and_named(machine: Machine) -> None:
    machine.program("python3.11", "Python 3.11.7")
    done = machine.check(PYTHON=str(machine.bin / "python3.11"))
    assert done.returncode == 2
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("Python 3.12 or newer was not found (")
    assert "python3.11 is 3.11.7" in sentence
    assert "PYTHON=/path/to/python3.12" in sentence


def test_everything_missing_is_told_at_once(machine: Machine) -> None:
    for name in ("go", "terraform"):
        (machine.bin / name).unlink()
    done = machine.check(PYTHON="/nowhere/python")
    assert len(done.stderr.splitlines()) == 3
