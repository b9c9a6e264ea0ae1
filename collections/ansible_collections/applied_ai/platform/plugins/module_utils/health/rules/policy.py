# SPDX-License-Identifier: Apache-2.0
"""Rules about the control plane: the API, what it calls, what it allows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    Finding,
    Outcome,
    Rule,
    Severity,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import condition, name_of, shorten


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
)
