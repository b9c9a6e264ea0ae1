# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory.network import network_findings

ZONES = ["us-east-1a", "us-east-1b"]
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing set": ({}, []),
    "fits": (
        {
            "vpc_cidr": "10.0.0.0/16",
            "availability_zones": ZONES,
            "private_subnet_cidrs": ["10.0.0.0/20", "10.0.16.0/20"],
            "public_subnet_cidrs": ["10.0.48.0/24", "10.0.49.0/24"],
        },
        [],
    ),
    "no range": (
        {"vpc_cidr": "10.0.0.0/33"},
        ["v.vpc_cidr is 10.0.0.0/33, which is no IPv4 range; write it like 10.0.0.0/16."],
    ),
    "words": ({"vpc_cidr": "large"}, ["v.vpc_cidr is large, which is no IPv4 range; write it like 10.0.0.0/16."]),
    "host bits": (
        {"vpc_cidr": "10.0.0.1/16"},
        ["v.vpc_cidr is 10.0.0.1/16, which has bits beyond its prefix; write 10.0.0.0/16."],
    ),
    "VPC too large": ({"vpc_cidr": "10.0.0.0/8"}, ["v.vpc_cidr is 10.0.0.0/8; a VPC on AWS is between /16 and /28."]),
    "outside": (
        {"vpc_cidr": "10.0.0.0/16", "private_subnet_cidrs": ["10.1.0.0/20"]},
        ["v.private_subnet_cidrs[0] is 10.1.0.0/20, which is not inside vpc_cidr 10.0.0.0/16; choose a part of that."],
    ),
    "overlap in one list": (
        {"private_subnet_cidrs": ["10.0.0.0/20", "10.0.8.0/21"]},
        [
            "v.private_subnet_cidrs[1] is 10.0.8.0/21, which overlaps 10.0.0.0/20 of "
            "v.private_subnet_cidrs[0]; choose ranges apart."
        ],
    ),
    "overlap between lists": (
        {"private_subnet_cidrs": ["10.0.0.0/20"], "public_subnet_cidrs": ["10.0.1.0/24"]},
        [
            "v.public_subnet_cidrs[0] is 10.0.1.0/24, which overlaps 10.0.0.0/20 of "
            "v.private_subnet_cidrs[0]; choose ranges apart."
        ],
    ),
    "too small for pods": (
        {"private_subnet_cidrs": ["10.0.0.0/26"]},
        ["v.private_subnet_cidrs[0] is 10.0.0.0/26, which is too small; give at least a /24."],
    ),
    "too small for AWS": (
        {"public_subnet_cidrs": ["10.0.0.0/29"]},
        ["v.public_subnet_cidrs[0] is 10.0.0.0/29, which is too small; give at least a /28."],
    ),
    "not one per zone": (
        {"availability_zones": ZONES, "database_subnet_cidrs": ["10.0.0.0/24"]},
        ["v.database_subnet_cidrs has 1 ranges for 2 availability zones; give one per zone."],
    ),
}


@pytest.mark.parametrize(("variables", "findings"), CASES.values(), ids=CASES)
def test_network_findings(variables: dict[str, Any], findings: list[str]) -> None:
    assert network_findings(variables, lambda name: f"v.{name}") == findings


def test_all_findings_come_at_once() -> None:
    variables = {"vpc_cidr": "10.0.0.0/16", "private_subnet_cidrs": ["x", "10.1.0.0/26", "10.1.0.0/24"]}
    assert len(network_findings(variables, str)) == 5
