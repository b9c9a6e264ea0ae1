# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import dataclass

from example_service.lifecycle import Lifecycle
from example_service.settings import Settings


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_is_ready_once_it_has_started() -> None:
    clock = Clock()
    life = Lifecycle(Settings(startup_seconds=5), clock)
    assert not life.ready and life.not_ready_because() == "starting"
    clock.now += 5
    assert life.ready


def test_told_to_end_it_is_unready_at_once_and_drained_later() -> None:
    clock = Clock()
    life = Lifecycle(Settings(drain_seconds=2), clock)
    life.end()
    assert not life.ready and life.not_ready_because() == "ending" and life.healthy
    clock.now += 1.9
    life.end()  # a second word does not begin anew
    assert not life.drained
    clock.now += 0.2
    assert life.drained


def test_faults_are_told_apart() -> None:
    clock = Clock()
    life = Lifecycle(Settings(crash_after=3), clock)
    life.forced_unready = True
    assert not life.ready and life.healthy and life.not_ready_because() == "unready"
    life.forced_unready, life.forced_unhealthy = False, True
    assert life.ready and not life.healthy
    assert not life.breaks_down
    clock.now += 3
    assert life.breaks_down


def test_without_the_fault_it_never_breaks_down() -> None:
    clock = Clock()
    life = Lifecycle(Settings(), clock)
    clock.now += 1e6
    assert not life.breaks_down
