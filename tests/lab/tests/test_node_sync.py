# SPDX-License-Identifier: Apache-2.0
# mypy: allow-untyped-defs, allow-incomplete-defs
"""Node groups become the right nodes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from lab import aws, node_sync
from lab.node_sync import NodeGroup, Subnet

GENERAL = NodeGroup(
    cluster="c1",
    name="general",
    region="eu-central-1",
    size=3,
    instance_type="m5.large",
    capacity_type="ON_DEMAND",
    version="1.36",
    subnets=(Subnet("eu-central-1a", "10.0.1.0/24"), Subnet("eu-central-1b", "10.0.2.0/24")),
    labels={"role": "general"},
)
GPU = NodeGroup(
    cluster="c1",
    name="gpu",
    region="eu-central-1",
    size=1,
    instance_type="p3.8xlarge",
    capacity_type="SPOT",
    version="1.36",
    taints=({"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"},),
)


def nodes(*groups: NodeGroup) -> list[dict[str, Any]]:
    return copy.deepcopy(node_sync.changes(groups, []).create)


def test_a_node_carries_its_groups_labels_and_those_of_eks():
    labels = node_sync.node(GPU, 0)["metadata"]["labels"]
    assert labels["eks.amazonaws.com/nodegroup"] == "gpu"
    assert labels["eks.amazonaws.com/capacityType"] == "SPOT"
    assert labels["node.kubernetes.io/instance-type"] == "p3.8xlarge"
    assert labels["topology.kubernetes.io/region"] == "eu-central-1"
    assert node_sync.node(GENERAL, 0)["metadata"]["labels"]["role"] == "general"


def test_a_group_cannot_overwrite_what_the_cloud_says():
    liar = NodeGroup(**{**vars(GENERAL), "labels": {"topology.kubernetes.io/zone": "mars-1a"}})
    assert node_sync.node(liar, 0)["metadata"]["labels"]["topology.kubernetes.io/zone"] == "eu-central-1a"


def test_nodes_are_spread_over_the_zones_of_the_groups_subnets():
    zones = [node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes(GENERAL)]
    assert zones == ["eu-central-1a", "eu-central-1b", "eu-central-1a"]


def test_addresses_differ_and_lie_in_the_subnets():
    addresses = [node["status"]["addresses"][0]["address"] for node in nodes(GENERAL, GPU)]
    assert len(set(addresses)) == 4
    assert [a.rsplit(".", 1)[0] for a in addresses[:3]] == ["10.0.1", "10.0.2", "10.0.1"]


def test_a_taint_is_written_as_kubernetes_writes_it():
    assert node_sync.node(GPU, 0)["spec"]["taints"] == [
        {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
    ]


def test_capacity_follows_the_instance_type_and_no_gpu_is_advertised_before_a_plugin_runs():
    status = node_sync.node(GPU, 0)["status"]
    assert status["capacity"] == {"cpu": "32", "memory": "249856Mi", "pods": "110"}
    assert "nvidia.com/gpu" not in status["allocatable"]


def test_a_type_that_the_table_lacks_still_makes_a_node():
    unknown = NodeGroup(**{**vars(GENERAL), "instance_type": "x9.mega"})
    assert node_sync.node(unknown, 0)["status"]["capacity"]["cpu"] == "2"


def test_equal_nodes_need_no_change():
    change = node_sync.changes([GENERAL, GPU], nodes(GENERAL, GPU))
    assert (change.create, change.delete, change.patch) == ([], [], {})


def test_a_smaller_group_loses_its_last_node():
    smaller = NodeGroup(**{**vars(GENERAL), "size": 2})
    assert node_sync.changes([smaller], nodes(GENERAL)).delete == ["c1-general-2"]


def test_a_removed_group_takes_its_nodes_along_and_leaves_others_alone():
    stranger: dict[str, Any] = {"metadata": {"name": "mine", "labels": {}}, "spec": {}}
    assert node_sync.changes([], [*nodes(GPU), stranger]).delete == ["c1-gpu-0"]


def test_another_instance_type_replaces_the_node():
    other = NodeGroup(**{**vars(GPU), "instance_type": "g5.xlarge"})
    assert node_sync.changes([other], nodes(GPU)).delete == ["c1-gpu-0"]


def test_a_changed_label_is_patched_and_labels_of_others_stay():
    present = nodes(GENERAL)
    present[0]["metadata"]["labels"] |= {"role": "old", "feature.node.kubernetes.io/x": "true"}
    change = node_sync.changes([GENERAL], present)
    assert change.patch == {"c1-general-0": {"metadata": {"labels": {"role": "general"}}}}


def test_taints_of_controllers_survive_a_missing_one():
    present = nodes(GPU)
    present[0]["spec"]["taints"] = [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]
    patch = node_sync.changes([GPU], present).patch["c1-gpu-0"]
    assert [taint["key"] for taint in patch["spec"]["taints"]] == ["node.kubernetes.io/unreachable", "nvidia.com/gpu"]


def test_long_names_stay_within_a_labels_limit_and_differ():
    groups = [NodeGroup(**{**vars(GENERAL), "cluster": "c" * 60, "name": f"group-{n}"}) for n in (1, 2)]
    names = {node_sync.node_name(group, 0) for group in groups}
    assert len(names) == 2
    assert all(len(name) <= 63 for name in names)


def test_the_emulators_answers_are_understood():
    raw = {
        "clusterName": "c1",
        "nodegroupName": "gpu",
        "scalingConfig": {"desiredSize": 2, "minSize": 0, "maxSize": 5},
        "instanceTypes": ["p3.2xlarge"],
        "capacityType": "SPOT",
        "version": "1.36",
        "subnets": ["subnet-1", "subnet-gone"],
        "labels": None,
        "taints": [{"key": "k", "value": "v", "effect": "NO_EXECUTE"}],
    }
    xml = (
        b'<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><subnetSet><item>'
        b"<subnetId>subnet-1</subnetId><cidrBlock>10.9.0.0/24</cidrBlock><availabilityZone>eu-central-1c</availabilityZone>"
        b"<tagSet><item><key>a</key></item></tagSet></item></subnetSet></DescribeSubnetsResponse>"
    )
    (group,) = node_sync.parse_node_groups([raw], aws.parse_subnets(xml), "eu-central-1")
    assert (group.size, group.instance_type, group.labels) == (2, "p3.2xlarge", {})
    assert group.subnets == (Subnet("eu-central-1c", "10.9.0.0/24"),)


@pytest.mark.parametrize("name", ["m5.large", "m5.xlarge", "p3.2xlarge", "g4dn.xlarge"])
def test_the_types_of_the_requirements_are_known(name):
    assert name in node_sync.instance_types()


def test_every_gpu_type_says_model_count_and_memory():
    for name, kit in node_sync.instance_types().items():
        assert bool(kit.gpu) == bool(kit.gpu_count) == bool(kit.gpu_memory_mib), name
