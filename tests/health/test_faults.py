# SPDX-License-Identifier: Apache-2.0
"""Faults are put into a real control plane, and the real modules find and name each, and nothing where nothing is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from health import faults_base as base
from health.faults import FAULTS, WAVES
from health.faults_page import results
from health.faults_run import ALL, Wave, bad, run
from health.faults_world import CALM_GRACE, World

pytestmark = [pytest.mark.lab, pytest.mark.slow]
# The looks that an operator has; the others are these with other arguments.
OWN = ("cluster", "gpus", "releases", "services")


def findings(ground: World) -> list[tuple[str, str, str]]:
    """Look with each module, with an operator's patience; return what they find."""
    ground.go_on()
    found = [one for name in OWN for one in bad(ground.look(name, CALM_GRACE))]
    return [(one["id"], one["subject"], one["seen"]) for one in found]


def test_a_healthy_cluster_gives_no_finding_in_ten_looks(ground: World) -> None:
    for _look in range(10):
        assert findings(ground) == []
    for name in ALL:
        assert ground.look(name, CALM_GRACE)["verdict"] == "healthy"


def rolled_out(ground: World, replicas: int) -> bool:
    """Say whether the app runs as it was last asked to."""
    one = ground.get("Deployment", "app")
    status, generation = one["status"], one["metadata"]["generation"]
    wanted = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), replicas)
    return status.get("observedGeneration") == generation and wanted.items() <= status.items()


def rollout(ground: World) -> Callable[[], bool]:
    """Give the app a new version, whose pods take three seconds to start."""
    notes = {"lab.applied-ai.dev/start-delay": "3s"}
    ground.patch("Deployment", "app", {"spec": {"template": {"metadata": {"annotations": notes}}}})
    return lambda: rolled_out(ground, 3)


def scale_up(ground: World) -> Callable[[], bool]:
    """Ask for more pods than there are, as an autoscaler does."""
    ground.patch("HorizontalPodAutoscaler", "app", {"spec": {"minReplicas": 5}})
    ground.scale("app", 5)
    return lambda: rolled_out(ground, 5)


def scale_down(ground: World) -> Callable[[], bool]:
    """Ask for as few as before."""
    ground.patch("HorizontalPodAutoscaler", "app", {"spec": {"minReplicas": 3}})
    ground.scale("app", 3)
    return lambda: rolled_out(ground, 3)


def node_added(ground: World) -> Callable[[], bool]:
    """Add a node with GPUs, whose plugin, labels and metrics come after it."""
    (one,) = base.nodes_of("gpu", 3, "ab", "g5.12xlarge", "1.36", base.GPU_TAINT)[2:]
    ground.create(one)

    def advertised() -> bool:
        return ground.get("Node", "gpu-2")["status"]["capacity"].get("nvidia.com/gpu") == str(base.GPUS)

    def done() -> bool:
        if advertised():
            ground.gpus.nodes["gpu-2"] = ground.history.gpus.nodes["gpu-2"] = base.GPUS
            ground.patch("Node", "gpu-2", {"metadata": {"labels": base.gpu_node(one)["metadata"]["labels"]}})
        return "gpu-2" in ground.gpus.nodes

    return done


def new_autoscaler(ground: World) -> Callable[[], bool]:
    """Create an autoscaler, which has no metrics at first."""
    ground.create(base.hpa("ledger", 1, 2))
    return lambda: (
        "True"
        in [
            one["status"]
            for one in ground.get("HorizontalPodAutoscaler", "ledger").get("status", {}).get("conditions") or ()
            if one["type"] == "ScalingActive"
        ]
    )


@pytest.mark.parametrize("change", [rollout, scale_up, scale_down, node_added, new_autoscaler])
def test_a_change_that_goes_well_gives_no_finding(ground: World, change: Callable[[World], Callable[[], bool]]) -> None:
    done, end, looks = change(ground), time.monotonic() + 180, 0
    while not done() or looks < 2:
        assert findings(ground) == []
        looks += 1
        assert time.monotonic() < end, "the change does not end"
    ground.delete("HorizontalPodAutoscaler", "ledger")


@pytest.fixture(scope="module")
def waves(ground: World, tmp_path_factory: pytest.TempPathFactory) -> list[Wave]:
    """Put all faults in, wave by wave; write down what was found."""
    done = [run(ground, faults) for faults in WAVES]
    file = tmp_path_factory.mktemp("table") / "faults.json"
    file.write_text(json.dumps(results(done), indent=2))
    return done


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_each_fault_is_found_and_named(waves: list[Wave], name: str) -> None:
    found = results(waves)
    assert name in found
    assert found[name]["check"]["runbook"]
    # The times that count are in the document; here only that none hangs.
    assert found[name]["seconds"] < 150


def test_no_finding_is_without_its_fault(waves: list[Wave]) -> None:
    assert [(look, one["id"], one["subject"], one["seen"]) for wave in waves for look, one in wave.strange] == []


def test_all_is_well_when_the_faults_are_gone(waves: list[Wave]) -> None:
    assert [(one["id"], one["subject"], one["seen"]) for wave in waves for one in wave.left] == []
