# SPDX-License-Identifier: Apache-2.0
# mypy: allow-untyped-defs, allow-incomplete-defs
"""A whole lab of its own: everything that the others rely on, against the built tools."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from lab import charts, cluster, emulator, processes, tools
from lab.cli import main
from lab.kube import Kube
from lab.paths import REPOSITORY, Paths
from lab.state import State, read_json

pytestmark = pytest.mark.lab


class Lab:
    """A lab in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths.from_environment({**os.environ, "LAB_DIR": str(folder)})

    def run(self, *arguments: str) -> tuple[int, str]:
        environ = {**os.environ, "LAB_DIR": str(self.paths.dir), "PYTHONPATH": str(REPOSITORY / "tests")}
        done = subprocess.run(
            [sys.executable, "-m", "lab", *arguments],
            env=environ,
            text=True,
            capture_output=True,
            timeout=600,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def must(self, *arguments: str) -> str:
        code, output = self.run(*arguments)
        assert code == 0, output
        return output

    @property
    def facts(self) -> dict[str, Any]:
        found = read_json(self.paths.facts)
        assert found is not None
        return found

    @property
    def kube(self) -> Kube:
        return Kube(cluster.server(State.load(self.paths.state)), self.paths.cluster / "pki")

    def aws(self, service: str) -> Any:
        facts = self.facts
        return boto3.client(
            service,
            endpoint_url=facts["aws_endpoint_url"],
            region_name=facts["aws_region"],
            aws_access_key_id=facts["aws_access_key_id"],
            aws_secret_access_key=facts["aws_secret_access_key"],
        )

    def tool(self, name: str, *arguments: str) -> str:
        environ = {**os.environ, "KUBECONFIG": str(self.paths.kubeconfig)}
        argv = [str(self.paths.bin / name), *arguments]
        done = subprocess.run(argv, env=environ, text=True, capture_output=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def install(self, chart: str, namespace: str, *options: str) -> None:
        archive = self.paths.charts / f"{chart}-{charts.catalogue()[chart]}.tgz"
        self.tool("helm", "install", chart, str(archive), "-n", namespace, "--create-namespace", *options)

    def apply(self, *documents: dict[str, Any]) -> None:
        environ = {**os.environ, "KUBECONFIG": str(self.paths.kubeconfig)}
        content = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)})
        argv = [str(self.paths.bin / "kubectl"), "apply", "-f", "-"]
        done = subprocess.run(argv, env=environ, input=content, text=True, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr


def eventually(check: Callable[[], object], timeout_s: float = 120) -> None:
    """Repeat a check until it holds."""
    deadline = time.monotonic() + timeout_s
    while True:
        problem: object = "it is not so"
        with contextlib.suppress(LookupError, OSError):
            found = check()
            if found:
                return
            problem = found
        assert time.monotonic() < deadline, problem
        time.sleep(0.5)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    one = Lab(tmp_path_factory.mktemp("lab"))
    try:
        one.must("up")
        make_cluster(one)
        yield one
    finally:
        one.run("clean")


def make_cluster(lab: Lab) -> None:
    ec2, eks = lab.aws("ec2"), lab.aws("eks")
    region = lab.facts["aws_region"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    ]
    role = lab.aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    eks.create_cluster(name="c1", version="1.36", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    common = {"clusterName": "c1", "subnets": subnets, "nodeRole": role}
    eks.create_nodegroup(
        **common,
        nodegroupName="general",
        instanceTypes=["m5.large"],
        scalingConfig={"minSize": 1, "maxSize": 10, "desiredSize": 3},
        labels={"role": "general"},
    )
    eks.create_nodegroup(
        **common,
        nodegroupName="gpu",
        instanceTypes=["g4dn.xlarge"],
        capacityType="SPOT",
        scalingConfig={"minSize": 0, "maxSize": 5, "desiredSize": 1},
        taints=[{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}],
    )
    eventually(lambda: ready_nodes(lab) == {"c1-general-0", "c1-general-1", "c1-general-2", "c1-gpu-0"})


def ready_nodes(lab: Lab) -> set[str]:
    return {
        node["metadata"]["name"]
        for node in lab.kube.nodes()
        for condition in node["status"].get("conditions", [])
        if condition["type"] == "Ready" and condition["status"] == "True"
    }


def node(lab: Lab, name: str) -> dict[str, Any]:
    return next(found for found in lab.kube.nodes() if found["metadata"]["name"] == name)


def deployment(name: str, replicas: int, usage: str = "5m") -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": "main", "image": "lab.invalid/x:1", "resources": {"requests": {"cpu": "200m"}}}
    template = {
        "metadata": {"labels": labels, "annotations": {"kwok.x-k8s.io/usage-cpu": usage}},
        "spec": {"containers": [container]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def pods_ready(lab: Lab, selector: str, namespace: str = "default") -> list[bool]:
    return [
        any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
        for pod in lab.kube.pods(selector, namespace)
    ]


def test_up_again_changes_nothing(lab: Lab) -> None:
    before = (lab.paths.facts.read_text(), State.load(lab.paths.state))
    lab.must("up")
    assert (lab.paths.facts.read_text(), State.load(lab.paths.state)) == before
    assert "readyz" in lab.must("status")


def test_everything_listens_on_loopback_only(lab: Lab) -> None:
    pids = {p.pid for p in State.load(lab.paths.state).processes.values()}
    pids |= {p.pid for p in cluster.component_processes(lab.paths).values()}
    sockets = {str(fd.readlink()) for pid in pids for fd in Path(f"/proc/{pid}/fd").iterdir()}
    listening = []
    for table, loopback in (("tcp", "0100007F"), ("tcp6", "00000000000000000000000001000000")):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, state, inode = fields[1].partition(":")[0], fields[3], fields[9]
            if state == "0A" and f"socket:[{inode}]" in sockets:
                listening.append((address, loopback))
    assert len(listening) >= 8
    assert all(address == loopback for address, loopback in listening)


def test_the_tools_tell_the_right_version(lab: Lab) -> None:
    assert json.loads(lab.tool("kubectl", "get", "--raw", "/version"))["gitVersion"] == tools.kubernetes_version(
        (tools.TOOLS_MODULE / "go.mod").read_text()
    )


def test_eks_tells_the_address_of_the_real_api_server(lab: Lab) -> None:
    endpoint = lab.aws("eks").describe_cluster(name="c1")["cluster"]["endpoint"]
    assert endpoint == f"https://localhost:{lab.facts['ports']['kube_apiserver']}"


def test_a_request_whose_answer_was_lost_makes_nothing_twice(lab: Lab) -> None:
    ec2 = lab.aws("ec2")
    invocation = "first"

    def repeat(request: Any, **_: object) -> None:
        request.headers["amz-sdk-invocation-id"] = invocation

    ec2.meta.events.register("before-send.ec2.CreateVpc", repeat)
    first, again = (ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"] for _ in range(2))
    invocation = "second"
    other = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    for one in {first, again, other}:
        ec2.delete_vpc(VpcId=one)
    assert first == again
    assert first != other


def test_an_installed_device_plugin_is_useless_until_the_node_is_labelled(lab: Lab) -> None:
    lab.install("nvidia-device-plugin", "gpu")
    time.sleep(4)
    assert lab.kube.pods("app.kubernetes.io/name=nvidia-device-plugin", "gpu") == []
    assert "nvidia.com/gpu" not in node(lab, "c1-gpu-0")["status"]["allocatable"]
    lab.install("node-feature-discovery", "nfd", "--set-json", 'worker.tolerations=[{"operator":"Exists"}]')
    eventually(lambda: node(lab, "c1-gpu-0")["status"]["allocatable"]["nvidia.com/gpu"] == "1")
    assert all("nvidia.com/gpu" not in node(lab, f"c1-general-{n}")["status"]["allocatable"] for n in range(3))
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "cuda", "namespace": "default", "labels": {"app": "cuda"}},
        "spec": {
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
            "containers": [
                {"name": "main", "image": "lab.invalid/x:1", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
            ],
        },
    }
    greedy = json.loads(json.dumps(pod).replace("cuda", "greedy"))
    lab.apply(pod)
    eventually(lambda: pods_ready(lab, "app=cuda") == [True])
    assert lab.kube.pods("app=cuda")[0]["spec"]["nodeName"] == "c1-gpu-0"
    lab.apply(greedy)
    time.sleep(3)
    assert "nodeName" not in lab.kube.pods("app=greedy")[0]["spec"]
    lab.tool("kubectl", "delete", "pod", "cuda", "greedy")


def test_a_lost_gpu_and_a_removed_plugin_are_no_longer_advertised(lab: Lab) -> None:
    lab.must("fault", "gpu-lost", "c1-gpu-0")
    eventually(lambda: node(lab, "c1-gpu-0")["status"]["allocatable"]["nvidia.com/gpu"] == "0")
    lab.must("fault", "gpu-lost", "c1-gpu-0", "--clear")
    eventually(lambda: node(lab, "c1-gpu-0")["status"]["allocatable"]["nvidia.com/gpu"] == "1")
    lab.tool("helm", "uninstall", "nvidia-device-plugin", "-n", "gpu")
    eventually(lambda: node(lab, "c1-gpu-0")["status"]["allocatable"]["nvidia.com/gpu"] == "0")


def test_the_autoscaler_scales_on_the_usage_that_pods_announce(lab: Lab) -> None:
    assert all(entry["metadata"]["name"] != "v1beta1.metrics.k8s.io" for entry in api_services(lab))
    lab.install("metrics-server", "kube-system")
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
    }
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "busy", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "busy"},
            "minReplicas": 1,
            "maxReplicas": 4,
            "metrics": [metric],
        },
    }
    lab.apply(deployment("busy", 1, usage="180m"), scaler)
    eventually(lambda: len(lab.kube.pods("app=busy")) == 4, 240)
    lab.tool("kubectl", "delete", "hpa,deploy", "busy")


def api_services(lab: Lab) -> list[dict[str, Any]]:
    return lab.kube.items("/apis/apiregistration.k8s.io/v1/apiservices")


def test_crash_looping_pods_come_back_when_the_fault_is_cleared(lab: Lab) -> None:
    lab.apply(deployment("web", 2))
    eventually(lambda: pods_ready(lab, "app=web") == [True, True])
    lab.must("fault", "pods-crash-looping", "app=web", "-n", "default")
    eventually(lambda: pods_ready(lab, "app=web") == [False, False])
    status = lab.kube.pods("app=web")[0]["status"]["containerStatuses"][0]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert status["restartCount"] >= 1
    lab.must("fault", "pods-crash-looping", "app=web", "-n", "default", "--clear")
    eventually(lambda: pods_ready(lab, "app=web") == [True, True])


def test_a_lost_node_is_tainted_by_the_real_controller_and_comes_back(lab: Lab) -> None:
    lab.must("fault", "node-lost", "c1-general-1")
    eventually(lambda: "c1-general-1" not in ready_nodes(lab))
    eventually(
        lambda: (
            "node.kubernetes.io/unreachable" in {t["key"] for t in node(lab, "c1-general-1")["spec"].get("taints", [])}
        )
    )
    lab.must("fault", "node-lost", "c1-general-1", "--clear")
    eventually(lambda: "c1-general-1" in ready_nodes(lab))


def test_a_fault_on_a_node_that_is_not_there_names_those_that_are(lab: Lab) -> None:
    code, output = lab.run("fault", "node-lost", "c1-general-9")
    assert code == 2
    assert "has no node 'c1-general-9'" in output
    assert "c1-gpu-0" in output


def test_the_faulty_api_answers_errors_and_slowly(lab: Lab) -> None:
    lab.must("fault", "api-errors", "1", "--target", "kubernetes")
    url = f"http://127.0.0.1:{lab.facts['ports']['fault_kubernetes']}/api/v1/nodes"

    def refused() -> bool:
        try:
            urllib.request.urlopen(url, timeout=10)
        except urllib.error.HTTPError as error:
            return error.code == 500
        return False

    eventually(refused)
    lab.must("fault", "api-errors", "--clear")
    assert "NodeList" in urllib.request.urlopen(url, timeout=20).read().decode()
    lab.must("fault", "api-slow", "2", "--target", "aws")
    slow = f"http://127.0.0.1:{lab.facts['ports']['fault_aws']}/_ministack/health"
    eventually(lambda: urllib.request.urlopen(slow, timeout=30).status == 200)
    begun = time.monotonic()
    urllib.request.urlopen(slow, timeout=30).read()
    assert time.monotonic() - begun >= 2
    assert "No fault" in lab.must("fault", "clear")


def test_monitoring_and_certificates_come_with_their_real_definitions(lab: Lab) -> None:
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "gp3"},
        "provisioner": "ebs.csi.aws.com",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    lab.apply(storage_class)
    claim = {"storageClassName": "gp3", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    values = {"prometheus": {"prometheusSpec": {"storageSpec": {"volumeClaimTemplate": {"spec": claim}}}}}
    lab.install("kube-prometheus-stack", "monitoring", "--set-json", f"prometheus={json.dumps(values['prometheus'])}")
    lab.install("cert-manager", "cert-manager", "--set", "crds.enabled=true")
    defined = {d["spec"]["group"] for d in lab.kube.items("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")}
    assert {"monitoring.coreos.com", "cert-manager.io", "acme.cert-manager.io", "nfd.k8s-sigs.io"} <= defined
    eventually(lambda: pods_ready(lab, "app.kubernetes.io/name=prometheus", "monitoring") == [True])
    eventually(lambda: pods_ready(lab, "app=cert-manager", "cert-manager") == [True])


def test_the_state_survives_down_and_up_and_a_killed_emulator(lab: Lab) -> None:
    s3 = lab.aws("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="state", Body=b"content")
    facts = lab.paths.facts.read_text()
    lab.must("down")
    assert lab.run("status")[0] == 1
    lab.must("up")
    assert lab.paths.facts.read_text() == facts
    assert lab.aws("s3").get_object(Bucket="kept", Key="state")["Body"].read() == b"content"
    assert lab.aws("eks").list_nodegroups(clusterName="c1")["nodegroups"] == ["general", "gpu"]
    eventually(lambda: len(ready_nodes(lab)) == 4)
    assert len(lab.kube.pods("app=web")) == 2
    # A killed emulator has what it saved while it ran.
    process = State.load(lab.paths.state).processes["emulator"]
    os.kill(process.pid, 9)
    assert processes.wait_until(lambda: not processes.is_ours(process), 10)
    lab.must("up")
    assert lab.aws("eks").list_clusters()["clusters"] == ["c1"]


def test_deleting_a_group_removes_its_nodes(lab: Lab) -> None:
    lab.aws("eks").delete_nodegroup(clusterName="c1", nodegroupName="gpu")
    eventually(lambda: ready_nodes(lab) == {"c1-general-0", "c1-general-1", "c1-general-2"})


def test_memory_is_measured(lab: Lab) -> None:
    eventually(lambda: (read_json(lab.paths.memory) or {})["now"]["processes"]["kube-apiserver"] > 0)
    assert "kube-apiserver" in lab.must("memory")
    content = read_json(lab.paths.memory)
    assert content is not None
    assert content["peak"]["lab_bytes"] < 2 * 1024**3


def test_a_port_in_use_stops_up_with_one_sentence(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = lab.facts["ports"]["emulator"]
    monkeypatch.setenv("LAB_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("LAB_PORT_EMULATOR", str(port))
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        assert main(["up"]) == 2
    assert f"Port {port} of emulator, set by LAB_PORT_EMULATOR, is in use" in errors.getvalue()
    assert len(errors.getvalue().strip().splitlines()) == 1


def test_a_second_lab_stands_beside_the_first(lab: Lab, tmp_path: Path) -> None:
    other = Lab(tmp_path / "second")
    try:
        other.must("up")
        assert other.kube.nodes() == []
        assert other.aws("eks").list_clusters()["clusters"] == []
        assert emulator.healthy(State.load(lab.paths.state))
    finally:
        output = other.must("clean")
    assert "processes ended" in output
    assert not other.paths.dir.exists()
    assert "readyz" in lab.must("status")
