# SPDX-License-Identifier: Apache-2.0
"""Addresses and endpoints, with money reckoned by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import network
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import Context, find

Made = Callable[..., Context]
NAT = {"id": "nat-1", "vpc": "vpc-1", "zones": 2, "gb_month": 5000}


def test_an_address_at_nothing_costs_an_hour_each_hour(context: Made) -> None:
    addresses = [
        {"id": "eip-1", "address": "192.0.2.1", "attached": False, "tags": {"Team": "search"}},
        {"id": "eip-2", "address": "192.0.2.2", "attached": True},
    ]
    (found,) = find(network.RULES, context(addresses=addresses)).findings
    assert (found.subject, found.saving, found.owner, found.safe) == ("eip-1", Decimal("3.65"), "search", False)


def test_endpoints_are_proposed_where_they_cost_less(context: Made) -> None:
    gateway = {**NAT, "gb_by_service": {"s3": 1000, "ecr.dkr": 1000, "sts": 10, "logs": 1000}}
    endpoints = [{"id": "e", "vpc": "vpc-1", "service": "logs"}, {"id": "f", "vpc": "vpc-2", "service": "s3"}]
    (found,) = find(network.RULES, context(gateways=[gateway], endpoints=endpoints)).findings
    # S3: 45. ECR: 45 - 2 zones x 7.30 - 10 = 20.40. STS would cost more than it saves; logs has one.
    assert found.saving == Decimal("65.4")
    assert found.proposed == "Endpoints in vpc-1 for ecr.dkr ($20.40), s3 ($45.00)"


def test_all_that_is_needed_is_there(context: Made) -> None:
    endpoints = [{"id": "e", "vpc": "vpc-1", "service": "s3"}]
    made = context(gateways=[{**NAT, "gb_by_service": {"s3": 1000}}], endpoints=endpoints)
    assert find(network.RULES, made).findings == ()


def test_bytes_that_nobody_can_tell_apart_are_unknown(context: Made) -> None:
    (unknown,) = find(network.RULES, context(gateways=[NAT])).unknown
    assert unknown.source == "nat_endpoint:nat-1"
    assert "5000 GB a month" in unknown.reason
