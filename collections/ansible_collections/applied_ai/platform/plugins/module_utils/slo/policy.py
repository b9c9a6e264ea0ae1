# SPDX-License-Identifier: Apache-2.0
"""Whether a service may be deployed by what is left of its error budgets, and who may let it pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.standing import Standing

Json = dict[str, Any]

KEYS: Final = frozenset({"service", "approved_by", "reason", "until"})
# An approval without an end would be the end of the policy.
LONGEST: Final = timedelta(days=14)


@dataclass(frozen=True)
class Approval:
    """Who lets a service be deployed without a budget, why, and until when, that day included."""

    service: str
    approved_by: str
    reason: str
    until: date


@dataclass(frozen=True)
class Decision:
    """Whether a service may be deployed; the reasons against it, also where an approval lets it pass."""

    service: str
    allowed: bool
    reasons: tuple[str, ...]
    unknown: tuple[str, ...]
    """What could not be told."""
    approval: Approval | None

    def to_json(self, approvals: str) -> Json:
        """Return plain data; ``approvals`` is where approvals are written."""
        return {
            "service": self.service,
            "allowed": self.allowed,
            "reasons": list(self.reasons),
            "unknown": list(self.unknown),
            "approved_by": self.approval.approved_by if self.approval else "",
            "refusal": "" if self.allowed else refusal(self, approvals),
        }


def approvals(document: object, where: str, today: date) -> tuple[Approval, ...]:
    """Read the approvals of a list; ``where`` is what messages call it.

    Raises:
        SloError: One is not complete, or lasts longer than two weeks from today.

    """
    if document is None:
        return ()
    if not isinstance(document, Sequence) or isinstance(document, str | bytes):
        raise SloError(f"{where} must be a list of approvals, each with service, approved_by, reason and until.")
    return tuple(_approval(item, f"{where}, entry {number}", today) for number, item in enumerate(document, 1))


def _approval(item: object, where: str, today: date) -> Approval:
    if not isinstance(item, Mapping):
        raise SloError(f"{where} must be an approval with service, approved_by, reason and until.")
    if unknown := sorted(str(key) for key in set(item) - KEYS):
        raise SloError(f"{where} has the key {unknown[0]}; an approval knows {', '.join(sorted(KEYS))}.")
    texts = {key: str(item.get(key) or "").strip() for key in sorted(KEYS)}
    if missing := [key for key, text in texts.items() if not text]:
        raise SloError(f"{where} has no {missing[0]}: an approval names the service, who approves, why and until when.")
    until = _day(texts.pop("until"), where)
    if until - today > LONGEST:
        raise SloError(f"{where} has until: {until}; an approval lasts {LONGEST.days} days at most.")
    return Approval(**texts, until=until)


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SloError(f"{where} has until: {text}; it must be a day such as 2026-12-31.") from None


def decide(
    service: str, standings: Sequence[Standing], given: Sequence[Approval], today: date, *, require_known: bool = False
) -> Decision:
    """Decide whether a service may be deployed.

    Args:
        service: Its name; objectives of others are not looked at.
        standings: Where objectives stand.
        given: The approvals.
        today: The day by which approvals have ended.
        require_known: Whether an objective of which nothing is known speaks against it. A first deployment has none.

    """
    own = [one for one in standings if one.slo.service == service]
    spent, unknown = tuple(_spent(own)), tuple(_unknown(own))
    if require_known and not own:
        unknown = ("it has no objective",)
    reasons = (*spent, *unknown) if require_known else spent
    approval = next((one for one in given if one.service == service and today <= one.until), None)
    return Decision(service, not reasons or approval is not None, reasons, unknown, approval if reasons else None)


def _spent(standings: Sequence[Standing]) -> Iterator[str]:
    for one in standings:
        left = one.budget_left
        if left is not None and left <= 0 and not one.sparse:
            promised = f"{one.slo.percent} % promised over {one.slo.window_days} days"
            yield f"{one.slo.name} has used {1 - left:.0%} of its error budget ({promised})"


def _unknown(standings: Sequence[Standing]) -> Iterator[str]:
    for one in standings:
        if one.unknown:
            yield f"{one.slo.name}: {one.unknown}"
        elif one.budget_left is None:
            yield f"{one.slo.name}: no events in {one.slo.window_days} days"
        elif one.budget_left <= 0 and one.sparse:
            yield f"{one.slo.name}: too few failures to judge by"


def refusal(decision: Decision, approvals_: str) -> str:
    """Return what a refused deployment is told: why, and how somebody can let it pass."""
    return (
        f"{decision.service} may not be deployed, because {'; '.join(decision.reasons)}: take the cause back first"
        f" (playbooks/rollback_service.yml), or let it pass by an entry in {approvals_} with"
        f" service: {decision.service}, approved_by, reason and until, a day {LONGEST.days} days from now at most."
    )
