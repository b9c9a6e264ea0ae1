# SPDX-License-Identifier: Apache-2.0
"""Several looks become one report: exceptions applied, one verdict, ten lines, an exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.exceptions import excepted, exemptions
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Check,
    Json,
    Known,
    Severity,
    Status,
    Verdict,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import (
    roll_up,
    summarise,
    worst_first,
)

# As monitoring plugins end: fine, warning, critical, unknown.
EXIT_CODES: Final = {Verdict.HEALTHY: 0, Verdict.DEGRADED: 1, Verdict.UNHEALTHY: 2, Verdict.UNKNOWN: 3}
NO_ANSWER: Final = Known(
    "looks_answered",
    Severity.MAJOR,
    "Read the module's message; it says what is wrong and where it is set.",
)
KNOWN: Final[tuple[Known, ...]] = (NO_ANSWER,)
# How modules take an exception.
EXCEPTION: Final[dict[str, dict[str, Any]]] = {
    name: {"type": "str", "required": True} for name in ("check", "subject", "owner", "reason", "until")
}
# The options of the documentation fragment health.
ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "summary_lines": {"type": "int", "default": 10},
    "exceptions": {"type": "list", "elements": "dict", "default": [], "options": EXCEPTION},
}
TEXTS: Final = ("id", "subject", "seen", "expected", "since", "advice", "runbook")


def result(checks: Sequence[Check], *, given: Sequence[object], today: date, lines: int, duration: float) -> Json:
    """Return what every ``health_*_info`` returns: verdict, exit_code, summary, checks and duration_s in seconds."""
    shown = worst_first(excepted(checks, exemptions(given), today))
    verdict = roll_up(shown)
    return {
        "verdict": verdict.value,
        "exit_code": EXIT_CODES[verdict],
        "summary": summarise(verdict, shown, lines),
        "checks": [check.to_json() for check in shown],
        "duration_s": round(duration, 3),
    }


def of_look(checks: Sequence[Check], params: Mapping[str, Any], now: datetime, duration: float) -> Json:
    """Return the result of one module, as its options (ARGUMENTS) ask for it; duration is in seconds."""
    given, lines = params["exceptions"], params["summary_lines"]
    return result(checks, given=given, today=now.date(), lines=lines, duration=duration)


def merged(looks: Sequence[object], *, given: Sequence[object] = (), today: date, lines: int = 10) -> Json:
    """Return one report over the results of several modules; one without an answer is unknown, not left out."""
    results = [look if isinstance(look, Mapping) else {} for look in looks]
    # Two looks may make the same check; what both say alike is told once.
    checks = list(dict.fromkeys(check for index, look in enumerate(results) for check in checks_of(look, index)))
    duration = sum(float(look.get("duration_s") or 0) for look in results)
    return result(checks, given=given, today=today, lines=lines, duration=duration)


def checks_of(look: Mapping[str, Any], index: int) -> list[Check]:
    """Return the checks of one module's result."""
    found = look.get("checks")
    if isinstance(found, list) and found and not look.get("failed"):
        return [check_of(one) for one in found]
    reason = " ".join(str(look.get("msg") or "it was not asked, or says nothing").split()).rstrip(".")
    return [
        Check(
            NO_ANSWER.id,
            Status.UNKNOWN,
            NO_ANSWER.severity,
            f"look {index + 1}",
            reason,
            "an answer",
            advice=NO_ANSWER.advice,
            runbook=NO_ANSWER.runbook,
        )
    ]


def check_of(data: object) -> Check:
    """Read a check from plain data.

    Raises:
        HealthError: It is none.

    """
    if not isinstance(data, Mapping) or not data.get("id"):
        msg = f"{data!r} is no check; give what a health module returns in checks."
        raise HealthError(msg)
    texts = {key: str(data.get(key) or "") for key in TEXTS}
    try:
        return Check(status=Status(data.get("status")), severity=Severity(data.get("severity")), **texts)
    except ValueError as error:
        msg = f"The check {data['id']} is none: {error}; give what a health module returns in checks."
        raise HealthError(msg) from error
