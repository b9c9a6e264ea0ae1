# SPDX-License-Identifier: Apache-2.0
"""Rules about the control plane: the API, what it calls, what it allows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils import quantity
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    Finding,
    Json,
    Outcome,
    Rule,
    Severity,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import (
    age,
    condition,
    counted,
    created,
    labels_of,
    name_of,
    shorten,
    span,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.nodes import minor_of

SERVICE: Final = "kubernetes.io/service-name"
# Namespace and name of the Service that pods ask.
DNS: Final = ("kube-system", "kube-dns")
# Seconds after which a renewal is late: a request may wait for a DNS record or a rate limit.
RENEWAL: Final = 6 * 3600
# Seconds before its end at which a certificate without a time of renewal is told.
NEAR: Final = 7 * 86400
# How many times as long as a pod a namespace may take to end.
ENDING: Final = 10


def api_answers(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Judge whether the API server says its version."""
    want = "an answer"
    if isinstance(snapshot.version, str):
        return Outcome(f"Kubernetes {snapshot.version}", want)
    return Outcome("", want, (Finding("cluster", snapshot.version.reason, want),))


def apiservices_available(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Every API that the cluster announces is served: an unavailable one also blocks the deletion of namespaces."""
    services = snapshot["apiservices"]
    findings = tuple(
        Finding(
            f"APIService {name_of(service)}",
            f"{found.get('reason') or 'NoCondition'}: {shorten(found.get('message') or 'no message')}",
            "Available",
            found.get("lastTransitionTime") or "",
        )
        for service in services
        if (found := condition(service, "Available")).get("status") != "True"
    )
    return Outcome(f"{len(services)} APIServices available", "all available", findings)


def ready_services(slices: list[Json]) -> set[str]:
    """Return ``namespace/name`` of the Services with an endpoint that takes requests."""
    return {
        f"{(one.get('metadata') or {}).get('namespace', '')}/{labels_of(one).get(SERVICE, '')}"
        for one in slices
        if any((end.get("conditions") or {}).get("ready") is not False for end in one.get("endpoints") or ())
    }


def webhooks_answer(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Every admission webhook has someone to answer: one that fails closed without refuses what it should look at."""
    alive = ready_services(snapshot["endpoints"])
    hooks = [
        (f"{kind} {name_of(config)}", hook)
        for kind, configs in (
            ("ValidatingWebhookConfiguration", snapshot["validating_webhooks"]),
            ("MutatingWebhookConfiguration", snapshot["mutating_webhooks"]),
        )
        for config in configs
        for hook in config.get("webhooks") or ()
    ]
    findings = tuple(
        Finding(
            f"{subject}, {hook.get('name', '')}",
            f"service {service} has no ready endpoint, so that {effect}",
            "a ready endpoint",
            severity=severity,
        )
        for subject, hook in hooks
        if (service := service_of(hook)) and service not in alive
        for severity, effect in (harm(hook),)
    )
    return Outcome(f"{counted(len(hooks), 'admission webhook')} can answer", "an endpoint behind each", findings)


def service_of(hook: Json) -> str:
    """Return ``namespace/name`` of the Service behind a webhook, empty for one at an address outside."""
    service = (hook.get("clientConfig") or {}).get("service") or {}
    return f"{service.get('namespace', '')}/{service.get('name', '')}" if service else ""


def harm(hook: Json) -> tuple[Severity, str]:
    """Return how bad it is when a webhook does not answer, and what happens then."""
    if hook.get("failurePolicy") == "Ignore":
        return Severity.MINOR, "its policy is not enforced"
    resources = sorted({str(one) for rule in hook.get("rules") or () for one in rule.get("resources") or ()})
    what = f"changes to {', '.join(resources) or 'what it looks at'} are refused"
    return (Severity.CRITICAL if {"pods", "*", "*/*"} & set(resources) else Severity.MAJOR), what


def dns_answers(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Cluster DNS has someone to answer; without it hardly anything finds anything."""
    slices = [one for one in snapshot["endpoints"] if labels_of(one).get(SERVICE) == DNS[1] and in_system(one)]
    if not slices:
        return Outcome("no cluster DNS at kube-system/kube-dns", "where there is one, a ready endpoint")
    if "/".join(DNS) in ready_services(slices):
        return Outcome("cluster DNS has endpoints", "a ready endpoint")
    return Outcome(
        "", "a ready endpoint", (Finding("Service kube-system/kube-dns", "no ready endpoint", "at least one"),)
    )


def in_system(obj: Json) -> bool:
    """Say whether an object is in kube-system."""
    return bool((obj.get("metadata") or {}).get("namespace") == DNS[0])


def certificates_valid(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Each certificate of cert-manager is issued, not expired, and renewed when its time has come."""
    certificates = snapshot["certificates"]
    findings = tuple(found for one in certificates if (found := of_certificate(one, expected.grace, now)))
    return Outcome(f"{counted(len(certificates), 'certificate')} valid", "issued, renewed in time", findings)


def of_certificate(certificate: Json, grace: int, now: datetime) -> Finding | None:
    """Return what is wrong with a certificate."""
    status, subject = certificate.get("status") or {}, f"Certificate {name_of(certificate)}"
    ends, renewal = str(status.get("notAfter") or ""), str(status.get("renewalTime") or "")
    if ends and (over := age(ends, now)) >= 0:
        return Finding(subject, f"expired {span(over)} ago", "valid", ends, severity=Severity.CRITICAL)
    ready = condition(certificate, "Ready")
    since = ready.get("lastTransitionTime") or created(certificate)
    if ready.get("status") != "True" and age(since, now) > grace:
        text = shorten(ready.get("message") or ready.get("reason") or "no condition Ready")
        return Finding(subject, f"not issued: {text}", "Ready", since)
    late = age(renewal, now) > RENEWAL if renewal else bool(ends) and -age(ends, now) < NEAR
    if late:
        left = span(-age(ends, now)) if ends else "an unknown time"
        return Finding(subject, f"not renewed, ends in {left}", "renewed by now", renewal)
    return None


def deprecated_apis_unused(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Nobody asks for an API that a coming version removes; the API server counts since its start."""
    major, minor = minor_of(str(snapshot.version))
    findings = []
    for one in snapshot["deprecated"]:
        removed = one.get("removed_release") or ""
        # Some are deprecated for good, without an end.
        if not removed:
            continue
        near = minor_of(removed) <= (major, minor + 1)
        findings.append(
            Finding(
                f"API {one.get('group') or 'core'}/{one.get('version')} {one.get('resource')}",
                f"asked for since the API server started, removed in {removed}",
                "its successor is used",
                severity=Severity.MAJOR if near else Severity.MINOR,
            )
        )
    return Outcome("no API in use that will be removed", "no such API in use", tuple(findings))


def quotas_have_room(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """No quota is used up: nothing that counts against it can be made any more."""
    quotas = snapshot["quotas"]
    refused = {
        (one.get("metadata") or {}).get("namespace"): condition(one, "ReplicaFailure")
        for one in snapshot["deployments"]
        if "quota" in (condition(one, "ReplicaFailure").get("message") or "")
    }
    findings = []
    for quota in quotas:
        status = quota.get("status") or {}
        hard, used = status.get("hard") or {}, status.get("used") or {}
        full = [
            f"{name} {used.get(name, '0')} of {limit}"
            for name, limit in sorted(hard.items())
            if is_full(used.get(name), limit)
        ]
        if full:
            blocked = refused.get((quota.get("metadata") or {}).get("namespace")) or {}
            findings.append(
                Finding(
                    f"ResourceQuota {name_of(quota)}",
                    f"used up: {', '.join(full)}{' and pods are refused' if blocked else ''}",
                    "room for one more",
                    blocked.get("lastTransitionTime") or "",
                    severity=Severity.MAJOR if blocked else Severity.MINOR,
                )
            )
    return Outcome(f"{counted(len(quotas), 'quota')} with room", "none used up", tuple(findings))


def is_full(used: object, limit: object) -> bool:
    """Say whether a limit is reached; a limit of nothing forbids by intent."""
    most, now = quantity.parse(limit), quantity.parse(used if used is not None else "0")
    if most is None or now is None:
        msg = f"a quota says {used!r} of {limit!r}, which are no amounts"
        raise HealthError(msg)
    return most > 0 and now >= most


def namespaces_end(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """No namespace hangs in its end: a finalizer or an API that is not served holds it."""
    spaces, limit = snapshot["namespaces"], ENDING * expected.grace
    findings = tuple(
        Finding(f"Namespace {name_of(one)}", f"does not end: {holding(one)}", "gone", since)
        for one in spaces
        if (since := (one.get("metadata") or {}).get("deletionTimestamp") or "") and age(since, now) > limit
    )
    return Outcome(f"{counted(len(spaces), 'namespace')}, none stuck", "none stuck in its end", findings)


def holding(namespace: Json) -> str:
    """Return what holds a namespace, as its conditions tell."""
    told = [
        found
        for kind in ("NamespaceDeletionDiscoveryFailure", "NamespaceFinalizersRemaining", "NamespaceContentRemaining")
        if (found := condition(namespace, kind)).get("status") == "True"
    ]
    return shorten(told[0].get("message") or "no message") if told else "no reason given"


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "api_answers",
        Severity.CRITICAL,
        (),
        api_answers,
        "Check the kubeconfig, the network to the cluster's endpoint and the cloud's status page.",
    ),
    Rule(
        "apiservices_available",
        Severity.MAJOR,
        ("apiservices",),
        apiservices_available,
        "Look at the Service behind it and its pods; delete it when its program is gone.",
    ),
    Rule(
        "dns_answers",
        Severity.CRITICAL,
        ("endpoints",),
        dns_answers,
        "Look at CoreDNS's pods in kube-system.",
    ),
    Rule(
        "webhooks_answer",
        Severity.MAJOR,
        ("validating_webhooks", "mutating_webhooks", "endpoints"),
        webhooks_answer,
        "Bring the pods behind the service back; delete the configuration when its program is gone for good.",
    ),
    Rule(
        "certificates_valid",
        Severity.MAJOR,
        ("certificates",),
        certificates_valid,
        "Look at its CertificateRequest and Order: kubectl describe certificate, then cert-manager's log.",
    ),
    Rule(
        "deprecated_apis_unused",
        Severity.MINOR,
        ("deprecated",),
        deprecated_apis_unused,
        "Find who asks in the API server's audit log, and move it to the successor before the next upgrade.",
    ),
    Rule(
        "quotas_have_room",
        Severity.MINOR,
        ("quotas", "deployments"),
        quotas_have_room,
        "Free what is not needed, or raise the team's quota in the inventory.",
    ),
    Rule(
        "namespaces_end",
        Severity.MINOR,
        ("namespaces",),
        namespaces_end,
        "Bring the API or the controller back that should remove the finalizer; do not force it first.",
    ),
)
