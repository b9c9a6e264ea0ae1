# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, MissingKindError
from ansible_collections.applied_ai.platform.plugins.modules import health_release_info as module


def secret(version: str, status: str, revision: int = 1, manifest: str = "") -> dict[str, Any]:
    payload = {
        "manifest": manifest,
        "name": "ms",
        "namespace": "kube-system",
        "version": revision,
        "info": {"status": status, "last_deployed": "t"},
        "chart": {"metadata": {"name": "metrics-server", "version": version}},
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(payload).encode()))).decode()
    labels = {"owner": "helm", "name": "ms", "version": str(revision), "status": status}
    return {"metadata": {"name": "s", "namespace": "kube-system", "labels": labels}, "data": {"release": packed}}


class Cluster:
    """A cluster with these release secrets."""

    def __init__(self, *secrets: dict[str, Any]) -> None:
        self.secrets = secrets

    def items(self, path: str, keep: object = None, **query: str) -> list[dict[str, Any]]:
        assert path == "/api/v1/secrets"
        assert "owner=helm" in query["labelSelector"]
        return list(self.secrets)

    def get(self, path: str) -> dict[str, Any]:
        if path == "/api/v1":
            return {"resources": [{"kind": "ConfigMap", "name": "configmaps", "namespaced": True}]}
        raise MissingKindError(f"no {path}")


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **args: Any) -> Any:
    """Run the module as Ansible does and return its result."""
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with patch_module_args({"kubeconfig": "/x", **args}), pytest.raises(SystemExit):
        module.main()
    return json.loads(capsys.readouterr().out)


EXPECTED = {"releases": ["kube-system/ms"], "charts": {"metrics-server": "41.13.1"}}


@pytest.mark.parametrize(
    ("secrets", "verdict", "failed"),
    [
        ([secret("41.13.1", "deployed")], "healthy", []),
        ([secret("41.12.0", "deployed")], "degraded", ["releases_as_pinned"]),
        ([secret("41.13.1", "deployed"), secret("41.13.1", "pending-upgrade", 2)], "degraded", ["releases_deployed"]),
        ([secret("41.12.0", "failed")], "degraded", ["releases_deployed", "releases_as_pinned"]),
        ([], "degraded", ["releases_present"]),
    ],
)
def test_releases_are_judged(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    secrets: list[dict[str, Any]],
    verdict: str,
    failed: list[str],
) -> None:
    monkeypatch.setattr(module, "connect", lambda *_: Cluster(*secrets))
    result = call(monkeypatch, capsys, expected=EXPECTED)
    assert result["verdict"] == verdict
    assert [one["id"] for one in result["checks"] if one["status"] == "failed"] == failed
    assert result["changed"] is False


def test_a_cluster_that_is_silent_or_a_secret_that_is_broken_is_unknown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Silent(Cluster):
        def items(self, _path: str, keep: object = None, **_query: str) -> list[dict[str, Any]]:
            raise KubeError("no route")

    broken = {**secret("1", "deployed"), "data": {"release": "!"}}
    for cluster, words in ((Silent(), "no route"), (Cluster(broken), "Failed to decode")):
        monkeypatch.setattr(module, "connect", lambda *_, cluster=cluster: cluster)
        result = call(monkeypatch, capsys)
        assert (result["verdict"], result["exit_code"]) == ("unknown", 3)
        assert words in result["checks"][0]["seen"]


def test_an_error_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*_: object) -> None:
        raise KubeError("It is not there.")

    monkeypatch.setattr(module, "connect", refuse)
    assert call(monkeypatch, capsys)["msg"] == "It is not there."


CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"


def test_objects_that_differ_are_findings_unless_that_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "connect", lambda *_: Cluster(secret("41.13.1", "deployed", manifest=CONFIG)))
    result = call(monkeypatch, capsys, expected=EXPECTED)
    assert (result["verdict"], result["exit_code"]) == ("degraded", 1)
    assert result["summary"][1] == (
        "major: ConfigMap kube-system/settings of release kube-system/ms: missing (expected as revision 1 has it); "
        "docs/runbooks/releases_without_drift.md"
    )
    result = call(monkeypatch, capsys, expected=EXPECTED, drift=False)
    assert result["verdict"] == "healthy"
    assert "releases_without_drift" not in [one["id"] for one in result["checks"]]


def test_what_could_not_be_compared_is_unknown_beside_what_was_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reader}\n"
    for manifest, statuses in ((role, ["unknown"]), (f"{role}---\n{CONFIG}", ["failed", "unknown"])):
        cluster = Cluster(secret("41.13.1", "deployed", manifest=manifest))
        monkeypatch.setattr(module, "connect", lambda *_, cluster=cluster: cluster)
        result = call(monkeypatch, capsys, expected=EXPECTED)
        assert result["verdict"] == "unknown"
        found = [one for one in result["checks"] if one["id"] == "releases_without_drift"]
        assert [one["status"] for one in found] == statuses
        assert found[-1]["seen"].startswith("ClusterRole of rbac.authorization.k8s.io/v1, 1 not compared")
