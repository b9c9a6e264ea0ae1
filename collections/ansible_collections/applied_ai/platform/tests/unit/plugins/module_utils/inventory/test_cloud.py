# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory import cloud
from botocore.loaders import Loader

NAMES = cloud.Names(frozenset({"us-east-1", "eu-west-1"}), frozenset({"m5.large", "m5.xlarge", "g5.xlarge"}))


def where(name: str) -> str:
    return f"v.{name}"


def groups(**settings: Any) -> dict[str, Any]:
    return {"node_groups": {"gpu": settings}}


CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing set": ({}, []),
    "known": ({"availability_zones": ["us-east-1a", "us-east-1b"], **groups(instance_types=["m5.large"])}, []),
    "local zone": ({"availability_zones": ["us-east-1-bos-1a"]}, []),
    "zone of another region": (
        {"availability_zones": ["eu-west-1a"]},
        ["v.availability_zones[0] is eu-west-1a, which is not a zone of us-east-1; write it like us-east-1a."],
    ),
    "region as a zone": (
        {"availability_zones": ["us-east-1"]},
        ["v.availability_zones[0] is us-east-1, which is not a zone of us-east-1; write it like us-east-1a."],
    ),
    "misspelt type": (
        groups(instance_types=["m5.large", "m5.larg"]),
        ["v.node_groups.gpu.instance_types[1] is m5.larg, which is no instance type of AWS; did you mean m5.large."],
    ),
    "size that is not": (
        groups(instance_types=["m5.1234567890large"]),
        [
            "v.node_groups.gpu.instance_types[0] is m5.1234567890large, which is no instance type of AWS; "
            "choose one such as m5.large, m5.xlarge."
        ],
    ),
    "sizes fall": (
        groups(scaling_config={"min_size": 2, "desired_size": 1, "max_size": 5}),
        ["v.node_groups.gpu.scaling_config has min_size 2, desired_size 1, max_size 5; they must not fall."],
    ),
    "sizes rise": (groups(scaling_config={"min_size": 0, "desired_size": 1, "max_size": 1}), []),
    "classes": ({"db_instance_class": "db.t4g.medium", "redis_node_type": "cache.r7g.large"}, []),
    "no database": ({"db_instance_class": None}, []),
    "class without its prefix": (
        {"db_instance_class": "t4g.medium"},
        ["v.db_instance_class is t4g.medium; a class begins with db., such as db.t4g.medium."],
    ),
    "class of another service": (
        {"redis_node_type": "db.t4g.medium"},
        ["v.redis_node_type is db.t4g.medium; a class begins with cache., such as cache.t4g.medium."],
    ),
    "group without settings": ({"node_groups": {"gpu": None}}, []),
}


@pytest.mark.parametrize(("variables", "findings"), CASES.values(), ids=CASES)
def test_variable_findings(variables: dict[str, Any], findings: list[str]) -> None:
    assert cloud.variable_findings(variables, "us-east-1", where, NAMES) == findings


@pytest.mark.parametrize(
    ("region", "findings"),
    [
        ("us-east-1", []),
        ("us-esat-1", ["platform_region is us-esat-1, which is no region of AWS; did you mean us-east-1."]),
        ("moon", ["platform_region is moon, which is no region of AWS; choose one such as eu-west-1, us-east-1."]),
    ],
)
def test_region_findings(region: str, findings: list[str]) -> None:
    assert cloud.region_findings(region, "platform_region", NAMES) == findings


def test_botocores_own_data_knows_our_defaults() -> None:
    names = cloud.known_names(Loader())
    assert {"us-east-1", "eu-west-1", "us-gov-west-1"} <= names.regions
    assert {"m5.large", "m5.xlarge", "g5.xlarge", "g4dn.xlarge", "p3.2xlarge"} <= names.instance_types
    assert "m5.larg" not in names.instance_types
