# SPDX-License-Identifier: Apache-2.0
"""The stand-in for a kubelet: what becomes of pods through the real API server."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.cluster import Cluster, eventually, started
from support.kubelet import PID_ANNOTATION, Image, Kubelet, leave_room, running

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
SERVER = """
import http.server, os, signal, sys, time
if os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: (print("told to end", flush=True), sys.exit(0)))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(os.environ.get(self.path.strip("/").upper(), "200")))
        self.end_headers()
    def log_message(self, *_):
        pass
print("greeting", os.environ.get("GREETING"), flush=True)
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
PYTHON = Image((sys.executable, "-c", SERVER))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with started(tmp_path_factory.mktemp("lab")) as one:
        leave_room(one.site.lab_dir)
        yield one


@pytest.fixture(scope="module")
def kubelet(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubelet]:
    folder = tmp_path_factory.mktemp("kubelet")
    one = Kubelet(Path(cluster.kubeconfig), "real-1", {"python:1": PYTHON}.get, folder, back_off_s=2)
    with running(one):
        ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}=True'
        eventually(lambda: cluster.tool("kubectl", "get", "node", "real-1").returncode == 0, 20)
        cluster.must("kubectl", "wait", "node/real-1", f"--for={ready}", "--timeout=30s")
        cluster.must("kubectl", "create", "secret", "generic", "greeting", "--from-literal=word=hello")
        yield one


def pod(name: str, container: Json | None = None, **spec: Any) -> Json:
    probe = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 1}
    one = {"name": "main", "image": "python:1", "readinessProbe": probe, **(container or {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 5, "containers": [one], **spec},
    }


def seen(cluster: Cluster, name: str) -> Json:
    return cluster.get("pod", name)


def container(cluster: Cluster, name: str) -> Json:
    found: Json = (seen(cluster, name)["status"].get("containerStatuses") or [{}])[0]
    return found


def waits_for(cluster: Cluster, name: str) -> str:
    return str(container(cluster, name).get("state", {}).get("waiting", {}).get("reason"))


def ready(cluster: Cluster, name: str) -> bool:
    conditions = seen(cluster, name)["status"].get("conditions", [])
    return {"type": "Ready", "status": "True"} in [{key: one[key] for key in ("type", "status")} for one in conditions]


def end(pid: int) -> bool:
    """Tell whether a process is gone."""
    return not Path(f"/proc/{pid}").exists()


def test_a_pod_is_a_process_with_its_environment(cluster: Cluster, kubelet: Kubelet) -> None:
    reference = {"secretKeyRef": {"name": "greeting", "key": "word"}}
    cluster.create(pod("hello", {"env": [{"name": "GREETING", "valueFrom": reference}]}))
    eventually(lambda: ready(cluster, "hello"), 20)
    assert "greeting hello" in kubelet.log("default", "hello")
    told = seen(cluster, "hello")
    address = kubelet.real_address(told["status"]["podIP"])
    assert address is not None and address.startswith("127.0.0.1:")
    pid = int(told["metadata"]["annotations"][PID_ANNOTATION])
    cluster.must("kubectl", "delete", "pod", "hello", "--timeout=20s")
    assert end(pid) and "told to end" in kubelet.log("default", "hello")


def secret(name: str, key: str) -> Json:
    return {"env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}]}


@pytest.mark.parametrize(
    ("name", "change", "reasons"),
    [
        ("no-image", {"image": "python:2"}, ("ErrImagePull", "ImagePullBackOff")),
        ("no-secret", secret("no", "word"), ("CreateContainerConfigError",)),
        ("no-key", secret("greeting", "no"), ("CreateContainerConfigError",)),
    ],
)
@pytest.mark.usefixtures("kubelet")
def test_a_pod_that_cannot_start_says_why(cluster: Cluster, name: str, change: Json, reasons: tuple[str, ...]) -> None:
    cluster.create(pod(name, change))
    eventually(lambda: waits_for(cluster, name) in reasons, 20)
    eventually(lambda: waits_for(cluster, name) == reasons[-1], 20)
    assert seen(cluster, name)["status"]["phase"] == "Pending" and not ready(cluster, name)
    cluster.must("kubectl", "delete", "pod", name, "--timeout=20s")


def test_a_crash_is_told_and_restarted_with_back_off(cluster: Cluster, kubelet: Kubelet) -> None:
    crash = {"command": [sys.executable, "-c", "raise SystemExit(3)"]}
    cluster.create(pod("crash", crash))
    eventually(lambda: waits_for(cluster, "crash") == "CrashLoopBackOff", 20)
    eventually(lambda: container(cluster, "crash")["restartCount"] >= 3, 30)
    assert container(cluster, "crash")["lastState"]["terminated"]["exitCode"] == 3
    cluster.must("kubectl", "delete", "pod", "crash", "--timeout=20s")


def test_a_killed_process_is_started_again(cluster: Cluster, kubelet: Kubelet) -> None:
    cluster.create(pod("killed"))
    eventually(lambda: ready(cluster, "killed"), 20)
    os.kill(int(seen(cluster, "killed")["metadata"]["annotations"][PID_ANNOTATION]), signal.SIGKILL)
    eventually(lambda: container(cluster, "killed")["restartCount"] == 1, 20)
    eventually(lambda: ready(cluster, "killed"), 20)
    assert container(cluster, "killed")["lastState"]["terminated"]["exitCode"] == 137
    cluster.must("kubectl", "delete", "pod", "killed", "--timeout=20s")


def test_probes_decide(cluster: Cluster, kubelet: Kubelet) -> None:
    probe = {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 1, "failureThreshold": 2}
    sick = {"env": [{"name": "HEALTH", "value": "503"}], "livenessProbe": probe}
    waits = {"env": [{"name": "READY", "value": "503"}]}
    loads = {"env": [{"name": "HEALTH", "value": "503"}], "startupProbe": {**probe, "failureThreshold": 60}}
    cluster.create(pod("sick", sick), pod("waits", waits), pod("loads", loads))
    eventually(lambda: container(cluster, "sick").get("restartCount", 0) >= 1, 20)
    assert container(cluster, "sick")["lastState"]["terminated"]["exitCode"] == 0
    told = container(cluster, "waits")
    assert (told["restartCount"], told["started"], told["ready"]) == (0, True, False)
    told = container(cluster, "loads")
    assert (told["restartCount"], told["started"], told["ready"]) == (0, False, False), "readiness waits for the start"
    cluster.must("kubectl", "delete", "pod", "sick", "waits", "loads", "--timeout=20s")


def test_a_process_that_does_not_end_is_killed_after_its_grace_period(cluster: Cluster, kubelet: Kubelet) -> None:
    stubborn = pod("stubborn", {"env": [{"name": "STUBBORN", "value": "1"}]}, terminationGracePeriodSeconds=3)
    cluster.create(stubborn)
    eventually(lambda: ready(cluster, "stubborn"), 20)
    pid = int(seen(cluster, "stubborn")["metadata"]["annotations"][PID_ANNOTATION])
    cluster.must("kubectl", "delete", "pod", "stubborn", "--wait=false")
    assert not end(pid), "it has its grace period"
    cluster.must("kubectl", "wait", "--for=delete", "pod/stubborn", "--timeout=20s")
    assert end(pid)


def test_the_hook_runs_before_the_signal(cluster: Cluster, kubelet: Kubelet) -> None:
    cluster.create(pod("drains", {"lifecycle": {"preStop": {"sleep": {"seconds": 3}}}}))
    eventually(lambda: ready(cluster, "drains"), 20)
    cluster.must("kubectl", "delete", "pod", "drains", "--wait=false")
    eventually(lambda: seen(cluster, "drains")["metadata"].get("deletionTimestamp"), 5)
    assert "told to end" not in kubelet.log("default", "drains") and ready(cluster, "drains")
    cluster.must("kubectl", "wait", "--for=delete", "pod/drains", "--timeout=20s")
    assert "told to end" in kubelet.log("default", "drains")


def job(name: str, code: int) -> Json:
    command = [sys.executable, "-c", f"raise SystemExit({code})"]
    template = {
        "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "python:1", "command": command}]}
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"backoffLimit": 0, "template": template},
    }


def test_jobs_end_by_their_exit_status(cluster: Cluster, kubelet: Kubelet) -> None:
    cluster.create(job("good", 0), job("bad", 1))
    cluster.must("kubectl", "wait", "job/good", "--for=condition=Complete", "--timeout=30s")
    cluster.must("kubectl", "wait", "job/bad", "--for=condition=Failed", "--timeout=30s")


def test_nothing_is_left_running(cluster: Cluster, tmp_path: Path) -> None:
    with running(Kubelet(Path(cluster.kubeconfig), "real-2", {"python:1": PYTHON}.get, tmp_path)):
        cluster.create(pod("left", nodeName="real-2"))
        eventually(lambda: ready(cluster, "left"), 20)
        pid = int(seen(cluster, "left")["metadata"]["annotations"][PID_ANNOTATION])
        assert not end(pid)
    assert end(pid)
