# SPDX-License-Identifier: Apache-2.0
"""When a service counts as running, how long is waited for it, and when that is hopeless."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.service import rollout
from ansible_collections.applied_ai.platform.plugins.module_utils.service.rollout import Limits, Wanted

WANTED = Wanted("x", "services", 2, True)
OF_RELEASE = {"meta.helm.sh/release-name": "x", "meta.helm.sh/release-namespace": "services"}
DEPLOYMENT = {
    "metadata": {
        "name": "x",
        "namespace": "services",
        "generation": 3,
        "uid": "d",
        "annotations": {**OF_RELEASE, rollout.REVISION: "7"},
    },
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "x", "track": "stable"}}},
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


def replica_set(mark, revision):
    return {
        "metadata": {
            "name": f"x-{mark}",
            "labels": {"pod-template-hash": mark},
            "annotations": {rollout.REVISION: revision},
            "ownerReferences": [{"uid": "d"}],
        }
    }


def crashing(mark, restarts):
    ended = {"terminated": {"exitCode": 1}}
    state = {
        "name": "x",
        "ready": False,
        "restartCount": restarts,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }
    return {
        "metadata": {"name": f"x-{mark}-1", "labels": {"pod-template-hash": mark}},
        "spec": {"containers": [{"name": "x"}]},
        "status": {"phase": "Running", "containerStatuses": [{**state, "lastState": ended}]},
    }


LATE = changed(DEPLOYMENT, "status.availableReplicas", 1)


class Reader:
    """Answers each round with the next of its states, objects by path; an error is raised."""

    def __init__(self, *states):
        self.states = list(states)
        self.rounds = 0

    def items(self, path, **query):
        if path.endswith("/deployments"):
            assert query == {"labelSelector": rollout.SELECTOR}
            self.rounds += 1
            self.current = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(self.current, Exception):
            raise self.current
        return next((found for name, found in self.current.items() if path.endswith(f"/{name}")), [])


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def state(deployment=DEPLOYMENT, autoscaler=AUTOSCALER, **more):
    return {"deployments": [deployment], "horizontalpodautoscalers": [autoscaler], **more}


def waited(reader, wanted=WANTED, limits=None, **more):
    clock = Clock()
    states = rollout.wait(reader, [wanted], limits or Limits(60, 20), clock=clock, sleep=clock.sleep, **more)
    return states[0], clock.now


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
    reader = Reader(state(changed(DEPLOYMENT, "spec.replicas", 1)), KubeError("refused"), state())
    found, seconds = waited(reader)
    assert found.as_dict() == {
        "name": "x",
        "namespace": "services",
        "state": "ready",
        "available": 2,
        "utilisation": {"cpu": 0, "memory": 50},
        "kind": "",
        "reason": "",
        "since": 0.0,
    }
    assert (reader.rounds, seconds) == (3, 4.0)


def test_what_is_not_there_is_told():
    found, _ = waited(Reader({}), limits=Limits(0))
    assert (found.state, found.as_dict()["reason"]) == ("failed", "its Deployment does not exist")


def test_no_service_is_waited_for_at_once():
    clock = Clock()
    assert rollout.wait(Reader({}), [], Limits(60), clock=clock, sleep=clock.sleep) == []


def test_other_releases_are_not_looked_at():
    other = changed(LATE, "metadata.annotations", {**OF_RELEASE, "meta.helm.sh/release-name": "y"})
    found, _ = waited(Reader({"deployments": [other, DEPLOYMENT], "horizontalpodautoscalers": [AUTOSCALER]}))
    assert found.state == "ready"


def test_a_canary_is_waited_for_and_is_not_the_service():
    canary = changed(LATE, "spec.selector.matchLabels", {"app": "x", "track": "canary"})
    canary["metadata"]["name"] = "x-canary"
    found, seconds = waited(Reader({**state(), "deployments": [DEPLOYMENT, canary]}))
    assert (found.state, seconds) == ("failed", 60)
    assert found.as_dict()["reason"] == "Deployment x-canary: 1 of 2 replicas are available"
    assert found.seen.available == 2


def test_a_stateful_set_is_a_service():
    one = changed(
        DEPLOYMENT,
        "status",
        {"observedGeneration": 3, "readyReplicas": 2, "updateRevision": "r", "currentRevision": "r"},
    )
    found, _ = waited(Reader({"statefulsets": [one]}), Wanted("x", "services", 2, False))
    assert (found.state, found.seen.available) == ("ready", 2)


def test_a_job_that_failed_is_not_waited_for():
    job = {"metadata": {"name": "x-models", "annotations": OF_RELEASE}, "spec": {}}
    job["status"] = {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}
    found, seconds = waited(Reader(state(jobs=[job])))
    assert (found.state, seconds) == ("failed", 0)
    assert found.as_dict()["reason"] == "Job x-models: it failed: BackoffLimitExceeded"


def test_pods_that_are_late_fail_in_time():
    found, seconds = waited(Reader(state(LATE)))
    assert (found.state, seconds) == ("failed", 60)
    assert found.as_dict()["reason"] == "Deployment x: 1 of 2 replicas are available"


def test_metrics_have_a_time_of_their_own():
    late = state(autoscaler=changed(AUTOSCALER, "status", None))
    found, seconds = waited(Reader(state(LATE), state(LATE), late))
    assert (found.state, seconds) == ("failed", 24)
    assert found.as_dict()["kind"] == "no_metrics"


def test_a_crash_is_hopeless_and_its_last_words_are_told():
    reader = Reader(state(LATE, pods=[crashing("new", 3)], replicasets=[replica_set("new", "7")]))
    found, seconds = waited(reader)
    assert (found.state, found.as_dict()["kind"], seconds) == ("failed", "crash_loop", 0)
    asked = []
    told = rollout.with_last_words([found], lambda *place: asked.append(place) or "start\n  boom\n\n")
    assert asked == [("services", "x-new-1", "x")]
    assert told[0].as_dict()["reason"].endswith("(exit code 1, 3 restarts); its last line is: boom")
    assert rollout.with_last_words([found], lambda *_: "")[0].as_dict() == found.as_dict()


def test_pods_of_an_older_version_are_no_reason_to_give_up():
    sets = [replica_set("old", "6"), replica_set("new", "7")]
    reader = Reader(state(LATE, pods=[crashing("old", 9)], replicasets=sets), state())
    assert waited(reader)[0].state == "ready"


def test_before_the_controller_has_seen_it_no_pod_is_of_the_new_version():
    unseen = changed(LATE, "metadata.generation", 4)
    reader = Reader(state(unseen, pods=[crashing("new", 9)], replicasets=[replica_set("new", "7")]), state())
    assert waited(reader)[0].state == "ready"


def pulling():
    one = crashing("new", 0)
    one["status"] = {
        "phase": "Pending",
        "containerStatuses": [{"name": "x", "state": {"waiting": {"reason": "ImagePullBackOff"}}}],
    }
    return state(LATE, pods=[one], replicasets=[replica_set("new", "7")])


def test_an_image_that_cannot_be_pulled_gets_thirty_seconds():
    found, seconds = waited(Reader(pulling()))
    assert (found.state, found.as_dict()["kind"], seconds) == ("failed", "image_pull", 30)


def test_a_trouble_that_ends_starts_anew():
    """Twenty seconds twice are not forty."""
    reader = Reader(*[pulling()] * 10, state(LATE), *[pulling()] * 10, state())
    assert waited(reader)[0].state == "ready"


def test_a_wait_goes_on_where_another_stopped():
    first, seconds = waited(Reader(pulling()), at_most=10)
    assert (first.state, seconds) == ("waiting", 10)
    before = {("services", "x"): (first.as_dict()["kind"], first.since)}
    second, more = waited(Reader(pulling()), before=before, waited=seconds)
    assert (second.state, seconds + more) == ("failed", 30)


def test_a_deadline_of_kubernetes_ends_the_wait():
    late = copy.deepcopy(pulling())
    condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "late"}
    late["deployments"][0]["status"]["conditions"] = [condition]
    assert waited(Reader(late))[1] == 0


def test_where_pods_cannot_be_listed_the_workload_speaks():
    class Blind(Reader):
        def items(self, path, **query):
            if "/pods" in path:
                raise KubeError("forbidden")
            return super().items(path, **query)

    assert waited(Blind(state(LATE)))[0].as_dict()["reason"] == "Deployment x: 1 of 2 replicas are available"


def test_a_dead_api_is_told_at_the_end():
    with pytest.raises(KubeError, match="refused"):
        waited(Reader(KubeError("refused")))
    with pytest.raises(KubeError, match="refused"):
        waited(Reader(KubeError("refused")), at_most=5)


def test_without_autoscaler_none_is_looked_for():
    found, _ = waited(Reader({"deployments": [DEPLOYMENT]}), Wanted("x", "services", 2, False))
    assert (found.state, dict(found.seen.utilisation)) == ("ready", {})


def test_zero_replicas_can_be_wanted():
    none = changed(changed(DEPLOYMENT, "spec.replicas", 0), "status", {"observedGeneration": 3})
    assert waited(Reader({"deployments": [none]}), Wanted("x", "services", 0, False))[0].state == "ready"
