# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus beside the rehearsal's cluster, configured by ServiceMonitors and PrometheusRules.

The operator is missing: what it would make of those objects is made here, for the fields that the chart sets.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from support.api import free_port
from support.cluster import eventually
from support.kubelet import PORT_ANNOTATION

Json = dict[str, Any]


def label(name: str) -> str:
    """Return a name as service discovery spells it."""
    return re.sub(r"[^a-zA-Z0-9_]", "_", name)


def scrape(monitor: Json, kubeconfig: Path, every: str) -> Json:
    """Return the scrape configuration for a ServiceMonitor; pods really listen where their annotation says."""
    (endpoint,) = monitor["spec"]["endpoints"]
    meta = monitor["metadata"]
    keep = [
        {"action": "keep", "source_labels": [f"__meta_kubernetes_service_label_{label(key)}"], "regex": value}
        for key, value in monitor["spec"]["selector"]["matchLabels"].items()
    ]
    keep.append(
        {"action": "keep", "source_labels": ["__meta_kubernetes_endpointslice_port_name"], "regex": endpoint["port"]}
    )
    copied = {
        "__meta_kubernetes_namespace": "namespace",
        "__meta_kubernetes_service_name": "service",
        "__meta_kubernetes_pod_name": "pod",
        **{f"__meta_kubernetes_pod_label_{label(one)}": label(one) for one in monitor["spec"]["podTargetLabels"]},
    }
    real = {
        "source_labels": [f"__meta_kubernetes_pod_annotation_{label(PORT_ANNOTATION)}"],
        "regex": "(.+)",
        "target_label": "__address__",
        "replacement": "127.0.0.1:$1",
    }
    return {
        "job_name": f"serviceMonitor/{meta['namespace']}/{meta['name']}/0",
        "metrics_path": endpoint["path"],
        "scrape_interval": every,
        "scrape_timeout": every,
        "kubernetes_sd_configs": [
            {
                "role": "endpointslice",
                "kubeconfig_file": str(kubeconfig),
                "namespaces": {"names": [meta["namespace"]]},
            }
        ],
        "relabel_configs": [
            *keep,
            *({"source_labels": [source], "target_label": target} for source, target in copied.items()),
            real,
        ],
    }


@dataclass
class Prometheus:
    """A running Prometheus."""

    port: int

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **query: str) -> Any:
        """Return the data of an answer of its API."""
        asked = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - its scheme stands above
            return json.load(answer)["data"]

    def vector(self, query: str) -> dict[str, float]:
        """Return a query's values by track."""
        found = self.get("query", query=query)["result"]
        return {one["metric"].get("track", ""): float(one["value"][1]) for one in found}

    def value(self, query: str) -> float:
        """Return a query's only value; NaN when there is none."""
        found = self.get("query", query=query)["result"]
        return float(found[0]["value"][1]) if found else math.nan

    def pods(self) -> dict[str, str]:
        """Return the pods that are scraped, and how they are."""
        return {one["labels"]["pod"]: one["health"] for one in self.get("targets", state="active")["activeTargets"]}


@contextlib.contextmanager
def running(
    program: Path, folder: Path, kubeconfig: Path, objects: Sequence[Json], every: str = "1s"
) -> Iterator[Prometheus]:
    """Run Prometheus for ServiceMonitors and PrometheusRules."""
    folder.mkdir(parents=True, exist_ok=True)
    monitors = [one for one in objects if one["kind"] == "ServiceMonitor"]
    groups = [group for one in objects if one["kind"] == "PrometheusRule" for group in one["spec"]["groups"]]
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": groups}))
    (folder / "prometheus.yml").write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": every, "evaluation_interval": every},
                "rule_files": [str(folder / "rules.yml")],
                "scrape_configs": [scrape(one, kubeconfig, every) for one in monitors],
            }
        )
    )
    one = Prometheus(free_port())
    argv = ["setpriv", "--pdeathsig", "KILL", "--", str(program), f"--config.file={folder / 'prometheus.yml'}"]
    argv += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{one.port}"]
    with (folder / "prometheus.log").open("ab") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        eventually(lambda: process.poll() is not None or answers(one), 60)
        assert process.poll() is None, (folder / "prometheus.log").read_text()[-2000:]
        yield one
    finally:
        process.terminate()
        process.wait()


def answers(one: Prometheus) -> bool:
    """Tell whether it answers yet."""
    try:
        return bool(one.get("status/runtimeinfo"))
    except OSError:
        return False
