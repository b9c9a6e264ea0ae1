# SPDX-License-Identifier: Apache-2.0
"""A rehearsal's cluster for tests that need the real API server, controllers and scheduler, and no cloud."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from support.rehearsal import Site

Json = dict[str, Any]


def documents(objects: Iterable[Json]) -> str:
    """Return objects as kubectl reads them one by one.

    Of a List it asks the API server for all schemas at once, which takes a busy one longer than kubectl waits.
    """
    return "\n---\n".join(json.dumps(one) for one in objects)


class Cluster:
    """The rehearsal's cluster, spoken to as JSON."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @property
    def kubeconfig(self) -> str:
        """Return the administrator's kubeconfig."""
        return str(self.site.lab_dir / "kubeconfig")

    def tool(self, name: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run kubectl or helm to its end, whatever the end is."""
        argv = [str(self.site.lab_dir / "bin" / name), "--kubeconfig", self.kubeconfig, *arguments]
        return subprocess.run(argv, input=given, capture_output=True, text=True, check=False, timeout=120)

    def must(self, name: str, *arguments: str, given: str = "") -> str:
        """Run kubectl or helm, which must succeed; return what it printed."""
        done = self.tool(name, *arguments, given=given)
        assert done.returncode == 0, f"{name} {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def apply(self, *objects: Json, dry_run: bool = False) -> subprocess.CompletedProcess[str]:
        """Let the API server create or change objects; say how that ended."""
        how = ["--dry-run=server"] if dry_run else []
        return self.tool("kubectl", "apply", "--server-side", *how, "-f", "-", given=documents(objects))

    def create(self, *objects: Json) -> None:
        """Create or change objects; the API server must take them."""
        done = self.apply(*objects)
        assert done.returncode == 0, done.stderr

    def get(self, *arguments: str) -> Json:
        """Return what kubectl get answers."""
        answer: Json = json.loads(self.must("kubectl", "get", *arguments, "-o", "json"))
        return answer


def eventually(what: Callable[[], Any], timeout: float, why: Callable[[], str] = str) -> Any:
    """Return the first true answer; fail when there is none in time."""
    end = time.monotonic() + timeout
    while True:
        if answer := what():
            return answer
        assert time.monotonic() < end, f"not within {timeout} s. {why()}"
        time.sleep(0.5)


def node(name: str) -> Json:
    """Return a node of the rehearsal that takes any pod."""
    resources = {"cpu": "8", "memory": "32Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {
                "kwok.x-k8s.io/node": "fake",
                # Where metrics-server finds this node's part of the simulated kubelets.
                "metrics.k8s.io/resource-metrics-path": f"/metrics/nodes/{name}/metrics/resource",
            },
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
        },
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "addresses": [
                {"type": "InternalDNS", "address": "127.0.0.1"},
                {"type": "InternalIP", "address": "192.0.2.1"},
                {"type": "Hostname", "address": name},
            ],
        },
    }


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Cluster]:
    """Start a rehearsal in a folder; stop and remove it at the end."""
    site = Site(folder)
    try:
        site.lab("up")
        yield Cluster(site)
    finally:
        site.lab("clean")
