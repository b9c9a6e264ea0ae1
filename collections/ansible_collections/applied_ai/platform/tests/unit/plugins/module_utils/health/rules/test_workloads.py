# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedWorkload,
    Severity,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import workloads
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    JUST_NOW,
    LONG_AGO,
    NOW,
    Json,
    pod,
    seen,
    snapshot,
    waiting,
    workload,
)


@pytest.mark.parametrize("kind", workloads.WORKLOAD_KINDS)
@pytest.mark.parametrize(
    ("want", "have", "generation", "text"),
    [
        (2, 2, 1, ""),
        (0, 0, 1, ""),
        (2, 1, 1, "1 of 2 pods available"),
        (2, 2, 2, "change not yet taken up"),
    ],
    ids=["ready", "scaled to nothing", "one short", "not observed"],
)
def test_workloads_ready(kind: str, want: int, have: int, generation: int, text: str) -> None:
    kinds = {workloads.WORKLOAD_KINDS[kind]: [workload("app", kind, want, have, generation)]}
    expected = [(f"{kind} services/app", text)] if text else []
    assert seen(workloads.workloads_ready(snapshot(**kinds), Expected(), NOW)) == expected


def test_a_deployment_without_a_number_wants_one_pod() -> None:
    broken = workload("app", have=0)
    del broken["spec"]["replicas"]
    outcome = workloads.workloads_ready(snapshot(deployments=[broken]), Expected(), NOW)
    assert seen(outcome) == [("Deployment services/app", "0 of 1 pods available")]


@pytest.mark.parametrize(
    ("have", "name", "severity"),
    [(0, "app", Severity.CRITICAL), (1, "app", Severity.MAJOR), (0, "other", Severity.MAJOR)],
    ids=["expected and down", "expected and short", "not named"],
)
def test_an_expected_workload_that_is_down_is_critical(have: int, name: str, severity: Severity) -> None:
    expected = Expected(workloads=(ExpectedWorkload("Deployment", "services", name),))
    kinds = {"deployments": [workload("app", have=have), workload("other")]}
    findings = workloads.workloads_ready(snapshot(**kinds), expected, NOW).findings
    assert [finding.severity for finding in findings] == [severity]


def test_a_missing_workload_is_critical() -> None:
    expected = Expected(workloads=(ExpectedWorkload("DaemonSet", "services", "app"),))
    outcome = workloads.workloads_ready(snapshot(deployments=[workload("app")]), expected, NOW)
    assert seen(outcome) == [("DaemonSet services/app", "missing")]
    assert outcome.findings[0].severity is Severity.CRITICAL


ROLLS = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}
GAVE_UP = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}


def available(status: str, since: str = LONG_AGO) -> Json:
    return {"type": "Available", "status": status, "lastTransitionTime": since}


def short(kind: str = "Deployment", have: int = 1, *, changed: Json | None = None, conditions: Any = ()) -> Json:
    one = workload("app", kind, 2, have)
    one["metadata"]["managedFields"] = [changed] if changed else []
    one["status"]["conditions"] = list(conditions)
    return one


def of(kind: str, one: Json) -> Json:
    if kind != "Deployment":
        one["metadata"]["ownerReferences"] = [{"kind": kind, "name": "app"}]
    return one


STARTS, ENDS = pod("Pending", created=JUST_NOW), pod()
ENDS["metadata"]["deletionTimestamp"] = JUST_NOW
CRASHES = pod(created=JUST_NOW, containerStatuses=[waiting("CrashLoopBackOff")])
READY = pod(created=JUST_NOW, conditions=[{"type": "Ready", "status": "True"}])
OVERDUE = pod()
OVERDUE["metadata"]["deletionTimestamp"] = LONG_AGO
CHANGE, REPORT = {"time": JUST_NOW}, {"time": JUST_NOW, "subresource": "status"}


@pytest.mark.parametrize(
    ("one", "pods", "fine"),
    [
        (short(), [], False),
        (short(), [STARTS], True),
        (short(), [ENDS], True),
        (short(), [pod("Pending")], False),
        (short(), [pod("Failed", created=JUST_NOW)], False),
        (short(), [CRASHES], False),
        (short(), [READY], False),
        (short(), [OVERDUE], False),
        (short(have=0), [STARTS], False),
        (short(changed=CHANGE), [], True),
        (short(changed=REPORT), [], False),
        (short(changed={"time": LONG_AGO}), [], False),
        (short(conditions=[available("True"), ROLLS]), [], True),
        (short(conditions=[available("False"), ROLLS]), [], False),
        (short(conditions=[available("False")]), [STARTS], False),
        (short(conditions=[available("False", JUST_NOW)]), [STARTS], True),
        (short(conditions=[GAVE_UP]), [STARTS], False),
        (short(have=2, conditions=[available("True"), GAVE_UP]), [], False),
        (short("StatefulSet", 0), [of("StatefulSet", pod("Pending", created=JUST_NOW))], True),
        (short("DaemonSet"), [of("DaemonSet", pod("Pending", created=JUST_NOW))], True),
    ],
)
def test_what_a_change_that_goes_well_lacks_is_not_told(one: Json, pods: list[Json], fine: bool) -> None:
    kind = next(kind for kind, field in FIELDS.items() if field in one["status"])
    kinds = {workloads.WORKLOAD_KINDS[kind]: [one], "pods": pods}
    assert (not workloads.workloads_ready(snapshot(**kinds), Expected(), NOW).findings) is fine


def test_a_rollout_that_was_given_up_is_told_with_its_reason() -> None:
    given_up = short(have=2, conditions=[available("True"), GAVE_UP])
    outcome = workloads.workloads_ready(snapshot(deployments=[given_up]), Expected(), NOW)
    assert seen(outcome) == [("Deployment services/app", "2 of 2 pods available: timed out")]


def test_a_rollout_that_was_given_up_is_so_since_then_and_not_since_its_old_pods_came() -> None:
    given_up = short(have=2, conditions=[available("True", LONG_AGO), {**GAVE_UP, "lastTransitionTime": JUST_NOW}])
    (finding,) = workloads.workloads_ready(snapshot(deployments=[given_up]), Expected(), NOW).findings
    assert finding.since == JUST_NOW


FIELDS = {"Deployment": "availableReplicas", "StatefulSet": "readyReplicas", "DaemonSet": "numberAvailable"}
UNSCHEDULED = {
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
            "lastTransitionTime": LONG_AGO,
        }
    ]
}


OOM = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": LONG_AGO}


PODS = {
    "running": (pod(), ""),
    "finished": (pod("Succeeded"), ""),
    "pending for a moment": (pod("Pending", created=JUST_NOW, **UNSCHEDULED), ""),
    "starting": (pod(containerStatuses=[waiting("ContainerCreating")]), ""),
    "unschedulable": (
        pod("Pending", **UNSCHEDULED),
        "1 pod Unschedulable: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
    ),
    "pending for long": (pod("Pending"), "1 pod Pending"),
    "crash": (
        pod(containerStatuses=[waiting("CrashLoopBackOff", {"reason": "Error", "exitCode": 1})]),
        "1 pod CrashLoopBackOff: container app ended with Error, exit code 1",
    ),
    "crash just created": (
        pod("Pending", created=JUST_NOW, containerStatuses=[waiting("ImagePullBackOff", message="not found")]),
        "1 pod ImagePullBackOff: not found",
    ),
    "out of memory": (
        pod(containerStatuses=[waiting("CrashLoopBackOff", OOM)]),
        "1 pod OOMKilled: container app ended with OOMKilled, exit code 137",
    ),
    "init container": (
        pod("Pending", initContainerStatuses=[waiting("CreateContainerConfigError", message='secret "x" not found')]),
        '1 pod CreateContainerConfigError: secret "x" not found',
    ),
    "evicted": (pod("Failed", reason="Evicted", message="disk"), "1 pod Evicted: disk"),
    "no status": ({"metadata": {"name": "x", "namespace": "services"}}, "1 pod Unknown"),
}


@pytest.mark.parametrize(("sick", "text"), PODS.values(), ids=PODS)
def test_pods_settled_tells_the_real_reason(sick: Json, text: str) -> None:
    findings = workloads.pods_settled(snapshot(pods=[pod(owner="other-1"), sick]), Expected(), NOW).findings
    assert [finding.seen for finding in findings] == ([text] if text else [])


@pytest.mark.parametrize(("ended", "count"), [(JUST_NOW, 0), (LONG_AGO, 1)], ids=["just now", "hangs"])
def test_a_pod_that_does_not_end(ended: str, count: int) -> None:
    ending = pod()
    ending["metadata"]["deletionTimestamp"] = ended
    assert len(workloads.pods_settled(snapshot(pods=[ending]), Expected(), NOW).findings) == count


def test_pods_of_one_owner_and_reason_are_one_finding_with_the_oldest_time() -> None:
    crashes = [
        pod(containerStatuses=[waiting("CrashLoopBackOff", {"reason": "Error", "exitCode": 1, "finishedAt": time})])
        for time in ("2026-11-23T11:30:00Z", "2026-11-23T11:10:00Z", "2026-11-23T11:20:00Z")
    ]
    (finding,) = workloads.pods_settled(snapshot(pods=crashes), Expected(), NOW).findings
    assert finding.subject == "Deployment services/app"
    assert finding.seen.startswith("3 pods CrashLoopBackOff")
    assert finding.since == "2026-11-23T11:10:00Z"
    assert "kubectl logs --previous" in finding.advice


def hpa(*conditions: tuple[str, str, str]) -> Json:
    return {
        "metadata": {"name": "app", "namespace": "services"},
        "status": {
            "conditions": [
                {"type": kind, "status": status, "reason": reason, "message": "m"}
                for kind, status, reason in conditions
            ]
        },
    }


ABLE, ACTIVE = ("AbleToScale", "True", "Ready"), ("ScalingActive", "True", "Valid")


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ((ABLE, ACTIVE), ""),
        ((ABLE, ("ScalingActive", "False", "ScalingDisabled")), ""),
        ((ABLE, ("ScalingActive", "False", "FailedGetResourceMetric")), "FailedGetResourceMetric: m"),
        ((ABLE, ("ScalingActive", "Unknown", "Odd")), "Odd: m"),
        ((("AbleToScale", "False", "FailedGetScale"),), "FailedGetScale: m"),
        ((ABLE,), "NotReconciled: condition ScalingActive is not there yet"),
        ((), "NotReconciled: condition AbleToScale is not there yet"),
    ],
)
def test_hpas_see_metrics(conditions: tuple[tuple[str, str, str], ...], text: str) -> None:
    outcome = workloads.hpas_see_metrics(snapshot(hpas=[hpa(*conditions)]), Expected(), NOW)
    assert [finding.seen for finding in outcome.findings] == ([text] if text else [])


def test_a_new_autoscaler_has_no_metrics_at_first() -> None:
    new, old = hpa(), hpa()
    new["metadata"]["creationTimestamp"], old["metadata"]["creationTimestamp"] = JUST_NOW, LONG_AGO
    outcome = workloads.hpas_see_metrics(snapshot(hpas=[new]), Expected(), NOW)
    assert seen(outcome) == []
    outcome = workloads.hpas_see_metrics(snapshot(hpas=[old]), Expected(), NOW)
    assert len(outcome.findings) == 1


def test_a_workload_says_why_it_gets_no_more_pods() -> None:
    for kind, status in (("ReplicaFailure", "True"), ("Progressing", "False")):
        broken = workload("app", have=1)
        broken["status"]["conditions"] = [{"type": kind, "status": status, "message": "exceeded quota: q"}]
        outcome = workloads.workloads_ready(snapshot(deployments=[broken]), Expected(), NOW)
        assert seen(outcome) == [("Deployment services/app", "1 of 2 pods available: exceeded quota: q")]


def test_a_pod_that_waits_for_its_turn_is_not_told() -> None:
    gated = {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}
    assert workloads.pods_settled(snapshot(pods=[pod("Pending", **gated)]), Expected(), NOW).findings == ()


def test_a_failed_pod_of_a_job_is_the_jobs_affair() -> None:
    failed = pod("Failed", reason="Error")
    failed["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "j"}]
    assert workloads.pods_settled(snapshot(pods=[failed]), Expected(), NOW).findings == ()


def test_an_unschedulable_pod_comes_with_the_advice_for_its_cause() -> None:
    (finding,) = workloads.pods_settled(snapshot(pods=[pod("Pending", **UNSCHEDULED)]), Expected(), NOW).findings
    assert "gpus_advertised" in finding.advice


def job(name: str, end: str, time: str, cron: str = "") -> Json:
    owners = [{"kind": "CronJob", "name": cron}] if cron else []
    conditions = [{"type": end, "status": "True", "message": "BackoffLimitExceeded", "lastTransitionTime": time}]
    meta = {"namespace": "n", "name": name, "ownerReferences": owners}
    return {"metadata": meta, "status": {"conditions": conditions if end else []}}


def cronjob(suspend: bool = False) -> Json:
    status = {"lastSuccessfulTime": "2026-11-22T00:00:00Z"}
    return {"metadata": {"namespace": "n", "name": "c"}, "spec": {"suspend": suspend}, "status": status}


FAILED_RUN = "last run failed: BackoffLimitExceeded; last success 2026-11-22T00:00:00Z"


@pytest.mark.parametrize(
    ("cronjobs", "jobs", "findings"),
    [
        ([cronjob()], [job("1", "Complete", LONG_AGO, "c")], []),
        ([cronjob()], [job("1", "Failed", LONG_AGO, "c"), job("2", "Complete", JUST_NOW, "c")], []),
        (
            [cronjob()],
            [job("2", "Complete", LONG_AGO, "c"), job("1", "Failed", JUST_NOW, "c")],
            [("CronJob n/c", FAILED_RUN)],
        ),
        ([cronjob()], [job("1", "Failed", LONG_AGO, "c"), job("2", "", "", "c")], [("CronJob n/c", FAILED_RUN)]),
        ([cronjob(suspend=True)], [job("1", "Failed", LONG_AGO, "c")], []),
        ([], [job("1", "Failed", LONG_AGO)], [("Job n/1", "failed: BackoffLimitExceeded")]),
        ([], [job("1", "", "")], []),
    ],
    ids=["well", "well again", "failed now", "runs again", "suspended", "on its own", "runs"],
)
def test_jobs_succeed(cronjobs: list[Json], jobs: list[Json], findings: list[tuple[str, str]]) -> None:
    assert seen(workloads.jobs_succeed(snapshot(cronjobs=cronjobs, jobs=jobs), Expected(), NOW)) == findings
