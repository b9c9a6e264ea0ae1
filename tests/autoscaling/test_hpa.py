# SPDX-License-Identifier: Apache-2.0
"""The autoscaler of a service, with the PRD's windows: real HPA controller, usage as the simulated pods announce it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from support.cluster import Cluster, eventually

pytestmark = [pytest.mark.lab, pytest.mark.slow]

CHART = Path(__file__).resolve().parents[2] / "charts/ai_service"
DOWN_WINDOW, DOWN_PERIOD, UP_PERIOD = 300, 60, 15
# The controller looks every 15 s, metrics are up to 15 s old.
SLACK = 45
VALUES = {
    "image": {"repository": "registry.example.com/a/example-api", "tag": "1.0.0"},
    "autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 8},
    "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
}


@pytest.fixture(scope="module")
def service(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Install metrics-server and a service with an autoscaler."""
    (metrics,) = (cluster.site.lab_dir / "charts").glob("metrics-server-*.tgz")
    cluster.must("helm", "install", "metrics-server", str(metrics), "-n", "kube-system")
    values = tmp_path_factory.mktemp("values") / "values.json"
    values.write_text(json.dumps(VALUES))
    cluster.must("helm", "install", "example-api", str(CHART), "--values", str(values))
    eventually(lambda: replicas(cluster) == 2, 60)
    yield cluster


def replicas(cluster: Cluster) -> int:
    """Return how many replicas the autoscaler wants."""
    (deployment,) = cluster.get("deployments", "-l", "app.kubernetes.io/instance=example-api")["items"]
    return int(deployment["spec"]["replicas"])


def use(cluster: Cluster, cpu: str) -> None:
    """Let every pod announce this usage; one that the autoscaler takes away meanwhile need not."""
    done = cluster.tool("kubectl", "annotate", "pods", "--all", "--overwrite", f"kwok.x-k8s.io/usage-cpu={cpu}")
    assert all("(NotFound)" in line for line in done.stderr.splitlines()), done.stderr


def follow(cluster: Cluster, cpu: str, target: int, timeout: float) -> list[tuple[float, int]]:
    """Hold a usage until there are so many replicas; return each change with its time."""
    start, seen = time.monotonic(), [(0.0, replicas(cluster))]
    while seen[-1][1] != target:
        assert time.monotonic() - start < timeout, seen
        use(cluster, cpu)
        if (now := replicas(cluster)) != seen[-1][1]:
            seen.append((time.monotonic() - start, now))
        time.sleep(1)
    return seen


def test_a_service_grows_at_once_and_shrinks_after_the_prds_window(
    service: Cluster, record_property: Callable[[str, object], None]
) -> None:
    time.sleep(20)  # the first metrics
    up = follow(service, "400m", 8, 3 * UP_PERIOD + 2 * SLACK)
    assert all(after <= 2 * before for (_, before), (_, after) in pairwise(up)), up

    down = follow(service, "10m", 2, DOWN_WINDOW + 4 * DOWN_PERIOD + SLACK)
    record_property("up", up)
    record_property("down", down)
    assert down[1][0] >= DOWN_WINDOW - UP_PERIOD, down
    assert all(2 * after >= before for (_, before), (_, after) in pairwise(down)), down
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(down[1:])]
    assert all(gap >= DOWN_PERIOD - UP_PERIOD for gap in gaps), down
