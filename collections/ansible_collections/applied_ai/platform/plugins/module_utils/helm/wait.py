# SPDX-License-Identifier: Apache-2.0
"""One wait over the workloads of many releases: one list per kind and round, clock and sleep passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.workloads import (
    KINDS,
    SELECTOR,
    Kind,
    Pending,
    explain,
    pending_of,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, Reader

Json = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a wait ended."""

    total: int
    pending: list[Pending]
    seconds: float

    @property
    def hopeless(self) -> bool:
        """Say whether everything that is still pending has failed for good."""
        return bool(self.pending) and all(one.failed for one in self.pending)


def look(
    reader: Reader, releases: Iterable[tuple[str, str]], kinds: Iterable[Kind] = KINDS
) -> tuple[int, list[Pending]]:
    """Return how many workloads ``releases`` have and which are not ready, sorted."""
    wanted = set(releases)
    total, pending = 0, list[Pending]()
    for kind in kinds:
        count, found = pending_of(kind, reader.items(kind.path, labelSelector=SELECTOR), wanted)
        total += count
        pending += found
    return total, sorted(pending, key=lambda one: (one.release, one.kind, one.namespace, one.name))


def wait(
    reader: Reader,
    releases: list[tuple[str, str]],
    timeout: float,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    interval: float = 1.0,
) -> Outcome:
    """Look once per ``interval`` until all workloads are ready, the rest has failed, or ``timeout`` is over.

    One round in which the API does not answer is no reason to give up: a control plane that restarts is part of life.
    """
    start = clock()
    while True:
        trouble: KubeError | None = None
        try:
            outcome = Outcome(*look(reader, releases), clock() - start)
            if not outcome.pending or outcome.hopeless:
                return outcome
        except KubeError as error:
            trouble = error
        if clock() - start + interval > timeout:
            if trouble:
                raise trouble
            return outcome
        sleep(interval)


def with_causes(reader: Reader, pending: list[Pending]) -> list[str]:
    """Name each pending workload and add what its pods and their events say."""
    return [_with_cause(reader, one) for one in pending]


def _with_cause(reader: Reader, one: Pending) -> str:
    if not one.match_labels or not one.namespace:
        return one.sentence()
    selector = ",".join(f"{key}={value}" for key, value in one.match_labels)
    base = f"/api/v1/namespaces/{one.namespace}"
    try:
        pods = reader.items(f"{base}/pods", labelSelector=selector)
        events = reader.items(f"{base}/events", fieldSelector="type=Warning")
    except KubeError:
        # The cause is a courtesy; what is not ready must be told either way.
        return one.sentence()
    cause = explain(pods, events)
    return f"{one.sentence()}; {cause}" if cause else one.sentence()
