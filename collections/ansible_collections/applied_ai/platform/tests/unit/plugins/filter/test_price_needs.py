# SPDX-License-Identifier: Apache-2.0
"""Which prices of machines an inventory needs; tests/cost/test_prices_refresh.py has the playbook ask for them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.filter.price_needs import FilterModule

NEEDS = FilterModule().filters()["price_needs"]


def platform(region: str, *groups: dict[str, Any]) -> dict[str, Any]:
    named = {f"g{number}": group for number, group in enumerate(groups)}
    return {"platform_region": region, "terraform_stack_variables": {"node_groups": named}}


def test_each_type_is_needed_once_in_each_region() -> None:
    many = {"instance_types": ["m5.large", "g5.xlarge"]}
    found = NEEDS([platform("us-east-1", many, {"instance_types": ["m5.large"]}), platform("eu-west-1", many)])
    assert [(one["region"], one["sku"]) for one in found] == [
        ("eu-west-1", "g5.xlarge"),
        ("eu-west-1", "m5.large"),
        ("us-east-1", "g5.xlarge"),
        ("us-east-1", "m5.large"),
    ]
    assert {(one["provider"], one["service"], one["unit"]) for one in found} == {("aws", "ec2", "hour")}


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"platform_region": "us-east-1"},
        {"platform_region": "us-east-1", "terraform_stack_variables": {}},
        {"platform_region": "us-east-1", "terraform_stack_variables": {"node_groups": None}},
        platform("us-east-1", {"capacity_type": "SPOT"}),
    ],
)
def test_a_platform_without_machines_needs_nothing(variables: dict[str, Any]) -> None:
    assert NEEDS([variables]) == []
