# SPDX-License-Identifier: Apache-2.0
"""Whether what a service asks for can be had: amounts that agree, and GPUs that a node group has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils import quantity
from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import Service, value_at

Json = dict[str, Any]

INSTANCE_TYPE: Final = "node.kubernetes.io/instance-type"
FAMILY: Final = "karpenter.k8s.aws/instance-family"
CATEGORY: Final = "karpenter.k8s.aws/instance-category"
GPU_NAME: Final = "karpenter.k8s.aws/instance-gpu-name"


def amount_findings(services: Iterable[Service]) -> list[str]:
    """Say where a limit is below its request, which the API server would refuse in the middle of a rollout."""
    found = []
    for service in services:
        if service.state == "absent":
            continue
        for resource in ("cpu", "memory"):
            request = value_at(service.effective, f"resources.requests.{resource}")
            limit = value_at(service.effective, f"resources.limits.{resource}")
            # What is no amount is told by the chart's schema.
            asked, most = quantity.parse(request), quantity.parse(limit)
            if asked is not None and most is not None and most < asked:
                found.append(
                    f"service {service.name} in service_definitions: resources.limits.{resource} {limit} is below "
                    f"resources.requests.{resource} {request}, raise the one or lower the other"
                )
    return found


def group_models(groups: Mapping[str, Json], families: Mapping[str, str]) -> dict[str, str]:
    """Return the GPU model of each node group that has one for sure: all of its instance types are of that model."""
    models = {}
    for name, group in groups.items():
        found = {families.get(str(one).split(".")[0], "") for one in group.get("instance_types") or []}
        if len(found) == 1 and "" not in found:
            models[name] = found.pop()
    return models


def gpu_groups(groups: Mapping[str, Json], families: Mapping[str, str]) -> list[str]:
    """Return the node groups with any GPU."""
    return [
        name
        for name, group in groups.items()
        if any(str(one).split(".")[0] in families for one in group.get("instance_types") or [])
    ]


def pool_models(pools: Mapping[str, Json], families: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the GPU models that each of Karpenter's node pools can bring."""
    models = {}
    for name, pool in pools.items():
        wanted = pool.get("requirements") or {}
        if GPU_NAME in wanted:
            found = {str(one) for one in wanted[GPU_NAME]}
        elif named := wanted.get(INSTANCE_TYPE) or wanted.get(FAMILY):
            found = {families[one] for one in (str(one).split(".")[0] for one in named) if one in families}
        else:
            letters = tuple(str(one) for one in wanted.get(CATEGORY) or [])
            found = {model for family, model in families.items() if letters and family.startswith(letters)}
        if found:
            models[name] = found
    return models


def gpu_findings(
    services: Iterable[Service],
    groups: Mapping[str, Json],
    pools: Mapping[str, Json],
    families: Mapping[str, str],
) -> list[str]:
    """Say which service asks for a GPU that no node group and no node pool has. Without families nothing is known."""
    if not families:
        return []
    of_groups, of_pools = group_models(groups, families), pool_models(pools, families)
    there = {f"{model} (node group {name})" for name, model in of_groups.items()} | {
        f"{model} (node pool {name})" for name, models in of_pools.items() for model in models
    }
    models = set(of_groups.values()).union(*of_pools.values())
    any_gpu = bool(gpu_groups(groups, families) or of_pools)
    found = []
    for service in services:
        if service.state == "absent" or not int(value_at(service.effective, "gpu.count") or 0):
            continue
        where = f"service {service.name} in service_definitions"
        model = str(value_at(service.effective, "gpu.model") or "")
        if not any_gpu:
            found.append(
                f"{where}: gpu.count asks for a GPU and no node group has one, add one to "
                "terraform_stack_variables.node_groups"
            )
        elif model and model not in models:
            choice = f"use one of {', '.join(sorted(there))}" if there else "leave it out to take any GPU"
            found.append(f"{where}: gpu.model {model} is of no node group, {choice}, or add a node group with it")
    return found
