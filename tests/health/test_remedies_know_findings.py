# SPDX-License-Identifier: Apache-2.0
"""The words of the cluster's own rules are those by which remedies know their cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Expected, Outcome, Snapshot
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.accelerators import gpus_without_errors
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.policy import certificates_valid
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.workloads import (
    pods_settled,
    workloads_ready,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.cases import Proposal, proposals

Json = dict[str, Any]
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
EARLIER = "2026-11-28T10:00:00Z"


def seen(rule: Any, **kinds: list[Json]) -> Outcome:
    """Return what a rule says of these objects."""
    found: Outcome = rule(Snapshot("v1.36.0", kinds), Expected(), NOW)
    return found


def proposed(**outcomes: Outcome) -> list[Proposal]:
    """Return what remedies propose for the findings of these rules."""
    return proposals(
        [
            {"id": rule, "status": "failed", "severity": "major", **vars(finding)}
            for rule, outcome in outcomes.items()
            for finding in outcome.findings
        ]
    )


def named(name: str, **more: Any) -> Json:
    return {"namespace": "s", "name": name, "creationTimestamp": EARLIER, **more}


OWNED = {
    "ownerReferences": [{"kind": "ReplicaSet", "name": "app-5f", "controller": True}],
    "labels": {"pod-template-hash": "5f"},
}


def rolled(reason: str) -> Outcome:
    """Return what is said of a rollout that stands still."""
    conditions = [{"type": "Progressing", "status": "False", "reason": reason}]
    conditions[0]["message"] = f'ReplicaSet "app-5f" {"has timed out progressing." if "Deadline" in reason else reason}'
    status = {"observedGeneration": 1, "availableReplicas": 0, "conditions": conditions}
    app = {"metadata": named("app", generation=1), "spec": {"replicas": 2}, "status": status}
    return seen(workloads_ready, deployments=[app], daemonsets=[], statefulsets=[], pods=[])


def test_a_node_with_a_lost_gpu() -> None:
    series = {"metric": {"Hostname": "node-a", "gpu": "3"}, "value": 79.0}
    outcome = seen(gpus_without_errors, gpu_xid=[series], gpu_ecc=[], gpu_remap=[])
    (found,) = proposed(gpus_without_errors=outcome)
    assert (found.case, found.subject) == ("xid_node", "Node node-a")


def test_a_pod_that_does_not_end() -> None:
    pod = {"metadata": named("app-5f-x", deletionTimestamp=EARLIER, **OWNED), "status": {"phase": "Running"}}
    (found,) = proposed(pods_settled=seen(pods_settled, pods=[pod]))
    assert (found.case, found.target["reason"], found.since) == ("stuck_pod", "Terminating", EARLIER)
    assert found.target["owner"] == "Deployment s/app"


def test_a_pod_that_was_evicted() -> None:
    pod = {"metadata": named("app-5f-x", **OWNED), "status": {"phase": "Failed", "reason": "Evicted"}}
    (found,) = proposed(pods_settled=seen(pods_settled, pods=[pod]))
    assert (found.case, found.target["reason"]) == ("stuck_pod", "Evicted")


def test_a_rollout_that_ran_out_of_time_and_one_that_did_not() -> None:
    (found,) = proposed(workloads_ready=rolled("ProgressDeadlineExceeded"))
    assert (found.case, found.subject, found.against) == ("failed_rollout", "Deployment s/app", "")
    assert proposed(workloads_ready=rolled("FailedCreate")) == []


def test_a_rollout_whose_image_is_not_there_is_not_restarted() -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "no such tag"}}
    status = {"phase": "Pending", "containerStatuses": [{"name": "app", "state": waiting}]}
    pods = seen(pods_settled, pods=[{"metadata": named("app-5f-x", **OWNED), "status": status}])
    (found,) = proposed(workloads_ready=rolled("ProgressDeadlineExceeded"), pods_settled=pods)
    assert "ImagePullBackOff" in found.against


@pytest.mark.parametrize(
    ("status", "known"),
    [
        ({"notAfter": EARLIER}, True),
        ({"notAfter": "2027-01-01T00:00:00Z", "renewalTime": "2026-11-20T00:00:00Z"}, True),
        ({"notAfter": "2027-01-01T00:00:00Z", "renewalTime": "2026-12-20T00:00:00Z"}, False),
    ],
)
def test_a_certificate_that_has_expired_or_is_late(status: Json, known: bool) -> None:
    ready = [{"type": "Ready", "status": "True", "lastTransitionTime": EARLIER}]
    one = {"metadata": named("tls"), "status": {"conditions": ready, **status}}
    found = proposed(certificates_valid=seen(certificates_valid, certificates=[one]))
    assert [(one.case, one.subject) for one in found] == ([("expired_certificate", "Certificate s/tls")] * known)
