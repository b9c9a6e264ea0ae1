# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedService,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import services
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.policy import SERVICE
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    NOW,
    Json,
    pod,
    told,
    workload,
)

EXPECTED = Expected(services=(ExpectedService("app", "services"),))
KINDS = ("deployments", "daemonsets", "statefulsets", "endpoints", "pods", "usage", "probes")


def snapshot(**kinds: list[Json]) -> Snapshot:
    return Snapshot("v1.36.3", {**{kind: [] for kind in KINDS}, **kinds})


def rolled(have: int = 2, updated: int = 2, generation: int = 1) -> Json:
    one = workload("app", have=have, generation=generation)
    one["status"]["updatedReplicas"] = updated
    return one


@pytest.mark.parametrize(
    ("deployments", "findings"),
    [
        ([rolled()], []),
        ([], [("missing", "critical")]),
        ([rolled(have=0)], [("0 of 2 pods available", "critical")]),
        ([rolled(have=1)], [("1 of 2 pods available", "major")]),
        ([rolled(updated=1)], [("1 of 2 pods are of the last version", "major")]),
        ([rolled(generation=2)], [("change not yet taken up", "major")]),
    ],
)
def test_services_rolled_out(deployments: list[Json], findings: list[tuple[str, str]]) -> None:
    outcome = services.services_rolled_out(snapshot(deployments=deployments), EXPECTED, NOW)
    assert [(seen, severity) for _subject, seen, severity in told(outcome)] == findings


@pytest.mark.parametrize("lacks", [{"have": 1}, {"updated": 1}, {"generation": 2}])
def test_a_rollout_that_goes_well_is_not_told(lacks: dict[str, int]) -> None:
    one = rolled(**lacks)
    one["metadata"]["managedFields"] = [{"time": "2026-11-23T11:59:50Z"}]
    assert told(services.services_rolled_out(snapshot(deployments=[one]), EXPECTED, NOW)) == []


def test_a_rollout_that_was_given_up_is_told() -> None:
    one = rolled()
    why = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
    one["status"]["conditions"] = [why]
    (found,) = told(services.services_rolled_out(snapshot(deployments=[one]), EXPECTED, NOW))
    assert found[1:] == ("2 of 2 pods are of the last version: timed out", "major")


def slices(name: str, ready: bool) -> Json:
    return {
        "metadata": {"namespace": "services", "labels": {SERVICE: name}},
        "endpoints": [{"conditions": {"ready": ready}}],
    }


@pytest.mark.parametrize(
    ("service", "endpoints", "count"),
    [
        ("", [slices("app", True)], 0),
        ("", [slices("app", False)], 1),
        ("", [], 1),
        ("front", [slices("app", True)], 1),
        ("front", [slices("front", True)], 0),
    ],
)
def test_services_have_endpoints(service: str, endpoints: list[Json], count: int) -> None:
    expected = Expected(services=(ExpectedService("app", "services", service=service),))
    assert len(services.services_have_endpoints(snapshot(endpoints=endpoints), expected, NOW).findings) == count


def restarted(reason: str, count: int, since: str = "2026-11-23T11:30:00Z", owner: str = "app-5d9") -> Json:
    last = {"reason": reason, "exitCode": 1, "finishedAt": since}
    return pod(
        owner=owner, containerStatuses=[{"name": "app", "restartCount": count, "lastState": {"terminated": last}}]
    )


@pytest.mark.parametrize(
    ("one", "seen"),
    [
        (pod(), ""),
        (restarted("OOMKilled", 1), "ran out of memory 30 min ago"),
        (restarted("OOMKilled", 1, "2026-11-21T11:00:00Z"), ""),
        (restarted("Error", 2), ""),
        (restarted("Error", 3), "restarted 3 times, last after Error, exit code 1"),
        (restarted("Error", 30, "2026-11-23T01:00:00Z"), ""),
        (restarted("OOMKilled", 1, owner="other-5d9"), ""),
    ],
)
def test_services_steady(one: Json, seen: str) -> None:
    outcome = services.services_steady(snapshot(pods=[one]), EXPECTED, NOW)
    text = f"container app of pod services/app-5d9-x {seen}"
    assert told(outcome) == ([("Deployment services/app", text, "")] if seen else [])


def measured(cpu: str, memory: str, limit: str | None = "1Gi") -> dict[str, list[Json]]:
    limits = {"memory": limit} if limit else {}
    one = {**pod(), "spec": {"containers": [{"resources": {"requests": {"cpu": "500m"}, "limits": limits}}]}}
    use = {"metadata": one["metadata"], "containers": [{"usage": {"cpu": cpu, "memory": memory}}]}
    return {"pods": [one], "usage": [use]}


@pytest.mark.parametrize(
    ("kinds", "findings"),
    [
        (measured("250m", "512Mi"), []),
        (measured("600m", "512Mi"), [("uses 120 % of the CPU it asks for, over 1 pod", "minor")]),
        (measured("1n", "973Mi"), [("pod services/app-5d9-x uses 95 % of its memory limit", "")]),
        (measured("1n", "973Mi", None), []),
        ({"pods": [pod()]}, []),
    ],
)
def test_services_have_room(kinds: dict[str, list[Json]], findings: list[tuple[str, str]]) -> None:
    outcome = services.services_have_room(snapshot(**kinds), EXPECTED, NOW)
    assert [(seen, severity) for _subject, seen, severity in told(outcome)] == findings


def answer(**given: Any) -> Json:
    base = {
        "service": "services/app",
        "url": "https://app",
        "status": 200,
        "error": "",
        "seconds": 0.1,
        "not_after": "",
    }
    return {**base, **given}


@pytest.mark.parametrize(
    ("probe", "findings"),
    [
        (answer(), []),
        (answer(status=302), []),
        (answer(status=503), [("answers 503", "critical")]),
        (answer(status=0, error="timed out"), [("no answer: timed out", "critical")]),
        (answer(seconds=2.5), [("answers after 2.5 s", "major")]),
        (answer(not_after="2026-11-25T12:00:00+00:00"), [("certificate ends in 2 d", "major")]),
        (answer(not_after="2027-11-25T12:00:00+00:00"), []),
    ],
)
def test_services_answer(probe: Json, findings: list[tuple[str, str]]) -> None:
    outcome = services.services_answer(snapshot(probes=[probe]), EXPECTED, NOW)
    assert [(seen, severity) for _subject, seen, severity in told(outcome)] == findings
    assert all(subject == "services/app at https://app" for subject, _seen, _severity in told(outcome))
