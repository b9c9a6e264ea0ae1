# SPDX-License-Identifier: Apache-2.0
"""Put a wave of faults in, look until each is found, take them back, look until all is well."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from health.faults import Fault, Sign
from health.faults_world import CALM_GRACE, World

Json = dict[str, Any]
ALL = ("cluster", "gpus", "history", "releases", "services", "limited", "elsewhere")
LONGEST_S = 150


@dataclass(frozen=True)
class Found:
    """How a fault was found: seconds from the moment it was put in, seconds of that look, the finding."""

    seconds: float
    look_s: float
    check: Json


@dataclass
class Wave:
    """What came of faults that were in at the same time."""

    found: dict[str, Found] = field(default_factory=dict)
    # Findings of no fault, as (look, check).
    strange: list[tuple[str, Json]] = field(default_factory=list)
    # What was still said when time was up.
    left: list[Json] = field(default_factory=list)
    healthy_s: float = 0


def bad(result: Json) -> list[Json]:
    """Return the checks of a result that are not well; a module that fails is one of them."""
    if "checks" not in result:
        return [{"id": "none", "status": "failed", "subject": "module", "seen": str(result.get("msg"))}]
    return [one for one in result["checks"] if one["status"] in {"failed", "unknown"}]


def strange(checks: Sequence[Json], faults: Sequence[Fault]) -> Iterator[Json]:
    """Return the checks that no fault explains."""
    signs = [sign for fault in faults for sign in (fault.sign, *fault.also)]
    for check in checks:
        anywhere = [Sign(check["id"], one.subject, one.seen, one.status) for one in signs if one.check == "*"]
        if not any(sign.fits(check) for sign in (*signs, *anywhere)):
            yield check


def false_alarms(world: World, name: str, checks: Sequence[Json], faults: Sequence[Fault]) -> list[tuple[str, Json]]:
    """Return the checks of a look that no fault explains and that a look with an operator's patience makes too.

    On a busy machine an autoscaler really has no metrics for some seconds, which is longer than these looks wait.
    """
    if not any(strange(checks, faults)):
        return []
    return [(name, check) for check in strange(bad(world.look(name, CALM_GRACE)), faults)]


class Injector(threading.Thread):
    """Puts faults in one after the other, and notes when each was begun."""

    def __init__(self, world: World, faults: Sequence[Fault]) -> None:
        super().__init__()
        self.world, self.faults = world, faults
        self.begun: dict[str, float] = {}
        self.error: Exception | None = None

    def run(self) -> None:
        """Put all in."""
        try:
            for fault in self.faults:
                if fault.look != "history":
                    self.begun[fault.name] = time.monotonic()
                    fault.put_in(self.world)
        except Exception as error:  # told by the thread that waits
            self.error = error


def put_into_history(world: World, faults: Sequence[Fault]) -> dict[str, float]:
    """Put in those faults that make a history; return when each was there."""
    past = [fault for fault in faults if fault.look == "history"]
    for fault in past:
        fault.put_in(world)
    if past:
        world.history.tell()
    return {fault.name: time.monotonic() for fault in past}


def search(world: World, faults: Sequence[Fault], wave: Wave) -> None:
    """Look with the modules of faults that are not found yet until all are, or time is up."""
    injector = Injector(world, faults)
    injector.begun |= put_into_history(world, faults)
    injector.start()
    end = time.monotonic() + LONGEST_S
    while (missing := [one for one in faults if one.name not in wave.found]) and time.monotonic() < end:
        for name in [name for name in ALL if any(one.look == name for one in missing)]:
            world.go_on()
            result = world.look(name)
            now, checks = time.monotonic(), bad(result)
            wave.strange += false_alarms(world, name, checks, faults)
            for fault in missing:
                hit = next((check for check in checks if fault.look == name and fault.sign.fits(check)), None)
                if hit and fault.name in injector.begun:
                    wave.found[fault.name] = Found(now - injector.begun[fault.name], result["duration_s"], hit)
        if injector.error:
            break
    injector.join()
    if injector.error:
        raise injector.error


def recover(world: World, faults: Sequence[Fault], wave: Wave) -> None:
    """Take all back and look until every look says healthy."""
    for fault in reversed(faults):
        fault.take_back(world)
    if any(fault.look == "history" for fault in faults):
        world.history.tell()
    begun = time.monotonic()
    waiting = set(ALL)
    while waiting and time.monotonic() < begun + LONGEST_S:
        world.go_on()
        for name in [name for name in ALL if name in waiting]:
            wave.left = bad(result := world.look(name))
            if result.get("verdict") == "healthy":
                waiting.remove(name)
    wave.healthy_s = time.monotonic() - begun


def run(world: World, faults: Sequence[Fault]) -> Wave:
    """Put a wave in and take it back."""
    wave = Wave()
    search(world, faults, wave)
    for name in ALL:
        world.go_on()
        wave.strange += false_alarms(world, name, bad(world.look(name)), faults)
    recover(world, faults, wave)
    return wave
