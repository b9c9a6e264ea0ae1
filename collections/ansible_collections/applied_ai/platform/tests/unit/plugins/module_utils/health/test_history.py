# SPDX-License-Identifier: Apache-2.0
"""The history is added to whole, stays bounded, and is read whatever became of it."""

from __future__ import annotations

import json
import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history import (
    LEAST_BYTES,
    Record,
    append,
    of_lines,
    parse,
    read,
    record,
)
from hypothesis import given, settings
from hypothesis import strategies as st

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
PLAIN = {"at": "2026-11-28T12:00:00Z", "kind": "verdict", "subject": "cluster", "state": "healthy"}


def one(minutes: int, state: str = "healthy", subject: str = "cluster") -> Record:
    return Record(AT + timedelta(minutes=minutes), "verdict", subject, state)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new/history.jsonl"
    told = Record(AT, "alert", "NodeNotReady\n node-a", "firing", "critical", ("nodes_ready",))
    assert append(path, [one(5), told]) == 0
    assert read(path).records == (told, one(5))
    assert read(path).skipped == 0
    assert json.loads(path.read_text().splitlines()[1]) == {
        "v": 1,
        "at": "2026-11-28T12:00:00Z",
        "kind": "alert",
        "subject": "NodeNotReady\n node-a",
        "state": "firing",
        "severity": "critical",
        "reasons": ["nodes_ready"],
    }


def test_no_file_is_an_empty_history(tmp_path: Path) -> None:
    assert read(tmp_path / "none").records == ()
    append(tmp_path / "none", [])
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_was_cut_off_is_left_out_and_the_next_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append(path, [one(0), one(1)])
    path.write_bytes(path.read_bytes()[:-20])
    append(path, [one(2)])
    assert read(path) == ((one(0), one(2)), 1)


def test_a_full_file_loses_its_oldest_lines_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append(path, [one(minute) for minute in range(20)], LEAST_BYTES)
    path.chmod(0o640)
    lost = append(path, [one(minute) for minute in range(20, 60)], LEAST_BYTES)
    found = read(path)
    assert path.stat().st_size <= LEAST_BYTES
    assert lost > 0
    assert found.skipped == 0
    assert found.records[-1] == one(59)
    assert found.records == tuple(one(minute) for minute in range(60 - len(found.records), 60))
    assert path.stat().st_mode & 0o777 == 0o640


def write(path: Path, subject: str) -> None:
    for minute in range(50):
        append(path, [one(minute, subject=subject)])


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write, args=(path, subject)) for subject in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(read(path).records) == 100
    assert read(path).skipped == 0


def test_a_bound_that_holds_nothing_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(HealthError, match="must be allowed 4096 at least"):
        append(tmp_path / "x", [one(0)], 10)


def test_a_folder_is_no_history(tmp_path: Path) -> None:
    with pytest.raises(HealthError, match="Failed to read the history"):
        read(tmp_path)
    with pytest.raises(HealthError, match="Failed to write the history"):
        append(tmp_path, [one(0)])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "guess"}, "must be one of alert, verdict"),
        ({"kind": []}, "must be one of alert, verdict"),
        ({"state": "fine"}, "must be one of degraded"),
        ({"subject": " "}, "must name what it is about"),
        ({"reasons": "x"}, "must be a list"),
        ({"at": "2026-11-28"}, "such as 2026-11-28T12:00:00Z"),
        ({"at": "2026-11-28T12:00:00"}, "such as"),
        ({"at": "2026-13-28T12:00:00Z"}, "such as"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "such as"),
    ],
)
def test_a_record_that_is_none_is_a_sentence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(HealthError, match=said):
        record({**PLAIN, **changes})


def test_a_later_format_is_not_guessed_at() -> None:
    assert parse(json.dumps({**PLAIN, "v": 2}).encode()) is None


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60)))
def test_any_bytes_are_read(lines: list[bytes]) -> None:
    good = one(0).line().strip()
    found = of_lines([*lines, good])
    assert one(0) in found.records
    assert found.skipped + len(found.records) == sum(bool(line.strip()) for line in [*lines, good])


@settings(deadline=None)
@given(st.integers(0, 400))
def test_a_file_that_ends_anywhere_keeps_its_whole_lines(end: int) -> None:
    data = b"".join(one(minute).line() for minute in range(3))
    found = of_lines(data[:end].split(b"\n"))
    whole = sum(end >= len(one(0).line()) * (n + 1) - 1 for n in range(3))
    assert len(found.records) == whole


TEXTS = st.text(max_size=20)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=4))
def test_any_text_comes_back(subject: str, severity: str, reasons: list[str]) -> None:
    told = Record(AT, "alert", f"x{subject}", "firing", severity, tuple(reasons))
    assert told.line().count(b"\n") == 1
    assert parse(told.line()) == told
