# SPDX-License-Identifier: Apache-2.0
"""Address ranges: do the subnets fit into the VPC, apart from each other, with room for what goes there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any, Final

# What AWS allows for a VPC.
VPC_PREFIXES: Final = (16, 28)
# Longest prefix of each kind of subnet. Private ones give an address to each pod; the others AWS's minimum.
LONGEST_PREFIX: Final = {"private_subnet_cidrs": 24, "public_subnet_cidrs": 28, "database_subnet_cidrs": 28}

Where = Callable[[str], str]


def network_findings(variables: Mapping[str, Any], where: Where) -> list[str]:
    """Return one sentence per address range that cannot be."""
    findings: list[str] = []
    vpc = parse(variables.get("vpc_cidr"), where("vpc_cidr"), findings)
    if vpc and not VPC_PREFIXES[0] <= vpc.prefixlen <= VPC_PREFIXES[1]:
        findings.append(
            f"{where('vpc_cidr')} is {vpc}; a VPC on AWS is between /{VPC_PREFIXES[0]} and /{VPC_PREFIXES[1]}."
        )
    subnets: list[tuple[str, IPv4Network]] = []
    zones = variables.get("availability_zones") or []
    for name, longest in LONGEST_PREFIX.items():
        cidrs = variables.get(name) or []
        if cidrs and zones and len(cidrs) != len(zones):
            findings.append(
                f"{where(name)} has {len(cidrs)} ranges for {len(zones)} availability zones; give one per zone."
            )
        for index, cidr in enumerate(cidrs):
            place = f"{where(name)}[{index}]"
            subnet = parse(cidr, place, findings)
            if not subnet:
                continue
            subnets.append((place, subnet))
            if vpc and not subnet.subnet_of(vpc):
                findings.append(f"{place} is {subnet}, which is not inside vpc_cidr {vpc}; choose a part of that.")
            if subnet.prefixlen > longest:
                findings.append(f"{place} is {subnet}, which is too small; give at least a /{longest}.")
    findings += [
        f"{place} is {subnet}, which overlaps {other} of {elsewhere}; choose ranges apart."
        for (elsewhere, other), (place, subnet) in combinations(subnets, 2)
        if subnet.overlaps(other)
    ]
    return findings


def parse(cidr: object, place: str, findings: list[str]) -> IPv4Network | None:
    """Read an address range; what is none becomes a finding."""
    if cidr is None or cidr == "":
        return None
    try:
        network = IPv4Network(str(cidr), strict=False)
    except ValueError:
        findings.append(f"{place} is {cidr!s}, which is no IPv4 range; write it like 10.0.0.0/16.")
        return None
    if str(network) != str(cidr):
        findings.append(f"{place} is {cidr!s}, which has bits beyond its prefix; write {network}.")
    return network
