# SPDX-License-Identifier: Apache-2.0
"""GPU hours and idle cost, reckoned by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import gpu
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

SHAPES = {"p4d.24xlarge": ("A100", 8), "g5.xlarge": ("A10G", 1), "m5.large": ("", 0)}
USAGES = [
    gpu.Usage("p4d.24xlarge", Decimal(10), Decimal(320), "i-1"),
    gpu.Usage("p4d.24xlarge", Decimal(5), Decimal(160), "i-2"),
    gpu.Usage("g5.xlarge", Decimal(100), Decimal(100)),
    gpu.Usage("m5.large", Decimal(100), Decimal(10)),
    gpu.Usage("x9.unknown", Decimal(1), Decimal(1)),
]


def test_hours_are_those_of_gpus_and_idle_cost_that_of_their_free_time() -> None:
    found = gpu.models(USAGES, SHAPES.get, {"A100": Decimal("0.75")})
    assert found == [
        gpu.Model("A100", Decimal(120), Decimal(480), Decimal(120), Decimal(0)),
        gpu.Model("A10G", Decimal(100), Decimal(100), Decimal(0), Decimal(100)),
    ]


def test_a_resource_goes_before_its_type_and_that_before_its_model() -> None:
    shares = {"i-1": Decimal(1), "p4d.24xlarge": Decimal("0.5"), "A100": Decimal(0)}
    assert gpu.models(USAGES, SHAPES.get, shares)[0].idle == 80
    del shares["i-1"]
    assert gpu.models(USAGES, SHAPES.get, shares)[0].idle == 240


def test_what_dcgm_calls_a_model_is_understood() -> None:
    assert gpu.busy_share(USAGES[0], "A100", {"NVIDIA A100-SXM4-40GB": Decimal("0.4")}) == Decimal("0.4")
    assert gpu.busy_share(USAGES[2], "A10G", {"NVIDIA A100-SXM4-40GB": Decimal("0.4")}) is None
    assert gpu.busy_share(USAGES[2], "", {"NVIDIA A100": Decimal("0.4")}) is None


def test_a_table_names_one_thing_an_entry() -> None:
    entries: list[dict[str, Any]] = [
        {"resource": "i-1", "utilisation": "0.5"},
        {"instance_type": "g5.xlarge", "utilisation": 1},
        {"model": "A100", "utilisation": 0.25},
    ]
    assert gpu.table(entries, "t") == {"i-1": Decimal("0.5"), "g5.xlarge": Decimal(1), "A100": Decimal("0.25")}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"utilisation": "0.5"}, r"t\[0\] must name one of resource, instance_type and model; it names 0"),
        ({"model": "a", "resource": "b", "utilisation": "0.5"}, "it names 2"),
        ({"model": "a"}, r"utilisation of t\[0\] is ''"),
        ({"model": "a", "utilisation": "62"}, "is 62; it must be a share from 0 to 1"),
        ({"model": "a", "utilisation": "-0.1"}, "must be a share"),
    ],
)
def test_a_broken_table_is_refused(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(CostError, match=message):
        gpu.table([entry], "t")


def test_prometheus_is_asked_for_the_days_of_the_bill() -> None:
    asked = gpu.query(date(2026, 11, 1), date(2026, 11, 20))
    assert "[20d]" in asked
    # 2026-11-21T00:00:00Z
    assert "@ 1795219200" in asked


def test_prometheus_answers_become_entries() -> None:
    result = [
        {"metric": {"modelName": "NVIDIA A100"}, "value": [0, "0.5"]},
        {"metric": {"modelName": "T4"}, "value": [0, "NaN"]},
        {"metric": {}, "value": [0, "0.5"]},
    ]
    assert gpu.from_prometheus({"data": {"result": result}}) == [{"model": "NVIDIA A100", "utilisation": "0.5"}]
