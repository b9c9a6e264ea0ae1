# SPDX-License-Identifier: Apache-2.0
"""What AWS charges for containers on Fargate.

Rules: https://aws.amazon.com/fargate/pricing/. The 20 GB of disk that each task has cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws.compute import hours, linked
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.machines import blocks
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Free, Gap, Part, Resource
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope, look

UNITS_OF_VCPU: Final = Decimal(1024)
MIB_OF_GB: Final = Decimal(1024)
FREE_DISK_GIB: Final = 20
# "512" are units or MiB; "0.5 vCPU" and "1 GB" are whole ones.
SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(vcpu|gb|)", re.IGNORECASE)
# "family", "family:3" or an ARN that ends so.
FAMILY: Final = re.compile(r"(?:.*task-definition/)?([^:/]+)(?::\d+)?")


def fargate_profile(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield what pods on Fargate use, in vCPU-hours and GB-hours a month."""
    yield scope.metered("Fargate vCPU", "monthly_vcpu_hours", "fargate", "vcpu", "vCPU-hour")
    yield scope.metered("Fargate memory", "monthly_gb_hours", "fargate", "memory", "GB-hour")


def service(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the tasks of a service on Fargate, as many as are wanted; on instances they cost nothing more."""
    providers = {str(one.get("capacity_provider")) for one in blocks(scope, "capacity_provider_strategy")}
    if "FARGATE_SPOT" in providers:
        yield Gap("Tasks: the price book has no prices of Fargate Spot")
    elif scope.text("launch_type", "") == "FARGATE" or "FARGATE" in providers:
        yield from tasks(scope)
    else:
        yield Free("its tasks run on instances that are paid by themselves")


def tasks(scope: Scope) -> Iterator[Part]:
    """Yield the vCPUs and memory of tasks, by their definition."""
    definition = task_definition(scope)
    if definition is None:
        yield Gap("Tasks: their size is in a task definition that the plan does not tell")
        return
    values = definition.values
    number = scope.number("desired_count", 0)
    arm = "-arm" if look(values, "runtime_platform.0.cpu_architecture") == "ARM64" else ""
    if look(values, "runtime_platform.0.operating_system_family") not in (None, "", "LINUX"):
        yield Gap("Tasks: the price book has no prices of Windows on Fargate")
        return
    for name, attribute, sku, unit, scale in (
        ("vCPU of tasks", "cpu", "vcpu", "vCPU-hour", UNITS_OF_VCPU),
        ("Memory of tasks", "memory", "memory", "GB-hour", MIB_OF_GB),
    ):
        amount = size(values.get(attribute), scale, f"{definition.address}: {attribute}")
        yield scope.part(name, number * hours(scope) * amount, "fargate", f"{sku}{arm}", unit)
    disk = look(values, "ephemeral_storage.0.size_in_gib")
    if isinstance(disk, int) and disk > FREE_DISK_GIB:
        yield Gap(f"Disk above {FREE_DISK_GIB} GiB: the price book has no price of it")


def task_definition(scope: Scope) -> Resource | None:
    """Return a service's task definition, also where the service names it with a revision."""
    kind = "aws_ecs_task_definition"
    named = FAMILY.fullmatch(str(scope.value("task_definition") or ""))
    if named:
        same = [one for one in scope.peers.get(kind, []) if one.values.get("family") == named[1]]
        return same[0] if len(same) == 1 else None
    return next(linked(scope, "task_definition", kind), None)


def size(value: object, scale: Decimal, what: str) -> Decimal:
    """Return how many vCPUs or GB a task definition asks for.

    Raises:
        CostError: The value is none of ECS's forms.

    """
    found = SIZE.fullmatch(str(value).strip()) if value is not None else None
    if not found:
        raise CostError(f"{what} is {value!r}; it must be units such as 512, or such as 0.5 vCPU or 1 GB.")
    return Decimal(found[1]) if found[2] else Decimal(found[1]) / scale
