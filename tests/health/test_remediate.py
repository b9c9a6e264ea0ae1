# SPDX-License-Identifier: Apache-2.0
"""Remedies act on a real cluster: each fault is put in, found, decided on, mended and recorded.

The API server, its controllers, the scheduler and the eviction API with its budgets are real. In the part of others:
KWOK is the kubelets; cert-manager's CRD is real and its controller is not there, so that a certificate which was asked
for does not come; Prometheus is real and scrapes a stand-in of dcgm-exporter; MiniStack is EC2, which knows no end of
an instance through Auto Scaling (the unit tests of ``instance`` have that, by botocore's Stubber).
"""

from __future__ import annotations

import configparser
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube_write import sender
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy import acts, ledger
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.tools import Tools
from ansible_collections.applied_ai.platform.plugins.modules import health_remedy
from support import dcgm, looks, traffic
from support.cluster import Cluster, eventually, node, started
from support.rehearsal import REPO

pytestmark = [pytest.mark.lab, pytest.mark.slow]
Json = dict[str, Any]
SPACE = "remedied"
GPU = "nvidia.com/gpu"
ANYWHERE = [{"operator": "Exists"}]


@dataclass
class Ground:
    """A cluster with faults, and what looks at it and mends it."""

    cluster: Cluster
    gpus: dcgm.Gpus
    prometheus_url: str
    # Of an account that may change only what docs/remediation.md says it must.
    restricted: str = ""
    record: Path = field(default_factory=Path)

    @property
    def kubeconfig(self) -> str:
        return self.cluster.kubeconfig

    @property
    def environment(self) -> dict[str, str]:
        """Return what leads a process to the emulator."""
        facts = self.cluster.site.facts
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL": str(facts["aws_endpoint_url"]),
            "AWS_SHARED_CREDENTIALS_FILE": str(facts["aws_credentials_file"]),
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": f"{REPO / 'collections'}:{REPO / 'tests'}",
        }

    def metrics(self) -> str:
        """Return what dcgm-exporter would tell now: tests change the GPUs."""
        return self.gpus.text()

    def look(self) -> list[Json]:
        """Return the findings of both looks, as the role takes them."""
        given = {"kubeconfig": self.kubeconfig}
        seen = looks.module("health_cluster_info", {**given, "expected": {"grace": 0}})
        gpus = looks.module("health_gpu_info", {**given, "prometheus_url": self.prometheus_url})
        return [*seen["checks"], *gpus["checks"]]

    def options(self, **over: Any) -> Json:
        """Return the module's options: everything is enabled, at once and without a pause, unless a test says so."""
        policy = {
            "enabled": ["expired_certificate", "stuck_pod", "failed_rollout", "xid_node"],
            "least_minutes": {"stuck_pod": 0, "failed_rollout": 0},
            "unavailable_percent": 100,
            **over.pop("policy", {}),
        }
        defaults = {name: one.get("default") for name, one in health_remedy.ARGUMENTS.items()}
        given = {"kubeconfig": self.kubeconfig, "record_file": str(self.record), "taken_at": now(), "policy": policy}
        return {**defaults, **given, "drain_seconds": 6, "end_seconds": 3, **over}

    def tools(self, params: Json) -> Tools:
        """Return what acts need: changes are made with the rights of the document alone, and AWS is the emulator."""
        return replace(health_remedy.tools_of(params), send=sender(self.restricted), clients=self.aws)

    def aws(self, service: str, region: str) -> Any:
        """Return a client of the emulator."""
        file = configparser.ConfigParser()
        file.read(str(self.cluster.site.facts["aws_credentials_file"]))
        keys = dict(file["default"])
        url = str(self.cluster.site.facts["aws_endpoint_url"])
        return boto3.client(service, region_name=region, endpoint_url=url, **keys)

    def remedy(self, *, check_mode: bool = False, checks: list[Json] | None = None, **over: Any) -> Json:
        """Look, decide, act and record; return what the module returns."""
        params = self.options(**over)
        params["checks"] = self.look() if checks is None else checks
        return health_remedy.remedy(params, self.tools(params), check_mode=check_mode)

    def lines(self) -> list[tuple[str, str]]:
        """Return the record: subject and outcome of each line."""
        record = ledger.load(self.record)
        assert record.unreadable == 0
        return [(one.subject, one.outcome) for one in record.entries]

    def reason(self) -> str:
        """Return why the last action ended as it did."""
        return ledger.load(self.record).entries[-1].reason


def now() -> str:
    return datetime.now(UTC).isoformat()


def only(found: Json, subject: str) -> Json:
    """Return the decision about a subject."""
    (one,) = [one for one in found["decisions"] if one["subject"] == subject]
    return dict(one)


def gpu_node(name: str, zone: str, instance: str) -> Json:
    """Return a node with a GPU whose instance is the emulator's."""
    made = node(name)
    made["metadata"]["labels"] |= {
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": zone[:-1],
        "karpenter.sh/nodepool": "gpu",
    }
    made["spec"] = {"providerID": f"aws:///{zone}/{instance}"}
    for kind in ("capacity", "allocatable"):
        made["status"][kind] = {**made["status"][kind], GPU: "1"}
    return made


def deployment(name: str, place: str = "", *, fault: str = "", **spec: Any) -> Json:
    """Return a Deployment of one pod, on one node where it is named."""
    annotations = {"lab.applied-ai.dev/fault": fault} if fault else {}
    pod: Json = {
        "containers": [{"name": "app", "image": "registry.example.com/app:1"}],
        "terminationGracePeriodSeconds": 1,
    }
    if place:
        pod["nodeSelector"] = {"kubernetes.io/hostname": place}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": SPACE, "name": name},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}, "annotations": annotations}, "spec": pod},
            **spec,
        },
    }


def budget(name: str) -> Json:
    """Return a disruption budget that lets no pod go."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"namespace": SPACE, "name": name},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": name}}},
    }


def pods_of(cluster: Cluster, name: str) -> list[Json]:
    return list(cluster.get("pods", "-n", SPACE, "-l", f"app={name}")["items"])


def crd(cluster: Cluster) -> str:
    """Return the real CRD of certificates, out of the rehearsal's chart."""
    (chart,) = (cluster.site.lab_dir / "charts").glob("cert-manager-*.tgz")
    with tarfile.open(chart) as archive:
        member = archive.extractfile("cert-manager/files/crds/cert-manager.io_certificates.yaml")
        assert member
        return member.read().decode()


def rights() -> list[Json]:
    """Return the rules of the document's table of rights."""
    text = (REPO / "docs/remediation.md").read_text(encoding="utf-8").split("## Rights")[1]
    rows = re.findall(r"^\| `([\w/]+)`(?: of `([\w.-]+)`)? \| `(\w+)` \|", text, re.MULTILINE)
    assert len(rows) == 5
    return [{"apiGroups": [group], "resources": [kind], "verbs": [verb]} for kind, group, verb in rows]


def restricted(cluster: Cluster, folder: Path) -> str:
    """Return a kubeconfig of an account that has these rights and no others."""
    named = {"metadata": {"name": "remediation"}}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", **named, "rules": rights()}
    subject = {"kind": "ServiceAccount", "namespace": SPACE, "name": "remediation"}
    cluster.create(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": SPACE, "name": "remediation"}},
        role,
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            **named,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "remediation"},
            "subjects": [subject],
        },
    )
    token = cluster.must("kubectl", "create", "token", "remediation", "-n", SPACE, "--duration=2h").strip()
    config = yaml.safe_load(Path(cluster.kubeconfig).read_text())
    for one in config["users"]:
        one["user"] = {"token": token}
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return str(path)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Start a cluster with three GPU nodes in two zones and one without GPUs, and a Prometheus."""
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(started(tmp_path_factory.mktemp("lab")))
        ground = Ground(cluster, dcgm.Gpus({}), "")
        port = stack.enter_context(dcgm.exporting(ground.metrics))
        program = traffic.programs() / "prometheus"
        one = stack.enter_context(dcgm.prometheus(program, tmp_path_factory.mktemp("prometheus"), port))
        ground.prometheus_url = one.url
        done = cluster.tool("kubectl", "apply", "--server-side", "-f", "-", given=crd(cluster))
        assert done.returncode == 0, done.stderr
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
        cluster.create(namespace, node("always-there"))
        # The controllers run: without this account no pod is admitted.
        eventually(lambda: not cluster.tool("kubectl", "get", "sa", "default", "-n", SPACE).returncode, 120)
        ground.restricted = restricted(cluster, tmp_path_factory.mktemp("account"))
        cluster.create(
            *(
                gpu_node(name, zone, instance(ground))
                for name, zone in (("gpu-a1", "us-east-1a"), ("gpu-a2", "us-east-1a"), ("gpu-b1", "us-east-1b"))
            )
        )
        cluster.must("kubectl", "wait", "--for=condition=Ready", "node/gpu-a1", "node/gpu-b1", "--timeout=120s")
        yield ground


@pytest.fixture(autouse=True)
def _fresh_record(ground: Ground, tmp_path: Path) -> None:
    ground.record = tmp_path / "kept" / "remedies.jsonl"
    ground.gpus = dcgm.Gpus({"gpu-a1": 1, "gpu-a2": 1, "gpu-b1": 1})


def instance(ground: Ground) -> str:
    """Start an instance in the emulator."""
    ran = ground.aws("ec2", "us-east-1").run_instances(
        ImageId="ami-1", InstanceType="g5.xlarge", MinCount=1, MaxCount=1
    )
    return str(ran["Instances"][0]["InstanceId"])


def state(ground: Ground, name: str) -> str:
    """Return how the instance of a node is."""
    provider = ground.cluster.get("node", name)["spec"]["providerID"]
    found = ground.aws("ec2", "us-east-1").describe_instances(InstanceIds=[provider.rpartition("/")[2]])
    return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])


def broken(ground: Ground, *nodes: str) -> None:
    """Let GPUs fall off the bus, and wait until a look sees it."""
    ground.gpus = replace(ground.gpus, other={(name, 0): {"DCGM_FI_DEV_XID_ERRORS": 79.0} for name in nodes})

    def seen() -> bool:
        subjects = {one["subject"] for one in ground.look() if one["id"] == "gpus_without_errors"}
        return subjects == ({f"GPU 0 of node {name}" for name in nodes} or {"cluster"})

    eventually(seen, 30)


def certificate(ground: Ground, name: str) -> None:
    """Make a certificate that expired an hour ago, as cert-manager would tell it."""
    ground.cluster.create(
        {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": {"namespace": SPACE, "name": name},
            "spec": {"secretName": name, "issuerRef": {"name": "ca"}, "dnsNames": ["app.example.com"]},
        }
    )
    ended = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = {"type": "Ready", "status": "False", "reason": "Expired", "message": "over", "lastTransitionTime": ended}
    status = json.dumps({"status": {"notAfter": ended, "conditions": [ready]}})
    patch = ("--subresource=status", "--type=merge", "-p", status)
    ground.cluster.must("kubectl", "patch", "certificate", name, "-n", SPACE, *patch)


def issuing(ground: Ground, name: str) -> Json:
    """Return what asks cert-manager to issue a certificate."""
    conditions = ground.cluster.get("certificate", name, "-n", SPACE)["status"]["conditions"]
    assert [one["type"] for one in conditions][:1] == ["Ready"]
    return next((dict(one) for one in conditions if one["type"] == "Issuing"), {})


def test_an_expired_certificate_is_asked_for_once(ground: Ground) -> None:
    certificate(ground, "web")
    subject = f"Certificate {SPACE}/web"
    checked = ground.remedy(check_mode=True)
    assert checked["changed"]
    assert only(checked, subject)["decision"] == "act"
    assert not issuing(ground, "web")
    assert not ground.record.parent.exists()

    done = ground.remedy()
    assert done["changed"]
    asked = issuing(ground, "web")
    assert (asked["status"], asked["reason"], asked["observedGeneration"]) == ("True", "ManuallyTriggered", 1)
    assert ground.lines() == [(subject, "started"), (subject, "succeeded")]

    again = ground.remedy()
    assert not again["changed"]
    assert only(again, subject)["guard"] == "not_again"
    assert issuing(ground, "web") == asked
    # cert-manager is not there. Once the pause is over, a person is asked for.
    third = ground.remedy(policy={"cooldown_minutes": 0})
    assert "does not end. See docs/runbooks/certificates_valid.md" in third["failures"][0]
    assert ground.lines()[-1] == (subject, "failed")
    ground.cluster.must("kubectl", "delete", "certificate", "web", "-n", SPACE)


def test_more_faults_than_the_rate_are_left(ground: Ground) -> None:
    for number in range(3):
        certificate(ground, f"many-{number}")
    done = ground.remedy(policy={"per_hour": {"expired_certificate": 2}})
    told = [(one["decision"], one["guard"]) for one in done["decisions"] if one["case"] == "expired_certificate"]
    assert told == [("act", ""), ("act", ""), ("refused", "rate_kept")]
    assert not issuing(ground, "many-2")
    # What is not listed, and what never lists, is not touched either.
    refused = ground.remedy(policy={"enabled": []})
    assert {one["guard"] for one in refused["decisions"]} == {"case_listed"}
    ground.record = ground.record.with_name("other.jsonl")
    kept = ground.remedy(policy={"never": [f"Certificate {SPACE}/*"]})
    assert {one["guard"] for one in kept["decisions"]} == {"subject_allowed"}
    assert not ground.record.exists()
    ground.cluster.must("kubectl", "delete", "certificate", "--all", "-n", SPACE)


@contextlib.contextmanager
def kubelets_stopped(cluster: Cluster) -> Iterator[None]:
    """Let KWOK, in the part of all kubelets, stand still: no pod ends any more."""
    folder = cluster.site.lab_dir / "kwok" / "clusters" / "lab"
    pid = int((folder / "pids" / "kwok-controller.pid").read_text())
    assert str(folder) in Path(f"/proc/{pid}/cmdline").read_text()
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_pod_that_does_not_end_is_deleted_by_force_and_its_successor_is_not(ground: Ground) -> None:
    cluster = ground.cluster
    cluster.create(deployment("stuck", "always-there"))
    cluster.must("kubectl", "wait", "--for=condition=Available", "deployment/stuck", "-n", SPACE, "--timeout=120s")
    (pod,) = pods_of(cluster, "stuck")
    subject = f"Deployment {SPACE}/stuck"
    with kubelets_stopped(cluster):
        cluster.must("kubectl", "delete", "pod", pod["metadata"]["name"], "-n", SPACE, "--wait=false")
        eventually(lambda: len(pods_of(cluster, "stuck")) == 2, 30)
        time.sleep(2)
        checks = ground.look()
        # It heals by itself as a rule: 15 minutes, unless the policy says otherwise.
        early = ground.remedy(checks=checks, policy={"least_minutes": {}})
        assert [one["guard"] for one in early["decisions"] if one["case"] == "stuck_pod"] == ["long_enough"]
        done = ground.remedy(checks=checks)
        assert only(done, subject)["told"] == f"deleted 1 pod by force: {SPACE}/{pod['metadata']['name']}"
        (left,) = pods_of(cluster, "stuck")
    assert left["metadata"]["uid"] != pod["metadata"]["uid"]
    assert ground.lines() == [(subject, "started"), (subject, "succeeded")]
    assert not any(one["case"] == "stuck_pod" for one in ground.remedy()["decisions"])
    cluster.must("kubectl", "delete", "deployment", "stuck", "-n", SPACE)


def bare(name: str, **meta: Any) -> Json:
    """Return a pod that nothing looks after, on the node without GPUs."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": SPACE, "name": name, "labels": {"app": name}, **meta},
        "spec": {
            "nodeName": "always-there",
            "tolerations": ANYWHERE,
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "app", "image": "registry.example.com/app:1"}],
        },
    }


def test_a_pod_of_the_same_name_is_another_pod(ground: Ground) -> None:
    ground.cluster.create(bare("twin"))
    (first,) = pods_of(ground.cluster, "twin")
    ground.cluster.must("kubectl", "delete", "pod", "twin", "-n", SPACE, "--force", "--grace-period=0")
    ground.cluster.create(bare("twin"))
    acts.remove(ground.tools(ground.options()), first, force=True)
    (second,) = pods_of(ground.cluster, "twin")
    assert "deletionTimestamp" not in second["metadata"]
    ground.cluster.must("kubectl", "delete", "pod", "twin", "-n", SPACE, "--force", "--grace-period=0")


def test_what_a_finalizer_holds_is_told_and_dead_pods_are_cleared(ground: Ground) -> None:
    ground.cluster.create(bare("held", finalizers=["example.com/backup"]), bare("evicted"))
    ground.cluster.must("kubectl", "delete", "pod", "held", "-n", SPACE, "--wait=false")
    status = json.dumps({"status": {"phase": "Failed", "reason": "Evicted", "startTime": "2026-01-01T00:00:00Z"}})
    patch = ("--subresource=status", "--type=merge", "-p", status)
    ground.cluster.must("kubectl", "patch", "pod", "evicted", "-n", SPACE, *patch)
    time.sleep(2)
    done = ground.remedy()
    assert only(done, f"Pod {SPACE}/evicted")["outcome"] == "succeeded"
    assert pods_of(ground.cluster, "evicted") == []
    assert only(done, f"Pod {SPACE}/held")["outcome"] == "failed"
    assert "held by the finalizer example.com/backup; find its owner. See docs/runbooks" in ground.reason()
    patch = ("--type=merge", "-p", '{"metadata": {"finalizers": null}}')
    ground.cluster.must("kubectl", "patch", "pod", "held", "-n", SPACE, *patch)


def test_a_rollout_that_ran_out_of_time_is_restarted_once(ground: Ground) -> None:
    ground.cluster.create(deployment("late", fault="never-ready", progressDeadlineSeconds=2, minReadySeconds=1))
    subject = f"Deployment {SPACE}/late"

    def failed() -> bool:
        conditions = ground.cluster.get("deployment", "late", "-n", SPACE)["status"].get("conditions") or []
        return any(one["type"] == "Progressing" and one["status"] == "False" for one in conditions)

    eventually(failed, 60)
    done = ground.remedy()
    assert only(done, subject)["told"] == "its rollout was restarted"
    template = ground.cluster.get("deployment", "late", "-n", SPACE)["spec"]["template"]
    assert acts.RESTARTED_AT in template["metadata"]["annotations"]
    eventually(lambda: len(ground.cluster.get("rs", "-n", SPACE, "-l", "app=late")["items"]) == 2, 30)
    eventually(failed, 60)
    assert only(ground.remedy(), subject)["guard"] == "not_again"
    assert ground.lines() == [(subject, "started"), (subject, "succeeded")]
    ground.cluster.must("kubectl", "delete", "deployment", "late", "-n", SPACE)


def cordoned(ground: Ground, name: str) -> bool:
    return bool(ground.cluster.get("node", name)["spec"].get("unschedulable"))


@pytest.fixture
def web(ground: Ground) -> Iterator[None]:
    """Run a pod on gpu-a1 that its budget does not let go."""
    ground.cluster.create(deployment("web", "gpu-a1"), budget("web"))
    ground.cluster.must("kubectl", "wait", "--for=condition=Available", "deployment/web", "-n", SPACE, "--timeout=120s")
    # The budget's controller has seen the pod.
    eventually(lambda: ground.cluster.get("pdb", "web", "-n", SPACE)["status"].get("currentHealthy") == 1, 30)
    yield
    ground.cluster.must("kubectl", "delete", "pdb,deployment", "--all", "-n", SPACE)
    ground.cluster.must("kubectl", "uncordon", "gpu-a1", "gpu-a2", "gpu-b1")


def test_a_node_that_a_budget_holds_is_not_replaced_and_one_that_is_empty_is(ground: Ground, web: None) -> None:
    broken(ground, "gpu-a1", "gpu-b1")
    checked = ground.remedy(check_mode=True)
    assert checked["changed"]
    assert [(one["subject"], one["guard"]) for one in checked["decisions"] if one["case"] == "xid_node"] == [
        ("Node gpu-a1", ""),
        ("Node gpu-b1", "rate_kept"),
    ]
    assert not cordoned(ground, "gpu-a1")
    wide: Json = {"per_hour": {"xid_node": 9}, "cooldown_minutes": 0, "attempts_per_day": 9}

    checks = ground.look()
    begin = time.monotonic()
    done = ground.remedy(checks=checks, policy=wide)
    assert time.monotonic() - begin < 60
    first = only(done, "Node gpu-a1")
    assert first["outcome"] == "failed"
    assert "Failed to drain gpu-a1 in 6 s: 1 pod left" in first["told"]
    assert "disruption budget" in first["told"]
    assert only(done, "Node gpu-b1")["guard"] == "one_zone"
    # It takes no new pod, and keeps its instance and the pod that it has.
    assert cordoned(ground, "gpu-a1")
    assert not cordoned(ground, "gpu-b1")
    assert state(ground, "gpu-a1") in {"pending", "running"}
    assert len(pods_of(ground.cluster, "web")) == 1
    assert ground.lines() == [("Node gpu-a1", "started"), ("Node gpu-a1", "failed")]
    assert only(ground.remedy(policy={**wide, "cooldown_minutes": 30}), "Node gpu-a1")["guard"] == "not_again"

    ground.cluster.must("kubectl", "delete", "pdb", "web", "-n", SPACE)
    done = ground.remedy(policy=wide)
    second = only(done, "Node gpu-a1")
    assert second["outcome"] == "succeeded", second
    assert second["told"].startswith("cordoned, drained of 1 pod, i-")
    assert all(one["spec"].get("nodeName") != "gpu-a1" for one in pods_of(ground.cluster, "web"))
    assert state(ground, "gpu-a1") in {"shutting-down", "terminated"}
    assert state(ground, "gpu-b1") in {"pending", "running"}
    # Never two zones at once: an hour must pass first.
    assert only(done, "Node gpu-b1")["guard"] == "one_zone"


def test_a_node_with_a_pod_that_nobody_makes_anew_is_left(ground: Ground) -> None:
    pod = bare("alone")
    pod["spec"]["nodeName"] = "gpu-a2"
    ground.cluster.create(pod)
    broken(ground, "gpu-a2")
    done = ground.remedy()
    assert f"nothing would make {SPACE}/alone anew" in only(done, "Node gpu-a2")["told"]
    assert state(ground, "gpu-a2") in {"pending", "running"}
    assert "deletionTimestamp" not in pods_of(ground.cluster, "alone")[0]["metadata"]
    ground.cluster.must("kubectl", "delete", "pod", "alone", "-n", SPACE, "--force", "--grace-period=0")
    ground.cluster.must("kubectl", "uncordon", "gpu-a2")


ENTRY = """
import json, sys
from support.looks import module
print(json.dumps(module("health_remedy", json.load(sys.stdin))))
"""


@contextlib.contextmanager
def running(ground: Ground, params: Json) -> Iterator[subprocess.Popen[str]]:
    """Run the module as a process of its own, until it has begun an action."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENTRY],
        env=ground.environment,
        cwd=REPO,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdin
        process.stdin.write(json.dumps(params))
        process.stdin.close()
        process.stdin = None
        eventually(lambda: process.poll() is not None or (ground.record.exists() and ground.lines()), 60)
        assert process.poll() is None, process.communicate()
        yield process
    finally:
        process.kill()
        process.communicate()


def test_two_at_once_and_one_that_is_cut_off(ground: Ground, web: None) -> None:
    ground.cluster.must("kubectl", "uncordon", "gpu-a1")
    broken(ground, "gpu-a1")
    checks = ground.look()
    params = ground.options(checks=checks, drain_seconds=300)
    subject = "Node gpu-a1"
    with running(ground, params) as process:
        assert ground.lines() == [(subject, "started")]
        with pytest.raises(PlatformError, match=r"Another run holds .*remedies\.jsonl\.lock; nothing was done"):
            ground.remedy(checks=checks)
        process.kill()
        process.wait()
    # The lock has gone with it; what it began is still open, for a person.
    assert only(ground.remedy(checks=checks), subject)["why_not"].startswith("an action on it is under way, or was cut")
    assert ground.lines() == [(subject, "started")]
    (begun,) = ledger.load(ground.record).entries
    wide: Json = {"per_hour": {"xid_node": 9}, "cooldown_minutes": 0}
    assert ground.remedy(checks=[], closed=[begun.id])["changed"]
    assert not ground.remedy(checks=[], closed=[begun.id])["changed"]
    assert ground.lines() == [(subject, "started"), (subject, "failed")]

    # One that is told to end writes its own last line.
    with running(ground, {**params, "policy": {**params["policy"], **wide}, "taken_at": now()}) as process:
        eventually(lambda: len(ground.lines()) == 3, 30)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    assert ground.lines()[2:] == [(subject, "started"), (subject, "failed")]
    assert ground.reason() == "it was cut off"


def test_the_playbook_tells_acts_and_acts_no_second_time(ground: Ground, tmp_path: Path) -> None:
    certificate(ground, "book")
    broken(ground)
    settings = {
        "platform_kubeconfig_file": ground.kubeconfig,
        "terraform_stack_cluster": {},
        "remediation_record_file": str(ground.record),
        "remediation_prometheus_url": ground.prometheus_url,
    }
    enabled = {**settings, "remediation_enabled": ["expired_certificate"]}

    def play(given: Json, *arguments: str) -> Any:
        ran = ground.cluster.site.playbook("playbooks/remediate.yml", "-e", json.dumps(given), *arguments)
        assert ran.status == 0, ran.output
        return ran

    off = play(settings)
    assert off.recap.changed == 0
    assert f"refused by case_listed: renew Certificate {SPACE}/book" in off.output
    checked = play(enabled, "--check", "--diff")
    assert checked.recap.changed == 1
    assert not issuing(ground, "book")
    assert not ground.record.exists()
    # Somebody has looked at what an action left that was cut off an hour ago.
    begun = datetime.now(UTC) - timedelta(hours=1)
    ledger.append(ground.record, ledger.Entry(begun, "1", "failed_rollout", "restart", "Deployment s/old", "started"))
    enabled["remediation_closed"] = ["1"]
    real = play(enabled)
    assert real.recap.changed == 1
    assert [outcome for _, outcome in ground.lines()] == ["started", "failed", "started", "succeeded"]
    told = f"succeeded: renew Certificate {SPACE}/book: cert-manager was asked to issue it again"
    assert told in " ".join(real.output.split())
    assert issuing(ground, "book")
    again = play(enabled)
    assert again.recap.changed == 0
    assert "refused by not_again" in again.output
