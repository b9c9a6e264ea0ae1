# SPDX-License-Identifier: Apache-2.0
"""What is read from a plan: resources after and before, regions, references; and what is no plan."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import plan
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError


def resource(address: str, **values: Any) -> dict[str, Any]:
    kind, _, name = address.rpartition(".")[0].rpartition(".")[2], "", address.rpartition(".")[2]
    return {"address": address, "type": kind, "name": name, "mode": "managed", "values": values}


def document(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format_version": "1.2", "planned_values": {"root_module": {"resources": list(resources)}}, **more}


def test_resources_of_all_modules_are_read_and_data_and_what_goes_are_not():
    child = {"address": 'module.a["x.y"]', "resources": [resource('module.a["x.y"].aws_eip.b', domain="vpc")]}
    data = {**resource("data.aws_ami.c"), "mode": "data"}
    old = {**resource("aws_eip.old"), "deposed_key": "1234"}
    found = document(resource("aws_eip.a"), data, old)
    found["planned_values"]["root_module"]["child_modules"] = [{"child_modules": [child]}]
    found["prior_state"] = {"values": {"root_module": {"resources": [resource("aws_eip.gone")]}}}
    read = plan.read(found, "p")
    assert [(one.address, one.module) for one in read.after] == [
        ("aws_eip.a", ""),
        ('module.a["x.y"].aws_eip.b', 'module.a["x.y"]'),
    ]
    assert [one.address for one in read.before] == ["aws_eip.gone"]


def test_changes_stand_in_where_there_are_no_planned_values():
    changes = [
        {**resource("aws_eip.a"), "change": {"before": None, "after": {"domain": "vpc"}}},
        {**resource("aws_eip.b"), "change": {"before": {"domain": "vpc"}, "after": None}},
    ]
    read = plan.read({"format_version": "1.0", "resource_changes": changes}, "p")
    assert ([one.address for one in read.after], [one.address for one in read.before]) == (["aws_eip.a"], ["aws_eip.b"])


@pytest.mark.parametrize(
    ("expression", "variables", "region"),
    [
        ({"constant_value": "eu-west-1"}, {}, "eu-west-1"),
        ({"references": ["var.region"]}, {"region": {"value": "eu-west-2"}}, "eu-west-2"),
        ({"references": ["var.place.region", "var.place"]}, {"place": {"value": {"region": "eu-west-3"}}}, "eu-west-3"),
        ({"references": ["var.unset"]}, {}, "us-west-1"),
        ({"references": ["local.region"]}, {}, ""),
        ({}, {}, ""),
    ],
)
def test_the_provider_tells_the_region(expression, variables, region):
    configuration = {
        "provider_config": {"aws": {"name": "aws", "expressions": {"region": expression}}},
        "root_module": {"variables": {"unset": {"default": "us-west-1"}}},
    }
    (one,) = plan.read(document(resource("aws_eip.a"), configuration=configuration, variables=variables), "p").after
    assert one.region == region


def test_a_resource_has_the_region_of_its_own_provider():
    configuration = {
        "provider_config": {
            "aws": {"expressions": {"region": {"constant_value": "us-east-1"}}},
            "aws.replica": {"expressions": {"region": {"references": ["var.second", "var.first"]}}},
        },
        "root_module": {"resources": [{"address": "aws_eip.a", "provider_config_key": "aws.replica"}]},
    }
    variables = {"first": {"value": "us-east-1"}, "second": {"value": "us-west-2"}}
    read = plan.read(document(resource("aws_eip.a"), configuration=configuration, variables=variables), "p")
    assert read.after[0].region == "us-west-2"
    assert "provider aws.replica is one of us-west-2, us-east-1" in read.warnings[0]


@pytest.mark.parametrize(
    ("provider", "values", "region"),
    [
        ("aws", {"availability_zone": "us-east-1a"}, "us-east-1"),
        ("aws", {"availability_zone": "us-west-2-lax-1a"}, "us-west-2"),
        ("aws", {"region": "ap-south-1", "availability_zone": "us-east-1a"}, "ap-south-1"),
        ("aws", {"arn": "arn:aws-cn:ec2:cn-north-1:1:x/y"}, "cn-north-1"),
        ("aws", {"arn": "arn:aws:iam::1:role/x"}, ""),
        ("gcp", {"zone": "europe-west4-a"}, "europe-west4"),
        ("gcp", {"region": "https://www.googleapis.com/compute/v1/projects/p/regions/us-central1"}, "us-central1"),
        ("azure", {"location": "West Europe"}, "westeurope"),
        ("azure", {}, ""),
    ],
)
def test_values_tell_the_region(provider, values, region):
    assert plan.region_in(provider, values) == region


def test_a_node_pool_of_azure_is_where_everything_else_is():
    cluster = {**resource("azurerm_kubernetes_cluster.a", location="West Europe"), "provider_name": "x/azurerm"}
    pool = {**resource("azurerm_kubernetes_cluster_node_pool.b"), "provider_name": "x/azurerm"}
    assert [one.region for one in plan.read(document(cluster, pool), "p").after] == ["westeurope", "westeurope"]


def test_references_are_followed_through_variables_and_outputs():
    endpoint = {"address": "aws_vpc_endpoint.e", "expressions": {"subnet_ids": {"references": ["var.subnets"]}}}
    configuration = {
        "root_module": {
            "module_calls": {
                "net": {
                    "module": {
                        "outputs": {"ids": {"expression": {"references": ["aws_subnet.private", "local.x"]}}},
                    }
                },
                "ends": {
                    "expressions": {"subnets": {"references": ["module.net.ids", "module.net"]}},
                    "module": {"resources": [endpoint]},
                },
            }
        }
    }
    found = document(resource('module.ends["a"].aws_vpc_endpoint.e[0]'), configuration=configuration)
    (one,) = plan.read(found, "p").after
    assert one.refs["subnet_ids"] == ("module.net.aws_subnet.private",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no JSON"),
        ('{"format_version": "1.2", "planned_values": {"root_mod', "it ends in the middle"),
        ("[]", "is a JSON list, not a plan"),
        ('{"format_version": "2.0", "planned_values": {}}', "format version 2.0; only 1.x"),
        ('{"format_version": "0.2", "planned_values": {}}', "format version 0.2; only 1.x"),
        ('{"planned_values": {}}', "no format_version"),
        ('{"version": 4, "terraform_version": "1.9", "lineage": "x", "resources": []}', "is a state file"),
        ('{"format_version": "1.0", "values": {"root_module": {}}}', "is a state .it has no planned_values"),
        ('{"format_version": "1.0"}', "is no plan"),
        ('{"format_version": "1.2", "planned_values": {}, "errored": true}', "plan that failed"),
        ('{"format_version": "1.2", "planned_values": []}', "planned_values is no object"),
        (
            '{"format_version": "1.2", "planned_values": {"root_module": {"resources": [{"type": "x"}]}}}',
            "without an address",
        ),
        ('{"format_version": "1.2", "planned_values": {"x": NaN}}', "NaN"),
        ('{"format_version": "1.2", "planned_values": {"root_module": [1]}}', "not the shape of a plan"),
        ('{"format_version": "1.2", "planned_values": {}, "configuration": 3}', "not the shape of a plan"),
    ],
)
def test_what_is_no_plan_is_refused_in_one_sentence(text, told):
    with pytest.raises(CostError, match=told):
        plan.load(text, "plan.json")


def test_a_plan_that_leaves_changes_for_later_is_told():
    assert "not complete" in plan.load(json.dumps({**document(), "complete": False}), "p").warnings[0]


def test_numbers_of_a_plan_are_exact():
    (one,) = plan.load(json.dumps(document(resource("t.a", size=0.1))), "p").after
    assert str(one.values["size"]) == "0.1"
