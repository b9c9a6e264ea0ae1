# SPDX-License-Identifier: Apache-2.0
"""What is recorded of verdicts and of alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history import (
    LONGEST_TEXT,
    Record,
    moment,
    record,
)

Json = Mapping[str, Any]

# Always fires, so that its silence is noticed; and what only keeps others quiet.
NO_TROUBLE: Final = frozenset({"Watchdog", "InfoInhibitor"})
# Labels that say which of several alerts of one name it is.
NAMING: Final = ("slo", "namespace", "service", "deployment", "pod", "node", "instance")


def of_verdicts(verdicts: Iterable[Json], now: datetime) -> list[Record]:
    """Return a record of each verdict, its failed checks the reasons.

    Raises:
        HealthError: An entry has no subject, or a verdict that is none.

    """
    return [
        record(
            {
                "at": now.isoformat(),
                "kind": "verdict",
                "subject": one.get("subject"),
                "state": one.get("verdict"),
                "reasons": sorted(
                    {str(check.get("id")) for check in checks_of(one) if check.get("status") == "failed"}
                ),
            }
        )
        for one in verdicts
    ]


def checks_of(verdict: Json) -> list[Json]:
    """Return a verdict's checks."""
    checks = verdict.get("checks") or []
    if not isinstance(checks, Sequence) or not all(isinstance(check, Mapping) for check in checks):
        raise HealthError(f"A verdict has the checks {checks!r}; they must be what a health module returns.")
    return list(checks)


def of_alerts(alerts: Sequence[Json] | None, known: Iterable[Record], now: datetime) -> list[Record]:
    """Return a record of each alert that began, and of each that is over.

    Args:
        alerts: Those that fire now, or None where nobody looked.
        known: What is recorded, by time.
        now: The moment; an alert began when it says so itself (C(activeAt) or C(startsAt)).

    Raises:
        HealthError: An alert has no name.

    """
    if alerts is None:
        return []
    firing = {subject_of(one): one for one in alerts if is_firing(one)}
    last = {one.subject: one for one in known if one.kind == "alert"}
    began = [
        Record(began_at(one, last.get(subject), now), "alert", subject, "firing", severity_of(one))
        for subject, one in sorted(firing.items())
        if subject not in last or last[subject].state != "firing"
    ]
    over = [
        Record(now, "alert", subject, "resolved", one.severity)
        for subject, one in sorted(last.items())
        if one.state == "firing" and subject not in firing
    ]
    return [*began, *over]


def labels_of(alert: Json) -> Json:
    """Return an alert's labels."""
    labels = alert.get("labels")
    if not isinstance(labels, Mapping) or not labels.get("alertname"):
        raise HealthError(f"An alert has the labels {labels!r}; they must have alertname, as Prometheus returns them.")
    return labels


def is_firing(alert: Json) -> bool:
    """Say whether an alert fires, is more than a sign of life, and is bad enough to be told."""
    labels = labels_of(alert)
    state = alert.get("state", "firing")
    return state == "firing" and labels["alertname"] not in NO_TROUBLE and labels.get("severity") != "none"


def subject_of(alert: Json) -> str:
    """Return what an alert is about, the same each time."""
    labels = labels_of(alert)
    named = [f"{key}={labels[key]}" for key in NAMING if labels.get(key)]
    return " ".join([str(labels["alertname"]), *named])[:LONGEST_TEXT]


def severity_of(alert: Json) -> str:
    """Return an alert's severity, or nothing."""
    return str(labels_of(alert).get("severity") or "")


def began_at(alert: Json, last: Record | None, now: datetime) -> datetime:
    """Return when an alert began: as it says, but neither in the future nor before it was last over."""
    try:
        at = moment(seconds_alone(str(alert.get("activeAt") or alert.get("startsAt") or "")))
    except HealthError:
        return now
    earliest = last.at if last is not None else at
    return min(max(at, earliest), now)


def seconds_alone(text: str) -> str:
    """Return a time of Go in whole seconds, as records are compared: its nanoseconds are more than they hold."""
    whole, point, rest = text.partition(".")
    return whole + rest.lstrip("0123456789") if point else text
