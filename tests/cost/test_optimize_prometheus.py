# SPDX-License-Identifier: Apache-2.0
"""The questions of cost_optimize_info at a real Prometheus, which holds a week of the metrics that the add-ons tell."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import cost_optimize_info as action
from support.api import free_port
from support.cluster import eventually
from support.prometheus import Prometheus, answers
from support.tools import alert_tools
from support.traffic import programs

pytestmark = pytest.mark.lab

# Rates over five minutes need more than one sample in them.
STEP = 120
STEPS = 7 * 24 * 3600 // STEP + 2
GIB = 1024**3
TYPE = "label_node_kubernetes_io_instance_type"
POD = 'namespace="services",pod="api-{}"'
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)

# Series and its value after each step, by the step's number.
Series = dict[str, Any]


def constant(value: float) -> Any:
    return lambda _step: value


def counter(per_second: float) -> Any:
    return lambda step: per_second * step * STEP


def week() -> dict[str, Series]:
    """Return metrics as cAdvisor, kube-state-metrics and the DCGM exporter tell them.

    n1 is an m5.large of which a tenth is used, n2 a g4dn.xlarge whose GPU is at 5 %. Two pods of api ask for 1 CPU and
    2 GiB each; the busier one uses 0.2 CPU and, once, 1 GiB.
    """
    usage: Series = {'id="/",node="n1"': counter(0.2), 'id="/",node="n2"': counter(2)}
    memory: Series = {'id="/",node="n1"': constant(GIB), 'id="/",node="n2"': constant(8 * GIB)}
    owners: Series = {}
    info: Series = {}
    requests: Series = {}
    for number, cpu in ((1, 0.1), (2, 0.2)):
        pod = POD.format(number)
        usage[f'{pod},container="main",id="/pods/{number}/main",node="n1"'] = counter(cpu)
        # The pod's own sum has no container and must not be counted twice.
        usage[f'{pod},id="/pods/{number}",node="n1"'] = counter(cpu)
        memory[f'{pod},container="main",id="/pods/{number}/main",node="n1"'] = lambda step: (
            GIB if step == 1000 else GIB // 4
        )
        owners[f'{pod},workload="api",workload_type="deployment"'] = constant(1)
        # Two replicas of kube-state-metrics say the same.
        for instance in ("a", "b"):
            info[f'{pod},node="n1",instance="{instance}"'] = constant(1)
        requests[f'{pod},container="main",node="n1",resource="cpu"'] = constant(1)
        requests[f'{pod},container="main",node="n1",resource="memory"'] = constant(2 * GIB)
    return {
        "container_cpu_usage_seconds_total": usage,
        "container_memory_working_set_bytes": memory,
        "machine_cpu_cores": {'node="n1"': constant(2), 'node="n2"': constant(4)},
        "machine_memory_bytes": {'node="n1"': constant(8 * GIB), 'node="n2"': constant(16 * GIB)},
        "kube_node_labels": {
            f'node="n1",{TYPE}="m5.large"': constant(1),
            f'node="n2",{TYPE}="g4dn.xlarge"': constant(1),
        },
        "DCGM_FI_DEV_GPU_UTIL": {'Hostname="n2",gpu="0",exported_pod="train"': constant(5)},
        "kube_pod_info": info,
        "kube_pod_container_resource_requests": requests,
        "namespace_workload_pod:kube_pod_owner:relabel": owners,
        "kube_namespace_labels": {'namespace="services",label_team="search"': constant(1)},
    }


def openmetrics(metrics: dict[str, Series], end: int) -> Iterator[str]:
    """Return the week as OpenMetrics with times; the last step is at ``end``."""
    for name, series in metrics.items():
        yield f"# TYPE {name} unknown"
        for labels, value in series.items():
            for step in range(STEPS):
                yield f"{name}{{{labels}}} {value(step)} {end - (STEPS - 1 - step) * STEP}"
    yield "# EOF"


@contextlib.contextmanager
def holding(folder: Path, metrics: dict[str, Series]) -> Iterator[str]:
    """Run Prometheus with metrics that end now; return its address."""
    written = folder / "week.om"
    written.write_text("\n".join(openmetrics(metrics, int(time.time()))) + "\n")
    data = folder / "data"
    # One block for all: promtool reads the file once for each.
    argv = [str(alert_tools() / "promtool"), "tsdb", "create-blocks-from", "--max-block-duration=336h", "openmetrics"]
    subprocess.run([*argv, str(written), str(data)], check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("{}\n")
    one = Prometheus(free_port())
    server = ["setpriv", "--pdeathsig", "KILL", "--", str(programs() / "prometheus")]
    server += [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={data}"]
    with (folder / "prometheus.log").open("ab") as log:
        process = subprocess.Popen([*server, f"--web.listen-address=127.0.0.1:{one.port}"], stdout=log, stderr=log)
    try:
        eventually(lambda: process.poll() is not None or answers(one), 60)
        assert process.poll() is None, (folder / "prometheus.log").read_text()[-2000:]
        yield one.url
    finally:
        process.terminate()
        process.wait()


def found(folder: Path, url: str) -> dict[str, Any]:
    facts = {
        "region": "us-east-1",
        "as_of": "2026-11-28",
        "node_groups": [
            {"name": "general", "instance_type": "m5.large", "desired": 4, "interruptible": False},
            {"name": "gpu", "instance_type": "g4dn.xlarge", "desired": 3, "interruptible": False},
        ],
    }
    (folder / "facts.json").write_text(json.dumps(facts))
    defaults = {name: option["default"] for name, option in action.ARGUMENTS.items()}
    given = {"facts_file": str(folder / "facts.json"), "prometheus_url": url, "environment": {}}
    return action.found({**defaults, **given}, NOW)


def test_idle_nodes_and_large_requests_are_found_from_metrics(tmp_path: Path) -> None:
    with holding(tmp_path, week()) as url:
        told = found(tmp_path, url)
    by_rule = {one["rule"]: one for one in told["findings"]}
    # 12.5 % of memory is used of n1, which is more than the tenth of its CPU: 4 x 0.125 / 0.75 = 1 node stays.
    assert by_rule["nodes_idle"]["seen"] == "4 x m5.large, 10 % of CPU used"
    assert by_rule["nodes_idle"]["proposed"] == "1 node"
    assert by_rule["nodes_idle"]["monthly_saving"] == "210.24"
    # 5 % of three GPUs; the half of the memory that is used keeps 3 x 0.5 / 0.75 = 2 nodes.
    assert by_rule["gpu_idle"]["seen"] == "3 x g4dn.xlarge, 5 % of GPU used"
    assert by_rule["gpu_idle"]["proposed"] == "2 nodes"
    assert by_rule["gpu_idle"]["monthly_saving"] == "383.98"
    # (1 - 0.2 x 1.15) / 2 CPU and (2 - 1 x 1.15) / 8 GiB of an m5.large at 0.096, half each, two pods.
    assert by_rule["workload_requests"]["proposed"] == "0.23 CPU and 1.15 GiB"
    assert by_rule["workload_requests"]["seen"] == "2 pods ask for 1 CPU and 2 GiB each"
    assert by_rule["workload_requests"]["monthly_saving"] == "34.43"
    assert by_rule["workload_requests"]["owner"] == "search"
    assert by_rule["workload_requests"]["excluded_by"].startswith("gpu_idle:gpu")
    assert told["unknown"] == []


def test_a_prometheus_without_metrics_knows_nothing(tmp_path: Path) -> None:
    with holding(tmp_path, {"up": {'job="x"': constant(1)}}) as url:
        told = found(tmp_path, url)
    assert told["findings"] == []
    assert {one["source"] for one in told["unknown"]} == {"nodes_idle:general", "nodes_idle:gpu"}
