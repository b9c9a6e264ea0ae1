# SPDX-License-Identifier: Apache-2.0
"""Tasks and pods on Fargate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws import containers
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError


def definition(make: Any, **values: Any) -> Any:
    return make("aws_ecs_task_definition.t", {"family": "web", "cpu": "256", "memory": "512", **values})


@pytest.mark.parametrize("named", ["web", "web:3", "arn:aws:ecs:us-east-1:1:task-definition/web:3"])
def test_service_finds_its_definition_by_name(parts: Any, make: Any, named: str) -> None:
    service = make("aws_ecs_service.s", {"launch_type": "FARGATE", "desired_count": 2, "task_definition": named})
    assert parts(service, definition(make)).quantities == {"vCPU of tasks": 365, "Memory of tasks": 730}


def test_service_finds_its_definition_by_reference(parts: Any, make: Any) -> None:
    service = make(
        "aws_ecs_service.s",
        {"launch_type": "FARGATE", "desired_count": 1},
        refs={"task_definition": ("aws_ecs_task_definition.t",)},
    )
    assert parts(service, definition(make, cpu="2 vCPU", memory="4GB")).quantities == {
        "vCPU of tasks": 1460,
        "Memory of tasks": 2920,
    }


def test_definition_that_the_plan_has_not_is_a_gap(parts: Any, make: Any) -> None:
    service = make("aws_ecs_service.s", {"launch_type": "FARGATE", "desired_count": 1, "task_definition": "other"})
    found = parts(service, definition(make))
    assert not found.components
    assert "task definition" in found.gaps[0]


def test_spot_and_windows_have_no_price_and_instances_cost_nothing_more(parts: Any, make: Any) -> None:
    spot = make("aws_ecs_service.s", {"capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT"}]})
    assert "Fargate Spot" in parts(spot).gaps[0]
    fargate = {"launch_type": "FARGATE", "desired_count": 1, "task_definition": "web"}
    windows = definition(make, runtime_platform=[{"operating_system_family": "WINDOWS_SERVER_2022_CORE"}])
    assert "Windows" in parts(make("aws_ecs_service.s", fargate), windows).gaps[0]
    assert parts(make("aws_ecs_service.s", {"launch_type": "EC2"})).free


def test_large_disks_of_tasks_are_said(parts: Any, make: Any) -> None:
    service = make("aws_ecs_service.s", {"launch_type": "FARGATE", "desired_count": 1, "task_definition": "web"})
    found = parts(service, definition(make, ephemeral_storage=[{"size_in_gib": 21}]))
    assert "Disk above 20 GiB" in found.gaps[0]


def test_sizes_are_units_or_words() -> None:
    assert containers.size("256", Decimal(1024), "cpu") == Decimal("0.25")
    assert containers.size("0.5 vCPU", Decimal(1024), "cpu") == Decimal("0.5")
    with pytest.raises(CostError, match="memory is 'much'"):
        containers.size("much", Decimal(1024), "memory")


def test_profile_costs_by_use(parts: Any, make: Any) -> None:
    assert parts(make("aws_eks_fargate_profile.p", {})).missing == {"monthly_vcpu_hours", "monthly_gb_hours"}
