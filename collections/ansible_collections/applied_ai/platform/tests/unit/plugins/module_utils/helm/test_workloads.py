# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.workloads import (
    KINDS,
    Pending,
    api_service_ready,
    daemon_set_ready,
    deployment_ready,
    explain,
    job_ready,
    pending_of,
    stateful_set_ready,
)

Json = dict[str, Any]


def workload(status: Json | None, generation: int = 1, **spec: Any) -> Json:
    return {"metadata": {"name": "x", "generation": generation}, "spec": spec, **({"status": status} if status else {})}


def condition(kind: str, status: str, **more: str) -> Json:
    return {"conditions": [{"type": kind, "status": status, **more}]}


GOOD_DEPLOYMENT = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (workload(GOOD_DEPLOYMENT, replicas=2), ""),
        (workload({"observedGeneration": 1}, replicas=0), ""),
        (workload(None, replicas=2), "its controller has not seen it yet"),
        (workload(GOOD_DEPLOYMENT, generation=2, replicas=2), "its controller has not seen it yet"),
        (workload({**GOOD_DEPLOYMENT, "replicas": 3}, replicas=2), "pods of an older revision are still there"),
        (workload({**GOOD_DEPLOYMENT, "availableReplicas": 1}, replicas=2), "1 of 2 replicas are available"),
        (workload({"observedGeneration": 1}), "0 of 1 replicas are available"),
        (
            workload(
                {
                    "observedGeneration": 1,
                    "conditions": [
                        {"type": "Available", "status": "False", "message": "same second", "lastTransitionTime": "1"},
                        {
                            "type": "ReplicaFailure",
                            "status": "True",
                            "reason": "FailedCreate",
                            "message": "exceeded quota.",
                            "lastTransitionTime": "1",
                        },
                    ],
                }
            ),
            "0 of 1 replicas are available (FailedCreate: exceeded quota)",
        ),
    ],
)
def test_deployment(item: Json, reason: str) -> None:
    state = deployment_ready(item)
    assert (state.ready, state.reason) == (not reason, reason)


GOOD_SET = {"observedGeneration": 1, "readyReplicas": 1, "updateRevision": "b", "currentRevision": "b"}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (workload(GOOD_SET), ""),
        (workload(None), "its controller has not seen it yet"),
        (workload({**GOOD_SET, "readyReplicas": 0}), "0 of 1 replicas are ready"),
        (workload({**GOOD_SET, "currentRevision": "a"}), "pods of an older revision are still there"),
        (workload({**GOOD_SET, "currentRevision": "a"}, updateStrategy={"type": "OnDelete"}), ""),
    ],
)
def test_stateful_set(item: Json, reason: str) -> None:
    state = stateful_set_ready(item)
    assert (state.ready, state.reason) == (not reason, reason)


GOOD_DAEMON_SET = {
    "observedGeneration": 1,
    "desiredNumberScheduled": 3,
    "updatedNumberScheduled": 3,
    "numberAvailable": 3,
}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (workload(GOOD_DAEMON_SET), ""),
        (workload({"observedGeneration": 1, "desiredNumberScheduled": 0}), ""),
        (workload(None), "its controller has not seen it yet"),
        (workload({**GOOD_DAEMON_SET, "numberAvailable": 2}), "2 of 3 nodes have it available"),
        (workload({**GOOD_DAEMON_SET, "updatedNumberScheduled": 1}), "pods of an older revision are still there"),
    ],
)
def test_daemon_set(item: Json, reason: str) -> None:
    state = daemon_set_ready(item)
    assert (state.ready, state.reason) == (not reason, reason)


@pytest.mark.parametrize(
    ("item", "ready", "failed", "reason"),
    [
        (workload(condition("Complete", "True")), True, False, ""),
        (workload({"active": 1}), False, False, "it is not complete (1 active)"),
        (workload(None, suspend=True), True, False, ""),
        (
            workload(condition("Failed", "True", reason="BackoffLimitExceeded")),
            False,
            True,
            "it failed: BackoffLimitExceeded",
        ),
    ],
)
def test_job(item: Json, ready: bool, failed: bool, reason: str) -> None:
    state = job_ready(item)
    assert (state.ready, state.failed, state.reason) == (ready, failed, reason)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (workload(condition("Available", "True")), ""),
        (workload(None), "it has not been checked by the API server yet"),
        (
            workload(condition("Available", "False", reason="MissingEndpoints", message="no addresses")),
            "it is not available: MissingEndpoints: no addresses",
        ),
    ],
)
def test_api_service(item: Json, reason: str) -> None:
    state = api_service_ready(item)
    assert (state.ready, state.reason) == (not reason, reason)


def owned(item: Json, name: str, release: str, namespace: str = "apps") -> Json:
    annotations = {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace}
    return {**item, "metadata": {**item["metadata"], "name": name, "namespace": namespace, "annotations": annotations}}


def test_only_workloads_of_the_named_releases_count() -> None:
    items = [
        owned(workload(None, selector={"matchLabels": {"app": "a"}}), "mine", "web"),
        owned(workload(GOOD_DEPLOYMENT, replicas=2), "done", "web"),
        owned(workload(None), "same-name-elsewhere", "web", namespace="other"),
        owned(workload(None), "not-mine", "db"),
        workload(None),
    ]
    total, pending = pending_of(KINDS[0], items, [("apps", "web")])
    assert total == 2
    assert [(one.name, one.match_labels) for one in pending] == [("mine", (("app", "a"),))]


def pod(name: str, status: Json) -> Json:
    return {"metadata": {"name": name}, "status": status}


def event(name: str, message: str, when: str, kind: str = "Warning") -> Json:
    about = {"involvedObject": {"name": name}, "type": kind}
    return {**about, "reason": "BackOff", "message": message, "lastTimestamp": when}


def waiting(reason: str) -> Json:
    return {"phase": "Pending", "containerStatuses": [{"name": "c", "state": {"waiting": {"reason": reason}}}]}


@pytest.mark.parametrize(
    ("pods", "events", "text"),
    [
        ([], [], ""),
        ([pod("a", condition("Ready", "True"))], [], ""),
        ([pod("a", {"phase": "Succeeded"})], [], ""),
        ([pod("a", {"phase": "Pending"})], [], "pod a is Pending, not ready"),
        (
            [pod("b", {}), pod("a", waiting("ImagePullBackOff"))],
            [
                event("a", "old", "1"),
                event("a", "no such image", "2"),
                event("b", "other", "3"),
                event("a", "x", "4", "Normal"),
            ],
            "pod a is ImagePullBackOff (container c); last warning: BackOff: no such image",
        ),
        (
            [pod("a", condition("PodScheduled", "False", reason="Unschedulable", message="0/3 nodes"))],
            [],
            "pod a is Unschedulable: 0/3 nodes",
        ),
    ],
)
def test_causes_are_told(pods: list[Json], events: list[Json], text: str) -> None:
    assert explain(pods, events) == text


def test_a_sentence_names_kind_workload_and_release() -> None:
    pending = Pending("web", "Deployment", "x", "apps", "0 of 1 replicas are available", failed=False)
    assert pending.sentence() == "Deployment x of release web: 0 of 1 replicas are available"
