# SPDX-License-Identifier: Apache-2.0
"""The record: written whole, read whatever happened to it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.ledger import (
    OUTCOMES,
    Entry,
    Record,
    append,
    load,
    parse,
    recent,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ENTRY = Entry(NOW, "1", "xid_node", "cordon_and_replace", "Node a", "started", "eu-central-1a", "XID 79 → GPU lost")
entries = st.builds(
    Entry,
    at=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)).map(
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    ),
    id=st.text(min_size=1),
    case=st.text(min_size=1),
    action=st.text(),
    subject=st.text(min_size=1),
    outcome=st.sampled_from(OUTCOMES),
    zone=st.text(),
    reason=st.text(),
)


@given(st.lists(entries, max_size=8))
def test_what_was_written_is_read(written: list[Entry]) -> None:
    text = "".join(one.line() for one in written)
    assert parse(text) == Record(tuple(written), 0)


@given(st.text())
def test_whatever_stands_there_nothing_breaks_and_nothing_is_lost(text: str) -> None:
    found = parse(text)
    assert len(found.entries) + found.unreadable == len([line for line in text.split("\n") if line.strip()])


@given(st.lists(entries, min_size=1, max_size=4), st.data())
def test_a_record_that_was_cut_off_counts_its_torn_line(written: list[Entry], data: st.DataObject) -> None:
    text = "".join(one.line() for one in written)
    last = written[-1].line()
    torn = text[: -data.draw(st.integers(2, len(last) - 1))]
    assert parse(torn) == Record(tuple(written[:-1]), 1)


@pytest.mark.parametrize(
    "change",
    [
        {"at": "yesterday"},
        {"at": 5},
        {"outcome": "perhaps"},
        {"case": ""},
        {"subject": None},
        {"id": ""},
        {"at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_line_without_sense_counts_as_unreadable(change: dict[str, object]) -> None:
    line = json.dumps({**json.loads(ENTRY.line()), **change})
    assert parse(line) == Record((), 1)


@pytest.mark.parametrize("line", ["[" * 100_000, "{}", "null", "3", '"started"'])
def test_other_json_counts_as_unreadable(line: str) -> None:
    assert parse(line) == Record((), 1)


def test_no_file_is_an_empty_record(tmp_path: Path) -> None:
    assert load(tmp_path / "none.jsonl") == Record()


def test_a_file_that_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    with pytest.raises(RemedyError, match=r"Failed to read the record of remedies .*\. Nothing is done without it\."):
        load(tmp_path)


def test_a_file_that_cannot_be_written_stops_everything(tmp_path: Path) -> None:
    with pytest.raises(RemedyError, match=r"Failed to write the record of remedies"):
        append(tmp_path, ENTRY)


def test_lines_are_appended_after_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "record.jsonl"
    append(path, ENTRY)
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"at": "2026-11')
    append(path, ENTRY)
    assert load(path) == Record((ENTRY, ENTRY), 1)


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: append(path, ENTRY), range(40)))
    assert load(path) == Record((ENTRY,) * 40, 0)


def test_an_action_ends_with_its_own_end() -> None:
    later = ENTRY.at + timedelta(minutes=5)
    end = Entry(later, "1", "xid_node", "cordon_and_replace", "Node a", "failed")
    other = Entry(later, "2", "xid_node", "cordon_and_replace", "Node b", "started")
    record = Record((ENTRY, end, other))
    assert record.ended(ENTRY) == later
    assert record.ended(other) is None
    assert list(recent(record, later)) == [other]
    # An end from before belongs to an earlier action of the same id.
    assert Record((end, Entry(later + timedelta(1), *[getattr(ENTRY, name) for name in ("id", "case", "action")],
                              "Node a", "started"))).ended(other) is None  # fmt: skip
