# SPDX-License-Identifier: Apache-2.0
"""Rules for addresses and for traffic through NAT gateways."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Address, Gateway, Unknown
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import (
    LOW,
    MEDIUM,
    Context,
    Finding,
    Rule,
    dollars,
    owner,
)

# Their gateway endpoints cost nothing; all other services have interface endpoints.
FREE: Final = frozenset({"s3", "dynamodb"})


def unattached_address(address: Address, context: Context) -> Finding | None:
    """Find a public address that nothing has."""
    if address.attached:
        return None
    return Finding(
        rule="address_unattached",
        resource=f"address/{address.id}",
        subject=address.id,
        owner=owner(address.tags),
        saving=context.price("vpc", "public-ipv4", "hour") * HOURS_PER_MONTH,
        seen=f"{address.address}, at nothing",
        proposed="Release it",
        risk=MEDIUM,
        why="It costs as much as one in use. Once released it does not come back: look in DNS and in allow-lists.",
        how="Remove it from the Terraform root that made it."
        if context.terraform(address.id, address.tags)
        else f"aws ec2 release-address --allocation-id {address.id}",
    )


def missing_endpoint(gateway: Gateway, context: Context) -> Finding | Unknown | None:
    """Find traffic to AWS services that passes a NAT gateway where an endpoint would cost less."""
    if gateway.gb_by_service is None:
        passed = "an unknown amount" if gateway.gb_month is None else f"{gateway.gb_month} GB a month"
        return Unknown(
            f"nat_endpoint:{gateway.id}",
            f"{gateway.id} passes {passed}; how much of it goes to which AWS service only VPC flow logs tell.",
        )
    there = {one.service for one in context.facts.endpoints if one.vpc == gateway.vpc}
    savings = {
        service: saving
        for service, gb in sorted(gateway.gb_by_service.items())
        if service not in there and (saving := endpoint_saving(service, gb, gateway.zones, context)) > 0
    }
    if not savings:
        return None
    wanted = ", ".join(f"{service} ({dollars(saving)})" for service, saving in savings.items())
    return Finding(
        rule="nat_endpoint",
        resource=f"gateway/{gateway.id}",
        subject=gateway.id,
        owner=owner(gateway.tags),
        saving=sum(savings.values(), Decimal(0)),
        seen=", ".join(f"{gateway.gb_by_service[service]} GB a month to {service}" for service in savings),
        proposed=f"Endpoints in {gateway.vpc} for {wanted}",
        risk=LOW,
        why="A NAT gateway takes money for each GB; gateway endpoints take none, interface endpoints less.",
        how="terraform_stack_variables.interface_endpoints, or the Terraform root that made the VPC.",
    )


def endpoint_saving(service: str, gb: Decimal, zones: int, context: Context) -> Decimal:
    """Return what an endpoint saves in a month; below nought it would cost more than the gateway takes."""
    through = context.price("vpc", "nat-gateway-data", "GB") * gb
    if service in FREE:
        return through
    hours = context.price("vpc", "interface-endpoint", "hour") * HOURS_PER_MONTH * zones
    return through - hours - context.price("vpc", "interface-endpoint-data", "GB") * gb


RULES: Final = (
    Rule("address_unattached", lambda facts: facts.addresses, unattached_address),
    Rule("nat_endpoint", lambda facts: facts.gateways, missing_endpoint),
)
