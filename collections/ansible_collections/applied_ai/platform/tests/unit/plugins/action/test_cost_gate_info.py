# SPDX-License-Identifier: Apache-2.0
"""From a plan's file and limits to a decision, with the price book of the collection."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import cost_gate_info as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

TODAY = date(2026, 11, 28)


def gateway(number: int) -> dict[str, Any]:
    return {
        "address": f"aws_nat_gateway.n[{number}]",
        "mode": "managed",
        "type": "aws_nat_gateway",
        "name": "n",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "values": {"connectivity_type": "public"},
    }


def plan(path: Path, before: int, after: int) -> str:
    """Write a plan that leads from so many NAT gateways to so many, at 0.045 USD an hour each."""
    document = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": [gateway(number) for number in range(after)]}},
        "prior_state": {"values": {"root_module": {"resources": [gateway(number) for number in range(before)]}}},
        "resource_changes": [
            {"address": f"aws_nat_gateway.n[{number}]", "mode": "managed", "change": {"actions": ["create"]}}
            for number in range(before, after)
        ],
    }
    path.write_text(json.dumps(document))
    return str(path)


def arguments(plan_file: str, **changes: Any) -> dict[str, Any]:
    defaults = {name: option.get("default", "") for name, option in action.ARGUMENTS.items()}
    return {**defaults, "plan_file": plan_file, "region": "us-east-1", **changes}


def test_a_plan_within_its_budget_is_allowed_and_told(tmp_path: Path) -> None:
    found = action.judged(arguments(plan(tmp_path / "p", 0, 2), monthly_budget="65.70"), TODAY)
    assert found["allowed"]
    assert (found["monthly"], found["before"], found["currency"]) == ("65.70", "0.00", "USD")
    assert found["summary"][0].startswith("A month costs 65.70 USD (65.70 to 65.70), 0.00 USD before this plan")
    assert found["refusal"] == ""


def test_newer_prices_supersede_the_book(tmp_path: Path) -> None:
    table = tmp_path / "newer/aws/vpc.csv"
    table.parent.mkdir(parents=True)
    rows = ["region,sku,unit,currency,price,as_of,source,note", "us-east-1,nat-gateway,hour,USD,0.05,2026-11-28,test,"]
    table.write_text("\n".join([*rows, ""]))
    (tmp_path / "newer/sources.json").write_text('{"test": "a test"}')
    given = arguments(plan(tmp_path / "p", 0, 1), price_book_overrides=[str(tmp_path / "newer")])
    assert action.judged(given, TODAY)["monthly"] == "36.50"


def test_a_plan_over_its_budget_is_refused_until_it_is_approved_by_name(tmp_path: Path) -> None:
    file = plan(tmp_path / "p", 0, 2)
    approvals = tmp_path / "approvals.yml"
    given = arguments(file, monthly_budget="65.69", approvals_file=str(approvals))
    refused = action.judged(given, TODAY)
    assert not refused["allowed"]
    assert "a month would cost 65.70 USD, and cost_gate_monthly_budget allows 65.69" in refused["refusal"]
    assert "aws_nat_gateway.n[0]: 0.00 -> 32.85 USD a month" in refused["refusal"]
    approvals.write_text(f'- {{digest: "{refused["digest"]}", approved_by: Ada Lovelace, reason: a second zone}}\n')
    passed = action.judged(given, TODAY)
    assert (passed["allowed"], passed["approved_by"]) == (True, "Ada Lovelace")
    assert "Let pass by Ada Lovelace (a second zone), although a month would cost" in passed["summary"][-1]


def test_a_rise_counts_by_its_share(tmp_path: Path) -> None:
    file = plan(tmp_path / "p", 2, 3)
    assert not action.judged(arguments(file, increase_percent="49"), TODAY)["allowed"]
    assert action.judged(arguments(file, increase_percent="50"), TODAY)["allowed"]
    assert action.judged(arguments(file, increase_percent="0", increase_minimum="32.85"), TODAY)["allowed"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"monthly_budget": "much"}, r"cost_gate_monthly_budget\) is 'much'"),
        ({"monthly_budget": "-1"}, "must not be negative"),
        ({"increase_percent": "-1"}, "must not be negative"),
        ({"usage_file": "/nonexistent/usage.yml"}, "cannot be read"),
    ],
)
def test_limits_that_make_no_sense_are_refused(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(CostError, match=message):
        action.judged(arguments(plan(tmp_path / "p", 0, 1), **changes), TODAY)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"values": {}}'])
def test_what_is_no_plan_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(CostError, match=r"plan\.json"):
        action.judged(arguments(str(file)), TODAY)


def test_a_broken_file_of_approvals_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "approvals.yml"
    broken.write_text("- [")
    with pytest.raises(CostError, match=r"approvals\.yml is no YAML"):
        action.judged(arguments(plan(tmp_path / "p", 0, 1), approvals_file=str(broken)), TODAY)
