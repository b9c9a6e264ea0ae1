# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.modules import health_cluster_info as module

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NODE = {"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
METRICS = "apiserver_request_total 1"


class Cluster:
    """A cluster of one ready node."""

    def get(self, _path: str) -> dict[str, Any]:
        return {"gitVersion": "v1.36.3"}

    def items(self, path: str, **_query: str) -> list[dict[str, Any]]:
        return [NODE] if path.endswith("/nodes") else []

    def metadata(self, _path: str, **_query: str) -> list[dict[str, Any]]:
        return []


def test_look_returns_verdict_checks_summary_and_duration() -> None:
    params = {"expected": {}, "exceptions": [], "summary_lines": 10, "limit_s": 60}
    result = module.look(Cluster(), lambda _path: METRICS, params, now=NOW, clock=count(0, 0.5).__next__)
    assert result["verdict"] == "healthy"
    assert result["duration_s"] == 0.5
    assert result["exit_code"] == 0
    assert result["summary"][0].startswith(f"healthy: {len(RULES)} checks")
    assert json.loads(json.dumps(result)) == result


def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, check: bool = False, **args: Any
) -> Any:
    """Run the module as Ansible does and return its result."""
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with patch_module_args({**args, "_ansible_check_mode": check}), pytest.raises(SystemExit):
        module.main()
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("check", [False, True])
def test_main_never_changes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], check: bool) -> None:
    monkeypatch.setattr(module, "connect", lambda *_: Cluster())
    monkeypatch.setattr(module, "reads_text", lambda _params: lambda _path: METRICS)
    result = call(monkeypatch, capsys, check=check, kubeconfig="/x", expected={"node_groups": {"gpu": {"count": 1}}})
    assert result["changed"] is False
    assert result["verdict"] == "unhealthy"
    assert result["checks"][0]["id"] == "node_groups_complete"


def test_main_fails_in_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*_: object) -> None:
        raise KubeError("It is not there.", status=404)

    monkeypatch.setattr(module, "connect", refuse)
    result = call(monkeypatch, capsys, kubeconfig="/x")
    assert (result["failed"], result["msg"], result["status"]) == (True, "It is not there.", 404)


def test_a_workload_of_an_unknown_kind_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workloads = [{"kind": "Job", "namespace": "n", "name": "a"}]
    result = call(monkeypatch, capsys, kubeconfig="/x", expected={"workloads": workloads})
    assert result["failed"] is True
    assert "Deployment, DaemonSet, StatefulSet" in result["msg"]


def test_an_exception_is_shown_and_does_not_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "connect", lambda *_: Cluster())
    monkeypatch.setattr(module, "reads_text", lambda _params: lambda _path: METRICS)
    given = {"check": "node_groups_complete", "subject": "node group g*", "owner": "ml", "reason": "r"}
    expected = {"node_groups": {"gpu": {"count": 1}}}
    for until, verdict, code in (("2999-01-01", "healthy", 0), ("2020-01-01", "unhealthy", 2)):
        result = call(monkeypatch, capsys, kubeconfig="/x", expected=expected, exceptions=[{**given, "until": until}])
        assert (result["verdict"], result["exit_code"]) == (verdict, code)
