# SPDX-License-Identifier: Apache-2.0
"""Roll checks up to one verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES, Rule
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Check,
    Expected,
    Severity,
    Snapshot,
    Status,
    Verdict,
)

STATUS_ORDER: Final = list(Status)
SEVERITY_ORDER: Final = list(Severity)


def judge(snapshot: Snapshot, expected: Expected, now: datetime, rules: Sequence[Rule] = RULES) -> list[Check]:
    """Apply every rule and return its checks, worst first."""
    return worst_first(check for rule in rules for check in apply(rule, snapshot, expected, now))


def apply(rule: Rule, snapshot: Snapshot, expected: Expected, now: datetime) -> list[Check]:
    """Apply one rule: a check per finding, or one that says what is fine or what could not be seen."""
    reason = snapshot.unreadable(rule.needs)
    if reason:
        return [
            Check(
                rule.id,
                Status.UNKNOWN,
                rule.severity,
                "cluster",
                reason,
                "readable",
                "",
                "See api_answers first; else give the caller the right to list this kind.",
                rule.runbook,
            )
        ]
    outcome = rule.evaluate(snapshot, expected, now)
    if not outcome.findings:
        return [
            Check(rule.id, Status.OK, rule.severity, "cluster", outcome.summary, outcome.expected, runbook=rule.runbook)
        ]
    return [
        Check(
            rule.id,
            Status.FAILED,
            finding.severity or rule.severity,
            finding.subject,
            finding.seen,
            finding.expected,
            finding.since,
            finding.advice or rule.advice,
            rule.runbook,
        )
        for finding in outcome.findings
    ]


def worst_first(checks: Iterable[Check]) -> list[Check]:
    """Sort so that the first line is the one to act on."""
    return sorted(
        checks,
        key=lambda check: (
            STATUS_ORDER.index(check.status),
            SEVERITY_ORDER.index(check.severity),
            check.id,
            check.subject,
        ),
    )


def roll_up(checks: Sequence[Check]) -> Verdict:
    """Return the one word. What could not be seen is never healthy, and neither is nothing at all."""
    failed = {check.severity for check in checks if check.status is Status.FAILED}
    if Severity.CRITICAL in failed:
        return Verdict.UNHEALTHY
    if not checks or any(check.status is Status.UNKNOWN for check in checks):
        return Verdict.UNKNOWN
    return Verdict.DEGRADED if failed else Verdict.HEALTHY
