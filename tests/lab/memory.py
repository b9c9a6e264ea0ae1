# SPDX-License-Identifier: Apache-2.0
"""How much memory the lab and its users take, now and at most."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lab.paths import Paths
from lab.state import read_json, write_json

PROC = Path("/proc")
KIB = 1024


def parse_pss(rollup: str) -> int:
    """Read the proportional set size, in bytes, from /proc/<pid>/smaps_rollup."""
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * KIB
    return 0


def pss(pid: int, proc: Path = PROC) -> int:
    """Return a process's share of memory: pages shared by n processes count 1/n each."""
    try:
        return parse_pss((proc / str(pid) / "smaps_rollup").read_text())
    except OSError:
        return 0


def parents(proc: Path = PROC) -> dict[int, int]:
    """Map each process to its parent."""
    found: dict[int, int] = {}
    for entry in proc.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
    return found


def with_descendants(roots: Iterable[int], parent_of: Mapping[int, int]) -> set[int]:
    """Add the children, their children and so on."""
    chosen = set(roots)
    while added := {pid for pid, parent in parent_of.items() if parent in chosen and pid not in chosen}:
        chosen |= added
    return chosen


def users(marks: Iterable[bytes], parent_of: Mapping[int, int], proc: Path = PROC) -> set[int]:
    """Find the processes that use this lab: its address or folder is in their environment.

    The ansible-playbook above such a process counts too, although its own environment does not tell.
    """
    wanted = tuple(marks)
    found = set()
    for pid in parent_of:
        try:
            content = (proc / str(pid) / "environ").read_bytes()
        except OSError:
            continue
        if any(mark in content for mark in wanted):
            found.add(pid)
    for pid in list(found):
        parent = parent_of.get(pid, 0)
        while parent and b"ansible" in _command(parent, proc):
            found.add(parent)
            parent = parent_of.get(parent, 0)
    return found


def _command(pid: int, proc: Path) -> bytes:
    try:
        return (proc / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


class Sampler:
    """Keeps the peak in memory.json since the lab's last `up`."""

    def __init__(self, paths: Paths, marks: Iterable[bytes]) -> None:
        self._paths = paths
        self._marks = tuple(marks)
        # `down` removes the file: a restarted sampler goes on with the peak of this `up`.
        self._peak: dict[str, Any] = (read_json(paths.memory) or {}).get("peak", {})

    def sample(self, roots: Mapping[str, int]) -> dict[str, Any]:
        """Measure once, note a new peak, write the file."""
        parent_of = parents()
        own = {name: sum(pss(p) for p in with_descendants([pid], parent_of)) for name, pid in roots.items()}
        lab_pids = with_descendants(roots.values(), parent_of)
        others = users(self._marks, parent_of) - lab_pids
        now: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "lab_bytes": sum(own.values()),
            "users_bytes": sum(pss(pid) for pid in others),
            "processes": own,
        }
        now["total_bytes"] = now["lab_bytes"] + now["users_bytes"]
        if now["total_bytes"] > self._peak.get("total_bytes", 0):
            self._peak = now
        content = {"now": now, "peak": self._peak}
        write_json(self._paths.memory, content)
        return content


def report(paths: Paths) -> str:
    """Say it for people."""
    content = read_json(paths.memory)
    if content is None:
        return "No memory was measured yet: the sampler runs from `lab up` on."
    lines = []
    for title in ("now", "peak"):
        sample = content[title]
        lines.append(
            f"{title:<5} {mib(sample['total_bytes']):>6} MiB  lab {mib(sample['lab_bytes'])} MiB,"
            f" its users (ansible, terraform, helm …) {mib(sample['users_bytes'])} MiB, at {sample['at']}"
        )
    for name, size in sorted(content["now"]["processes"].items(), key=lambda item: -item[1]):
        lines.append(f"      {mib(size):>6} MiB  {name}")
    return "\n".join(lines)


def mib(size: int) -> int:
    """Round bytes to MiB."""
    return round(size / KIB / KIB)
