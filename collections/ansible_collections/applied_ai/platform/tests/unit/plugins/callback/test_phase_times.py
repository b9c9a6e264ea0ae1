# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import pytest
from ansible_collections.applied_ai.platform.plugins.callback.phase_times import (
    CallbackModule,
    Phase,
    clock,
    share,
    table,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0s"),
        (8.44, "8.4s"),
        (59.94, "59.9s"),
        (59.96, "1m 00s"),
        (185, "3m 05s"),
        (3599.6, "1h 00m"),
        (3720, "1h 02m"),
    ],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_share_of_nothing() -> None:
    assert share(0, 0) == "-"


def test_table_has_a_row_per_phase_and_the_total() -> None:
    phases = [Phase("Provision the platform", 0, 90), Phase("Verify", 90, 100, failed=True)]
    assert table(phases) == [
        "Provision the platform    1m 30s   90%",
        "Verify                     10.0s   10%  failed",
        "total                     1m 40s",
    ]


def run(names: list[str], minimum: float = 0.0, failed: bool = False, ignored: bool = False) -> list[str]:
    """Play a run through the callback, a second per event, and return what it prints."""
    printed: list[str] = []
    callback = CallbackModule()
    callback.now = count(0, 1).__next__
    callback.get_option = lambda _name: minimum
    callback._display = SimpleNamespace(banner=printed.append, display=printed.append)
    for name in names:
        callback.v2_playbook_on_play_start(SimpleNamespace(get_name=lambda name=name: name))
    if failed:
        callback.v2_runner_on_failed(None, ignore_errors=ignored)
    callback.v2_playbook_on_stats(None)
    return printed


def test_a_run_prints_each_play_once() -> None:
    lines = run(["one", "two"])
    assert lines[0] == "PHASE TIMES"
    assert [line.split()[0] for line in lines[1:]] == ["one", "two", "total"]
    assert "failed" not in "".join(lines)


def test_a_failed_play_is_marked_and_an_ignored_failure_is_not() -> None:
    assert run(["one"], failed=True)[1].endswith("failed")
    assert "failed" not in "".join(run(["one"], failed=True, ignored=True))


def test_short_single_plays_and_runs_without_plays_print_nothing() -> None:
    assert run(["one"], minimum=10) == []
    assert run([]) == []
    assert run(["one", "two"], minimum=10) != []


def test_a_play_without_a_name() -> None:
    assert run([" "])[1].startswith("unnamed play")
