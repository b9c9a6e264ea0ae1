# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.modules.service_scale import run

Json = dict[str, Any]
CHART = {
    "metadata": {"apiVersion": "v2", "name": "demo", "version": "1.0.0+abc"},
    "values": {"autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 10}},
    "templates": [{"name": "templates/a.yaml", "data": base64.b64encode(b"kind: A").decode()}],
}
PARAMS = {
    "kubeconfig": "/kube",
    "context": "",
    "name": "api",
    "namespace": "services",
    "replicas": 5,
    "autoscaling": True,
    "allow_zero": False,
    "history_max": 10,
}


def secret(version: int, status: str = "deployed") -> Json:
    release = {
        "name": "api",
        "namespace": "services",
        "version": version,
        "info": {"status": status},
        "chart": CHART,
        "config": {"image": {"repository": "r/api", "tag": "1"}},
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    return {"metadata": {"name": f"v{version}", "namespace": "services"}, "data": {"release": packed}}


class Cluster:
    def __init__(self, *secrets: Json) -> None:
        self.secrets = list(secrets)
        self.calls: list[list[str]] = []

    def items(self, path: str, **_: str) -> list[Json]:
        return self.secrets

    def get(self, path: str) -> Json:
        return next(one for one in self.secrets if path.endswith(one["metadata"]["name"]))

    def helm(self, argv: list[str], stdin: str) -> tuple[int, str, str]:
        """Upgrade as Helm does; the chart must be there while it runs."""
        self.calls.append(argv)
        self.chart = {path.name: path.read_bytes() for path in Path(argv[3]).rglob("*") if path.is_file()}
        self.values = json.loads(stdin)
        self.secrets.append(secret(len(self.secrets) + 1))
        return 0, "", ""


def test_the_release_is_upgraded_with_its_own_chart() -> None:
    cluster = Cluster(secret(1))
    result = run(PARAMS, cluster, cluster.helm, check_mode=False)
    assert (result["changed"], result["before"], result["revision"]) == (True, 1, 2)
    assert (result["chart"], result["image"]) == ("1.0.0+abc", {"repository": "r/api", "tag": "1"})
    assert cluster.chart["a.yaml"] == b"kind: A"
    assert cluster.values == {
        "image": {"repository": "r/api", "tag": "1"},
        "autoscaling": {"enabled": True, "minReplicas": 5},
    }
    (argv,) = cluster.calls
    assert argv[:3] == ["helm", "upgrade", "api"]
    assert {"--no-hooks", "--reset-values"} <= set(argv)
    assert not Path(argv[3]).exists(), "the chart was left behind"


def test_check_mode_shows_what_would_change() -> None:
    cluster = Cluster(secret(1))
    result = run(PARAMS, cluster, cluster.helm, check_mode=True)
    assert (result["changed"], cluster.calls) == (True, [])
    assert result["diff"]["after"]["autoscaling"]["minReplicas"] == 5


def test_the_number_that_is_there_changes_nothing() -> None:
    cluster = Cluster(secret(1))
    values = {"image": {"repository": "r/api", "tag": "1"}}
    same = {**PARAMS, "autoscaling": False, "replicas": 2}
    first = run(same, cluster, cluster.helm, check_mode=True)
    assert first["diff"]["after"] == {**values, "replicaCount": 2}


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [([], "it is not deployed"), ([secret(2, "failed")], "its newest revision is failed")],
)
def test_what_is_not_deployed_is_not_scaled(secrets: list[Json], reason: str) -> None:
    cluster = Cluster(*secrets)
    with pytest.raises(ServiceError, match=reason):
        run(PARAMS, cluster, cluster.helm, check_mode=False)


def test_a_refusal_of_helm_is_told() -> None:
    cluster = Cluster(secret(1))
    with pytest.raises(ServiceError, match=r"^Failed to scale service api in namespace services: forbidden\.$"):
        run(PARAMS, cluster, lambda *_: (1, "", "warning\nError: forbidden.\n"), check_mode=False)
