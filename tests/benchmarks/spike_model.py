# SPDX-License-Identifier: Apache-2.0
"""The load of a spike, what pods make of it, and what a run's samples say. Pure functions: no clock, no cluster."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

# How far from its target the autoscaler lets a metric be (--horizontal-pod-autoscaler-tolerance).
TOLERANCE = 0.1
# A shorter wait is none.
NOTICED_S = 1.0


@dataclass(frozen=True)
class Load:
    """Requests per second: steady, then rising in a straight line to a multiple, where they stay."""

    base: float
    factor: float
    ramp: float

    def rate(self, seconds: float) -> float:
        """Return the requests per second so many seconds after the rise began."""
        return self.base * (1 + (self.factor - 1) * min(1.0, max(0.0, seconds / self.ramp)))

    @property
    def peak(self) -> float:
        """Return what it rises to."""
        return self.base * self.factor


@dataclass(frozen=True)
class Service:
    """What a request costs, and what a pod asks for and may use, in processors."""

    cost: float
    request: float
    limit: float
    target: float

    def capacity(self, ready: int) -> float:
        """Return the requests per second that so many pods can serve at most."""
        return ready * self.limit / self.cost

    def per_pod(self) -> float:
        """Return the requests per second at which a pod uses just its target."""
        return self.request * self.target / self.cost

    def wanted(self, rate: float) -> int:
        """Return the least number of pods with which the autoscaler is content."""
        return math.ceil(rate / (self.per_pod() * (1 + TOLERANCE)))


@dataclass(frozen=True)
class Queue:
    """Requests since the beginning: those that came, and those that were served."""

    arrived: float = 0.0
    served: float = 0.0

    @property
    def waiting(self) -> float:
        """Return how many wait."""
        return self.arrived - self.served


def advance(queue: Queue, service: Service, arriving: float, ready: int, seconds: float) -> tuple[Queue, float]:
    """Let requests arrive and the ready pods work; return the queue and the processors that each pod used.

    All pods share the work equally. None is given up: what cannot be served waits.
    """
    arrived = queue.arrived + arriving
    done = min(arrived - queue.served, service.capacity(ready) * seconds)
    used = done * service.cost / seconds / ready if ready else 0.0
    return Queue(arrived, queue.served + done), used


def announced(used: Sequence[tuple[float, float, float]], since: float, now: float, window: float) -> float:
    """Return what a pod that is ready since then used in the last seconds, of (until when, for how long, how much).

    A simulated kubelet only looks when it is asked, and takes what it sees for all the time since: with the mean over
    that time it counts what a real one would.
    """
    start = max(since, now - window)
    return sum(max(0.0, min(lasted, until - start)) * much for until, lasted, much in used) / window


@dataclass(frozen=True)
class Sample:
    """What was seen at one moment, in seconds since the load began to rise."""

    at: float
    rate: float
    desired: int
    ready: int
    nodes: int
    placeholders: int
    queue: Queue


@dataclass
class Life:
    """When a pod of the service was first seen in each state."""

    created: float
    scheduled: float = math.inf
    ready: float = math.inf


@dataclass(frozen=True)
class Result:
    """What a run comes to, in seconds since the load began to rise."""

    wanted: int
    # The wanted number of pods is ready, and of what its last pod's time was made.
    capacity: float
    parts: Mapping[str, float]
    # As many pods are ready as serve the load at their limit: the queue no longer grows.
    enough: float
    # Nobody waits any more.
    drained: float
    longest_wait: float
    waited: float
    desired: Sequence[tuple[float, int]] = field(default_factory=list)


def first(samples: Sequence[Sample], ready: int) -> float:
    """Return when so many pods were ready for the first time."""
    return next((one.at for one in samples if one.ready >= ready), math.inf)


def steps(samples: Sequence[Sample]) -> list[tuple[float, int]]:
    """Return each change of the desired number of pods, and what it was before."""
    found: list[tuple[float, int]] = []
    for one in samples:
        if not found or found[-1][1] != one.desired:
            found.append((one.at, one.desired))
    return found


def parts(lives: Sequence[Life], wanted: int) -> dict[str, float]:
    """Return of what the time is made until the pod is ready that completes the wanted number.

    The autoscaler sees the load, it takes steps until it asks for this pod, the pod waits for a node, it starts.
    """
    new = [one for one in lives if one.created > 0]
    last = sorted(lives, key=lambda one: one.ready)[wanted - 1] if len(lives) >= wanted else None
    if not new or last is None or last.ready == math.inf:
        return {}
    seen = min(one.created for one in new)
    return {
        "signal": seen,
        "steps": last.created - seen,
        "node": last.scheduled - last.created,
        "start": last.ready - last.scheduled,
    }


def waits(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """Return how long those wait who came by each sample after the rise, with how many came since the one before.

    First come, first served: somebody's wait ends when as many are served as had come by then.
    """
    served = [one.queue.served for one in samples]
    found = []
    for before, one in pairwise(samples):
        if one.at <= 0:
            continue
        position = bisect.bisect_left(served, one.queue.arrived - 1e-6)
        wait = samples[position].at - one.at if position < len(samples) else math.inf
        found.append((max(0.0, wait), one.queue.arrived - before.queue.arrived))
    return found


def evaluate(samples: Sequence[Sample], lives: Sequence[Life], service: Service, load: Load) -> Result:
    """Return what a run comes to."""
    wanted = service.wanted(load.peak)
    waited = waits(samples)
    late = [one.at for one in samples if one.at > 0 and one.queue.waiting > 1]
    drained = next((one.at for one in samples if late and one.at > late[-1]), math.inf) if late else 0.0
    return Result(
        wanted=wanted,
        capacity=first([one for one in samples if one.at > 0], wanted),
        parts=parts(lives, wanted),
        enough=first([one for one in samples if one.at > 0], math.ceil(load.peak * service.cost / service.limit)),
        drained=drained,
        longest_wait=max((wait for wait, _count in waited), default=0.0),
        waited=sum(count for wait, count in waited if wait > NOTICED_S),
        desired=steps(samples),
    )
