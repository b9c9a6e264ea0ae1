# SPDX-License-Identifier: Apache-2.0
"""The history of verdicts and alerts: a file of JSON lines that is only ever added to, and bounded.

Each line is an object: ``v`` (1), ``at`` (RFC 3339, UTC), ``kind`` (verdict or alert), ``subject`` (what it is about,
such as ``cluster`` or ``SLO api-availability``), ``state`` (healthy, degraded, unhealthy, unknown; firing, resolved),
``severity`` (of an alert) and ``reasons`` (the ids of the checks that failed).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError

Json = dict[str, Any]

FORMAT: Final = 1
STATES: Final = {
    "verdict": frozenset({"healthy", "degraded", "unhealthy", "unknown"}),
    "alert": frozenset({"firing", "resolved"}),
}
# 50 bytes a field; a verdict a minute fills 8 MiB in a month.
MOST_BYTES: Final = 16 * 1024 * 1024
LEAST_BYTES: Final = 4096
LONGEST_TEXT: Final = 200
MOST_REASONS: Final = 50
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Record:
    """One line."""

    at: datetime
    kind: str
    subject: str
    state: str
    severity: str = ""
    reasons: tuple[str, ...] = ()

    def line(self) -> bytes:
        """Return the line as it stands in the file; a line break in a text is written as an escape."""
        data = {**asdict(self), "v": FORMAT, "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        return json.dumps(data, sort_keys=True).encode() + b"\n"


class History(NamedTuple):
    """What a file holds, oldest first, and how many lines of it could not be read."""

    records: tuple[Record, ...]
    skipped: int


def parse(line: bytes) -> Record | None:
    """Return a line's record, None for a line that is damaged or of a later format."""
    try:
        data = json.loads(line)
        if not isinstance(data, dict) or data.get("v") != FORMAT:
            return None
        return record(data)
    except (ValueError, RecursionError, HealthError):
        return None


def record(data: Json) -> Record:
    """Return a record of plain data.

    Raises:
        HealthError: It is none.

    """
    kind, state, at = data.get("kind"), data.get("state"), data.get("at")
    if not isinstance(kind, str) or kind not in STATES:
        raise HealthError(f"A record has the kind {kind!r}; it must be one of {', '.join(sorted(STATES))}.")
    if not isinstance(state, str) or state not in STATES[kind]:
        raise HealthError(
            f"A record has the state {state!r}; for {kind} it must be one of {', '.join(sorted(STATES[kind]))}."
        )
    subject, reasons = data.get("subject"), data.get("reasons") or []
    if not isinstance(subject, str) or not subject.strip():
        raise HealthError(f"A record has the subject {subject!r}; it must name what it is about.")
    if not isinstance(reasons, list | tuple):
        raise HealthError(f"A record has the reasons {reasons!r}; they must be a list.")
    return Record(
        moment(at),
        kind,
        subject[:LONGEST_TEXT],
        state,
        str(data.get("severity") or "")[:LONGEST_TEXT],
        tuple(str(reason)[:LONGEST_TEXT] for reason in reasons[:MOST_REASONS]),
    )


def moment(text: object) -> datetime:
    """Return a moment with an offset, in UTC."""
    if isinstance(text, str) and MOMENT.fullmatch(text):
        with contextlib.suppress(ValueError, OverflowError):
            return datetime.fromisoformat(text).astimezone(UTC)
    raise HealthError(f"A record has the moment {text!r}; it must be such as 2026-11-28T12:00:00Z.")


def read(path: Path) -> History:
    """Return what a file holds; one that is not there holds nothing.

    A last line that was cut off, and any other that is damaged, is counted and left out.

    Raises:
        HealthError: The file cannot be read.

    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return History((), 0)
    except OSError as error:
        raise HealthError(
            f"Failed to read the history {path}: {error.strerror}. Name a file that can be read."
        ) from error
    return of_lines(data.split(b"\n"))


def of_lines(lines: Iterable[bytes]) -> History:
    """Return the records of lines, by time."""
    found = [parse(line) for line in lines if line.strip()]
    records = sorted((one for one in found if one is not None), key=lambda one: one.at)
    return History(tuple(records), len(found) - len(records))


def append(path: Path, records: Sequence[Record], most: int = MOST_BYTES) -> int:
    """Add records to a file, whole or not at all, and return how many old bytes were given up for them.

    Two processes may do so at once. A file that would become larger than ``most`` bytes loses its oldest lines, down
    to three quarters of that.

    Raises:
        HealthError: The file cannot be written, or the bound is too small for anything.

    """
    if most < LEAST_BYTES:
        raise HealthError(f"A history may have {most} bytes; it must be allowed {LEAST_BYTES} at least.")
    added = b"".join(one.line() for one in records)
    if not added:
        return 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path):
            return _write(path, added, most)
    except OSError as error:
        raise HealthError(
            f"Failed to write the history {path}: {error.strerror}. Name a file that can be written."
        ) from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock beside a file: the file itself may be replaced meanwhile."""
    with path.with_name(f"{path.name}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, added: bytes, most: int) -> int:
    old = path.read_bytes() if path.exists() else b""
    # Whoever died in the middle of a line left it without an end.
    gap = b"" if not old or old.endswith(b"\n") else b"\n"
    if len(old) + len(gap) + len(added) <= most:
        with path.open("ab") as stream:
            stream.write(gap + added)
            stream.flush()
            os.fsync(stream.fileno())
        return 0
    kept = newest(old + gap + added, most * 3 // 4)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as beside:
        beside.write(kept)
        beside.flush()
        os.fsync(beside.fileno())
    replacement = Path(beside.name)
    if path.exists():
        replacement.chmod(path.stat().st_mode & 0o777)
    replacement.replace(path)
    return len(old) + len(gap) + len(added) - len(kept)


def newest(data: bytes, most: int) -> bytes:
    """Return the last whole lines that fit."""
    if len(data) <= most:
        return data
    begin = data.find(b"\n", len(data) - most - 1) + 1
    return data[begin:] if begin else b""
