# SPDX-License-Identifier: Apache-2.0
"""Findings that somebody answers for until a day: they are shown, but do not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Check, Known, Severity, Status

KEYS: Final = ("check", "subject", "owner", "reason", "until")
OVER: Final = Known(
    "exceptions_current",
    Severity.MINOR,
    "Mend what it was for and remove it, or let its owner renew it.",
)
KNOWN: Final[tuple[Known, ...]] = (OVER,)


@dataclass(frozen=True)
class Exemption:
    """One exception: whose findings it is for, who answers for it, why, and its last day."""

    check: str
    subject: str
    owner: str
    reason: str
    until: date

    def covers(self, check: Check) -> bool:
        """Say whether it is for this finding; what could not be seen is never excepted."""
        return (
            check.status is Status.FAILED
            and check.id == self.check
            # Brackets are part of names here, not sets of letters.
            and fnmatchcase(check.subject, self.subject.replace("[", "[[]"))
        )


def exemptions(entries: Sequence[object], where: str = "exceptions") -> tuple[Exemption, ...]:
    """Read exceptions from plain data.

    Raises:
        HealthError: One lacks a key, has one that is not known, or its day is none.

    """
    return tuple(_exemption(entry, f"{where}[{index}]") for index, entry in enumerate(entries))


def _exemption(entry: object, where: str) -> Exemption:
    data: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
    texts = {key: str(data[key]).strip() for key in KEYS if data.get(key) is not None}
    if set(map(str, data)) != set(KEYS) or not all(texts.get(key) for key in KEYS):
        msg = f"{where} is {entry!r}; give {', '.join(KEYS)}, each with a text."
        raise HealthError(msg)
    try:
        until = date.fromisoformat(texts.pop("until")[:10])
    except ValueError as error:
        msg = f"{where}.until is {data['until']!r}; give its last day as YYYY-MM-DD."
        raise HealthError(msg) from error
    return Exemption(**texts, until=until)


def excepted(checks: Sequence[Check], given: Sequence[Exemption], today: date) -> list[Check]:
    """Return checks with those that an exception covers marked, and a finding for each exception that is over."""
    holding = [one for one in given if one.until >= today]
    marked = [_marked(check, holding) for check in checks]
    return [*marked, *(_over(one, checks) for one in given if one.until < today)]


def _marked(check: Check, holding: Sequence[Exemption]) -> Check:
    one = next((one for one in holding if one.covers(check)), None)
    if one is None:
        return check
    told = f"Excepted until {one.until} by {one.owner}: {one.reason.rstrip('.')}."
    return replace(check, status=Status.EXCEPTED, advice=told)


def _over(one: Exemption, checks: Sequence[Check]) -> Check:
    still = sum(one.covers(check) for check in checks)
    return Check(
        OVER.id,
        Status.FAILED,
        OVER.severity,
        f"exception of {one.check} for {one.subject}",
        f"ended on {one.until}; {'what it was for is still there' if still else 'nothing is there any more'}",
        f"removed, or renewed by {one.owner}",
        one.until.isoformat(),
        OVER.advice,
        OVER.runbook,
    )
