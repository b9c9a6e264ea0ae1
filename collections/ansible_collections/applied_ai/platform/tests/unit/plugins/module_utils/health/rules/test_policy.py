# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    Snapshot,
    Unreadable,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import policy
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    JUST_NOW,
    LONG_AGO,
    NOW,
    Json,
    seen,
    snapshot,
    told,
)


def test_api_answers_with_its_version() -> None:
    outcome = policy.api_answers(snapshot(), Expected(), NOW)
    assert (outcome.summary, outcome.findings) == ("Kubernetes v1.36.3", ())


def test_a_silent_api_is_a_finding_with_the_reason() -> None:
    silent = Snapshot(Unreadable("no route"), {})
    assert seen(policy.api_answers(silent, Expected(), NOW)) == [("cluster", "no route")]


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ([{"type": "Available", "status": "True"}], ""),
        (
            [{"type": "Available", "status": "False", "reason": "MissingEndpoints", "message": "m"}],
            "MissingEndpoints: m",
        ),
        ([], "NoCondition: no message"),
    ],
)
def test_apiservices_available(conditions: list[Json], text: str) -> None:
    service = {"metadata": {"name": "v1beta1.metrics.k8s.io"}, "status": {"conditions": conditions}}
    outcome = policy.apiservices_available(snapshot(apiservices=[service]), Expected(), NOW)
    assert [finding.seen for finding in outcome.findings] == ([text] if text else [])


def slice_of(service: str, *ready: bool | None, namespace: str = "kyverno") -> Json:
    return {
        "metadata": {"name": f"{service}-x", "namespace": namespace, "labels": {policy.SERVICE: service}},
        "endpoints": [{"conditions": {} if one is None else {"ready": one}} for one in ready],
    }


def hook(policy_: str = "Fail", resources: tuple[str, ...] = ("pods",), service: str = "hook") -> Json:
    client = {"service": {"namespace": "kyverno", "name": service}} if service else {"url": "https://away"}
    one = {"name": "h.x", "clientConfig": client, "failurePolicy": policy_, "rules": [{"resources": list(resources)}]}
    return {"metadata": {"name": "c"}, "webhooks": [one]}


@pytest.mark.parametrize(
    ("configuration", "slices", "severities"),
    [
        (hook(), [slice_of("hook", True)], []),
        (hook(), [slice_of("hook", None)], []),
        (hook(), [slice_of("hook", False), slice_of("hook", True)], []),
        (hook(), [slice_of("hook", False)], ["critical"]),
        (hook(), [slice_of("other", True)], ["critical"]),
        (hook(), [slice_of("hook", True, namespace="elsewhere")], ["critical"]),
        (hook(resources=("*",)), [], ["critical"]),
        (hook(resources=("certificates",)), [], ["major"]),
        (hook("Ignore"), [], ["minor"]),
        (hook(service=""), [], []),
    ],
)
@pytest.mark.parametrize("kind", ["validating_webhooks", "mutating_webhooks"])
def test_webhooks_answer(kind: str, configuration: Json, slices: list[Json], severities: list[str]) -> None:
    outcome = policy.webhooks_answer(snapshot(**{kind: [configuration], "endpoints": slices}), Expected(), NOW)
    assert [one[2] for one in told(outcome)] == severities


def test_a_webhook_without_endpoints_says_what_is_refused() -> None:
    (finding,) = policy.webhooks_answer(snapshot(validating_webhooks=[hook()]), Expected(), NOW).findings
    assert finding.subject == "ValidatingWebhookConfiguration c, h.x"
    assert finding.seen == "service kyverno/hook has no ready endpoint, so that changes to pods are refused"


@pytest.mark.parametrize(
    ("slices", "count"),
    [
        ([slice_of("kube-dns", True, namespace="kube-system")], 0),
        ([slice_of("kube-dns", False, namespace="kube-system")], 1),
        ([slice_of("kube-dns", namespace="kube-system")], 1),
        ([slice_of("kube-dns", namespace="elsewhere")], 0),
        ([], 0),
    ],
)
def test_dns_answers(slices: list[Json], count: int) -> None:
    assert len(policy.dns_answers(snapshot(endpoints=slices), Expected(), NOW).findings) == count


def certificate(ready: str = "True", since: str = LONG_AGO, **status: str) -> Json:
    condition = {"type": "Ready", "status": ready, "message": "waits for the order", "lastTransitionTime": since}
    return {"metadata": {"namespace": "n", "name": "c"}, "status": {"conditions": [condition], **status}}


FAR, SOON, PAST = "2027-02-01T00:00:00Z", "2026-11-24T12:00:00Z", "2026-11-20T12:00:00Z"


@pytest.mark.parametrize(
    ("one", "findings"),
    [
        (certificate(notAfter=FAR, renewalTime=SOON), []),
        (certificate(notAfter=PAST, renewalTime=PAST), [("Certificate n/c", "expired 3 d ago", "critical")]),
        (certificate("False"), [("Certificate n/c", "not issued: waits for the order", "")]),
        (certificate("False", JUST_NOW), []),
        # A certificate of a day that ends soon is as it should be while its renewal is ahead.
        (certificate(notAfter=SOON, renewalTime="2026-11-23T20:00:00Z"), []),
        (certificate(notAfter=FAR, renewalTime=PAST), [("Certificate n/c", "not renewed, ends in 70 d", "")]),
        (certificate(notAfter=FAR, renewalTime=LONG_AGO), []),
        (certificate(notAfter=SOON), [("Certificate n/c", "not renewed, ends in 24 h", "")]),
        (certificate(notAfter=FAR), []),
        (
            {"metadata": {"name": "new", "creationTimestamp": LONG_AGO}},
            [("Certificate new", "not issued: no condition Ready", "")],
        ),
    ],
)
def test_certificates_valid(one: Json, findings: list[tuple[str, str, str]]) -> None:
    assert told(policy.certificates_valid(snapshot(certificates=[one]), Expected(), NOW)) == findings


@pytest.mark.parametrize(
    ("removed", "severities"), [("1.37", ["major"]), ("1.36", ["major"]), ("1.40", ["minor"]), ("", [])]
)
def test_deprecated_apis(removed: str, severities: list[str]) -> None:
    asked = {"group": "policy", "version": "v1beta1", "resource": "pdbs", "removed_release": removed}
    outcome = policy.deprecated_apis_unused(snapshot(deprecated=[asked]), Expected(), NOW)
    assert [one[2] for one in told(outcome)] == severities
    assert all(one[0] == "API policy/v1beta1 pdbs" for one in told(outcome))


def quota(hard: str, used: str | None) -> Json:
    return {
        "metadata": {"namespace": "n", "name": "q"},
        "status": {"hard": {"requests.cpu": hard}, "used": {} if used is None else {"requests.cpu": used}},
    }


@pytest.mark.parametrize(
    ("hard", "used", "full"),
    [("4", "3500m", False), ("4", "4000m", True), ("4", "5", True), ("0", "0", False), ("4", None, False)],
)
def test_quotas_have_room(hard: str, used: str | None, full: bool) -> None:
    outcome = policy.quotas_have_room(snapshot(quotas=[quota(hard, used)]), Expected(), NOW)
    assert told(outcome) == (
        [("ResourceQuota n/q", f"used up: requests.cpu {used} of {hard}", "minor")] if full else []
    )


@pytest.mark.parametrize(("space", "severity"), [("n", "major"), ("other", "minor")])
def test_a_full_quota_that_refuses_pods_is_worse(space: str, severity: str) -> None:
    failure = {
        "type": "ReplicaFailure",
        "status": "True",
        "message": "exceeded quota: q",
        "lastTransitionTime": LONG_AGO,
    }
    refused = {"metadata": {"namespace": space, "name": "d"}, "status": {"conditions": [failure]}}
    outcome = policy.quotas_have_room(snapshot(quotas=[quota("1", "1")], deployments=[refused]), Expected(), NOW)
    assert [one[2] for one in told(outcome)] == [severity]


@pytest.mark.parametrize(("since", "count"), [(LONG_AGO, 1), (JUST_NOW, 0), ("", 0)])
def test_namespaces_end(since: str, count: int) -> None:
    conditions = [{"type": "NamespaceFinalizersRemaining", "status": "True", "message": "finalizer x in 2 objects"}]
    one = {"metadata": {"name": "n", "deletionTimestamp": since}, "status": {"conditions": conditions}}
    outcome = policy.namespaces_end(snapshot(namespaces=[one]), Expected(), NOW)
    assert seen(outcome) == [("Namespace n", "does not end: finalizer x in 2 objects")] * count
