# SPDX-License-Identifier: Apache-2.0
"""What a kubelet decides about a pod: probes, restarts, the order of an end, and the status that says so. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
# Those of the real kubelet.
BACK_OFF_S, LONGEST_BACK_OFF_S = 10.0, 300.0
LEAST_TIME_TO_STOP_S = 2.0


@dataclass(frozen=True)
class Probe:
    """An httpGet probe; the defaults are those of the API."""

    path: str
    delay: float = 0
    period: float = 10
    timeout: float = 1
    failures: int = 3
    successes: int = 1

    @classmethod
    def of(cls, container: Json, kind: str) -> Probe | None:
        """Read a container's probe."""
        spec = container.get(f"{kind}Probe")
        if spec is None:
            return None
        return cls(
            spec["httpGet"].get("path", "/"),
            spec.get("initialDelaySeconds", 0),
            spec.get("periodSeconds", 10),
            spec.get("timeoutSeconds", 1),
            spec.get("failureThreshold", 3),
            spec.get("successThreshold", 1),
        )


@dataclass(frozen=True)
class Tally:
    """What the answers to a probe amount to: the result changes when enough of them agree in a row."""

    result: bool
    last: bool | None = None
    run: int = 0

    def with_answer(self, probe: Probe, ok: bool) -> Tally:
        """Count one more answer."""
        run = self.run + 1 if ok == self.last else 1
        enough = run >= (probe.successes if ok else probe.failures)
        return Tally(ok if enough else self.result, ok, run)


def back_off(restarts: int, first: float = BACK_OFF_S) -> float:
    """Return how long a container waits before this restart: the first is at once, the next take twice as long each."""
    return 0.0 if restarts <= 1 else min(first * 2 ** (restarts - 2), LONGEST_BACK_OFF_S)


def stop_times(grace: float, pre_stop: float) -> tuple[float, float]:
    """Return after how many seconds SIGTERM comes, and SIGKILL: the hook's time is part of the grace period."""
    term = min(pre_stop, grace)
    return term, max(grace, term + LEAST_TIME_TO_STOP_S)


def pre_stop_seconds(container: Json) -> float:
    """Return how long the preStop hook sleeps."""
    hook = container.get("lifecycle", {}).get("preStop", {})
    return float(hook.get("sleep", {}).get("seconds", 0))


def ends(policy: str, code: int) -> str:
    """Return the phase of a pod whose container ended for good, or nothing when it is started again."""
    if policy == "Always" or (policy == "OnFailure" and code != 0):
        return ""
    return "Succeeded" if code == 0 else "Failed"


def exit_code(status: int) -> int:
    """Return a process's end as containers tell it: 128 + signal."""
    return status if status >= 0 else 128 - status


@dataclass(frozen=True)
class Seen:
    """What the API server is told of a pod."""

    phase: str = "Pending"
    state: Json = field(default_factory=lambda: {"waiting": {"reason": "ContainerCreating"}})
    last: Json = field(default_factory=dict)
    started: bool = False
    ready: bool = False
    restarts: int = 0


def conditions(seen: Seen, before: list[Json], now: str) -> list[Json]:
    """Return a pod's conditions; a transition's time is kept while nothing changes."""
    done = {"reason": "PodCompleted"} if seen.phase == "Succeeded" else {"reason": "ContainersNotReady"}
    wanted = {"PodScheduled": True, "Initialized": True, "ContainersReady": seen.ready, "Ready": seen.ready}
    old = {one["type"]: one for one in before}
    return [
        {
            "type": kind,
            "status": str(true),
            "lastTransitionTime": old[kind]["lastTransitionTime"]
            if kind in old and old[kind]["status"] == str(true)
            else now,
            **({} if true else done),
        }
        for kind, true in wanted.items()
    ]


def status(container: Json, seen: Seen, *, address: str, begun: str, before: list[Json], now: str) -> Json:
    """Return a pod's status."""
    one = {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": seen.ready,
        "started": seen.started,
        "restartCount": seen.restarts,
        "state": {"waiting": None, "running": None, "terminated": None, **seen.state},
        "lastState": seen.last,
    }
    return {
        "phase": seen.phase,
        "startTime": begun,
        "hostIP": "127.0.0.1",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": conditions(seen, before, now),
        "containerStatuses": [one],
    }


def timestamp() -> str:
    """Return the time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
