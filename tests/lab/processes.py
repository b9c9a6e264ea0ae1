# SPDX-License-Identifier: Apache-2.0
"""Start, recognise and stop the lab's processes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.errors import LabError
from lab.state import Process

PROC = Path("/proc")
START_TIME_FIELD = 19  # of /proc/<pid>/stat, counted behind the command's closing bracket


def start_time(pid: int, proc: Path = PROC) -> int | None:
    """Return the process's start in clock ticks since boot; None for one that is gone or a zombie."""
    try:
        fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[START_TIME_FIELD])


def command_line(pid: int, proc: Path = PROC) -> str:
    """Return the process's command line, empty when it is gone."""
    try:
        return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def is_ours(process: Process | None) -> bool:
    """Tell whether the recorded process still runs, and is not a later owner of its pid."""
    return process is not None and start_time(process.pid) == process.started


def start(argv: Sequence[str], log: Path, environ: Mapping[str, str], cwd: Path) -> Process:
    """Start a background process in a session of its own, its output in a log file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        child = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env=dict(environ),
            cwd=cwd,
            start_new_session=True,
        )
    # Its end shows in /proc; nobody waits for it here.
    child.returncode = 0
    return Process(pid=child.pid, started=start_time(child.pid) or 0, command=" ".join(argv))


def stop(process: Process, grace_s: float = 20.0) -> bool:
    """End a process that is ours, politely first; tell whether there was one to end."""
    if not is_ours(process):
        return False
    for number, patience in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 5.0)):
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return True
        if wait_until(lambda: not is_ours(process), patience, 0.05):
            return True
    raise LabError(f"Process {process.pid} ({process.command}) does not end: end it by hand.")


def wait_until(condition: Callable[[], bool], timeout_s: float, interval_s: float = 0.1) -> bool:
    """Poll a condition for a bounded time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval_s)
    return True


def tail(log: Path, lines: int = 5) -> str:
    """Return the last lines of a log, for an error message."""
    try:
        return " | ".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "no log"
