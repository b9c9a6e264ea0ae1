# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.in_time import in_time


def test_results_come_in_the_order_of_the_jobs() -> None:
    assert list(in_time({name: name.upper for name in "bca"}, 10, 2).items()) == [("b", "B"), ("c", "C"), ("a", "A")]


def test_nothing_to_do_takes_no_time() -> None:
    assert in_time({}, 10, 2) == {}


def test_what_hangs_is_left_out_and_what_waited_behind_it_never_begins() -> None:
    release, begun, left = threading.Event(), [], threading.Event()

    def hang() -> str:
        release.wait(30)
        left.set()
        return "late"

    jobs = {"fast": lambda: "fast", "slow": hang, "behind": lambda: begun.append(1) or "behind"}
    start = time.monotonic()
    assert in_time(jobs, 0.5, 1) == {"fast": "fast"}
    assert time.monotonic() - start < 20
    release.set()
    assert left.wait(20)
    assert begun == []


def test_an_error_is_raised_where_it_is_waited_for() -> None:
    with pytest.raises(ZeroDivisionError):
        in_time({"a": lambda: 1 // 0}, 10, 1)


def test_no_more_threads_than_jobs() -> None:
    seen = in_time({str(number): threading.active_count for number in range(2)}, 10, 8)
    assert max(seen.values()) <= threading.active_count() + 2
