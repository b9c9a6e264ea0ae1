# SPDX-License-Identifier: Apache-2.0
"""Whole plans of AWS resources against amounts reckoned by hand (accuracy/aws.yml)."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import plan, usage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import estimate
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Estimate, Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import cents

DOCUMENT = yaml.safe_load((Path(__file__).parent / "accuracy/aws.yml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = DOCUMENT["cases"]
NAMES = [case["name"] for case in CASES]
TODAY = date(2026, 11, 28)
SIGNS: Final[dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


@pytest.fixture(scope="module")
def book() -> PriceBook:
    """Return the collection's own book."""
    return PriceBook(FOLDER)


def resources(case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a case's resources as a plan has them."""
    for address, values in case["resources"].items():
        number = case.get("count") or case.get("count_of", {}).get(address)
        kind, name = address.split(".")
        for index in range(number or 1):
            yield {
                "address": f"{address}[{index}]" if number else address,
                "mode": "managed",
                "type": kind,
                "name": name,
                **({"index": index} if number else {}),
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "values": values,
            }


def document(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case as a plan, with its region in the provider's configuration."""
    region = {"expressions": {"region": {"references": ["var.region"]}}}
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": list(resources(case))}},
        "configuration": {"provider_config": {"aws": {"name": "aws", **region}}, "root_module": {}},
        "variables": {"region": {"value": case.get("region", "us-east-1")}},
    }


def estimated(case: dict[str, Any], book: PriceBook) -> Estimate:
    """Return the estimate of a case."""
    given = yaml.safe_dump({"version": "0.1", "resource_usage": case.get("usage", {})})
    options = {
        name: Decimal(value) if name != "commitment" else value for name, value in case.get("options", {}).items()
    }
    return estimate(
        plan.read(document(case), "plan"), book, usage.load(given, "usage"), Options(today=TODAY, **options)
    )


def reckoned(arithmetic: str) -> str:
    """Return the result of what a person wrote down, by Decimal and to the cent."""

    def value(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return SIGNS[type(node.op)](value(node.left), value(node.right))
        return Decimal(ast.get_source_segment(arithmetic, node) or "")

    return str(value(ast.parse(arithmetic, mode="eval").body).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_plan_costs_what_was_reckoned_by_hand(case: dict[str, Any], book: PriceBook) -> None:
    found = estimated(case, book)
    assert cents(found.monthly) == case["monthly"]["is"], found
    assert len(found.unpriced) == case.get("gaps", 0), found.unpriced
    if "missing" in case:
        assert sorted({one.key for one in found.usage_missing}) == case["missing"]
    for end in ("low", "high"):
        if end in case:
            assert cents(getattr(found, end)) == case[end]["is"]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_written_arithmetic_leads_to_the_amount_beside_it(case: dict[str, Any]) -> None:
    for end in ("low", "monthly", "high"):
        if end in case:
            assert reckoned(case[end]["of"]) == case[end]["is"], end


def test_cases_are_many_and_name_their_page() -> None:
    assert len({address for case in CASES for address in case["resources"]}) >= 40
    assert {case["page"] for case in CASES} == DOCUMENT["pages"].keys()
    assert len(set(NAMES)) == len(NAMES)


ODD: Final[list[Any]] = [None, [], {}, "x", 0, [None], [{}], Decimal("1.5")]


def odd_cases(value: Any) -> Iterator[Any]:
    """Yield the values with one of them, at any depth, replaced by something odd."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: odd} for odd in (*ODD, *odd_cases(inner)))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], odd, *value[place + 1 :]] for odd in (*ODD, *odd_cases(inner)))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_values_of_an_odd_kind_are_gaps_or_errors_in_a_sentence(case: dict[str, Any], book: PriceBook) -> None:
    asked = 0
    for address, values in case["resources"].items():
        for odd in odd_cases(values):
            asked += 1
            try:
                found = estimated({**case, "resources": {**case["resources"], address: odd}}, book)
            except CostError as error:
                assert str(error).endswith(".")
            else:
                assert found.low >= 0
                assert found.high >= found.monthly
    assert asked >= len(ODD)
