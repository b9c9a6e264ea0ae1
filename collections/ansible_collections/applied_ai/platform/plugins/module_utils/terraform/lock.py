# SPDX-License-Identifier: Apache-2.0
"""Who holds the state, and whether that holder is provably one of ours and dead."""

from __future__ import annotations

import getpass
import re
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import Diagnostic

ACQUIRE = "Error acquiring the state lock"
# Terraform takes the lock within moments of its start; a lock taken later is somebody else's.
TAKEN_WITHIN = timedelta(minutes=2)
CLOCK_SLACK = timedelta(seconds=5)
_FIELD = re.compile(r"^\s*(ID|Path|Operation|Who|Version|Created):\s*(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class LockInfo:
    """What Terraform wrote into the lock."""

    id: str
    path: str
    operation: str
    who: str
    created: datetime | None


def parse_lock(errors: list[Diagnostic]) -> LockInfo | None:
    """Return who holds the state, if that is what Terraform complains about."""
    for error in errors:
        if error.summary == ACQUIRE:
            fields = dict(_FIELD.findall(error.detail))
            if fields.get("ID"):
                return LockInfo(
                    id=fields["ID"],
                    path=fields.get("Path", ""),
                    operation=fields.get("Operation", "").removeprefix("OperationType").lower(),
                    who=fields.get("Who", ""),
                    created=_created(fields.get("Created", "")),
                )
    return None


def _created(text: str) -> datetime | None:
    found = re.match(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", text)
    return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC) if found else None


def whoami() -> str:
    """Return user@host as Terraform writes it."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def process_start(pid: int) -> str:
    """Return a mark of when a process started ("" when it is gone): a pid alone may be somebody else's by now."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return ""
        # A zombie has ended; only its parent has not looked yet.
        return "" if fields[0] == "Z" else fields[19]
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def alive(record: Mapping[str, Any], start_of: Callable[[int], str] = process_start) -> bool:
    """Tell whether the very process of a record still runs."""
    pid = int(record.get("pid") or 0)
    return pid > 0 and record.get("who") == whoami() and start_of(pid) == record.get("process_start") != ""


def process_record(pid: int, operation: str, now: datetime) -> dict[str, Any]:
    """Return the record of a process that was just started."""
    return {
        "pid": pid,
        "process_start": process_start(pid),
        "who": whoami(),
        "operation": operation,
        "started": now.isoformat(),
    }


def stale(lock: LockInfo, record: Mapping[str, Any], *, is_alive: bool, me: str) -> bool:
    """Tell whether a lock may be removed: taken by our last process (user, host, operation, time), which is dead."""
    if is_alive or lock.who != me or record.get("who") != me or lock.created is None:
        return False
    if lock.operation != record.get("operation"):
        return False
    try:
        started = datetime.fromisoformat(str(record.get("started")))
    except ValueError:
        return False
    return started - CLOCK_SLACK <= lock.created <= started + TAKEN_WITHIN


def held_sentence(lock: LockInfo, root: Path) -> str:
    """Return who holds the state since when, and how to release it."""
    since = f" since {lock.created:%Y-%m-%d %H:%M:%S} UTC" if lock.created else ""
    return (
        f"The Terraform state {lock.path} is locked by {lock.who}{since} ({lock.operation or 'unknown operation'}); "
        f"wait for that run, or if it is dead release it with `terraform -chdir={root} force-unlock {lock.id}`."
    )
