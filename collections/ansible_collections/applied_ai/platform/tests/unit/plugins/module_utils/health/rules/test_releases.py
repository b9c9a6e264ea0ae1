# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import releases
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    LONG_AGO,
    NOW,
    Json,
    seen,
    snapshot,
)


def release(version: str, status: str, name: str = "metrics-server") -> Json:
    labels = {"owner": "helm", "name": name, "version": version, "status": status}
    return {"metadata": {"namespace": "kube-system", "labels": labels, "creationTimestamp": LONG_AGO}}


@pytest.mark.parametrize(
    ("secrets", "text"),
    [
        ([release("1", "superseded"), release("2", "deployed")], ""),
        ([release("9", "superseded"), release("10", "deployed")], ""),
        ([release("1", "deployed"), release("2", "pending-upgrade")], "revision 2 is pending-upgrade"),
        ([release("1", "failed")], "revision 1 is failed"),
        ([release("1", "")], "revision 1 is without status"),
    ],
    ids=["deployed", "numbers are not text", "pending", "failed", "no label"],
)
def test_releases_deployed_judges_the_latest_revision(secrets: list[Json], text: str) -> None:
    outcome = releases.releases_deployed(snapshot(releases=[*secrets, release("1", "deployed", "b")]), Expected(), NOW)
    assert seen(outcome) == ([("release kube-system/metrics-server", text)] if text else [])


@pytest.mark.parametrize(
    ("status", "seconds", "findings"),
    [("pending-upgrade", 299, 0), ("pending-upgrade", 301, 1), ("pending-install", 10, 0), ("failed", 10, 1)],
)
def test_helm_may_be_at_work_for_five_minutes(status: str, seconds: int, findings: int) -> None:
    one = release("2", status)
    one["metadata"]["creationTimestamp"] = (NOW - timedelta(seconds=seconds)).isoformat()
    assert len(seen(releases.releases_deployed(snapshot(releases=[one]), Expected(), NOW))) == findings
