# SPDX-License-Identifier: Apache-2.0
"""Roll checks up to one verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Check,
    Expected,
    Rule,
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
    if reason := snapshot.unreadable(rule.needs):
        return [unknown(rule, reason, "See api_answers first; else give the caller the right to list this kind.")]
    try:
        outcome = rule.evaluate(snapshot, expected, now)
    except HealthError as error:
        return [unknown(rule, error.message, rule.advice)]
    # An object that is not as the API promises must not hide what the other rules found.
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return [unknown(rule, f"an object that makes no sense: {error!r}", rule.advice)]
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


def unknown(rule: Rule, reason: str, advice: str) -> Check:
    """Return the check of a rule that could not see."""
    return Check(rule.id, Status.UNKNOWN, rule.severity, "cluster", reason, "readable", "", advice, rule.runbook)


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


def summarise(verdict: Verdict, checks: Sequence[Check], limit: int) -> list[str]:
    """Return the verdict in at most ``limit`` lines, worst first; what does not fit is counted."""
    bad = [check for check in checks if check.status in {Status.FAILED, Status.UNKNOWN}]
    good = [check.seen for check in checks if check.status is Status.OK]
    noun = "finding" if len(bad) == 1 else "findings"
    title = f"{verdict.value}: {len(bad)} {noun}" if bad else f"{verdict.value}: {len(checks)} checks, no finding"
    if let := sum(check.status is Status.EXCEPTED for check in checks):
        title += f", {let} excepted"
    lines = [sentence(check) for check in bad] or good
    room = max(limit - 1, 1)
    if len(lines) > room:
        kept = lines[: room - 1]
        lines = [*kept, f"… and {len(lines) - len(kept)} more"]
    return [title, *lines][: max(limit, 1)]


def sentence(check: Check) -> str:
    """Return one check on one line: how bad, what, what is, what should be, since when, where to read on."""
    since = f", since {check.since}" if check.since else ""
    word = check.severity.value if check.status is Status.FAILED else check.status.value
    seen = check.seen.rstrip(".")
    return f"{word}: {check.subject}: {seen} (expected {check.expected}{since}); {check.runbook}"


def roll_up(checks: Sequence[Check]) -> Verdict:
    """Return the one word. What could not be seen is never healthy, and neither is nothing at all."""
    failed = {check.severity for check in checks if check.status is Status.FAILED}
    if Severity.CRITICAL in failed:
        return Verdict.UNHEALTHY
    if not checks or any(check.status is Status.UNKNOWN for check in checks):
        return Verdict.UNKNOWN
    return Verdict.DEGRADED if failed else Verdict.HEALTHY
