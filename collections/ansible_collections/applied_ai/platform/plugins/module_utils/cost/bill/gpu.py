# SPDX-License-Identifier: Apache-2.0
"""Hours of GPUs and what they cost while they did nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import decimal_of

ZERO: Final = Decimal(0)
# Of all minutes of so many days, as DCGM's exporter tells them: the share of time in which a GPU did something.
QUERY: Final = "avg by (modelName) (avg_over_time(DCGM_FI_DEV_GPU_UTIL[{days}d] @ {end})) / 100"

# An instance type → its GPUs' model and how many it has, 0 for none; None where nobody knows the type
Gpus = Callable[[str], tuple[str, int] | None]


@dataclass(frozen=True)
class Usage:
    """A month's hours and cost of an instance type; ``resource`` is empty when the bill does not tell it."""

    instance: str
    hours: Decimal
    effective: Decimal
    resource: str = ""


@dataclass(frozen=True)
class Model:
    """A GPU model's month: GPU hours, cost, and of that what was idle.

    ``unknown`` is the cost whose utilisation nobody told: it is in no figure of idleness.
    """

    model: str
    hours: Decimal
    effective: Decimal
    idle: Decimal
    unknown: Decimal


def models(usages: Iterable[Usage], gpus: Gpus, utilisation: Mapping[str, Decimal]) -> list[Model]:
    """Return the GPU models, the dearest first.

    Args:
        usages: Hours and costs by instance type, by resource as well where utilisation names resources.
        gpus: Tells an instance type's GPUs.
        utilisation: Shares from 0 to 1 by resource id, instance type or model, looked up in that order.

    """
    found: dict[str, Model] = {}
    for one in usages:
        shape = gpus(one.instance)
        if shape is None or not shape[1]:
            continue
        name, count = shape
        busy = busy_share(one, name, utilisation)
        idle = ZERO if busy is None else one.effective * (1 - busy)
        unknown = one.effective if busy is None else ZERO
        old = found.get(name, Model(name, ZERO, ZERO, ZERO, ZERO))
        found[name] = Model(
            name, old.hours + one.hours * count, old.effective + one.effective, old.idle + idle, old.unknown + unknown
        )
    return sorted(found.values(), key=lambda one: (-one.effective, one.model))


def busy_share(usage: Usage, model: str, utilisation: Mapping[str, Decimal]) -> Decimal | None:
    """Return the share of time in which GPUs were busy, None when nobody told."""
    for key in (usage.resource, usage.instance, model):
        if key and key in utilisation:
            return utilisation[key]
    # DCGM says "NVIDIA A100-SXM4-40GB" where the clouds say "A100".
    words = set(re.split(r"[^a-z0-9]+", model.lower())) - {"nvidia", "tesla", ""}
    for key, value in utilisation.items():
        if words and words <= set(re.split(r"[^a-z0-9]+", key.lower())):
            return value
    return None


def table(entries: Sequence[Mapping[str, Any]], where: str) -> dict[str, Decimal]:
    """Return a table of utilisation from data: each entry names a ``resource``, ``instance_type`` or ``model``.

    Raises:
        CostError: An entry names none of them, or its utilisation is no share from 0 to 1.

    """
    found = {}
    for index, entry in enumerate(entries):
        place = f"{where}[{index}]"
        keys = [str(entry[key]) for key in ("resource", "instance_type", "model") if entry.get(key)]
        if len(keys) != 1:
            raise CostError(f"{place} must name one of resource, instance_type and model; it names {len(keys)}.")
        share = decimal_of(str(entry.get("utilisation", "")), f"utilisation of {place}")
        if not 0 <= share <= 1:
            raise CostError(f"utilisation of {place} is {share}; it must be a share from 0 to 1, such as 0.62.")
        found[keys[0]] = share
    return found


def query(first: date, through: date) -> str:
    """Return what Prometheus is asked for, from a first day to the end of a last one (UTC)."""
    end = datetime.combine(through + timedelta(days=1), time(), UTC)
    return QUERY.format(days=(through - first).days + 1, end=int(end.timestamp()))


def from_prometheus(answer: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the entries of Prometheus's answer to QUERY."""
    return [
        {"model": one["metric"]["modelName"], "utilisation": one["value"][1]}
        for one in answer.get("data", {}).get("result", [])
        if one["metric"].get("modelName") and one["value"][1] != "NaN"
    ]
