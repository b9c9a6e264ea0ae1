# SPDX-License-Identifier: Apache-2.0
"""What the GPU roles make of their inputs: ways of sharing by node, quotas by kind of node."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from contract import charts, house

Json = dict[str, Any]
WAYS = [
    {"name": "whole"},
    {"name": "turns", "sharing": "time_slicing", "replicas": 4},
    {"name": "together", "sharing": "mps", "replicas": 8},
    {"name": "slices", "mig_strategy": "mixed"},
]
FLAVORS = {"gpu": {"node_labels": {"kind": "gpu"}}, "cpu": {}}


def plugin(ways: list[Json]) -> Json:
    """Return the values of the device plugin with these configurations."""
    (values,) = charts.rendered(
        "nvidia_device_plugin",
        {"nvidia_device_plugin_configs": ways, "nvidia_device_plugin_default_config": ways[0]["name"]},
    )
    return values


def queue(team: Json) -> tuple[Json, Json]:
    """Return the cluster queue's only group of resources and the hard quota of a team."""
    objects = charts.rendered_objects("kueue", {"kueue_flavors": FLAVORS, "kueue_teams": {"team": team}})
    (group,) = next(one for one in objects if one["kind"] == "ClusterQueue")["spec"]["resourceGroups"]
    hard = [one["spec"]["hard"] for one in objects if one["kind"] == "ResourceQuota"]
    return group, hard[0] if hard else {}


def test_each_way_of_sharing_is_a_configuration_of_the_plugin() -> None:
    values = plugin(WAYS)
    written = {name: yaml.safe_load(text) for name, text in values["config"]["map"].items()}
    assert values["config"]["default"] == "whole"
    assert written["whole"]["sharing"] == {}
    assert written["turns"]["sharing"]["timeSlicing"]["resources"] == [{"name": "nvidia.com/gpu", "replicas": 4}]
    assert written["together"]["sharing"] == {"mps": {"resources": [{"name": "nvidia.com/gpu", "replicas": 8}]}}
    assert written["slices"]["flags"] == {"migStrategy": "mixed"}
    assert "migStrategy" not in values, "it would win over the nodes' own"


@pytest.mark.parametrize(("ways", "wanted"), [(WAYS, True), (WAYS[:2], False)])
def test_what_tells_where_mps_is_wanted_comes_with_mps(ways: list[Json], wanted: bool) -> None:
    values = plugin(ways)
    assert values["gfd"]["enabled"] is wanted
    assert values["nfd"]["enabled"] is False, "Node Feature Discovery is an add-on of its own"


def test_quotas_hold_for_every_flavor() -> None:
    group, hard = queue({"namespaces": ["a"], "quotas": {"nvidia.com/gpu": {"nominal": 2, "borrowing_limit": 1}}})
    assert {flavor["resources"][0]["nominalQuota"] for flavor in group["flavors"]} == {2}
    assert hard == {"requests.nvidia.com/gpu": "6"}


def test_quotas_of_a_flavor_are_its_own_and_every_flavor_names_the_same_resources() -> None:
    quotas = {"gpu": {"nvidia.com/gpu": {"nominal": 8, "borrowing_limit": 4}}, "cpu": {"cpu": {"nominal": 64}}}
    group, hard = queue({"namespaces": ["a"], "flavor_quotas": quotas})
    named = [[one["name"] for one in flavor["resources"]] for flavor in group["flavors"]]
    assert named == [group["coveredResources"]] * 2
    of_cpu = {one["name"]: one for one in group["flavors"][1]["resources"]}
    assert of_cpu["nvidia.com/gpu"] == {"name": "nvidia.com/gpu", "nominalQuota": 0, "borrowingLimit": 0}
    assert of_cpu["cpu"] == {"name": "cpu", "nominalQuota": 64}
    assert hard == {"requests.nvidia.com/gpu": "12"}


def test_what_may_be_borrowed_without_limit_has_no_hard_quota() -> None:
    assert queue({"namespaces": ["a"], "quotas": {"nvidia.com/gpu": {"nominal": 2}}})[1] == {}


def test_the_exporter_exports_what_alerts_and_dashboard_look_at() -> None:
    folder = house.ROLES / "dcgm_exporter/files"
    (values,) = charts.rendered("dcgm_exporter", {})
    exported = {line.partition(",")[0] for line in values["customMetrics"].splitlines()}
    text = (folder / "alerts.yml").read_text() + (folder / "dashboards/gpu.json").read_text()
    assert set(re.findall(r"DCGM_FI_\w+", text)) <= exported
