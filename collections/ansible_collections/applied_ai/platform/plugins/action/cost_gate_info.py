# SPDX-License-Identifier: Apache-2.0
"""Tell whether a plan may be applied for what it costs; the rules are in module_utils/cost/gate.py."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import gate, plan, usage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.approvals import Approval
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import estimate
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Estimate, Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import cents, not_negative

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "plan_file": {"type": "path", "required": True},
    "monthly_budget": {"type": "str", "default": ""},
    "currency": {"type": "str", "default": "USD"},
    "basis": {"type": "str", "choices": ["expected", "high"], "default": "expected"},
    "increase_percent": {"type": "str", "default": ""},
    "increase_minimum": {"type": "str", "default": "0"},
    "require_prices": {"type": "bool", "default": False},
    "approvals_file": {"type": "str", "default": ""},
    "usage_file": {"type": "str", "default": ""},
    "price_book": {"type": "str", "default": ""},
    "price_book_overrides": {"type": "list", "elements": "path", "default": []},
    "region": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Price a plan on the controller, where the price book lies."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return the decision and what led to it."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            return {"changed": False, **judged(params, datetime.now(UTC).date())}
        except CostError as error:
            raise AnsibleActionFail(str(error)) from None


def judged(params: Json, today: date) -> Json:
    """Read the files, price the plan and decide; return what the module returns."""
    where = str(params["plan_file"])
    document = plan.parsed(text_of(where, "plan_file"), where)
    book = PriceBook(Path(params["price_book"] or FOLDER), tuple(Path(one) for one in params["price_book_overrides"]))
    used = (
        usage.load(text_of(params["usage_file"], "usage_file"), params["usage_file"]) if params["usage_file"] else None
    )
    found = estimate(
        plan.read(document, where), book, used or usage.Usage(), Options(today=today, region=params["region"])
    )
    digest = gate.plan_digest(document)
    decision = gate.decide(found, limits(params), given_approvals(params["approvals_file"]), digest, today)
    refusal = "" if decision.allowed else gate.refusal(decision, found.currency, params["approvals_file"])
    return {
        "allowed": decision.allowed,
        "reasons": list(decision.reasons),
        "refusal": refusal,
        "summary": summary(found, decision),
        "digest": digest,
        "approved_by": decision.approval.approved_by if decision.approval else "",
        "monthly": cents(found.monthly),
        "low": cents(found.low),
        "high": cents(found.high),
        "before": cents(found.before),
        "currency": found.currency,
        "dearest": [
            {"address": one.address, "before": cents(one.before), "after": cents(one.after)} for one in decision.dearest
        ],
        "unpriced": len(without_price(found)),
    }


def limits(params: Json) -> gate.Limits:
    """Return the limits that the arguments set."""
    return gate.Limits(
        budget=amount(params["monthly_budget"], "monthly_budget (cost_gate_monthly_budget)"),
        currency=params["currency"],
        increase_percent=amount(params["increase_percent"], "increase_percent (cost_gate_increase_percent)"),
        increase_minimum=amount(params["increase_minimum"] or "0", "increase_minimum (cost_gate_increase_minimum)")
        or Decimal(0),
        basis=params["basis"],
        require_prices=params["require_prices"],
    )


def amount(text: str, what: str) -> Decimal | None:
    """Return a limit, None for an empty text."""
    return not_negative(text, what) if text else None


def summary(found: Estimate, decision: gate.Decision) -> list[str]:
    """Return the price in a few lines."""
    unit = found.currency
    lines = [
        f"A month costs {cents(found.monthly)} {unit} ({cents(found.low)} to {cents(found.high)}),"
        f" {cents(found.before)} {unit} before this plan; list prices of {found.as_of or 'no date'} and later."
    ]
    by_use = len(found.usage_missing) + sum(gap.by_use for gap in found.unpriced)
    if by_use:
        lines.append(f"{by_use} parts are paid by use that no usage file tells, and are not in it.")
    if unknown := len(without_price(found)):
        lines.append(f"{unknown} parts have no price and are not in it; cost_estimate_info lists them.")
    lines += list(found.warnings)
    if decision.approval:
        reasons = "; ".join(decision.reasons)
        lines.append(f"Let pass by {decision.approval.approved_by} ({decision.approval.reason}), although {reasons}.")
    return lines


def without_price(found: Estimate) -> list[str]:
    """Return the addresses of what nobody could price, usage told or not."""
    return [gap.address for gap in found.unpriced if not gap.by_use]


def given_approvals(where: str) -> tuple[Approval, ...]:
    """Return the approvals in a file that need not be there."""
    if not where or not Path(where).exists():
        return ()
    try:
        document = yaml.safe_load(text_of(where, "approvals_file"))
    except yaml.YAMLError as error:
        raise CostError(f"{where} is no YAML: {' '.join(str(error).split())}.") from error
    return gate.approvals(document, where)


def text_of(where: str, option: str) -> str:
    """Return a file's text."""
    try:
        return Path(where).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CostError(f"{where} ({option}) cannot be read: {error}.") from error
