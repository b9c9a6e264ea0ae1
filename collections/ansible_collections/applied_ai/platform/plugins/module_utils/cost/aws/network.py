# SPDX-License-Identifier: Apache-2.0
"""What AWS charges for addresses, gateways, endpoints, load balancers, names and the edge.

Rules: https://aws.amazon.com/vpc/pricing/, https://aws.amazon.com/elasticloadbalancing/pricing/,
https://aws.amazon.com/privatelink/pricing/, https://aws.amazon.com/vpn/pricing/,
https://aws.amazon.com/transit-gateway/pricing/, https://aws.amazon.com/route53/pricing/,
https://aws.amazon.com/cloudfront/pricing/, https://aws.amazon.com/waf/pricing/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws.compute import PUBLIC_IP, price_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.machines import (
    Meter,
    length,
    metered_tiers,
    per_hour,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Free,
    Gap,
    Part,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.plan import config_address
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope, look, used

MILLION: Final = Decimal(10**6)
TEN_THOUSAND: Final = Decimal(10**4)
# What one capacity unit takes: new connections a second, connections open in a minute, GB an hour, rules a second.
ALB_UNIT: Final = {"new_connections": 25, "active_connections": 3000, "processed_bytes_gb": 1, "rule_evaluations": 1000}
# Of TCP; UDP and TLS take less.
NLB_UNIT: Final = {"new_connections": 800, "active_connections": 100000, "processed_bytes_gb": 1}
UNITS: Final = {"application": ("alb-lcu", "LCU-hour", ALB_UNIT), "network": ("nlb-lcu", "NLCU-hour", NLB_UNIT)}
BALANCERS: Final = {"application": "alb", "network": "nlb", "gateway": "gwlb"}
CHEAP_ZONES: Final = 25
TERABYTE: Final = Decimal(1024)


def nat(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a NAT gateway's hours and data; its address is an aws_eip of its own."""
    yield per_hour(scope, "Gateway hours", 1, Meter("vpc", "nat-gateway"))
    yield scope.metered("Data", "monthly_data_processed_gb", "vpc", "nat-gateway-data", "GB")


def address(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the hours of a public IPv4 address, in use or idle; one's own range costs nothing."""
    pool = scope.value("public_ipv4_pool")
    if pool not in (None, "", "amazon"):
        yield Free("its address is of the account's own range")
        return
    yield per_hour(scope, "Public IPv4 address", 1, PUBLIC_IP)


def balancer(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a load balancer's hours and capacity units; one on the internet has addresses by the zone besides."""
    kind = scope.text("load_balancer_type", "application")
    yield per_hour(scope, f"Load balancer hours ({kind})", 1, Meter("elb", BALANCERS.get(kind, kind)))
    if kind in UNITS:
        yield capacity_units(scope, *UNITS[kind])
    if scope.value("internal") is not True:
        yield scope_addresses(scope)


def capacity_units(scope: Scope, sku: str, unit: str, per_unit: dict[str, int]) -> Part:
    """Return capacity units: of all measures the one that needs most."""
    needed = [scope.usage[key] / per_unit[key] for key in per_unit if key in scope.usage]
    if "capacity_units_per_hr" in scope.usage:
        needed = [scope.usage["capacity_units_per_hr"]]
    if not needed:
        return scope.metered("Capacity units", "capacity_units_per_hr", "elb", sku, unit)
    part = scope.part("Capacity units", max(needed) * HOURS_PER_MONTH, "elb", sku, unit)
    return part if isinstance(part, Gap) else used(part, "capacity_units_per_hr")


def scope_addresses(scope: Scope) -> Part:
    """Return the public addresses of a load balancer, whose number only its zones and AWS know."""
    if "public_ipv4_addresses" in scope.usage:
        return per_hour(scope, "Public IPv4 addresses", scope.usage["public_ipv4_addresses"], PUBLIC_IP)
    price = price_of(scope, PUBLIC_IP)
    return UsageMissing(
        "Public IPv4 addresses", "public_ipv4_addresses", PUBLIC_IP.unit, price.amount if price else None
    )


def classic_balancer(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a classic load balancer's hours and data."""
    yield per_hour(scope, "Load balancer hours (classic)", 1, Meter("elb", "classic-lb"))
    yield scope.metered("Data", "monthly_data_processed_gb", "elb", "classic-lb-data", "GB")


def endpoint(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an endpoint's hours in each zone, and its data; gateway endpoints cost nothing."""
    kind = scope.text("vpc_endpoint_type", "Gateway")
    if kind == "Gateway":
        yield Free("gateway endpoints cost nothing")
        return
    sku = "interface-endpoint" if kind == "Interface" else f"{kind.lower()}-endpoint"
    zones = endpoint_zones(resource, scope)
    if not zones:
        yield Gap("Endpoint hours: in how many zones it is, is not told by the plan (usage key zones)")
    else:
        yield per_hour(scope, f"Endpoint hours in {zones} zones", zones, Meter("vpc", sku))
    yield scope.metered("Data", "monthly_data_processed_gb", "vpc", f"{sku}-data", "GB")


def endpoint_zones(resource: Resource, scope: Scope) -> Decimal:
    """Return in how many zones an endpoint is: by usage, its subnets, or the subnets that it refers to."""
    if "zones" in scope.usage:
        return scope.usage["zones"]
    for name in ("subnet_ids", "subnet_configuration"):
        if known := length(scope.value(name)):
            return Decimal(known)
    wanted = set(resource.refs.get("subnet_ids", ()))
    return Decimal(sum(config_address(one.address) in wanted for one in scope.peers.get("aws_subnet", [])))


def vpn_connection(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a VPN connection's hours, and those of its attachment to a transit gateway."""
    yield per_hour(scope, "VPN connection hours", 1, Meter("vpc", "vpn-connection"))
    if scope.value("transit_gateway_id") or scope.resource.refs.get("transit_gateway_id"):
        yield per_hour(scope, "Transit gateway attachment hours", 1, Meter("vpc", "transit-gateway-attachment"))
        yield scope.metered("Data", "monthly_data_processed_gb", "vpc", "transit-gateway-data", "GB")
    if scope.value("enable_acceleration") is True:
        yield Gap("Acceleration: a plan does not tell what its accelerators cost")


def transit_attachment(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the hours and data of an attachment to a transit gateway."""
    yield per_hour(scope, "Transit gateway attachment hours", 1, Meter("vpc", "transit-gateway-attachment"))
    yield scope.metered("Data", "monthly_data_processed_gb", "vpc", "transit-gateway-data", "GB")


def client_vpn(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the hours of clients' connections; the endpoint is paid by its associations."""
    yield scope.metered("Connection hours", "monthly_connection_hours", "vpc", "client-vpn-connection", "hour")


def client_vpn_association(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the hours of a client VPN endpoint's association with a subnet."""
    yield per_hour(scope, "Association hours", 1, Meter("vpc", "client-vpn-association"))


def accelerator(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an accelerator's hours."""
    yield per_hour(scope, "Accelerator hours", 1, Meter("globalaccelerator", "accelerator"))


# Names


def zone(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a hosted zone, cheaper from the 26th of the plan on, and its queries."""
    place = sum(other.address < resource.address for other in scope.peers.get(resource.type, []))
    sku = "hosted-zone" if place < CHEAP_ZONES else "hosted-zone-over-25"
    yield scope.part("Hosted zone", Decimal(1), "route53", sku, "zone-month")
    yield from queries(scope)


def record(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a record's queries where usage tells them; the record itself costs nothing."""
    if "monthly_standard_queries" in scope.usage:
        yield from queries(scope)
    else:
        yield Free("a record costs nothing; its queries are told by usage of it or of its zone")


def queries(scope: Scope) -> Iterator[Part]:
    """Yield queries of the standard kind: cheaper above a thousand million."""
    tiers = (
        (Decimal(1000), Meter("route53", "queries-tier1", "1M queries")),
        (None, Meter("route53", "queries-tier2", "1M queries")),
    )
    yield from scaled_tiers(scope, "Queries", "monthly_standard_queries", tiers, MILLION)


def scaled_tiers(
    scope: Scope, name: str, key: str, tiers: tuple[tuple[Decimal | None, Meter], ...], scale: Decimal
) -> Iterator[Part]:
    """Yield usage in tiers whose sizes are in the unit of the price; usage is divided by the scale."""
    if key in scope.usage:
        scope = replace(scope, usage={key: scope.usage[key] / scale})
    yield from metered_tiers(scope, name, key, tiers)


def health_check(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a health check; its options cost more, for which the book has no price."""
    endpoint_type = scope.words.get("endpoint_type", "aws")
    sku = "health-check-aws" if endpoint_type == "aws" else "health-check-other"
    part = scope.part("Health check", Decimal(1), "route53", sku, "check-month")
    other = price_of(scope, Meter("route53", "health-check-other", "check-month"))
    if isinstance(part, Component) and other and "endpoint_type" not in scope.words:
        part = replace(part, high=max(other.amount, part.price))
    yield part
    kind, interval = scope.text("type", ""), scope.value("request_interval")
    options = [
        *(["HTTPS"] if kind.startswith("HTTPS") else []),
        *(["a string to match"] if kind.endswith("STR_MATCH") else []),
        *(["a short interval"] if interval in (10, "10") else []),
        *(["latency"] if scope.value("measure_latency") is True else []),
    ]
    if options:
        yield Gap(f"Options of the health check ({', '.join(options)}): the price book has no price of them")


# The edge


def distribution(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a distribution's data and requests by usage, which is told by where the viewers are."""
    for area in ("us", "europe"):
        if area == "us" or f"monthly_data_transfer_to_internet_gb.{area}" in scope.usage:
            yield from metered_tiers(
                scope,
                f"Data to the internet, {area}",
                f"monthly_data_transfer_to_internet_gb.{area}",
                (
                    (10 * TERABYTE, Meter("cloudfront", "data-out-us-eu-tier1", "GB")),
                    (40 * TERABYTE, Meter("cloudfront", "data-out-us-eu-tier2", "GB")),
                    (None, Meter("cloudfront", "data-out-us-eu-tier3", "GB")),
                ),
            )
    for scheme in ("http", "https"):
        key = f"monthly_{scheme}_requests.us"
        if scheme == "https" or key in scope.usage:
            yield scope.metered(
                f"{scheme.upper()} requests, us",
                key,
                "cloudfront",
                f"{scheme}-requests",
                "10000 requests",
                scale=TEN_THOUSAND,
            )
    if look(scope.resource.values, "viewer_certificate.0.ssl_support_method") == "vip":
        yield Gap("an address of its own for its certificate: the price book has no price of it")


def firewall(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a web ACL, its rules and its requests; rule groups count as one rule each."""
    rules = resource.values.get("rule")
    count = Decimal(length(rules))
    for key in ("rule_group_rules", "managed_rule_group_rules"):
        count += scope.usage.get(key, 0)
    yield scope.part("Web ACL", Decimal(1), "waf", "web-acl", "month")
    if count:
        yield scope.part("Rules", count, "waf", "rule", "month")
    names = (
        {str(look(one, "statement.0.managed_rule_group_statement.0.name")) for one in rules}
        if isinstance(rules, list)
        else set()
    )
    if "AWSManagedRulesBotControlRuleSet" in names:
        yield scope.part("Bot control", Decimal(1), "waf", "bot-control", "month")
    for name in sorted(
        names & {"AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet", "AWSManagedRulesAntiDDoSRuleSet"}
    ):
        yield Gap(f"{name}: the price book has no price of it")
    yield scope.metered("Requests", "monthly_requests", "waf", "requests", "1M requests", scale=MILLION)


def rule_group(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the rules of a rule group."""
    yield scope.part("Rules", Decimal(length(resource.values.get("rule"))), "waf", "rule", "month")
