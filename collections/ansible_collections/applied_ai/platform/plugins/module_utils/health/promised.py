# SPDX-License-Identifier: Apache-2.0
"""What Terraform promised of node groups, as the health modules take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json

# Instance type → its GPUs; None when nobody knows the type
Gpus = Callable[[str], int | None]
TAINT: Final = "nvidia.com/gpu"
OF_GROUP: Final = ("zones",)
COUNTS: Final = ("count", "gpus_per_node")
# How modules take a group of GPUs.
GPU_GROUP: Final[dict[str, dict[str, Any]]] = {
    "name": {"type": "str", "required": True},
    "count": {"type": "int", "required": True},
    "gpus_per_node": {"type": "int", "required": True},
    "model": {"type": "str", "default": ""},
    "resource": {"type": "str", "default": "nvidia.com/gpu"},
    "replicas": {"type": "int", "default": 1},
    "mig_config": {"type": "str", "default": ""},
    "driver": {"type": "str", "default": ""},
    "cuda": {"type": "str", "default": ""},
    "tainted": {"type": "bool", "default": False},
}
OF_GPUS: Final = tuple(name for name in GPU_GROUP if name not in {"name", *COUNTS})


def promised(groups: Mapping[str, Any], details: Mapping[str, Any], gpus: Gpus, *, autoscaled: bool) -> Json:
    """Return ``node_groups`` for health_cluster_info and ``gpu_groups`` for health_gpu_info.

    Args:
        groups: Node groups by name, each with instance_types, desired_size, min_size and taints.
        details: What Terraform does not tell, by group: any of the fields of those modules.
        gpus: How many GPUs an instance type has.
        autoscaled: Whether something takes nodes of the groups away, so that only min_size is promised.

    Raises:
        HealthError: Details of a group that is not there, or with a field that nobody knows.

    """
    if strange := sorted(set(details) - set(groups)):
        there = ", ".join(sorted(groups))
        msg = f"Details are given of node group {strange[0]}, which does not exist; there are {there}."
        raise HealthError(msg)
    told = {name: of_group(name, group, details.get(name) or {}, gpus, autoscaled) for name, group in groups.items()}
    return {
        "node_groups": {
            name: {key: one[key] for key in (*COUNTS, *OF_GROUP) if key in one} for name, one in told.items()
        },
        "gpu_groups": [
            {"name": name, **{key: one[key] for key in (*COUNTS, *OF_GPUS) if key in one}}
            for name, one in sorted(told.items())
            if one["gpus_per_node"]
        ],
    }


def of_group(name: str, group: Mapping[str, Any], details: Mapping[str, Any], gpus: Gpus, autoscaled: bool) -> Json:
    """Return everything that is promised of one group."""
    known = (*COUNTS, *OF_GROUP, *OF_GPUS)
    if strange := sorted(set(details) - set(known)):
        msg = f"Details of node group {name} have {strange[0]}; give any of {', '.join(known)}."
        raise HealthError(msg)
    size = group.get("min_size") if autoscaled else None
    return {
        "count": int(group.get("desired_size") or 0) if size is None else int(size),
        # Any of the types may come: the one with the fewest GPUs is what can be counted on.
        "gpus_per_node": min((gpus(kind) or 0 for kind in group.get("instance_types") or ()), default=0),
        "tainted": any(taint.get("key") == TAINT for taint in group.get("taints") or ()),
        **details,
    }
