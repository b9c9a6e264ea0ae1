# SPDX-License-Identifier: Apache-2.0
"""Estimates of AWS resources against amounts reckoned by hand (accuracy/aws.yml), to the cent."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import plan, usage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import estimate
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.summary import as_json

DOCUMENT = yaml.safe_load((Path(__file__).parent / "accuracy/aws.yml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = DOCUMENT["cases"]
NAMES = [case["name"] for case in CASES]
AMOUNTS = {"monthly": "sum", "low": "low_sum", "high": "high_sum"}
OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
ENOUGH = 40


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook(FOLDER)


def planned(case: dict[str, Any]) -> dict[str, Any]:
    """Return a plan with the case's resource and those beside it."""
    resources = [{"address": f"{case['type']}.this", "type": case["type"], "values": case["values"]}]
    resources += [
        {"address": f"{peer['type']}.peer", "type": peer["type"], "values": peer["values"]}
        for peer in case.get("peers", [])
    ]
    region = {"constant_value": case.get("region", "us-east-1")}
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": resources}},
        "configuration": {"provider_config": {"aws": {"name": "aws", "expressions": {"region": region}}}},
    }


def reckoned(text: str) -> Decimal:
    """Return what sums and products of decimal numbers come to."""

    def value(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        return Decimal(ast.get_source_segment(text, node) or "")

    return value(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_an_estimate_agrees_with_the_hand_to_the_cent(case, book):
    text = yaml.safe_dump({"version": "0.1", "resource_usage": {f"{case['type']}.this": case.get("usage", {})}})
    found = as_json(
        estimate(
            plan.read(planned(case), "plan.json"),
            book,
            usage.load(text, "usage.yml"),
            Options(today=date(2026, 11, 28)),
        )
    )
    (resource,) = found["resources"]
    assert {key: resource[key] for key in AMOUNTS if key in case} == {key: case[key] for key in AMOUNTS if key in case}
    assert found["monthly"] == case["monthly"]
    assert found["unpriced"] == []


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_arithmetic_of_a_case_comes_to_its_amount(case):
    for amount, reason in AMOUNTS.items():
        if amount in case:
            cents = reckoned(str(case[reason])).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
            assert str(cents) == case[amount]


def test_there_are_enough_cases_of_many_types_each_with_its_page():
    assert len(CASES) >= ENOUGH
    assert len({case["type"] for case in CASES}) >= ENOUGH
    assert {case["page"] for case in CASES} == DOCUMENT["pages"].keys()
