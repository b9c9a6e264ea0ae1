# SPDX-License-Identifier: Apache-2.0
"""Each cause of pods that do not come up is told apart."""

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service.diagnosis import RANK, diagnose

Json = dict[str, Any]
WORKLOAD = {"kind": "Deployment", "metadata": {"name": "api"}, "spec": {}, "status": {}}


def pod(name: str = "api-1", spec: Json | None = None, **status: Any) -> Json:
    return {
        "metadata": {"name": name},
        "spec": spec or {"containers": [{"name": "api", "image": "r/api:2"}]},
        "status": status,
    }


def container(state: Json, **more: Any) -> Json:
    return {"name": "api", "image": "r/api:2", "ready": False, "restartCount": 0, "state": state, **more}


def waiting(reason: str, message: str = "", **more: Any) -> Json:
    return pod(
        phase="Pending", containerStatuses=[container({"waiting": {"reason": reason, "message": message}}, **more)]
    )


def warning(reason: str, message: str, when: str = "2026-11-28T10:00:00Z", about: str = "api-1", **more: Any) -> Json:
    return {
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": when,
        "involvedObject": {"name": about, "kind": "Pod"},
        **more,
    }


def crashed(code: int, restarts: int, reason: str = "Error", **ended: Any) -> Json:
    return waiting(
        "CrashLoopBackOff",
        restartCount=restarts,
        lastState={"terminated": {"exitCode": code, "reason": reason, **ended}},
    )


def unschedulable(message: str, **spec: Any) -> Json:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    return pod(
        spec={"containers": [{"name": "api", "image": "r/api:2"}], **spec}, phase="Pending", conditions=[condition]
    )


GPU = {"containers": [{"name": "api", "resources": {"requests": {"nvidia.com/gpu": "1", "cpu": "1"}}}]}
RUNNING = pod(phase="Running", containerStatuses=[container({"running": {}})])
PULL = (
    'Failed to pull image "r/api:2": rpc error: code = NotFound desc = failed to pull and unpack image "r/api:2": '
    'failed to resolve reference "r/api:2": r/api:2: not found'
)

CASES: dict[str, tuple[Json, list[Json], str, str, float]] = {
    "crash": (
        crashed(1, 1),
        [],
        "crash_loop",
        "container api crashes again and again (exit code 1, 1 restarts)",
        math.inf,
    ),
    "crash, often": (crashed(2, 3), [], "crash_loop", "(exit code 2, 3 restarts)", 0),
    "crash, seen while it ended": (
        pod(phase="Running", containerStatuses=[container({"terminated": {"exitCode": 1}}, restartCount=1)]),
        [],
        "crash_loop",
        "exit code 1",
        math.inf,
    ),
    "out of memory": (crashed(137, 3, "OOMKilled"), [], "crash_loop", "raise it", 0),
    "no such command": (crashed(127, 3), [], "crash_loop", "the image has no such command", 0),
    "not executable": (crashed(126, 3), [], "crash_loop", "cannot be executed", 0),
    "ended by its liveness probe": (
        crashed(137, 3),
        [warning("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500")],
        "crash_loop",
        "it is ended because its liveness probe fails: HTTP probe failed with statuscode: 500",
        0,
    ),
    "init container crashes": (
        pod(
            phase="Pending",
            initContainerStatuses=[
                {
                    "name": "model-cache",
                    "restartCount": 4,
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": {"terminated": {"exitCode": 3}},
                }
            ],
            containerStatuses=[container({"waiting": {"reason": "PodInitializing"}})],
        ),
        [],
        "crash_loop",
        "container model-cache crashes again and again (exit code 3, 4 restarts)",
        0,
    ),
    "image is not there": (
        waiting("ImagePullBackOff", 'Back-off pulling image "r/api:2"'),
        [warning("BackOff", 'Back-off pulling image "r/api:2"', "2026-11-28T10:00:09Z"), warning("Failed", PULL)],
        "image_pull",
        "the image r/api:2 cannot be pulled: r/api:2: not found, push it, or correct image in service_definitions",
        30,
    ),
    "image, told by the container": (
        waiting("ImagePullBackOff", f'Back-off pulling image "r/api:2": ErrImagePull: {PULL}'),
        [],
        "image_pull",
        "cannot be pulled: r/api:2: not found, push it",
        30,
    ),
    "registry refuses": (
        waiting("ErrImagePull", 'failed to pull and unpack image "r/api:2": 401 Unauthorized'),
        [],
        "image_pull",
        "cannot be pulled: 401 Unauthorized, give the nodes access to the registry, or name image.pull_secrets",
        30,
    ),
    "registry is away": (
        waiting("ErrImagePull", 'failed to pull image "r/api:2": dial tcp: lookup r: no such host'),
        [],
        "image_pull",
        "the registry cannot be reached from the nodes",
        30,
    ),
    "the name of the image is no answer": (
        pod(
            phase="Pending",
            containerStatuses=[
                {
                    **container(
                        {"waiting": {"reason": "ErrImagePull", "message": "pull r/denied:403: r/denied:403: not found"}}
                    ),
                    "image": "r/denied:403",
                }
            ],
        ),
        [],
        "image_pull",
        "not found, push it",
        30,
    ),
    "nothing is told of the image": (
        waiting("ImagePullBackOff"),
        [warning("Failed", "Error: ImagePullBackOff")],
        "image_pull",
        "the image r/api:2 cannot be pulled",
        30,
    ),
    "no name of an image": (
        waiting("InvalidImageName", 'couldn\'t parse image name "r/API:2"'),
        [],
        "image_pull",
        "this is no name of an image, correct image in service_definitions",
        0,
    ),
    "secret is missing": (
        waiting("CreateContainerConfigError", 'secret "database-secret" not found'),
        [],
        "config",
        'container api cannot be made: secret "database-secret" not found, create what is missing',
        30,
    ),
    "key is missing": (
        waiting("CreateContainerConfigError", "couldn't find key url in Secret services/database-secret"),
        [],
        "config",
        "couldn't find key url in Secret services/database-secret",
        30,
    ),
    "volume": (
        pod(phase="Pending", containerStatuses=[container({"waiting": {"reason": "ContainerCreating"}})]),
        [warning("FailedMount", 'MountVolume.SetUp failed for volume "models": timed out')],
        "volume",
        "a volume of pod api-1 cannot be mounted: MountVolume.SetUp failed",
        math.inf,
    ),
    "readiness": (
        RUNNING,
        [
            warning("Unhealthy", "Readiness probe failed: dial tcp: connection refused", "2026-11-28T10:00:00Z"),
            warning(
                "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", "2026-11-28T10:00:05Z"
            ),
            warning("Unhealthy", "Readiness probe failed: of another", "2026-11-28T10:00:09Z", about="other-1"),
        ],
        "not_ready",
        "container api runs, but its readiness probe fails: HTTP probe failed with statuscode: 503",
        math.inf,
    ),
    "readiness, in silence": (RUNNING, [], "not_ready", "has not succeeded yet", math.inf),
    "starting": (pod(phase="Pending"), [], "starting", "pod api-1 is Pending, not ready", math.inf),
    "no GPU": (
        unschedulable("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.", **GPU),
        [],
        "unschedulable_gpu",
        "it asks for 1 nvidia.com/gpu, and none of 3 nodes is a GPU node that it may use",
        30,
    ),
    "no CPU": (
        unschedulable("0/3 nodes are available: 3 Insufficient cpu."),
        [],
        "unschedulable",
        "cpu free (3 of 3 lack it)",
        30,
    ),
}


@pytest.mark.parametrize(("one", "events", "kind", "sentence", "grace"), CASES.values(), ids=CASES)
def test_a_cause_is_told(one: Json, events: list[Json], kind: str, sentence: str, grace: float) -> None:
    found = diagnose([one], events, WORKLOAD, nodes_grow=False)
    assert found is not None
    assert (found.kind, found.grace) == (kind, grace)
    assert sentence in found.sentence
    assert "\n" not in found.sentence


def test_every_kind_has_a_rank_and_a_case() -> None:
    assert {kind for _, _, kind, _, _ in CASES.values()} | {"refused"} == set(RANK)


def test_a_crash_is_told_with_the_place_of_its_last_words() -> None:
    found = diagnose([crashed(1, 3)], [], WORKLOAD, nodes_grow=False)
    assert found is not None
    assert (found.pod, found.container) == ("api-1", "api")


def test_of_many_pods_the_worst_is_told() -> None:
    bad = {**crashed(1, 3), "metadata": {"name": "api-9"}}
    found = diagnose([pod(phase="Pending"), RUNNING, bad], [], WORKLOAD, nodes_grow=False)
    assert found is not None
    assert found.kind == "crash_loop"


def test_nothing_is_told_of_pods_that_are_ready() -> None:
    ready = pod(phase="Running", conditions=[{"type": "Ready", "status": "True"}])
    assert diagnose([ready], [], WORKLOAD, nodes_grow=False) is None


def failing(message: str) -> Json:
    condition = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}
    return {**WORKLOAD, "status": {"conditions": [condition]}}


QUOTA = (
    'pods "api-1" is forbidden: exceeded quota: team, requested: pods=1,requests.cpu=2, used: pods=9,requests.cpu=3, '
    "limited: pods=10,requests.cpu=4"
)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            QUOTA,
            "the quota team refuses a further pod (1 pods where 9 of 10 are used, 2 requests.cpu where 3 of 4 are "
            "used), ask for less or raise the team's quota",
        ),
        (
            'pods "api-1" is forbidden: violates PodSecurity "restricted:latest": privileged',
            'the API server refuses its pods: violates PodSecurity "restricted:latest": privileged',
        ),
        (
            'admission webhook "validate.kyverno.svc" denied the request: no signature.',
            "the admission webhook validate.kyverno.svc refuses its pods: no signature",
        ),
        ("anything else", "the API server refuses its pods: anything else"),
    ],
)
def test_refused_pods(message: str, sentence: str) -> None:
    found = diagnose([], [], failing(message), nodes_grow=False)
    assert found is not None
    assert (found.kind, found.sentence, found.grace) == ("refused", sentence, 30)


def test_refused_pods_of_a_stateful_set_are_told_by_events() -> None:
    about = {"involvedObject": {"kind": "StatefulSet", "name": "api"}}
    found = diagnose(
        [], [warning("FailedCreate", QUOTA, **about)], {**WORKLOAD, "kind": "StatefulSet"}, nodes_grow=False
    )
    assert found is not None
    assert found.kind == "refused"
    assert diagnose([], [warning("FailedCreate", QUOTA, **about)], WORKLOAD, nodes_grow=False) is None


def test_where_nodes_grow_one_waits_for_them() -> None:
    one = unschedulable("0/3 nodes are available: 3 Insufficient cpu.")
    found = diagnose([one], [], WORKLOAD, nodes_grow=True)
    assert found is not None
    assert found.grace == math.inf


def test_unless_the_one_who_adds_them_cannot() -> None:
    one = unschedulable("0/3 nodes are available: 3 Insufficient cpu.")
    said = warning("FailedScheduling", "incompatible with nodepool general", reportingComponent="karpenter")
    found = diagnose([one], [said], WORKLOAD, nodes_grow=True)
    assert found is not None
    assert found.grace == 60
    assert found.sentence.endswith("; no node is added for it: incompatible with nodepool general")
