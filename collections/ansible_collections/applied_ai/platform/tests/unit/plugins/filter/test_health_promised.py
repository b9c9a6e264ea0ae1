# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.filter.health_promised import FilterModule, health_promised

GROUPS = {"gpu": {"instance_types": ["p4d.24xlarge"], "desired_size": 1, "min_size": 0, "taints": []}}


def test_the_price_book_knows_how_many_gpus_a_type_has() -> None:
    assert health_promised(GROUPS)["gpu_groups"] == [{"name": "gpu", "count": 1, "gpus_per_node": 8, "tainted": False}]


def test_own_counts_go_before_those_of_the_book() -> None:
    assert health_promised(GROUPS, gpus={"p4d.24xlarge": 4})["node_groups"]["gpu"]["gpus_per_node"] == 4


def test_what_is_wrong_is_an_error_of_the_filter() -> None:
    with pytest.raises(AnsibleFilterError, match="health_promised: Details are given of node group other"):
        health_promised(GROUPS, {"other": {}})


def test_it_is_found_by_its_name() -> None:
    assert FilterModule().filters() == {"health_promised": health_promised}
