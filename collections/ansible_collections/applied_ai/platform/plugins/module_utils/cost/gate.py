# SPDX-License-Identifier: Apache-2.0
"""Whether a plan may be applied for what it costs: a budget, a limit to how much it may rise, and approvals by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.approvals import Approval, read
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import ZERO, Change, Estimate
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import cents

DEAREST: Final = 3
DIGEST_LENGTH: Final = 64


@dataclass(frozen=True)
class Limits:
    """What a month may cost, and by what it may rise; None sets no limit.

    ``increase_percent`` is the share of what a month costs before the plan; a rise below ``increase_minimum`` is none.
    ``basis`` names the figure that the budget is compared with: expected or high. ``require_prices`` refuses a plan
    with parts that have no price; one that is paid by use alone has one.
    """

    budget: Decimal | None = None
    currency: str = "USD"
    increase_percent: Decimal | None = None
    increase_minimum: Decimal = ZERO
    basis: str = "expected"
    require_prices: bool = False


@dataclass(frozen=True)
class Decision:
    """Whether the plan may be applied; the reasons against it, also where an approval lets it pass."""

    allowed: bool
    reasons: tuple[str, ...]
    dearest: tuple[Change, ...]
    approval: Approval | None
    digest: str


def plan_digest(plan: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a plan (its JSON) will do.

    A saved plan's own digest differs each time, and nobody could approve the plan of a run that has ended. This one is
    the same for as long as the plan would change the same resources to the same values.
    """
    actions = {
        str(item["address"]): list(item["change"]["actions"])
        for item in plan.get("resource_changes", [])
        if item.get("mode", "managed") == "managed" and item["change"]["actions"] != ["no-op"]
    }
    values = dict(_values(plan.get("planned_values", {}).get("root_module", {})))
    told = [[address, actions[address], values.get(address)] for address in sorted(actions)]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _values(module: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for item in module.get("resources", []):
        yield str(item["address"]), item.get("values")
    for child in module.get("child_modules", []):
        yield from _values(child)


def approvals(document: object, where: str) -> tuple[Approval, ...]:
    """Read the approvals of plans out of a parsed YAML file; ``where`` is what messages call it."""
    found = read(document, where, "digest", "the plan's digest")
    for number, one in enumerate(found, 1):
        if len(one.of) != DIGEST_LENGTH:
            raise CostError(
                f"{where}, entry {number} has the digest {one.of}; it must be all {DIGEST_LENGTH} characters of it."
            )
    return found


def decide(estimate: Estimate, limits: Limits, given: tuple[Approval, ...], digest: str, today: date) -> Decision:
    """Compare an estimate with the limits, and look for an approval of this very plan where it passes them."""
    reasons = tuple(_reasons(estimate, limits))
    approval = next((one for one in given if one.of == digest and one.holds(today)), None)
    dearest = tuple(change for change in estimate.changes if change.rise > ZERO)[:DEAREST]
    return Decision(not reasons or approval is not None, reasons, dearest, approval if reasons else None, digest)


def _reasons(estimate: Estimate, limits: Limits) -> Iterator[str]:
    yield from _over_budget(estimate, limits)
    rise, percent = estimate.monthly - estimate.before, limits.increase_percent
    # A platform that is not there yet rises from nothing, which is no share of anything.
    if percent is not None and estimate.before > ZERO and rise > limits.increase_minimum:
        share = rise / estimate.before * 100
        if share > percent:
            yield (
                f"a month would cost {cents(rise)} {estimate.currency} more than the {cents(estimate.before)} now,"
                f" which is {share:.1f} %, and cost_gate_increase_percent allows {percent} %"
            )
    unknown = [gap.address for gap in estimate.unpriced if not gap.by_use]
    if limits.require_prices and unknown:
        names = ", ".join(sorted({*unknown})[:DEAREST])
        yield f"{len(unknown)} parts have no price (cost_gate_require_prices), such as {names}"


def _over_budget(estimate: Estimate, limits: Limits) -> Iterator[str]:
    if limits.budget is None:
        return
    if estimate.currency != limits.currency:
        raise CostError(
            f"The estimate is in {estimate.currency} and cost_gate_monthly_budget in {limits.currency}: "
            f"set the budget and cost_gate_currency in {estimate.currency}."
        )
    amount = estimate.high if limits.basis == "high" else estimate.monthly
    if amount > limits.budget:
        most = "at most " if limits.basis == "high" else ""
        yield (
            f"a month would cost {most}{cents(amount)} {estimate.currency},"
            f" and cost_gate_monthly_budget allows {cents(limits.budget)}"
        )


def refusal(decision: Decision, currency: str, approvals_file: str) -> str:
    """Return what a refused plan is told: why, the dearest changes, and how somebody can let it pass."""
    dearest = [
        f"  {change.address}: {cents(change.before)} -> {cents(change.after)} {currency} a month"
        for change in decision.dearest
    ]
    reasons = "; ".join(decision.reasons)
    return "\n".join(
        [
            f"Nothing was changed: {reasons}.",
            *(["The dearest changes:", *dearest] if dearest else []),
            f"To let this plan pass, add to {approvals_file}:",
            f'  - digest: "{decision.digest}"',
            "    approved_by: <name>",
            "    reason: <why>",
        ]
    )
