# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.wait import wait, with_causes
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.workloads import KINDS, Pending
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError

Json = dict[str, Any]


class Cluster:
    """A clock and an API whose Deployment becomes available at a given second."""

    def __init__(self, ready_at: float, silent: Callable[[float], bool] = lambda _: False) -> None:
        self.now = 0.0
        self.ready_at = ready_at
        self.silent = silent
        self.lists: list[str] = []
        self.job: Json | None = None

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now

    def get(self, path: str) -> Json:
        raise AssertionError(path)

    def items(self, path: str, **query: str) -> list[Json]:
        self.lists.append(path)
        if self.silent(self.now):
            raise KubeError("the API does not answer")
        annotations = {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "apps"}
        metadata = {"name": "web", "namespace": "apps", "generation": 1, "annotations": annotations}
        if path.endswith("/deployments"):
            count = 1 if self.now >= self.ready_at else 0
            status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": count}
            return [{"metadata": metadata, "spec": {}, "status": status}]
        return [{"metadata": metadata, **self.job}] if self.job and path.endswith("/jobs") else []


def run(cluster: Cluster, timeout: float = 60) -> Any:
    return wait(cluster, [("apps", "web")], timeout, clock=cluster.clock, sleep=cluster.sleep)


def test_it_ends_in_the_second_in_which_all_is_ready() -> None:
    cluster = Cluster(ready_at=3)
    outcome = run(cluster)
    assert (outcome.total, outcome.pending, outcome.seconds) == (1, [], 3)
    assert cluster.lists == [kind.path for kind in KINDS] * 4


def test_it_is_bounded() -> None:
    outcome = run(Cluster(ready_at=1000), timeout=5)
    assert outcome.seconds <= 5
    assert [one.reason for one in outcome.pending] == ["0 of 1 replicas are available"]
    assert not outcome.hopeless


def test_without_time_it_looks_once() -> None:
    cluster = Cluster(ready_at=1000)
    run(cluster, timeout=0)
    assert len(cluster.lists) == len(KINDS)


def test_an_api_that_restarts_is_no_failure() -> None:
    assert run(Cluster(ready_at=5, silent=lambda now: 1 <= now < 4)).seconds == 5


def test_an_api_that_stays_away_is_one() -> None:
    with pytest.raises(KubeError, match="does not answer"):
        run(Cluster(ready_at=0, silent=lambda _: True), timeout=5)


def test_it_gives_up_early_when_only_failed_jobs_are_left() -> None:
    cluster = Cluster(ready_at=2)
    cluster.job = {"spec": {}, "status": {"conditions": [{"type": "Failed", "status": "True"}]}}
    outcome = run(cluster)
    assert outcome.seconds == 2
    assert outcome.hopeless


class Describing:
    """Answers with one broken pod, or not at all."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.queries: list[tuple[str, dict[str, str]]] = []

    def get(self, path: str) -> Json:
        raise AssertionError(path)

    def items(self, path: str, **query: str) -> list[Json]:
        self.queries.append((path, query))
        if not self.answers:
            raise KubeError("no")
        return [{"metadata": {"name": "web-1"}, "status": {"phase": "Pending"}}] if path.endswith("/pods") else []


PENDING = Pending("web", "Deployment", "web", "apps", "0 of 1", failed=False, match_labels=(("a", "b"), ("c", "d")))


def test_the_cause_is_asked_of_the_workloads_own_pods() -> None:
    reader = Describing()
    assert with_causes(reader, [PENDING]) == ["Deployment web of release web: 0 of 1; pod web-1 is Pending, not ready"]
    assert reader.queries[0] == ("/api/v1/namespaces/apps/pods", {"labelSelector": "a=b,c=d"})


def test_a_cause_that_cannot_be_had_hides_nothing() -> None:
    assert with_causes(Describing(answers=False), [PENDING]) == ["Deployment web of release web: 0 of 1"]
