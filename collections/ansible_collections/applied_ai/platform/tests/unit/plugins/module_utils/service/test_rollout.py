# SPDX-License-Identifier: Apache-2.0
"""When a service counts as running, and how long is waited for it."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.service import rollout
from ansible_collections.applied_ai.platform.plugins.module_utils.service.rollout import Wanted

WANTED = Wanted("x", "services", 2, True)
DEPLOYMENT = {
    "metadata": {"name": "x", "namespace": "services", "generation": 3},
    "spec": {"replicas": 2},
    "status": {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
}
AUTOSCALER = {
    "metadata": {"name": "x-hpa", "namespace": "services"},
    "spec": {
        "scaleTargetRef": {"name": "x"},
        "metrics": [{"type": "Resource", "resource": {"name": name}} for name in ("cpu", "memory")],
    },
    "status": {
        "conditions": [{"type": "ScalingActive", "status": "True"}],
        "currentMetrics": [
            {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 0}}},
            {"type": "Resource", "resource": {"name": "memory", "current": {"averageUtilization": 50}}},
        ],
    },
}


def changed(base, path, value):
    result = copy.deepcopy(base)
    *parents, last = path.split(".")
    node = result
    for key in parents:
        node = node[key]
    node[last] = value
    return result


class Reader:
    """Answers each round with the next of its states; an error is raised."""

    def __init__(self, *states):
        self.states = list(states)
        self.calls = 0

    def items(self, path, **query):
        assert query == {"labelSelector": rollout.SELECTOR}
        if path == rollout.DEPLOYMENTS:
            self.current = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            self.calls += 1
        if isinstance(self.current, Exception):
            raise self.current
        return [self.current[0 if path == rollout.DEPLOYMENTS else 1]]


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("status.observedGeneration", 2, "has not been seen by its controller yet"),
        ("status", None, "has not been seen by its controller yet"),
        ("spec.replicas", 1, "it is at 1 replicas, 2 are wanted"),
        ("status.availableReplicas", None, "0 of 2 replicas are available, 2 of the current version"),
        ("status.updatedReplicas", 1, "2 of 2 replicas are available, 1 of the current version"),
        ("status.replicas", 3, "pods of an older version are still there"),
    ],
)
def test_a_deployment_that_is_not_there_yet(path, value, expected):
    assert expected in rollout.rollout_finding(changed(DEPLOYMENT, path, value), WANTED)


def test_a_deployment_that_is():
    assert rollout.rollout_finding(DEPLOYMENT, WANTED) == ""
    assert rollout.rollout_finding(None, WANTED) == "its Deployment does not exist"


def test_zero_replicas_can_be_wanted():
    deployment = changed(changed(DEPLOYMENT, "spec.replicas", 0), "status", {"observedGeneration": 3})
    assert rollout.rollout_finding(deployment, Wanted("x", "services", 0, False)) == ""


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("status", None, "sees no metrics (nothing reported yet)"),
        (
            "status.conditions",
            [{"type": "ScalingActive", "status": "False", "message": "unable to get\n metrics"}],
            "sees no metrics (unable to get metrics)",
        ),
        ("status.currentMetrics", None, "sees no cpu and no memory"),
        ("status.currentMetrics", [AUTOSCALER["status"]["currentMetrics"][1]], "sees no cpu"),
        (
            "status.currentMetrics",
            [AUTOSCALER["status"]["currentMetrics"][0], {"type": "Resource", "resource": {"name": "memory"}}],
            "sees no memory",
        ),
    ],
)
def test_an_autoscaler_without_metrics(path, value, expected):
    assert expected in rollout.autoscaler_finding(changed(AUTOSCALER, path, value))


def test_an_autoscaler_with_metrics():
    """Zero per cent is a value."""
    assert rollout.autoscaler_finding(AUTOSCALER) == ""
    assert rollout.autoscaler_finding(None) == "its HorizontalPodAutoscaler does not exist"


def test_waits_until_all_is_there():
    clock = Clock()
    reader = Reader(
        (changed(DEPLOYMENT, "spec.replicas", 1), AUTOSCALER), KubeError("refused"), (DEPLOYMENT, AUTOSCALER)
    )
    outcome = rollout.wait(reader, [WANTED], 60, clock=clock, sleep=clock.sleep)
    assert outcome.findings == []
    assert outcome.services == [
        {"name": "x", "namespace": "services", "available": 2, "utilisation": {"cpu": 0, "memory": 50}}
    ]
    assert (reader.calls, outcome.seconds) == (3, 2.0)


def test_gives_up_in_time_and_says_what_lacks():
    clock = Clock()
    reader = Reader((DEPLOYMENT, changed(AUTOSCALER, "status", None)))
    outcome = rollout.wait(reader, [WANTED], 5, clock=clock, sleep=clock.sleep)
    assert clock.now <= 5
    assert outcome.findings == [
        "service x in namespace services: its HorizontalPodAutoscaler sees no metrics (nothing reported yet)"
    ]


def test_zero_seconds_look_once():
    clock = Clock()
    reader = Reader((DEPLOYMENT, changed(AUTOSCALER, "status", None)))
    assert rollout.wait(reader, [WANTED], 0, clock=clock, sleep=clock.sleep).findings
    assert reader.calls == 1


def test_a_dead_api_is_told_at_the_end():
    clock = Clock()
    with pytest.raises(KubeError, match="refused"):
        rollout.wait(Reader(KubeError("refused")), [WANTED], 3, clock=clock, sleep=clock.sleep)


def test_without_autoscaler_none_is_looked_for():
    reader = Reader((DEPLOYMENT, {"metadata": {"namespace": "other"}, "spec": {"scaleTargetRef": {"name": "y"}}}))
    services, findings = rollout.look(reader, [Wanted("x", "services", 2, False)])
    assert findings == []
    assert services[0]["utilisation"] == {}
