# SPDX-License-Identifier: Apache-2.0
"""What the GPU roles make of their inputs: ways of sharing by node, quotas by kind of node."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from contract import charts, house

Json = dict[str, Any]
WAYS = [
    {"name": "whole"},
    {"name": "turns", "sharing": "time_slicing", "replicas": 4},
    {"name": "together", "sharing": "mps", "replicas": 8},
    {"name": "slices", "mig_strategy": "mixed"},
    {
        "name": "shared slices",
        "sharing": "time_slicing",
        "mig_strategy": "mixed",
        "slice_replicas": {"1g.10gb": 2, "1g.10gb+me": 3},
    },
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
    assert written["shared slices"]["sharing"]["timeSlicing"]["resources"] == [
        {"name": "nvidia.com/mig-1g.10gb", "replicas": 2},
        {"name": "nvidia.com/mig-1g.10gb.me", "replicas": 3},
    ]
    assert "migStrategy" not in values, "it would win over the nodes' own"


IMPOSSIBLE: dict[str, tuple[str, Json, str]] = {
    "plugin: shared by one": (
        "nvidia_device_plugin",
        {"nvidia_device_plugin_configs": [{"name": "whole", "sharing": "mps"}]},
        "whole shares GPUs among fewer than two pods; give replicas.",
    ),
    "plugin: slices that have no names": (
        "nvidia_device_plugin",
        {"nvidia_device_plugin_configs": [{"name": "whole", "slice_replicas": {"1g.10gb": 2}}]},
        "whole has slice_replicas; slices have names of their own",
    ),
    "operator: layouts without slices": (
        "gpu_operator",
        {"gpu_operator_mig_layouts": {"halves": {"3g.40gb": 2}}},
        "gpu_operator_mig_layouts is set, but gpu_operator_mig_strategy is none",
    ),
    "operator: a default that is no layout": (
        "gpu_operator",
        {
            "gpu_operator_mig_layouts": {"halves": {"3g.40gb": 2}},
            "gpu_operator_mig_strategy": "mixed",
            "gpu_operator_mig_default": "thirds",
        },
        "gpu_operator_mig_default is thirds, which is none of",
    ),
    "kueue: a team without quotas": (
        "kueue",
        {"kueue_teams": {"a": {"namespaces": ["a"]}}},
        "kueue_teams: a has no quotas",
    ),
    "kueue: a team without namespaces": (
        "kueue",
        {"kueue_teams": {"a": {"quotas": {"cpu": {"nominal": 1}}}}},
        "kueue_teams: a has no namespaces",
    ),
    "kueue: an unknown flavor": (
        "kueue",
        {"kueue_teams": {"a": {"namespaces": ["a"], "flavor_quotas": {"h100": {"cpu": {"nominal": 1}}}}}},
        "kueue_teams: a has quotas of h100, which kueue_flavors does not have.",
    ),
}


@pytest.mark.parametrize(("role", "inputs", "sentence"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_work_is_said_in_a_sentence(role: str, inputs: Json, sentence: str) -> None:
    ((found,),) = charts.rendered(role, inputs, "addon_findings")
    assert sentence in found


def test_layouts_of_slices_keep_the_one_without() -> None:
    inputs = {"gpu_operator_mig_layouts": {"mixed": {"1g.10gb": 2, "2g.20gb": 1}}, "gpu_operator_mig_strategy": "mixed"}
    (values,) = charts.rendered("gpu_operator", inputs)
    config = values["migManager"]["config"]
    assert config["create"]
    assert yaml.safe_load(config["data"]["config.yaml"])["mig-configs"] == {
        "all-disabled": [{"devices": "all", "mig-enabled": False}],
        "mixed": [{"devices": "all", "mig-enabled": True, "mig-devices": {"1g.10gb": 2, "2g.20gb": 1}}],
    }
    (values,) = charts.rendered("gpu_operator", {})
    assert values["migManager"]["config"] == {"default": "all-disabled"}


# What a node has in status.allocatable, and the probe then asks for.
OFFERS: dict[str, tuple[list[Json], str, list[str]]] = {
    "whole": ([{"nvidia.com/gpu": "4"}, {"nvidia.com/gpu": "1"}], "nvidia.com/gpu", []),
    "cut": ([{"nvidia.com/gpu": "0", "nvidia.com/mig-1g.10gb": "7"}], "nvidia.com/mig-1g.10gb", []),
    "both": ([{"nvidia.com/mig-1g.10gb": "7"}, {"nvidia.com/gpu": "4"}], "nvidia.com/gpu", []),
    "one with nothing": ([{"nvidia.com/gpu": "4"}, {"cpu": "8"}], "nvidia.com/gpu", ["node-1"]),
}


@pytest.mark.parametrize(("nodes", "wanted", "without"), OFFERS.values(), ids=OFFERS)
def test_the_probe_asks_for_what_nodes_offer(nodes: list[Json], wanted: str, without: list[str]) -> None:
    def one(name: str, group: str, allocatable: Json) -> Json:
        labels = {"eks.amazonaws.com/nodegroup": group}
        return {"metadata": {"name": name, "labels": labels}, "status": {"allocatable": allocatable}}

    resources = [one(f"node-{number}", "gpu", node) for number, node in enumerate(nodes)]
    slices = one("other", "slices", {"nvidia.com/mig-2g.20gb": "3"})
    taints = [{"key": "nvidia.com/gpu", "effect": "NO_SCHEDULE"}]
    groups = {"gpu": {"desired_size": 2, "taints": taints}, "slices": {"desired_size": 1, "taints": taints}}
    loader = DataLoader()
    variables = {
        "nvidia_device_plugin_node_groups": groups | {"general": {"desired_size": 3, "taints": []}},
        "__nvidia_device_plugin_nodes": {"resources": [*resources, slices]},
    }
    for folder in ("defaults", "vars"):
        path = house.ROLES / "nvidia_device_plugin" / folder / "main.yml"
        variables = loader.load_from_file(str(path), trusted_as_template=True) | variables
    templar = Templar(loader=loader, variables=variables)
    asked = charts.plain(templar.template(variables["__nvidia_device_plugin_asked"]))
    assert asked == [
        {"name": "gpu", "count": 2, "gpus_per_node": 1, "resource": wanted},
        {"name": "slices", "count": 1, "gpus_per_node": 1, "resource": "nvidia.com/mig-2g.20gb"},
    ]
    assert charts.plain(templar.template(variables["__nvidia_device_plugin_without"])) == without


def test_webhooks_of_kueue_look_at_teams_alone() -> None:
    """Else nothing would start in the whole cluster while Kueue does not answer, as in the first minute."""

    def selector(teams: Json) -> Json:
        (values,) = charts.rendered("kueue", {"kueue_teams": teams})
        (rule,) = yaml.safe_load(values["managerConfig"]["controllerManagerConfigYaml"])[
            "managedJobsNamespaceSelector"
        ]["matchExpressions"]
        return rule

    quotas = {"cpu": {"nominal": 1}}
    teams = {"a": {"namespaces": ["y", "x"], "quotas": quotas}, "b": {"namespaces": ["x"], "quotas": quotas}}
    assert selector(teams) == {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["x", "y"]}
    assert selector({})["values"], "an empty list is refused"


def test_quotas_may_name_slices() -> None:
    group, hard = queue(
        {"namespaces": ["a"], "quotas": {"nvidia.com/mig-1g.10gb": {"nominal": 7, "borrowing_limit": 7}}}
    )
    assert group["coveredResources"] == ["nvidia.com/mig-1g.10gb"]
    assert hard == {"requests.nvidia.com/mig-1g.10gb": "28"}


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
