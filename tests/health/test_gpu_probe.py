# SPDX-License-Identifier: Apache-2.0
"""Pods that ask for GPUs, on a real API server with the real scheduler and admission, and this project's own policies.

Stand-ins: KWOK's kubelet says that pods run, ended or cannot pull; the rehearsal's device plugin offers GPUs that are
not there; an HTTPS server plays the part of the kubelet that has logs, which the real API server passes on.
"""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from contract import charts
from support.addresses import Authority
from support.cluster import Cluster, eventually, node, started
from support.looks import module
from support.rehearsal import REPO

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
GPU, LABEL = "nvidia.com/gpu", "eks.amazonaws.com/nodegroup"
PROBE = "applied-ai.dev/gpu-probe"
NAMESPACE = "probes"
TAINT = {"key": GPU, "value": "present", "effect": "NoSchedule"}
STRANGE = {"key": "strange", "value": "x", "effect": "NoSchedule"}
# What the simulated kubelet does with a pod of this image: the test's own annotations, which the module does not set.
ENDS, MISSING = "registry.example.com/ends:1", "registry.example.com/missing:1"
BEHAVIOUR = {ENDS: ("helm.sh/hook", "test"), MISSING: ("lab.applied-ai.dev/fault", "image-pull-error")}
SLOW = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 70.742 \n#\n"


@dataclass
class World:
    """The cluster, and what its kubelets tell of logs."""

    cluster: Cluster
    log: str = ""

    def probe(self, *groups: str, check: bool = False, **given: Any) -> Json:
        """Run the module over these node groups, with nodes of four GPUs."""
        expected = {"groups": [{"name": name, "count": 1, "gpus_per_node": 4} for name in groups]}
        return module("health_gpu_probe", {**self.arguments(), **given, "expected": expected} | checked(check))

    def arguments(self) -> Json:
        """Return the options of every run."""
        return {"kubeconfig": self.cluster.kubeconfig, "namespace": NAMESPACE}

    def pods(self) -> list[Json]:
        """Return the probes' pods of all namespaces."""
        return list(self.cluster.get("pods", "-A", "-l", f"{PROBE}=true")["items"])


def checked(check: bool) -> Json:
    """Return how Ansible says that it is in check mode."""
    return {"_ansible_check_mode": True} if check else {}


def gpu_node(name: str, *, gpus: str = "", taints: tuple[Json, ...] = (TAINT,), **spec: Any) -> Json:
    """Return a node of the group that its name begins with; without ``gpus`` a device plugin must offer them."""
    one = node(name)
    one["metadata"]["labels"] |= {LABEL: name.partition("-")[0]}
    if gpus:
        for field in ("capacity", "allocatable"):
            one["status"][field] = {**one["status"][field], GPU: gpus}
    else:
        about = {"gpu": "NVIDIA-A10G", "gpu-count": "4", "gpu-memory-mib": "23028"}
        one["metadata"]["annotations"] |= {f"lab.applied-ai.dev/{key}": value for key, value in about.items()}
    one["spec"] = {"taints": list(taints), **spec}
    return one


def holder(name: str, where: str, **annotations: str) -> Json:
    """Return a pod that has two GPUs of a node, and that others may push out."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations},
        "spec": {
            "priorityClassName": "low",
            "tolerations": [{"operator": "Exists"}],
            "nodeSelector": {"kubernetes.io/hostname": where},
            "containers": [{"name": "main", "image": "x:1", "resources": {"limits": {GPU: "2"}}}],
        },
    }


def priority(name: str, value: int, policy: str) -> Json:
    """Return a PriorityClass."""
    kind = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}
    return {**kind, "metadata": {"name": name}, "value": value, "preemptionPolicy": policy}


def behaviours() -> Iterator[Json]:
    """Return policies that tell the simulated kubelet what to do with a pod of an image."""
    for number, (image, (key, value)) in enumerate(BEHAVIOUR.items()):
        version = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": f"behaviour-{number}"}}
        path = f'"/metadata/annotations/" + jsonpatch.escapeKey("{key}")'
        yield {
            **version,
            "kind": "MutatingAdmissionPolicy",
            "spec": {
                "reinvocationPolicy": "Never",
                "matchConstraints": {
                    "resourceRules": [
                        {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
                    ]
                },
                "matchConditions": [{"name": "image", "expression": f'object.spec.containers[0].image == "{image}"'}],
                "mutations": [
                    {
                        "patchType": "JSONPatch",
                        "jsonPatch": {"expression": f'[JSONPatch{{op: "add", path: {path}, value: "{value}"}}]'},
                    }
                ],
            },
        }
        yield {**version, "kind": "MutatingAdmissionPolicyBinding", "spec": {"policyName": f"behaviour-{number}"}}


@contextmanager
def kubelet(world: World, context: ssl.SSLContext) -> Iterator[int]:
    """Serve what the kubelet serves at /containerLogs; give the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path.startswith(f"/containerLogs/{NAMESPACE}/gpu-probe-") and "/probe?" in self.path
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(world.log.encode())

        def log_message(self, *_arguments: object) -> None:
            """Keep still."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def fill(cluster: Cluster) -> None:
    """Make namespaces, policies, classes, the device plugin, nodes, and pods that have GPUs."""
    labels = {"applied-ai.dev/policies": "enforced", "pod-security.kubernetes.io/enforce": "restricted"}
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    classes = (priority("low", -5, "PreemptLowerPriority"), priority("never", -1, "Never"))
    cluster.create(space, *classes, *charts.rendered_objects("admission_policies", {}), *behaviours())
    nodes = [gpu_node("usable-1"), gpu_node("usable-2")]
    for one in nodes:
        one["metadata"]["labels"]["feature.node.kubernetes.io/pci-10de.present"] = "true"
    cluster.create(
        *nodes,
        gpu_node("bare-1"),
        gpu_node("cordoned-1", gpus="4", unschedulable=True),
        gpu_node("strange-1", gpus="4", taints=(STRANGE,)),
        gpu_node("full-1", gpus="2"),
        gpu_node("held-1", gpus="2"),
        holder("trains", "full-1"),
        holder("stuck", "held-1", **{"lab.applied-ai.dev/fault": "image-pull-error"}),
    )
    (chart,) = (cluster.site.lab_dir / "charts").glob("nvidia-device-plugin-*.tgz")
    cluster.must("helm", "install", "plugin", str(chart), "-n", "kube-system")


def ready(cluster: Cluster) -> bool:
    """Say whether GPUs are offered, and those that are to be held are."""
    nodes = {one["metadata"]["name"]: one["status"]["allocatable"] for one in cluster.get("nodes")["items"]}
    phases = {
        one["metadata"]["name"]: one["status"].get("phase") for one in cluster.get("pods", "-n", "default")["items"]
    }
    placed = all(one["spec"].get("nodeName") for one in cluster.get("pods", "-n", "default")["items"])
    return placed and phases["trains"] == "Running" and all(nodes[f"usable-{n}"].get(GPU) == "4" for n in (1, 2))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Start a cluster with a node group for each way in which GPUs can be had or not."""
    before = signal.getsignal(signal.SIGTERM)
    authority = Authority(tmp_path_factory.mktemp("tls"))
    with started(tmp_path_factory.mktemp("lab")) as cluster:
        one = World(cluster)
        fill(cluster)
        with kubelet(one, authority.context) as port:
            eventually(lambda: ready(cluster), 60)
            where = [{"type": "Hostname", "address": "localhost"}]
            status = {"addresses": where, "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}
            patch = json.dumps({"status": status})
            for name in ("usable-1", "usable-2"):
                cluster.must("kubectl", "patch", "node", name, "--subresource=status", "--type=merge", "-p", patch)
            yield one
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(autouse=True)
def nothing_stays(world: World) -> Iterator[None]:
    """Whatever a test does, no pod of a probe is left, and those that had GPUs have them still."""
    uids = [one["metadata"]["uid"] for one in world.cluster.get("pods", "-n", "default")["items"]]
    yield
    assert world.pods() == []
    assert [one["metadata"]["uid"] for one in world.cluster.get("pods", "-n", "default")["items"]] == uids


def by_subject(found: Json) -> dict[str, Json]:
    """Return the checks of a run, by the name of the group or node."""
    return {one["subject"].rpartition(" ")[2]: one for one in found["checks"]}


def test_gpus_that_can_be_had_and_those_that_all_work(world: World) -> None:
    found = world.probe("usable", "full")
    checks = by_subject(found)
    assert (found["verdict"], found["exit_code"], found["changed"]) == ("healthy", 0, False), found["summary"]
    assert checks["usable"]["seen"].startswith(f"a pod had 1 {GPU} on node usable-")
    # Its pods may be pushed out by others, but not by a probe, whose class is higher.
    assert checks["full"]["seen"] == f"all 2 {GPU} in use, by 1 pod, 1 of them running"


def test_each_node_is_asked(world: World) -> None:
    found = world.probe("usable", "full", per_node=True)
    assert found["verdict"] == "healthy", found["summary"]
    assert sorted(by_subject(found)) == ["full-1", "usable-1", "usable-2"]
    for name in ("usable-1", "usable-2"):
        assert by_subject(found)[name]["seen"] == f"a pod had 1 {GPU} on node {name}"


FAULTS: dict[str, tuple[str, str, str, str]] = {
    # group: status, severity, what is seen, advice
    "cordoned": ("failed", "critical", "the node is cordoned; 0/7 nodes are available", "nodes_schedulable"),
    "strange": ("failed", "critical", "taint strange=x; 0/7 nodes are available", "toleration of the taint"),
    "bare": ("failed", "critical", f"no {GPU} offered; 0/7 nodes are available", "device plugin's pod"),
    "held": ("unknown", "major", f"all 2 {GPU} in use, by 1 pod, 0 of them running: not asked for", "pods_settled"),
    "absent": ("failed", "critical", "no node", "node_groups_complete"),
}


def test_each_fault_is_told_apart_in_bounded_time(world: World) -> None:
    found = world.probe("usable", *FAULTS, timeout_s=8)
    checks = by_subject(found)
    assert (found["verdict"], found["exit_code"]) == ("unhealthy", 2)
    assert checks["usable"]["status"] == "ok"
    for group, (status, severity, seen, advice) in FAULTS.items():
        one = checks[group]
        assert (one["status"], one["severity"]) == (status, severity), one
        assert one["seen"].startswith(seen), one
        assert advice in one["advice"], one
    # All at the same time, and the pods' going.
    assert found["duration_s"] < 8 + 20 + 10


def test_an_image_that_cannot_be_pulled_is_no_fault_of_the_gpu(world: World) -> None:
    found = world.probe("usable", image=MISSING)
    (check,) = found["checks"]
    assert (found["verdict"], found["exit_code"]) == ("unknown", 3)
    assert "ImagePullBackOff: Back-off pulling image" in check["seen"]
    assert MISSING in check["seen"]


def test_a_refusal_is_told_with_its_reason(world: World) -> None:
    found = world.probe("usable", labels={})
    (check,) = found["checks"]
    assert found["verdict"] == "unknown"
    assert "The pod lacks the labels service, team" in check["seen"]
    assert "labels" in check["advice"]


def test_a_namespace_that_is_not_there_is_told(world: World) -> None:
    found = world.probe("usable", namespace="nowhere")
    assert (found["verdict"], found["exit_code"]) == ("unknown", 3)
    assert 'namespaces "nowhere" not found' in found["checks"][0]["seen"]


def test_check_mode_starts_nothing(world: World) -> None:
    found = world.probe("usable", check=True)
    assert (found["verdict"], found["checks"][0]["seen"]) == ("unknown", "not asked: check mode starts no pod")


def test_a_program_that_ends_well(world: World) -> None:
    found = world.probe("usable", test="cuda", image=ENDS)
    assert found["verdict"] == "healthy", found["summary"]
    assert [one["id"] for one in found["checks"]] == ["gpu_probe_computes", "gpu_probe_scheduled"]


def test_a_program_that_fails_is_quoted(world: World) -> None:
    world.log = "[Vector addition of 50000 elements]\nFailed to allocate device vector A (error code no device)!\n"
    found = world.probe("usable", test="cuda", image=ENDS, command=["false"])
    assert found["verdict"] == "degraded"
    assert found["checks"][0]["id"] == "gpu_probe_computes"
    seen = "Error, exit code 1; it said: Failed to allocate device vector A (error code no device)!"
    assert found["checks"][0]["seen"].endswith(seen)


def test_the_bandwidth_is_read_from_the_log(world: World) -> None:
    world.log = SLOW
    for least, status in ((50, "ok"), (100, "failed")):
        found = world.probe("usable", test="nccl", image=ENDS, least_bandwidth_gbs=least)
        (check,) = (one for one in found["checks"] if one["id"] == "gpu_probe_communicates")
        assert check["status"] == status
        assert check["seen"].startswith("70.7 GB/s mean bus bandwidth of 4 GPUs on node usable-")


def verify(groups: tuple[str, ...], timeout: int) -> Json:
    """Return a task that lets the device plugin's role verify these node groups."""
    taints = [{"key": GPU, "effect": "NO_SCHEDULE"}]
    given = {
        "state": "present",
        "namespace": NAMESPACE,
        "verify_timeout": timeout,
        "node_groups": {name: {"desired_size": 1, "taints": taints} for name in groups},
    }
    return {
        "name": f"Verify {' and '.join(groups)}",
        "ansible.builtin.include_role": {"name": "nvidia_device_plugin", "tasks_from": "verify"},
        "vars": {f"nvidia_device_plugin_{key}": value for key, value in given.items()},
    }


def test_the_device_plugins_role_asks_every_group(world: World, tmp_path: Path) -> None:
    access = {"kubeconfig": world.cluster.kubeconfig}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "module_defaults": {"group/kubernetes.core.k8s": access, "group/applied_ai.platform.kubernetes": access},
        "tasks": [verify(("usable", "full"), 60), verify(("usable", "cordoned"), 8)],
    }
    path = tmp_path / "verify.yml"
    path.write_text(json.dumps([play]))
    done = world.cluster.site.playbook(str(path), inventory="localhost,")
    # The first passes, or the second would not begin.
    assert done.status != 0
    assert done.recap.failed == 1
    assert "Failed to get a GPU: unhealthy: 1 finding" in done.output
    assert "node group cordoned: the node is cordoned" in done.output


def begun(world: World, timeout: int) -> subprocess.Popen[bytes]:
    """Start a run whose pod has to wait, in a process of its own, and wait for its pod."""
    expected = {"groups": [{"name": "cordoned", "count": 1, "gpus_per_node": 4}]}
    given = json.dumps({**world.arguments(), "timeout_s": timeout, "expected": expected})
    code = (
        "import json, sys; from support.looks import module; "
        "sys.exit(module('health_gpu_probe', json.loads(sys.argv[1])).get('msg', ''))"
    )
    paths = [str(REPO / name) for name in ("collections", "tests")]
    process = subprocess.Popen(
        [sys.executable, "-c", code, given],
        env={"PYTHONPATH": ":".join(paths), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
        stderr=subprocess.PIPE,
    )
    eventually(world.pods, 60)
    return process


def test_ended_from_outside_it_still_removes_its_pods(world: World) -> None:
    process = begun(world, 60)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert b"ended from outside, and has removed its pods" in said


def test_what_a_killed_run_left_the_next_one_removes(world: World) -> None:
    seconds = 6
    process = begun(world, seconds)
    process.kill()
    process.communicate()
    (left,) = world.pods()
    spec, name = left["spec"], left["metadata"]["name"]
    assert (spec["preemptionPolicy"], spec["priorityClassName"]) == ("Never", "never")
    assert spec["activeDeadlineSeconds"] == seconds
    # Its run might still go on.
    assert world.probe("usable")["removed"] == []
    assert [one["metadata"]["name"] for one in world.pods()] == [name]
    removed = eventually(lambda: world.probe("usable")["removed"], 60)
    assert removed == [f"{NAMESPACE}/{name}"]
