# SPDX-License-Identifier: Apache-2.0
"""Which plans may pass, which may not, and what an approval is bound to."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import gate
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.gate import Limits
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Change,
    Component,
    Estimate,
    Gap,
    ResourceCost,
)

TODAY = date(2026, 11, 28)
DIGEST = "a" * 64


def cost(address: str, amount: str, high: str = "") -> ResourceCost:
    price = Decimal(amount)
    component = Component(
        "hours", Decimal(1), "month", price, price, Decimal(high or amount), "USD", "2026-10-08", "test"
    )
    return ResourceCost(address, address.split(".", maxsplit=1)[0], "", "us-east-1", "", "", "", (component,))


def estimate(before: str, *costs: ResourceCost, unpriced: tuple[Gap, ...] = ()) -> Estimate:
    changes = tuple(
        sorted(
            (Change(one.address, one.type, Decimal(0), one.monthly) for one in costs),
            key=lambda change: -change.rise,
        )
    )
    return Estimate("USD", "2026-10-08", costs, unpriced, (), (), Decimal(before), changes, ())


def decide(given: Estimate, limits: Limits, *approvals: gate.Approval) -> gate.Decision:
    return gate.decide(given, limits, approvals, DIGEST, TODAY)


@pytest.mark.parametrize(
    ("amount", "budget", "allowed"),
    [("100", "100", True), ("100.01", "100", False), ("99.99", "100", True), ("0", "0", True)],
)
def test_a_month_may_cost_the_budget_and_not_more(amount: str, budget: str, allowed: bool) -> None:
    decision = decide(estimate("0", cost("aws_instance.a", amount)), Limits(budget=Decimal(budget)))
    assert decision.allowed is allowed
    assert bool(decision.reasons) is not allowed


def test_the_figure_that_counts_can_be_the_highest() -> None:
    given = estimate("0", cost("aws_eks_node_group.gpu", "50", high="500"))
    assert decide(given, Limits(budget=Decimal(100))).allowed
    refused = decide(given, Limits(budget=Decimal(100), basis="high"))
    assert refused.reasons == ("a month would cost at most 500.00 USD, and cost_gate_monthly_budget allows 100.00",)


@pytest.mark.parametrize(
    ("before", "after", "minimum", "allowed"),
    [
        ("100", "120", "0", True),
        ("100", "121", "0", False),
        ("100", "121", "21", True),
        ("100", "122", "21", False),
        ("100", "50", "0", True),
        # Nothing to compare with: the budget alone counts.
        ("0", "5000", "0", True),
    ],
)
def test_a_rise_is_measured_by_what_is_there(before: str, after: str, minimum: str, allowed: bool) -> None:
    limits = Limits(increase_percent=Decimal(20), increase_minimum=Decimal(minimum))
    assert decide(estimate(before, cost("aws_instance.a", after)), limits).allowed is allowed


def test_without_limits_everything_passes_and_a_missing_price_too_unless_asked() -> None:
    given = estimate("0", cost("aws_instance.a", "1e9"), unpriced=(Gap("no price", "aws_thing.x"),))
    assert decide(given, Limits()).allowed
    refused = decide(given, Limits(require_prices=True))
    assert refused.reasons == ("1 parts have no price (cost_gate_require_prices), such as aws_thing.x",)


def test_an_approval_lets_exactly_its_plan_pass_until_its_day() -> None:
    given, limits = estimate("0", cost("aws_instance.a", "200")), Limits(budget=Decimal(100))
    approval = gate.Approval(DIGEST, "Ada Lovelace", "a training run", date(2026, 11, 28))
    passed = decide(given, limits, approval)
    assert (passed.allowed, passed.approval) == (True, approval)
    assert passed.reasons
    assert not decide(given, limits, gate.Approval("b" * 64, "Ada Lovelace", "another plan")).allowed
    assert not decide(given, limits, gate.Approval(DIGEST, "Ada Lovelace", "too late", date(2026, 11, 27))).allowed


def test_an_approval_that_nobody_needed_is_not_told() -> None:
    approval = gate.Approval(DIGEST, "Ada Lovelace", "to be sure")
    assert decide(estimate("0", cost("aws_instance.a", "1")), Limits(), approval).approval is None


def test_the_refusal_names_why_the_three_dearest_and_what_to_write() -> None:
    costs = [cost(f"aws_instance.n{number}", str(number * 10)) for number in range(1, 6)]
    decision = decide(estimate("0", *costs), Limits(budget=Decimal(100)))
    said = gate.refusal(decision, "USD", "cost_approvals.yml")
    assert said.startswith("Nothing was changed: a month would cost 150.00 USD")
    assert [line.split(":")[0].strip() for line in said.splitlines()[2:5]] == [
        "aws_instance.n5",
        "aws_instance.n4",
        "aws_instance.n3",
    ]
    assert f'- digest: "{DIGEST}"' in said
    assert "cost_approvals.yml" in said


def test_a_budget_in_another_currency_is_no_budget() -> None:
    with pytest.raises(CostError, match=r"in USD and cost_gate_monthly_budget in EUR"):
        decide(estimate("0", cost("aws_instance.a", "1")), Limits(budget=Decimal(1), currency="EUR"))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"digest": DIGEST}, "must be a list"),
        (["x"], "entry 1 must be an approval"),
        ([{"digest": DIGEST, "approved_by": "A"}], "entry 1 has no reason"),
        ([{"digest": DIGEST, "approved_by": " ", "reason": "r"}], "entry 1 has no approved_by"),
        ([{"digest": "abc", "approved_by": "A", "reason": "r"}], "all 64 characters"),
        ([{"digest": DIGEST, "approved_by": "A", "reason": "r", "untl": "2026-12-31"}], "has the key untl"),
        ([{"digest": DIGEST, "approved_by": "A", "reason": "r", "until": "soon"}], "must be a day"),
    ],
)
def test_a_wrong_approval_is_refused_with_its_place(document: Any, message: str) -> None:
    with pytest.raises(CostError, match=message):
        gate.approvals(document, "approvals.yml")


def test_approvals_are_read_with_their_day() -> None:
    entry = {"digest": DIGEST, "approved_by": "Ada Lovelace", "reason": "r", "until": "2026-12-31"}
    assert gate.approvals([entry], "a") == (gate.Approval(DIGEST, "Ada Lovelace", "r", date(2026, 12, 31)),)
    assert gate.approvals(None, "a") == ()


PLAN: dict[str, Any] = {
    "resource_changes": [
        {"address": "aws_a.x", "mode": "managed", "change": {"actions": ["create"]}},
        {"address": "module.m.aws_b.y", "mode": "managed", "change": {"actions": ["update"]}},
        {"address": "aws_c.z", "mode": "managed", "change": {"actions": ["no-op"]}},
    ],
    "planned_values": {
        "root_module": {
            "resources": [
                {"address": "aws_a.x", "values": {"size": 1}},
                {"address": "aws_c.z", "values": {"size": 1}},
            ],
            "child_modules": [{"resources": [{"address": "module.m.aws_b.y", "values": {"size": 2}}]}],
        }
    },
}


def changed(path: list[Any], value: Any) -> dict[str, Any]:
    plan = copy.deepcopy(PLAN)
    place: Any = plan
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return plan


def test_a_digest_is_that_of_what_a_plan_does() -> None:
    digest = gate.plan_digest(PLAN)
    reordered = {**PLAN, "resource_changes": PLAN["resource_changes"][::-1]}
    assert gate.plan_digest(reordered) == digest
    assert gate.plan_digest({**PLAN, "timestamp": "2026-11-28T00:00:00Z"}) == digest
    root = ["planned_values", "root_module"]
    assert gate.plan_digest(changed([*root, "resources", 0, "values", "size"], 9)) != digest
    assert gate.plan_digest(changed([*root, "child_modules", 0, "resources", 0, "values", "size"], 9)) != digest
    assert gate.plan_digest(changed(["resource_changes", 1, "change", "actions"], ["delete"])) != digest
    # What stays as it is belongs to no plan.
    assert gate.plan_digest(changed([*root, "resources", 1, "values", "size"], 9)) == digest
