# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.modules import health_service_info as module
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import (
    Json,
    pod,
    workload,
)

SERVICE = "kubernetes.io/service-name"


def deployed() -> Json:
    one = workload("app")
    one["status"]["updatedReplicas"] = 2
    return one


SLICE = {
    "metadata": {"namespace": "services", "labels": {SERVICE: "app"}},
    "endpoints": [{"conditions": {"ready": True}}],
}
LISTS = {
    "/apis/apps/v1/namespaces/services/deployments": [deployed()],
    "/apis/discovery.k8s.io/v1/namespaces/services/endpointslices": [SLICE],
    "/api/v1/namespaces/services/pods": [pod()],
}


class Cluster:
    """A cluster with one service; it serves no other namespace."""

    def __init__(self, **changes: list[Json]) -> None:
        self.lists = {
            **LISTS,
            **{path: found for path in LISTS for name, found in changes.items() if path.endswith(name)},
        }

    def get(self, _path: str) -> Json:
        return {"gitVersion": "v1.36.3"}

    def items(self, path: str, **_query: str) -> list[Json]:
        assert "/namespaces/services/" in path
        return self.lists.get(path, [])

    def metadata(self, _path: str, **_query: str) -> list[Json]:
        return []


class Silent(Cluster):
    def get(self, _path: str) -> Json:
        raise KubeError("no route")


class Blind(Cluster):
    def items(self, path: str, **query: str) -> list[Json]:
        if "metrics.k8s.io" in path:
            raise KubeError("503")
        return super().items(path, **query)


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **args: Any) -> Any:
    """Run the module as Ansible does and return its result."""
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with patch_module_args({"kubeconfig": "/x", **args}), pytest.raises(SystemExit):
        module.main()
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("cluster", "inside", "outside", "verdict", "bad"),
    [
        (Cluster(), 200, 200, "healthy", []),
        (Cluster(endpointslices=[]), 200, 200, "unhealthy", ["services_have_endpoints"]),
        (Cluster(deployments=[]), 200, 200, "unhealthy", ["services_rolled_out"]),
        (Cluster(), 503, 200, "unhealthy", ["services_answer"]),
        (Cluster(), 200, 502, "unhealthy", ["services_answer"]),
        (Blind(), 200, 200, "unknown", ["services_have_room"]),
    ],
    ids=["well", "no endpoint", "missing", "inside", "outside", "no metrics-server"],
)
def test_a_service_is_judged(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    cluster: Cluster,
    inside: int,
    outside: int,
    verdict: str,
    bad: list[str],
) -> None:
    asked = []

    def read(path: str, _accept: str) -> bytes:
        asked.append(path)
        if inside >= 400:
            raise KubeError("refused", status=inside)
        return b"ok"

    def probe(service: str, url: str, **_: object) -> Json:
        asked.append(url)
        return {"service": service, "url": url, "status": outside, "error": "", "seconds": 0.1, "not_after": ""}

    monkeypatch.setattr(module, "connect", lambda *_: cluster)
    monkeypatch.setattr(module, "api_client", lambda *_: None)
    monkeypatch.setattr(module, "api_read", lambda *_: read)
    monkeypatch.setattr(module.probe, "from_outside", probe)
    service = {"name": "app", "namespace": "services", "paths": ["/health"], "urls": ["https://app.example/health"]}
    result = call(monkeypatch, capsys, expected={"services": [service]})
    assert result["verdict"] == verdict
    assert [one["id"] for one in result["checks"] if one["status"] != "ok"] == bad
    assert asked == ["/api/v1/namespaces/services/services/http:app:80/proxy/health", "https://app.example/health"]


def test_a_silent_cluster_is_unknown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(module, "connect", lambda *_: Silent())
    monkeypatch.setattr(module, "api_client", lambda *_: None)
    monkeypatch.setattr(module, "api_read", lambda *_: None)
    result = call(monkeypatch, capsys, expected={"services": [{"name": "app", "namespace": "services"}]})
    assert (result["verdict"], result["exit_code"]) == ("unknown", 3)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/v1/pods", "/api/v1/namespaces/n/pods"),
        ("/apis/apps/v1/deployments", "/apis/apps/v1/namespaces/n/deployments"),
    ],
)
def test_a_path_of_one_namespace(path: str, found: str) -> None:
    assert module.namespaced(path, "n") == found


SUCCESS, ENDS = module.services.QUERIES.values()


@pytest.mark.parametrize(
    ("answers", "verdict", "seen"),
    [
        ({SUCCESS: {"app": 1, "database": 1}, ENDS: {"app": 8 * 86400}}, "healthy", []),
        ({SUCCESS: {"app": 1, "database": 0}}, "degraded", ["no good answer for 2 minutes"]),
        ({SUCCESS: {"app": 1}}, "degraded", ["not probed"]),
        ({SUCCESS: {"app": 1, "database": 1}, ENDS: {"app": 86400}}, "degraded", ["certificate ends in 24 h"]),
    ],
)
def test_what_the_blackbox_exporter_sees_is_judged(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: dict[str, dict[str, float]],
    verdict: str,
    seen: list[str],
) -> None:
    def ask(query: str) -> Json:
        found = [
            {"metric": {"target": name}, "value": [0, str(value)]} for name, value in answers.get(query, {}).items()
        ]
        return {"status": "success", "data": {"result": found}}

    monkeypatch.setattr(module, "connect", lambda *_: Cluster())
    monkeypatch.setattr(module, "api_client", lambda *_: None)
    monkeypatch.setattr(module, "api_read", lambda *_: None)
    monkeypatch.setattr(module.metrics, "asker", lambda *_: ask)
    expected = {"services": [{"name": "app", "namespace": "services"}], "probes": ["app", "database"]}
    result = call(monkeypatch, capsys, probes=True, expected=expected)
    assert result["verdict"] == verdict
    assert [one["seen"] for one in result["checks"] if one["id"] == "probes_succeed" and one["status"] != "ok"] == seen


def test_without_prometheus_probes_are_unknown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class NoPrometheus(Cluster):
        def get(self, path: str) -> Json:
            if "/proxy/" in path:
                raise KubeError("no endpoints available")
            return super().get(path)

    monkeypatch.setattr(module, "connect", lambda *_: NoPrometheus())
    monkeypatch.setattr(module, "api_client", lambda *_: None)
    monkeypatch.setattr(module, "api_read", lambda *_: None)
    expected = {"services": [{"name": "app", "namespace": "services"}]}
    assert call(monkeypatch, capsys, expected=expected)["verdict"] == "healthy"
    assert call(monkeypatch, capsys, probes=True, expected=expected)["verdict"] == "unknown"
