# SPDX-License-Identifier: Apache-2.0
"""The rehearsal with all that faults need beside it: GPUs' metrics, addresses outside, and the looks at all of them."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import yaml
from health import faults_base as base
from lab import ports
from lab.kube import Kube
from support import addresses, dcgm, looks, tools, traffic
from support.api import free_port
from support.cluster import Cluster, eventually

Json = dict[str, Any]
# Seconds for which a pod may wait in these looks; the module's own default is 60.
GRACE = 4
CALM_GRACE = 60
API_TIMEOUT_S = 2
LIMITED = "kubeconfig.looks"
KIND = "CustomResourceDefinition"
PATHS = {
    "Deployment": "apis/apps/v1/namespaces/{}/deployments",
    "DaemonSet": "apis/apps/v1/namespaces/{}/daemonsets",
    "Service": "api/v1/namespaces/{}/services",
    "ConfigMap": "api/v1/namespaces/{}/configmaps",
    "Pod": "api/v1/namespaces/{}/pods",
    "Event": "api/v1/namespaces/{}/events",
    "PersistentVolumeClaim": "api/v1/namespaces/{}/persistentvolumeclaims",
    "PersistentVolume": "api/v1/persistentvolumes",
    "Namespace": "api/v1/namespaces",
    "Node": "api/v1/nodes",
    "Lease": "apis/coordination.k8s.io/v1/namespaces/{}/leases",
    "HorizontalPodAutoscaler": "apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
    "Job": "apis/batch/v1/namespaces/{}/jobs",
    "CronJob": "apis/batch/v1/namespaces/{}/cronjobs",
    "APIService": "apis/apiregistration.k8s.io/v1/apiservices",
    "Certificate": "apis/cert-manager.io/v1/namespaces/{}/certificates",
    "NodePool": "apis/karpenter.sh/v1/nodepools",
    "NodeClaim": "apis/karpenter.sh/v1/nodeclaims",
    "ClusterRole": "apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ResourceQuota": "api/v1/namespaces/{}/resourcequotas",
}


def at(seconds: float = 0) -> str:
    """Return a time so many seconds from now, RFC 3339."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class History:
    """A Prometheus with two hours of metrics, made anew whenever what it should tell changes."""

    folder: Path
    promtool: Path
    program: Path
    gpus: dcgm.Gpus
    url: str = ""
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    count: int = 0

    def tell(self) -> None:
        """Start it on what the GPUs say now."""
        self.stack.close()
        self.count += 1
        where = self.folder / str(self.count)
        dcgm.put_in(self.promtool, where, self.gpus)
        self.url = self.stack.enter_context(dcgm.prometheus(self.program, where)).url


@dataclass
class Inside:
    """What a blackbox exporter sees from inside the cluster."""

    days_left: float = 60

    def text(self) -> str:
        """Return its metrics, as Prometheus has them."""
        labels = '{job="blackbox",target="app",instance="https://app.services"}'
        ends = time.time() + self.days_left * 86400
        return f"probe_success{labels} 1\nprobe_ssl_earliest_cert_expiry{labels} {ends:.0f}\n"


@dataclass
class World:
    """Everything that can be broken."""

    cluster: Cluster
    folder: Path
    server: str
    kube: Kube
    gpus: dcgm.Gpus
    history: History
    answers: addresses.Answers
    authority: addresses.Authority
    plain: str
    secure: str
    prometheus: str
    version: str
    inside: Inside
    # What the look from elsewhere uses.
    remote: str = ""
    # Whether Cluster Autoscaler goes on writing, and of which scale-up.
    autoscaler_writes: bool = True
    scale_up: Json | None = None
    beat: float = 0
    healthy_prometheus: str = ""
    dead_port: int = field(default_factory=free_port)

    @staticmethod
    def path(kind: str, name: str = "", space: str = base.SPACE) -> str:
        """Return where the API has an object, or all of a kind."""
        return f"/{PATHS[kind].format(space)}" + (f"/{name}" if name else "")

    def ask(self, method: str, path: str, body: Json | None = None, fine: HTTPStatus | None = None) -> Json:
        """Make a request, a second time where the API server had closed the connection meanwhile."""
        try:
            return self.kube.request(method, path, body, fine)
        except (OSError, HTTPException):
            return self.kube.request(method, path, body, fine)

    def get(self, kind: str, name: str, space: str = base.SPACE) -> Json:
        """Return an object, empty where it is not there."""
        return self.ask("GET", self.path(kind, name, space), fine=HTTPStatus.NOT_FOUND)

    def patch(self, kind: str, name: str, body: Json, space: str = base.SPACE) -> None:
        """Merge into an object."""
        self.ask("PATCH", self.path(kind, name, space), body)

    def say(self, kind: str, name: str, status: Json, space: str = base.SPACE) -> None:
        """Merge into an object's status, as its controller would."""
        self.ask("PATCH", f"{self.path(kind, name, space)}/status", {"status": status})

    def delete(self, kind: str, name: str, space: str = base.SPACE) -> None:
        """Remove an object; what it made goes too."""
        body = {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
        self.ask("DELETE", self.path(kind, name, space), body, fine=HTTPStatus.NOT_FOUND)

    def create(self, *objects: Json) -> None:
        """Create objects."""
        for one in objects:
            space = one["metadata"].get("namespace", "")
            self.ask("POST", self.path(one["kind"], "", space), one)

    def create_again(self, one: Json) -> None:
        """Create an object as soon as the one that it replaces has ended."""
        name, space = one["metadata"]["name"], one["metadata"].get("namespace", "")
        eventually(lambda: not self.get(one["kind"], name, space), 30)
        self.create(one)

    def scale(self, name: str, replicas: int, space: str = base.SPACE) -> None:
        """Set how many pods a Deployment wants."""
        self.patch("Deployment", name, {"spec": {"replicas": replicas}}, space)

    def mark(self, name: str, notes: Json) -> None:
        """Annotate the pods that a Deployment has now; None takes an annotation off."""
        found = self.ask("GET", f"{self.path('Pod')}?labelSelector=app%3D{name}")["items"]
        for pod in found:
            self.patch("Pod", pod["metadata"]["name"], {"metadata": {"annotations": notes}})

    def condition(self, node: str, kind: str, status: str, message: str) -> None:
        """Set a condition of a node, as its kubelet would."""
        found = self.get("Node", node)["status"]["conditions"]
        rest = [one for one in found if one["type"] != kind]
        new = {"type": kind, "status": status, "reason": "Kubelet", "message": message, "lastTransitionTime": at()}
        self.say("Node", node, {"conditions": [*rest, {**new, "lastHeartbeatTime": at()}]})

    def helm(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Helm to its end, whatever it is."""
        return self.cluster.tool("helm", *arguments)

    def small(self, name: str, *arguments: str, version: str = "1.1.0") -> subprocess.CompletedProcess[str]:
        """Install the small chart, or change its release."""
        chart = str(base.chart(self.folder, version))
        return self.helm("upgrade", "--install", name, chart, "-n", "releases", *arguments)

    def interrupted(self, name: str) -> None:
        """Kill Helm in the middle of an installation."""
        argv = [str(self.cluster.site.lab_dir / "bin/helm"), "--kubeconfig", self.cluster.kubeconfig, "install", name]
        argv += [str(base.chart(self.folder, "1.1.0")), "-n", "releases", "--set", "hangs=true"]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                eventually(lambda: self.get("Job", name, "releases"), 30)
            finally:
                process.kill()

    def lab_fault(self, *arguments: str) -> None:
        """Put one of the rehearsal's own faults in, or take it back."""
        self.cluster.site.lab("fault", *arguments)

    def through_proxy(self, *arguments: str) -> None:
        """Lead the look from elsewhere through a proxy with a fault."""
        self.lab_fault(*arguments)
        where = self.cluster.site.lab_dir / "kubeconfig.fault"
        address = urlsplit(yaml.safe_load(where.read_text())["clusters"][0]["cluster"]["server"])
        eventually(lambda: not ports.is_free(int(address.port or 0)), 30)
        self.remote = str(where)

    def unplugged(self) -> None:
        """Lead the look from elsewhere to an address where nobody listens."""
        content = yaml.safe_load(Path(self.cluster.kubeconfig).read_text())
        content["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{free_port()}"
        where = self.folder / "kubeconfig.dead"
        where.write_text(yaml.safe_dump(content))
        self.remote = str(where)

    def limited(self) -> str:
        """Write the kubeconfig of somebody who may look and nothing else."""
        content = yaml.safe_load(Path(self.cluster.kubeconfig).read_text())
        token = self.cluster.must("kubectl", "create", "token", "looks", "-n", "monitoring").strip()
        content["users"][0]["user"] = {"token": token}
        where = self.folder / LIMITED
        where.write_text(yaml.safe_dump(content))
        return str(where)

    def go_on(self) -> None:
        """Do what Cluster Autoscaler does every ten seconds."""
        if time.monotonic() - self.beat < 5:
            return
        self.beat = time.monotonic()
        made = base.autoscaler_status(at(0 if self.autoscaler_writes else -900), self.scale_up)
        # Others use the world's connection at the same time.
        kube = Kube(self.server, self.folder / "pki")
        kube.create(self.path("ConfigMap", "", "kube-system"), made)
        kube.patch(self.path("ConfigMap", made["metadata"]["name"], "kube-system"), made)

    def services(self) -> Json:
        """Return what health_service_info is told to expect."""
        urls = {
            "app": f"{self.plain}/app",
            "broken": f"{self.plain}/broken",
            "slow": f"{self.plain}/slow",
            "secure": f"{self.secure}/",
        }
        services = [
            {"name": name, "namespace": base.SPACE, "urls": [urls[name]] if name in urls else []}
            for name in base.SERVICES
        ]
        return {"services": services, "slowest": 1.0, "probes": ["app"]}

    def look(self, name: str, grace: int = GRACE) -> Json:
        """Run one of the modules and return what it says."""
        own: Json = {"kubeconfig": self.cluster.kubeconfig}
        cluster = base.expected_cluster(grace)
        gpus = {**own, "prometheus_url": self.prometheus, "expected": base.expected_gpus()}
        wanted = ["releases/pinned", "releases/wanted", "kube-system/metrics-server"]
        services = {"probes": True, "prometheus_url": self.prometheus, "api_timeout": 5}
        releases = {"releases": wanted, "charts": {"small": "1.1.0"}, "grace": grace}
        given: dict[str, tuple[str, Json]] = {
            "cluster": ("health_cluster_info", {**own, "expected": cluster}),
            "elsewhere": (
                "health_cluster_info",
                {"kubeconfig": self.remote or own["kubeconfig"], "expected": cluster, "api_timeout": API_TIMEOUT_S},
            ),
            "limited": (
                "health_cluster_info",
                {"kubeconfig": str(self.folder / LIMITED), "expected": cluster},
            ),
            "gpus": ("health_gpu_info", gpus),
            "history": (
                "health_gpu_info",
                {**gpus, "prometheus_url": self.history.url, "expected": base.expected_gpus(50)},
            ),
            "releases": ("health_release_info", {**own, "expected": releases}),
            "services": ("health_service_info", {**own, **services, "expected": self.services()}),
        }
        module, arguments = given[name]
        with mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(self.authority.bundle)}):
            return looks.module(module, {"summary_lines": 30, **arguments})

    def build(self) -> None:
        """Make the healthy cluster."""
        charts = self.cluster.site.lab_dir / "charts"
        self.cluster.create(*base.all_nodes(re.sub(r"^v?(\d+\.\d+).*", r"\1", self.version)))
        self.cluster.create(*(one for one in base.objects() if one["kind"] == "Namespace"))
        self.cluster.create(*(one for one in base.objects() if one["kind"] != "Namespace"))
        (chart,) = charts.glob("metrics-server-*.tgz")
        self.cluster.must("helm", "upgrade", "--install", "metrics-server", str(chart), "-n", "kube-system")
        for name in ("cert-manager", "karpenter"):
            (chart,) = charts.glob(f"{name}-[v0-9]*.tgz")
            made = self.cluster.must("helm", "template", str(chart), "--include-crds", "--set", "crds.enabled=true")
            self.cluster.create(*(one for one in yaml.safe_load_all(made) if one and one["kind"] == KIND))
        for name in ("pinned", "failing", "wanted", "edited"):
            assert self.small(name).returncode == 0
        eventually(lambda: self.cluster.apply(*base.custom_objects()).returncode == 0, 30)
        for name in base.CERTIFICATES:
            self.valid(name)
        for name in ("main", "unready"):
            self.pool_ready(name, "True")
        self.cluster.create(*base.rights())
        self.limited()
        self.cluster.tool("kubectl", "create", "job", "--from=cronjob/backup", "backup-1", "-n", base.SPACE)
        # Deprecated for good and without an end: no finding may come of it.
        self.ask("GET", "/api/v1/endpoints")
        self.history.tell()
        self.go_on()

    def valid(self, name: str, **other: str) -> None:
        """Say of a certificate that it is issued, and what else."""
        ready = {"type": "Ready", "status": "True", "reason": "Ready", "lastTransitionTime": at(-3600)}
        told = {"notAfter": at(60 * 86400), "renewalTime": at(30 * 86400), "notBefore": at(-3600), **other}
        self.say("Certificate", name, {"conditions": [ready], **told})

    def pool_ready(self, name: str, status: str) -> None:
        """Say of a pool whether Karpenter can use it."""
        one = {
            "type": "Ready",
            "status": status,
            "reason": "NodeClassNotReady",
            "message": "the node class is not ready",
        }
        self.say("NodePool", name, {"conditions": [{**one, "lastTransitionTime": at()}]})


@contextlib.contextmanager
def world(cluster: Cluster, folder: Path) -> Iterator[World]:
    """Build the healthy cluster and what stands beside it; end at the end what was started."""
    folder.mkdir(parents=True, exist_ok=True)
    kubeconfig = yaml.safe_load(Path(cluster.kubeconfig).read_text())
    pki = folder / "pki"
    pki.mkdir(exist_ok=True)
    parts = {**kubeconfig["clusters"][0]["cluster"], **kubeconfig["users"][0]["user"]}
    for file, key in (
        ("ca.crt", "certificate-authority"),
        ("admin.crt", "client-certificate"),
        ("admin.key", "client-key"),
    ):
        (pki / file).write_bytes(base64.b64decode(parts[f"{key}-data"]))
    version = server_version(cluster)
    gpus = dcgm.Gpus(
        {one["metadata"]["name"]: base.GPUS for one in base.all_nodes("1.36") if "gpu" in one["metadata"]["name"]}
    )
    past = dcgm.Gpus(dict(gpus.nodes))
    # A program's error is none of the GPU's.
    gpus.other["gpu-0", 3] = {"DCGM_FI_DEV_XID_ERRORS": 13.0}
    program = traffic.programs() / "prometheus"
    history = History(folder / "history", tools.alert_tools() / "promtool", program, past)
    answers, authority = addresses.Answers(), addresses.Authority(folder / "tls")
    with contextlib.ExitStack() as stack:
        stack.callback(history.stack.close)
        plain = stack.enter_context(addresses.answering(answers))
        secure = stack.enter_context(addresses.answering(addresses.Answers(), authority.context))
        inside = Inside()
        port = stack.enter_context(dcgm.exporting(lambda: gpus.text() + inside.text()))
        live = stack.enter_context(dcgm.prometheus(program, folder / "prometheus", port))
        kube = Kube(parts["server"], pki)
        urls = (plain, secure, live.url)
        one = World(cluster, folder, parts["server"], kube, gpus, history, answers, authority, *urls, version, inside)
        one.build()
        yield one


def server_version(cluster: Cluster) -> str:
    """Return the API server's version."""
    found: str = yaml.safe_load(cluster.must("kubectl", "version", "-o", "json"))["serverVersion"]["gitVersion"]
    return found
