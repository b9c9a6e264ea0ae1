# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

from ansible_collections.applied_ai.platform.plugins.action.workloads_wait import (
    progress_line,
    verdict,
    wait_in_slices,
)

Json = dict[str, Any]
ONE = {"kind": "Deployment", "name": "web", "reason": "0 of 1 replicas are available"}


class World:
    def __init__(self, ready_at: float, **outcome: Any) -> None:
        self.now = 0.0
        self.ready_at = ready_at
        self.outcome = outcome
        self.slices: list[int] = []
        self.said: list[str] = []

    def look(self, seconds: int) -> Json:
        self.slices.append(seconds)
        self.now = min(self.now + seconds, max(self.ready_at, self.now))
        pending = [ONE] if self.now < self.ready_at else []
        return {"total": 3, "pending": pending, "hopeless": False, "causes": ["why"] * len(pending), **self.outcome}

    def wait(self, timeout: int) -> Json:
        return wait_in_slices(self.look, timeout, 15, lambda: self.now, self.said.append)


def test_progress_is_told_between_slices() -> None:
    world = World(ready_at=35)
    assert world.wait(600)["seconds"] == 35
    assert world.slices == [15, 15, 15]
    assert world.said[0] == (
        "2 of 3 workloads ready after 15 s of 600 s; waiting for Deployment web (0 of 1 replicas are available)"
    )
    assert len(world.said) == 2


def test_the_last_slice_is_what_is_left() -> None:
    world = World(ready_at=1000)
    outcome = world.wait(40)
    assert world.slices == [15, 15, 10]
    assert verdict(outcome) == "1 of 3 workloads are not ready after 40.0 s: why"


def test_what_is_hopeless_is_not_waited_for() -> None:
    world = World(ready_at=1000, hopeless=True)
    world.wait(600)
    assert world.slices == [15]


def test_a_failed_module_ends_the_wait() -> None:
    world = World(ready_at=1000, failed=True)
    assert world.wait(600)["failed"]
    assert world.slices == [15]


def test_there_is_no_verdict_when_all_is_ready() -> None:
    assert verdict(World(ready_at=1).wait(10)) == ""


def test_many_pending_workloads_are_counted() -> None:
    line = progress_line({"total": 9, "pending": [ONE] * 6}, 15, 60)
    assert line.endswith(" and 2 more")
    assert line.startswith("3 of 9 ")
