# SPDX-License-Identifier: Apache-2.0
"""What was done: one JSON object a line, appended; the guards count in it.

Fields of a line: ``at`` (RFC 3339), ``id`` (of the action; its beginning and its end have the same), ``case``,
``action``, ``subject``, ``zone`` (empty where it has none), ``outcome`` (started, succeeded or failed), ``reason``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError

STARTED, SUCCEEDED, FAILED = "started", "succeeded", "failed"
OUTCOMES: Final = (STARTED, SUCCEEDED, FAILED)


@dataclass(frozen=True)
class Entry:
    """One line."""

    at: datetime
    id: str
    case: str
    action: str
    subject: str
    outcome: str
    zone: str = ""
    reason: str = ""

    def line(self) -> str:
        """Return it as a line of the record."""
        return json.dumps({**asdict(self), "at": self.at.isoformat(timespec="seconds")}) + "\n"


@dataclass(frozen=True)
class Record:
    """What was done, in the order of the file, and how many lines make no sense.

    A line that cannot be read may have been any action: it counts against every limit.
    """

    entries: tuple[Entry, ...] = ()
    unreadable: int = 0

    @property
    def started(self) -> tuple[Entry, ...]:
        """The beginnings: each action once."""
        return tuple(one for one in self.entries if one.outcome == STARTED)

    def ended(self, action: Entry) -> datetime | None:
        """Return when an action ended, or nothing while it is under way."""
        ends = (one.at for one in self.entries if one.id == action.id and one.outcome != STARTED)
        return next((end for end in ends if end >= action.at), None)


def parse(text: str) -> Record:
    """Read a record; a last line that was cut off while it was written counts as unreadable."""
    lines = [line for line in text.split("\n") if line.strip()]
    entries = [entry_of(line) for line in lines]
    found = tuple(one for one in entries if one)
    return Record(found, len(entries) - len(found))


def entry_of(line: str) -> Entry | None:
    """Read one line, or nothing when it makes no sense."""
    try:
        data = json.loads(line)
    # Brackets without end exceed what Python nests.
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    given = {one.name: data.get(one.name, "") for one in fields(Entry)}
    if not all(isinstance(value, str) for value in given.values()) or given["outcome"] not in OUTCOMES:
        return None
    if not (given["case"] and given["id"] and given["subject"]):
        return None
    try:
        at = datetime.fromisoformat(given.pop("at"))
        # Times beyond what UTC can say are no times.
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return Entry(at=at, **given)


def load(path: Path) -> Record:
    """Read the record's file; there is none before the first action.

    Raises:
        RemedyError: It is there and cannot be read, so that no limit can be kept.

    """
    try:
        return parse(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return Record()
    except OSError as error:
        msg = f"Failed to read the record of remedies {path}: {error.strerror}. Nothing is done without it."
        raise RemedyError(msg) from None


def append(path: Path, entry: Entry) -> None:
    """Write one line at the end, whole and on disk before anything is done.

    Raises:
        RemedyError: It cannot be written, so that nothing may be done.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as stream:
            # A line that was cut off must not swallow the next one.
            torn = "\n" if needs_newline(path) else ""
            stream.write(f"{torn}{entry.line()}".encode())
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        msg = f"Failed to write the record of remedies {path}: {error.strerror}. Nothing is done without it."
        raise RemedyError(msg) from None


def needs_newline(path: Path) -> bool:
    """Say whether a file ends in the middle of a line."""
    with path.open("rb") as stream:
        if stream.seek(0, os.SEEK_END) == 0:
            return False
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"


def recent(record: Record, since: datetime) -> Iterator[Entry]:
    """Yield the actions that began since then; one in the future, by a clock that is wrong, counts too."""
    return (one for one in record.started if one.at >= since)
