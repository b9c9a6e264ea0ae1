# SPDX-License-Identifier: Apache-2.0
"""Gateways, addresses, endpoints, balancers, names and the edge."""

from __future__ import annotations

from typing import Any

import pytest


def test_endpoint_without_known_subnets_counts_those_that_it_refers_to(parts: Any, make: Any) -> None:
    subnets = [make("aws_subnet.s", {}, index=key) for key in ("a", "b", "c")]
    endpoint = make("aws_vpc_endpoint.e", {"vpc_endpoint_type": "Interface"}, refs={"subnet_ids": ("aws_subnet.s",)})
    assert parts(endpoint, *subnets).quantities == {"Endpoint hours in 3 zones": 2190}


def test_endpoint_in_unknown_zones_is_a_gap_that_usage_closes(parts: Any, make: Any) -> None:
    endpoint = make("aws_vpc_endpoint.e", {"vpc_endpoint_type": "Interface"})
    assert "zones" in parts(endpoint).gaps[0]
    assert parts(endpoint, usage={"zones": 2}).quantities == {"Endpoint hours in 2 zones": 1460}


def test_gateway_endpoints_and_own_addresses_are_free(parts: Any, make: Any) -> None:
    assert parts(make("aws_vpc_endpoint.e", {})).free
    assert parts(make("aws_eip.a", {"public_ipv4_pool": "ipv4pool-ec2-1"})).free
    assert not parts(make("aws_eip.a", {"public_ipv4_pool": "amazon"})).free


@pytest.mark.parametrize(
    ("usage", "units"),
    [
        ({"new_connections": 50}, 2),
        ({"new_connections": 25, "processed_bytes_gb": 3}, 3),
        ({"rule_evaluations": 500}, "0.5"),
        ({"capacity_units_per_hr": 7, "new_connections": 25}, 7),
    ],
)
def test_the_measure_that_needs_most_units_counts(parts: Any, make: Any, usage: Any, units: Any) -> None:
    balancer = make("aws_lb.b", {"load_balancer_type": "application", "internal": True})
    quantities = parts(balancer, usage=usage).quantities
    assert quantities["Capacity units"] / 730 == type(quantities["Capacity units"])(units)


def test_balancer_of_gateways_has_no_price(parts: Any, make: Any) -> None:
    found = parts(make("aws_lb.b", {"load_balancer_type": "gateway", "internal": True}))
    assert found.gaps
    assert not found.components


def test_vpn_on_a_transit_gateway_pays_for_its_attachment_too(parts: Any, make: Any) -> None:
    found = parts(make("aws_vpn_connection.v", {"transit_gateway_id": "tgw-1"}))
    assert found.quantities == {"VPN connection hours": 730, "Transit gateway attachment hours": 730}


def test_zones_beyond_the_25th_by_address_are_cheaper(parts: Any, make: Any) -> None:
    zones = [make(f"aws_route53_zone.z{number:02}", {}) for number in range(30)]
    first, later = (parts(zones[place], *zones[:place], *zones[place + 1 :]).components[0] for place in (24, 25))
    assert later.price < first.price


def test_record_is_free_until_its_queries_are_told(parts: Any, make: Any) -> None:
    record = make("aws_route53_record.r", {})
    assert parts(record).free
    found = parts(record, usage={"monthly_standard_queries": 1100 * 10**6})
    assert [int(part.quantity) for part in found.components] == [1000, 100]


def test_options_of_a_health_check_are_said(parts: Any, make: Any) -> None:
    values = {"type": "HTTPS_STR_MATCH", "request_interval": 10, "measure_latency": True}
    (gap,) = parts(make("aws_route53_health_check.h", values)).gaps
    assert all(word in gap for word in ("HTTPS", "string", "interval", "latency"))


def test_managed_rules_with_a_price_of_their_own(parts: Any, make: Any) -> None:
    def rule(name: str) -> dict[str, Any]:
        return {"statement": [{"managed_rule_group_statement": [{"name": name}]}]}

    rules = [rule("AWSManagedRulesBotControlRuleSet"), rule("AWSManagedRulesATPRuleSet")]
    found = parts(make("aws_wafv2_web_acl.w", {"rule": rules}))
    assert found.quantities == {"Web ACL": 1, "Rules": 2, "Bot control": 1}
    assert "ATP" in found.gaps[0]


def test_certificate_with_an_address_of_its_own_is_said(parts: Any, make: Any) -> None:
    values = {"viewer_certificate": [{"ssl_support_method": "vip"}]}
    assert parts(make("aws_cloudfront_distribution.d", values)).gaps


@pytest.mark.parametrize("kind", ["aws_elb", "aws_ec2_client_vpn_network_association"])
def test_what_the_book_does_not_price_in_the_region_is_a_gap(parts: Any, make: Any, kind: str) -> None:
    found = parts(make(f"{kind}.x", {}))
    assert found.gaps
    assert not found.components
