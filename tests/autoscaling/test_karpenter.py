# SPDX-License-Identifier: Apache-2.0
"""Karpenter's real controllers with the node pools of our role: spot GPU nodes come for a pending pod, and go.

Stand-ins: Karpenter's own test provider makes simulated nodes, its node class takes the place of EC2NodeClass, and
an instance type the place of requirements that only AWS's provider knows.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract import charts
from lab import tools
from support import sealed
from support.cluster import Cluster, eventually

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
HERE = Path(__file__).resolve().parent
ZONES = ("us-east-1a", "us-east-1b")
# Dollars an hour, only for their order: spot is cheaper than on-demand.
TYPES = {"g5.xlarge": (4, 16, 1, 1.0), "m5.large": (2, 8, 0, 0.1)}
NODE_CLASS = {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"}


def instance_types() -> list[Json]:
    """Return what the provider can make, in its own format."""
    types = []
    for name, (cpu, memory, gpus, price) in TYPES.items():
        offerings = [
            {
                "Price": price if capacity == "on-demand" else price / 3,
                "Available": True,
                "Requirements": [
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": [capacity]},
                    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]},
                ],
            }
            for capacity in ("spot", "on-demand")
            for zone in ZONES
        ]
        resources = {"cpu": str(cpu), "memory": f"{memory}Gi", "pods": "58", "ephemeral-storage": "100Gi"}
        types.append(
            {
                "name": name,
                "offerings": offerings,
                "architecture": "amd64",
                "operatingSystems": ["linux"],
                "resources": {**resources, **({"nvidia.com/gpu": str(gpus)} if gpus else {})},
            }
        )
    return types


def pools() -> list[Json]:
    """Return the role's node pools, for the test provider, and idle nodes of theirs ended at once."""
    found = []
    for one in charts.rendered_objects("karpenter", {}):
        if one["kind"] != "NodePool":
            continue
        template = one["spec"]["template"]["spec"]
        template["nodeClassRef"] = NODE_CLASS
        known = [r for r in template["requirements"] if not r["key"].startswith("karpenter.k8s.aws/")]
        if known != template["requirements"]:
            # Families without GPUs, which the test provider has one of.
            known.append({"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["m5.large"]})
        template["requirements"] = known
        one["spec"]["disruption"]["consolidateAfter"] = "5s"
        found.append(one)
    return found


def gpu_pod(name: str) -> Json:
    """Return a pod that asks for a GPU and tolerates the taint of GPU nodes."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "main",
                    "image": "registry.example.com/a:1",
                    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"nvidia.com/gpu": "1"}},
                }
            ],
        },
    }


@pytest.fixture(scope="module")
def log(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run Karpenter beside the control plane; yield the file with what it says."""
    cache = Path(os.environ.get("LAB_CACHE", Path.home() / ".cache/applied-ai-platform"))
    program = tools.build_module(cache, "karpenter", HERE / "karpenter", print) / "kwok"
    module = Path(tools.fetch_module("sigs.k8s.io/karpenter", module_version(), HERE))
    for folder in ("pkg/apis/crds", "kwok/apis/crds"):
        cluster.must("kubectl", "apply", "--server-side", "-f", str(module / folder))
    folder = tmp_path_factory.mktemp("karpenter")
    types = folder / "instance_types.json"
    types.write_text(json.dumps(instance_types()))
    environment = {
        "KUBECONFIG": cluster.kubeconfig,
        "INSTANCE_TYPES_FILE_PATH": str(types),
        "DISABLE_LEADER_ELECTION": "true",
        "BATCH_IDLE_DURATION": "500ms",
        "SYSTEM_NAMESPACE": "kube-system",
    }
    ports: Any = cluster.site.facts["ports"]
    with sealed.running([str(program)], [ports["kube_apiserver"]], folder, environment):
        yield folder / "log"


def module_version() -> str:
    """Return the version of Karpenter that the Go module names, which is that of the chart."""
    found = re.search(r"sigs.k8s.io/karpenter (v[\d.]+)", (HERE / "karpenter/go.mod").read_text())
    assert found
    return found[1]


def test_the_controllers_are_those_of_the_charts_version() -> None:
    catalogue = charts.read(charts.house.ROLES / "addon/vars/main.yml")["addon_catalogue"]
    assert module_version() == f"v{catalogue['karpenter']['version']}"


def test_a_spot_gpu_node_comes_for_a_pending_pod_and_goes_when_idle(cluster: Cluster, log: Path) -> None:
    cluster.apply(
        {"apiVersion": "karpenter.kwok.sh/v1alpha1", "kind": "KWOKNodeClass", "metadata": {"name": "default"}}
    )
    cluster.create(*pools())

    def said() -> str:
        return log.read_text()[-3000:]

    cluster.create(gpu_pod("trainer"))

    def scheduled() -> str:
        return str(cluster.get("pod", "trainer")["spec"].get("nodeName", ""))

    name = eventually(scheduled, 120, said)
    labels = cluster.get("node", name)["metadata"]["labels"]
    assert labels["karpenter.sh/capacity-type"] == "spot"
    assert labels["node.kubernetes.io/instance-type"] == "g5.xlarge"
    assert labels["topology.kubernetes.io/zone"] in ZONES
    assert {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"} in cluster.get("node", name)["spec"][
        "taints"
    ]

    cluster.must("kubectl", "delete", "pod", "trainer", "--wait=true")
    eventually(lambda: name not in names(cluster), 180, said)
    assert names(cluster) == {"always-there"}


def names(cluster: Cluster) -> set[str]:
    """Return the names of all nodes."""
    return {one["metadata"]["name"] for one in cluster.get("nodes")["items"]}
