# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import signal
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.applied_ai.platform.plugins.action import health_gpu_info
from ansible_collections.applied_ai.platform.plugins.module_utils.health.probe_pods import PROGRAMS
from ansible_collections.applied_ai.platform.plugins.module_utils.health.probe_run import Cluster
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.modules import health_gpu_probe as module
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.test_probe_run import (
    RUNS,
    UNSCHEDULED,
    Memory,
)

Json = dict[str, Any]
GROUPS = [{"name": "gpu", "count": 1, "gpus_per_node": 4, "model": "NVIDIA-A10G", "tainted": True}]


@pytest.fixture(autouse=True)
def signals() -> Any:
    """Leave the test run's own handling of SIGTERM as it was."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, check: bool = False, **args: Any
) -> Json:
    """Run the module as Ansible does and return its result."""
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    given = {"kubeconfig": "/x", "namespace": "n", "expected": {"groups": GROUPS}, **args}
    with patch_module_args({**given, "_ansible_check_mode": check}), pytest.raises(SystemExit):
        module.main()
    found: Json = json.loads(capsys.readouterr().out)
    return found


def test_a_gpu_that_a_pod_has_used(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    memory = Memory(RUNS)
    monkeypatch.setattr(module, "cluster_of", lambda _params: Cluster(memory, memory.send, memory.text))
    found = call(monkeypatch, capsys)
    assert (found["verdict"], found["exit_code"], found["changed"], found["removed"]) == ("healthy", 0, False, [])
    assert found["summary"] == ["healthy: 1 checks, no finding", "a pod had 1 nvidia.com/gpu on node a"]
    labels = memory.made[0]["metadata"]["labels"]
    assert (labels["service"], labels["team"], memory.pods) == ("gpu-probe", "platform", {})


@pytest.mark.parametrize(("test", "checks"), [("schedule", 1), ("cuda", 2), ("nccl", 2)])
def test_check_mode_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], test: str, checks: int
) -> None:
    # No cluster: connecting would fail.
    found = call(monkeypatch, capsys, check=True, test=test)
    assert (found["verdict"], found["exit_code"], found["changed"]) == ("unknown", 3, False)
    assert [one["seen"] for one in found["checks"]] == ["not asked: check mode starts no pod"] * checks


def test_main_fails_in_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_params: Json) -> Cluster:
        raise KubeError("It is not there.", status=404)

    monkeypatch.setattr(module, "cluster_of", refuse)
    found = call(monkeypatch, capsys)
    assert (found["failed"], found["msg"]) == (True, "It is not there.")


def test_ended_from_outside_it_removes_its_pods_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    memory = Memory(UNSCHEDULED)
    monkeypatch.setattr(module, "cluster_of", lambda _params: Cluster(memory, memory.send, memory.text))
    monkeypatch.setattr(module.time, "sleep", lambda _seconds: signal.raise_signal(signal.SIGTERM))
    found = call(monkeypatch, capsys)
    assert (found["failed"], len(memory.made), memory.pods) == (True, 1, {})
    assert "ended from outside" in found["msg"]


@pytest.mark.parametrize("bad", [{"timeout_s": -1}, {"least_bandwidth_gbs": -0.5}])
def test_numbers_below_zero_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bad: Json
) -> None:
    found = call(monkeypatch, capsys, **bad)
    assert found["failed"]
    assert "give numbers from 0 on" in found["msg"]


def test_one_list_of_groups_serves_both_looks() -> None:
    groups, others = module.EXPECTED["groups"], health_gpu_info.EXPECTED["groups"]
    assert groups["options"] == others["options"]


def test_the_documentation_names_the_images() -> None:
    assert all(f"C({program.image})" in module.DOCUMENTATION for program in PROGRAMS.values())


def test_without_groups_nothing_is_known(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    memory = Memory(RUNS)
    monkeypatch.setattr(module, "cluster_of", lambda _params: Cluster(memory, memory.send, memory.text))
    found = call(monkeypatch, capsys, expected={})
    assert (found["verdict"], memory.made) == ("unknown", [])
