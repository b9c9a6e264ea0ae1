# SPDX-License-Identifier: Apache-2.0
"""Services that answer real requests: the chart on a rehearsal's cluster, its pods as processes, load, metrics.

    with traffic.started(folder) as one:
        one.release("shop", image={"tag": "1.0.0"})
        with one.balancer({"shop": 1}) as balancer, one.load(balancer.address, rate=100) as load:
            ...
            report = load.stop()

Every tag is the example service. `registry.faults["2.0.0"] = {"FAIL_RATE": "0.2"}` builds faults into one, and the tag
`missing` cannot be pulled.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from lab import tools
from lab.paths import REPOSITORY, Paths
from support import balancer, cluster, kubelet, load, prometheus
from support.cluster import Cluster, eventually
from support.kubelet import PID_ANNOTATION, Image, Kubelet

Json = dict[str, Any]
CHART = REPOSITORY / "charts" / "ai_service"
SERVICE = REPOSITORY / "images" / "example_service"
IMAGE = "registry.example.com/applied-ai/example-service"
NAMESPACE = "services"
MISSING = "missing"


def programs() -> Path:
    """Return the folder with caddy, prometheus and vegeta."""
    cache = Paths.from_environment(os.environ).cache
    # Of all that Prometheus can discover targets in, Kubernetes.
    flags = "-tags=remove_all_sd,enable_kubernetes_sd"
    return tools.build_module(cache, "traffic", REPOSITORY / "tests/traffic/tools", print, GOFLAGS=flags)


def environment() -> Path:
    """Return a virtual environment with what the example service and its tests need, made once for its pins."""
    requirements = SERVICE / "requirements-test.txt"
    key = tools.cache_key(requirements.read_bytes(), sys.version)

    def make(target: Path) -> None:
        uv = str(Path(sys.executable).parent / "uv")
        tools.run([uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(target)], REPOSITORY)
        python = ["--python", str(target / "bin/python")]
        tools.run([uv, "pip", "install", "--quiet", *python, "--require-hashes", "-r", str(requirements)], REPOSITORY)

    return tools.cached(Paths.from_environment(os.environ).cache, "example-service", key, make, print)


class Registry:
    """What images there are: every tag is the example service, those in `faults` with faults built in."""

    def __init__(self) -> None:
        self.faults: dict[str, dict[str, str]] = {}
        self._argv = (str(environment() / "bin/python"), "-m", "example_service")

    def image(self, name: str) -> Image | None:
        """Return what stands for an image."""
        tag = name.rpartition(":")[2]
        if tag == MISSING:
            return None
        source = {"PYTHONPATH": str(SERVICE / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        return Image(self._argv, {**source, "VERSION": tag, **self.faults.get(tag, {})})


@dataclass
class Traffic:
    """A cluster whose services answer."""

    cluster: Cluster
    kubelet: Kubelet
    registry: Registry
    programs: Path
    folder: Path
    _count: int = field(default=0)

    def _next(self, what: str) -> Path:
        self._count += 1
        return self.folder / f"{self._count:02}-{what}"

    @property
    def kubeconfig(self) -> Path:
        """Return the administrator's kubeconfig."""
        return Path(self.cluster.kubeconfig)

    def values(self, over: Mapping[str, Any]) -> Path:
        """Write the chart's values for the example service: its own, quick but real, and those of the test."""
        base: Json = {
            "image": {"repository": IMAGE, "tag": "1.0.0"},
            "database": {"secretName": ""},
            "autoscaling": {"enabled": False},
        }
        both = {
            key: {**base.get(key, {}), **value} if isinstance(value, dict) else value for key, value in over.items()
        }
        file = self._next("values.json")
        file.write_text(json.dumps({**base, **both}))
        return file

    def upgrade(self, name: str, **over: Any) -> None:
        """Install a release of the chart, or change it; do not wait."""
        values = str(self.values(over))
        where = ["--namespace", NAMESPACE, "--create-namespace", "--values", values]
        self.cluster.must("helm", "upgrade", "--install", name, str(CHART), *where)

    def release(self, name: str, **over: Any) -> None:
        """Install a release of the chart, or change it, and wait until it is rolled out."""
        self.upgrade(name, **over)
        self.rolled_out(name)

    def rolled_out(self, name: str, timeout: int = 120) -> None:
        """Wait until a Deployment is rolled out, its old pods gone."""
        wait = ["-n", NAMESPACE, f"--timeout={timeout}s"]
        self.cluster.must("kubectl", "rollout", "status", f"deployment/{name}", *wait)
        selector = f"app={name.removesuffix('-canary')}"
        eventually(lambda: not any("deletionTimestamp" in pod["metadata"] for pod in self.pods(selector)), timeout)

    def manifests(self, name: str, **over: Any) -> list[Json]:
        """Return what the chart makes of values."""
        where = ["--namespace", NAMESPACE, "--values", str(self.values(over))]
        return [
            one for one in yaml.safe_load_all(self.cluster.must("helm", "template", name, str(CHART), *where)) if one
        ]

    def pods(self, selector: str) -> list[Json]:
        """Return pods."""
        found: list[Json] = self.cluster.get("pods", "-n", NAMESPACE, "-l", selector)["items"]
        return found

    def signal(self, pod: Json, number: signal.Signals) -> None:
        """Send a signal to a pod's process."""
        os.kill(int(pod["metadata"]["annotations"][PID_ANNOTATION]), number)

    @contextlib.contextmanager
    def balancer(self, weights: Mapping[str, int], lag_s: float = balancer.LAG_S) -> Iterator[balancer.Balancer]:
        """Balance over Services by their weights; wait until it leads to somebody."""
        one = balancer.Balancer(self.kubeconfig, NAMESPACE, weights, self.kubelet.real_address, lag_s)
        with balancer.running(self.programs / "caddy", self._next("caddy"), one):
            eventually(lambda: one.servers, 30)
            yield one

    @contextlib.contextmanager
    def load(self, url: str, rate: int, seconds: int = load.LONGEST_S) -> Iterator[load.Load]:
        """Make load."""
        with load.running(self.programs / "vegeta", self._next("vegeta"), url, rate, seconds) as one:
            yield one

    @contextlib.contextmanager
    def prometheus(self, name: str, **over: Any) -> Iterator[prometheus.Prometheus]:
        """Watch a release as its own ServiceMonitor says; wait until all its pods are scraped."""
        over = {"monitoring": {"enabled": True}, **over}
        made = self.manifests(name, **over)
        program, folder = self.programs / "prometheus", self._next("prometheus")
        with prometheus.running(program, folder, self.kubeconfig, made) as one:
            wanted = {pod["metadata"]["name"] for pod in self.pods(f"app={name}")}
            eventually(lambda: one.pods() == dict.fromkeys(wanted, "up"), 60, lambda: str(one.pods()))
            yield one


@contextlib.contextmanager
def started(folder: Path, back_off_s: float = 10.0) -> Iterator[Traffic]:
    """Start a cluster of one node whose pods are processes; end all at the end."""
    with cluster.started(folder / "lab") as one, contextlib.ExitStack() as stack:
        work = folder / "traffic"
        work.mkdir()
        kubelet.leave_room(one.site.lab_dir)
        registry = Registry()
        node = kubelet.Kubelet(Path(one.kubeconfig), "node-1", registry.image, work, back_off_s)
        stack.enter_context(kubelet.running(node))
        yield Traffic(one, node, registry, programs(), work)
