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
    NOW,
    Json,
    seen,
    snapshot,
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
