# SPDX-License-Identifier: Apache-2.0
"""Which findings are known cases, and which only look like them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import accelerators
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.cases import (
    CASES,
    FATAL_XIDS,
    INCURABLE,
    proposals,
    rank,
)

Json = dict[str, Any]


def check(rule: str, subject: str, seen: str, **more: Any) -> Json:
    return {"id": rule, "status": "failed", "severity": "major", "subject": subject, "seen": seen, "since": "", **more}


def of(*checks: Json) -> list[tuple[str, str]]:
    return [(one.case, one.subject) for one in proposals(checks)]


KNOWN = [
    (check("gpus_without_errors", "GPU 3 of node a", "XID 79, GPU has fallen off the bus"), ("xid_node", "Node a")),
    (check("pods_settled", "Deployment s/a", "1 pod Terminating: it does not end"), ("stuck_pod", "Deployment s/a")),
    (check("pods_settled", "Pod s/a", "2 pods Evicted: low memory"), ("stuck_pod", "Pod s/a")),
    (
        check("workloads_ready", "Deployment s/a", '0 of 3 pods available: ReplicaSet "a" has timed out progressing.'),
        ("failed_rollout", "Deployment s/a"),
    ),
    (check("certificates_valid", "Certificate s/a", "expired 3 h ago"), ("expired_certificate", "Certificate s/a")),
    (
        check("certificates_valid", "Certificate s/a", "not renewed, ends in 2 d"),
        ("expired_certificate", "Certificate s/a"),
    ),
]
OTHER = [
    # Of a program, or contained: the host is well.
    check("gpus_without_errors", "GPU 3 of node a", "XID 31"),
    check("gpus_without_errors", "GPU 3 of node a", "XID 94, contained memory error"),
    check("gpus_without_errors", "GPU ? of node ", "XID 79"),
    check("gpus_without_errors", "GPU 3 of node a", "2 memory errors in an hour that ECC cannot correct"),
    check("pods_settled", "Deployment s/a", "1 pod CrashLoopBackOff: container app ended"),
    check("workloads_ready", "Deployment s/a", "2 of 3 pods available"),
    check("workloads_ready", "Deployment s/a", "missing"),
    check("workloads_ready", "Deployment s/a", "0 of 3 pods available: exceeded quota"),
    check("certificates_valid", "Certificate s/a", "not issued: no such issuer"),
    check("nodes_ready", "Node a", "NodeStatusUnknown"),
]


@pytest.mark.parametrize(("found", "expected"), KNOWN)
def test_a_known_case_is_recognised(found: Json, expected: tuple[str, str]) -> None:
    assert of(found) == [expected]


@pytest.mark.parametrize("found", OTHER)
def test_what_only_looks_like_one_is_left_alone(found: Json) -> None:
    assert of(found) == []


@pytest.mark.parametrize("status", ["unknown", "ok", None])
def test_only_what_failed_is_a_case(status: str | None) -> None:
    assert [of({**found, "status": status}) for found, _ in KNOWN] == [[]] * len(KNOWN)


def test_every_case_waits_for_a_check_that_exists() -> None:
    ids = {rule.id for rule in (*RULES, *accelerators.RULES)}
    assert {case.check for case in CASES} <= ids
    assert accelerators.XIDS.keys() >= FATAL_XIDS
    assert not FATAL_XIDS & accelerators.OF_PROGRAMS


def test_two_gpus_of_one_node_are_one_proposal_with_both_reasons() -> None:
    (found,) = proposals(
        [
            check("gpus_without_errors", "GPU 0 of node a", "XID 79", since="2026-11-28T11:00:00Z"),
            check(
                "gpus_without_errors", "GPU 1 of node a", "XID 48", severity="critical", since="2026-11-28T10:00:00Z"
            ),
        ]
    )
    assert found.reasons == ("GPU 0 of node a: XID 79", "GPU 1 of node a: XID 48")
    assert (found.severity, found.since) == ("critical", "2026-11-28T10:00:00Z")
    assert found.target == {"kind": "Node", "name": "a"}


@pytest.mark.parametrize("reason", sorted(INCURABLE))
def test_a_rollout_that_a_restart_does_not_cure_has_an_objection(reason: str) -> None:
    (found,) = proposals([KNOWN[3][0], check("pods_settled", "Deployment s/a", f"3 pods {reason}: x")])
    assert reason in found.against


def test_pods_of_another_workload_are_no_objection() -> None:
    (found,) = proposals([KNOWN[3][0], check("pods_settled", "Deployment s/b", "3 pods ImagePullBackOff")])
    assert found.against == ""


def test_a_stateful_pod_that_does_not_end_is_for_people() -> None:
    (ending,) = proposals([check("pods_settled", "StatefulSet s/db", "1 pod Terminating: it does not end")])
    assert "would write too" in ending.against
    (dead,) = proposals([check("pods_settled", "StatefulSet s/db", "1 pod Evicted: x")])
    assert dead.against == ""


def test_severities_are_ranked_and_one_that_nobody_knows_is_last() -> None:
    assert sorted(["", "minor", "critical", "major"], key=rank) == ["critical", "major", "minor", ""]
