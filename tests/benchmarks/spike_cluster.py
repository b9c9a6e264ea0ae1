# SPDX-License-Identifier: Apache-2.0
"""The cluster that a spike comes to: real Karpenter with our node pools, real metrics-server, our chart, placeholders.

Stand-ins: Karpenter's own test provider makes the nodes, after a delay; pods become ready after one.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract import charts
from lab import tools
from lab.kube import Kube
from support import sealed
from support.cluster import Cluster, eventually

REPO = Path(__file__).resolve().parents[2]
KARPENTER = REPO / "tests/autoscaling/karpenter"
CHART = REPO / "charts/ai_service"
SERVICE = "example-api"
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
# Processors, GiB, dollars an hour on demand: the family that the node pool `general` takes.
TYPES = {"m5.large": (2, 8, 0.096), "m5.xlarge": (4, 16, 0.192), "m5.2xlarge": (8, 32, 0.384)}
NODE_CLASS = {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"}
START_DELAY = "lab.applied-ai.dev/start-delay"
CPU, MEMORY = "kwok.x-k8s.io/usage-cpu", "kwok.x-k8s.io/usage-memory"
Json = dict[str, Any]


@dataclass(frozen=True)
class Profile:
    """One way to scale, as values of the chart and sizes of the role headroom."""

    title: str
    # Triggers of KEDA beside CPU and memory; none leaves the HPA of the PRD as it is.
    triggers: tuple[Json, ...] = ()
    # Pods that the autoscaler may add in 15 s, beside the doubling that the PRD allows.
    step: int = 0
    placeholders: int = 0
    values: Json = field(default_factory=dict)


def instance_types() -> list[Json]:
    """Return what the test provider can make, in its own format."""
    return [
        {
            "name": name,
            "offerings": [
                {
                    "Price": price,
                    "Available": True,
                    "Requirements": [
                        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
                        {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]},
                    ],
                }
                for zone in ZONES
            ],
            "architecture": "amd64",
            "operatingSystems": ["linux"],
            "resources": {"cpu": str(cpu), "memory": f"{memory}Gi", "pods": "58", "ephemeral-storage": "100Gi"},
        }
        for name, (cpu, memory, price) in TYPES.items()
    ]


def node_pool() -> Json:
    """Return the role's node pool `general`; what only AWS's provider knows becomes a list of instance types."""
    (pool,) = [
        one
        for one in charts.rendered_objects("karpenter", {})
        if one["kind"] == "NodePool" and one["metadata"]["name"] == "general"
    ]
    template = pool["spec"]["template"]["spec"]
    template["nodeClassRef"] = NODE_CLASS
    known = [one for one in template["requirements"] if not one["key"].startswith("karpenter.k8s.aws/")]
    known.append({"key": "node.kubernetes.io/instance-type", "operator": "In", "values": list(TYPES)})
    template["requirements"] = known
    return dict(pool)


def connection(cluster: Cluster) -> Kube:
    """Return a connection to the API server."""
    ports: Any = cluster.site.facts["ports"]
    return Kube(f"https://127.0.0.1:{ports['kube_apiserver']}", cluster.site.lab_dir / "kwok/clusters/lab/pki")


@contextlib.contextmanager
def karpenter(cluster: Cluster, cache: Path, folder: Path, node_start: float) -> Iterator[None]:
    """Run Karpenter with its own defaults; its nodes register after a delay."""
    program = tools.build_module(cache, "karpenter", KARPENTER, print) / "kwok"
    (line,) = [one for one in (KARPENTER / "go.mod").read_text().splitlines() if "sigs.k8s.io/karpenter v" in one]
    module = tools.fetch_module("sigs.k8s.io/karpenter", line.split("karpenter ")[1].split()[0], KARPENTER)
    for crds in ("pkg/apis/crds", "kwok/apis/crds"):
        cluster.must("kubectl", "apply", "--server-side", "-f", str(module / crds))
    folder.mkdir()
    types = folder / "instance_types.json"
    types.write_text(json.dumps(instance_types()))
    environment = {
        "KUBECONFIG": cluster.kubeconfig,
        "INSTANCE_TYPES_FILE_PATH": str(types),
        "DISABLE_LEADER_ELECTION": "true",
        "SYSTEM_NAMESPACE": "kube-system",
    }
    ports: Any = cluster.site.facts["ports"]
    with sealed.running([str(program)], [ports["kube_apiserver"]], folder, environment):
        node_class = {
            "apiVersion": "karpenter.kwok.sh/v1alpha1",
            "kind": "KWOKNodeClass",
            "metadata": {"name": "default"},
            "spec": {"nodeRegistrationDelay": f"{node_start:.0f}s"},
        }
        eventually(lambda: cluster.apply(node_class).returncode == 0, 60)
        cluster.create(node_pool())
        yield


def prepare(cluster: Cluster) -> None:
    """Install what all profiles share: metrics-server, and the classes of priority."""
    (metrics,) = (cluster.site.lab_dir / "charts").glob("metrics-server-*.tgz")
    # The program runs beside the control plane: the chart's pods would only need a node.
    cluster.must("helm", "install", "metrics-server", str(metrics), "-n", "kube-system", "--set", "replicas=0")
    cluster.create(*charts.rendered_objects("priority_classes", {}))


def placeholders(count: int, request: float, memory: str) -> list[Json]:
    """Return what the role headroom makes: so many placeholders of the size of the service's pods."""
    sizes = [{"name": "spike", "replicas": count, "cpu": f"{request * 1000:.0f}m", "memory": memory}]
    inputs = {"addon_node_autoscaler": "karpenter", "headroom_sizes": sizes}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "headroom"}}
    return [namespace, *charts.rendered_objects("headroom", inputs)]


def settled(cluster: Cluster, profile: Profile, replicas: int) -> bool:
    """Say whether service, placeholders and nodes are there and the autoscaler sees its metrics."""
    pods = cluster.get("pods", "-A")["items"]
    phases = [one["status"].get("phase") for one in pods]
    (autoscaler,) = cluster.get("hpa", "-n", "default")["items"] or [{}]
    seen = [one for one in (autoscaler.get("status") or {}).get("currentMetrics") or [] if one.get("type")]
    return (
        phases.count("Running") == len(phases) == replicas + profile.placeholders
        and autoscaler["status"].get("desiredReplicas") == replicas
        and len(seen) == len(autoscaler["spec"]["metrics"])
    )


def install(cluster: Cluster, profile: Profile, values: Json, folder: Path) -> None:
    """Install the service and its placeholders."""
    file = folder / "values.json"
    values = charts.merge(values, profile.values)
    values["autoscaling"] |= {"triggers": list(profile.triggers), "scaleUpPods": profile.step}
    file.write_text(json.dumps(values))
    cluster.must("helm", "install", SERVICE, str(CHART), "-n", "default", "--values", str(file))
    if profile.placeholders:
        requests = values["resources"]["requests"]
        request = float(str(requests["cpu"]).removesuffix("m")) / 1000
        cluster.create(*placeholders(profile.placeholders, request, requests["memory"]))


def remove(cluster: Cluster) -> None:
    """Remove the service, its placeholders and all nodes."""
    cluster.must("helm", "uninstall", SERVICE, "-n", "default", "--wait")
    cluster.must("kubectl", "delete", "deployments", "--all", "-n", "headroom", "--ignore-not-found")
    # Nobody ends those whose node Karpenter has just ended, but the pod garbage collector, some time.
    cluster.must("kubectl", "delete", "pods", "--all", "-A", "--force", "--grace-period=0")
    eventually(
        lambda: not cluster.get("pods", "-A")["items"], 120, lambda: cluster.must("kubectl", "get", "pods,nodes", "-A")
    )
    # The test provider makes a node that was launched even if nobody wants it any more.
    eventually(lambda: all(map(registered, cluster.get("nodeclaims")["items"])), 300)
    cluster.must("kubectl", "delete", "nodeclaims", "--all", "--wait=false")
    eventually(lambda: not cluster.get("nodes")["items"], 120)


def registered(claim: Json) -> bool:
    """Say whether the node that Karpenter asked for is there."""
    conditions = (claim.get("status") or {}).get("conditions") or []
    return any(one["type"] == "Registered" and one["status"] == "True" for one in conditions)
