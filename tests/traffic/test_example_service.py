# SPDX-License-Identifier: Apache-2.0
"""The example service with its own pins, and as it runs in a pod: unprivileged, with a read-only root."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

import pytest
from support.api import free_port
from support.cluster import eventually
from support.traffic import SERVICE, environment

pytestmark = [pytest.mark.lab, pytest.mark.slow]

USER = "10001"
# As a container with readOnlyRootFilesystem: a mount namespace of its own where only /tmp can be written to.
# Interpreter, packages and source are laid where that user may read them.
SANDBOX = """
set -e
root=$1 python=$2 packages=$3 source=$4; shift 4
mount --bind / "$root"
mount -o remount,bind,ro "$root"
mount --bind /proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
for pair in "$python:mnt" "$packages:opt" "$source:srv"; do
  mount --bind "${pair%:*}" "$root/${pair#*:}"
  mount -o remount,bind,ro "$root/${pair#*:}"
done
exec chroot "$root" setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all \
  --pdeathsig KILL "$@"
"""


def sandboxed(folder: Path, *arguments: str) -> list[str]:
    """Return the command line that runs Python in the sandbox."""
    (packages,) = environment().glob("lib/python*/site-packages")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    places = [str(folder), sys.base_prefix, str(packages), str(SERVICE / "src")]
    return ["unshare", "--mount", "sh", "-c", SANDBOX, "sandbox", *places, f"/mnt/bin/{version}", *arguments]


VARIABLES = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "PYTHONPATH": "/srv:/opt",
    "LD_LIBRARY_PATH": "/mnt/lib",
    "HOST": "127.0.0.1",
}


@contextlib.contextmanager
def running(argv: Sequence[str], **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program, killed at the end if it still runs."""
    with subprocess.Popen(
        argv, env={**VARIABLES, **variables}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def answers(url: str) -> bool:
    """Tell whether a URL answers that all is well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - http stands below
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


TRY = """
import os, pathlib
print(os.getuid(), os.getgid(), os.getgroups())
for place in ("/new", "/srv/new", "/opt/new", "/tmp/new"):
    try:
        pathlib.Path(place).write_text("x")
        print(place, "written")
    except OSError as error:
        print(place, error.strerror)
"""


def test_the_sandbox_is_one(tmp_path: Path) -> None:
    done = subprocess.run(sandboxed(tmp_path, "-c", TRY), env=VARIABLES, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"{USER} {USER} []",
        "/new Read-only file system",
        "/srv/new Read-only file system",
        "/opt/new Read-only file system",
        "/tmp/new written",
    ]


def test_it_runs_unprivileged_with_a_read_only_root(tmp_path: Path) -> None:
    port = free_port()
    with running(sandboxed(tmp_path, "-m", "example_service"), PORT=str(port), DRAIN_SECONDS="0") as process:
        for path in ("ready", "metrics", ""):
            eventually(functools.partial(answers, f"http://127.0.0.1:{port}/{path}"), 20)
        assert f"Uid:\t{USER}\t{USER}" in Path(f"/proc/{process.pid}/status").read_text()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0


def test_its_own_tests_pass() -> None:
    argv = [str(environment() / "bin/pytest"), "-q"]
    plain = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(argv, cwd=SERVICE, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d{2,} passed in", done.stdout), done.stdout


def test_its_types_are_right(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path)]
    argv += ["--python-executable", str(environment() / "bin/python")]
    done = subprocess.run(argv, cwd=SERVICE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_it_is_tested_with_is_what_it_runs_with() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (SERVICE / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") and pins("requirements.txt") <= pins("requirements-test.txt")
