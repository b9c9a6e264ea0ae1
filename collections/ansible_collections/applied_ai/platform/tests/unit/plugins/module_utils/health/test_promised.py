# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.promised import promised

GENERAL = {"instance_types": ["m5.large"], "desired_size": 3, "min_size": 1, "taints": []}
GPU = {
    "instance_types": ["g5.12xlarge", "g5.xlarge"],
    "desired_size": 2,
    "min_size": 0,
    "taints": [{"key": "nvidia.com/gpu", "effect": "NO_SCHEDULE"}],
}
GPUS = {"m5.large": 0, "g5.12xlarge": 4, "g5.xlarge": 1}


def told(details: dict[str, Any] | None = None, *, autoscaled: bool = False) -> dict[str, Any]:
    return promised({"general": GENERAL, "gpu": GPU}, details or {}, GPUS.get, autoscaled=autoscaled)


def test_the_type_with_the_fewest_gpus_is_what_can_be_counted_on() -> None:
    assert told() == {
        "node_groups": {"general": {"count": 3, "gpus_per_node": 0}, "gpu": {"count": 2, "gpus_per_node": 1}},
        "gpu_groups": [{"name": "gpu", "count": 2, "gpus_per_node": 1, "tainted": True}],
    }


def test_of_groups_that_shrink_by_themselves_only_the_least_size_is_promised() -> None:
    found = told(autoscaled=True)
    assert [one["count"] for one in found["node_groups"].values()] == [1, 0]
    assert found["gpu_groups"][0]["count"] == 0


def test_details_go_to_the_look_that_knows_them() -> None:
    found = told({"gpu": {"zones": 2, "model": "NVIDIA-A10G", "gpus_per_node": 4}})
    assert found["node_groups"]["gpu"] == {"count": 2, "gpus_per_node": 4, "zones": 2}
    assert found["gpu_groups"] == [
        {"name": "gpu", "count": 2, "gpus_per_node": 4, "model": "NVIDIA-A10G", "tainted": True}
    ]


def test_a_type_that_nobody_knows_promises_no_gpu() -> None:
    group = {"instance_types": ["x9.large"], "desired_size": 1}
    assert promised({"new": group}, {}, GPUS.get, autoscaled=False)["gpu_groups"] == []


@pytest.mark.parametrize(
    ("details", "message"),
    [
        ({"gpus": {}}, "node group gpus, which does not exist; there are general, gpu"),
        ({"gpu": {"colour": "red"}}, "node group gpu have colour; give any of count"),
    ],
)
def test_details_that_fit_nothing_are_an_error(details: dict[str, Any], message: str) -> None:
    with pytest.raises(HealthError, match=message):
        told(details)
