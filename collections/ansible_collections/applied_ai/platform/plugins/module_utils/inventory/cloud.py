# SPDX-License-Identifier: Apache-2.0
"""Names that AWS knows: regions, zones, instance types; from botocore's own data, without a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ansible_collections.applied_ai.platform.plugins.module_utils.inventory.keys import suggestion

Where = Callable[[str], str]
# Classes of RDS and ElastiCache are not enumerated offline: their shape is all that can be told.
CLASSES: Final = {"db_instance_class": "db", "mongo_instance_size": "db", "redis_node_type": "cache"}


@dataclass(frozen=True)
class Names:
    """What exists."""

    regions: frozenset[str]
    instance_types: frozenset[str]


class Loader(Protocol):
    """The part of botocore's loader that is used."""

    def load_data(self, name: str) -> Any:  # noqa: ANN401  JSON
        """Return a data file."""

    def load_service_model(self, service_name: str, type_name: str) -> Any:  # noqa: ANN401  JSON
        """Return a service's model."""


def known_names(loader: Loader) -> Names:
    """Read the names from botocore's data."""
    regions = {region for part in loader.load_data("endpoints")["partitions"] for region in part["regions"]}
    types = loader.load_service_model("ec2", "service-2")["shapes"]["InstanceType"]["enum"]
    return Names(frozenset(regions), frozenset(types))


def region_findings(region: str, place: str, names: Names) -> list[str]:
    """Return a sentence when AWS has no such region."""
    return unknown(region, place, names.regions, "region")


def variable_findings(variables: Mapping[str, Any], region: str, where: Where, names: Names) -> list[str]:
    """Return one sentence per zone, instance type or class that cannot be."""
    findings = [
        f"{where('availability_zones')}[{index}] is {zone}, which is not a zone of {region}; write it like {region}a."
        for index, zone in enumerate(variables.get("availability_zones") or [])
        if not re.fullmatch(rf"{re.escape(region)}(-[a-z]+-[0-9])?[a-z]", str(zone))
    ]
    for group, settings in sorted((variables.get("node_groups") or {}).items()):
        for index, kind in enumerate((settings or {}).get("instance_types") or []):
            place = f"{where('node_groups')}.{group}.instance_types[{index}]"
            findings += unknown(str(kind), place, names.instance_types, "instance type")
        findings += scaling_findings(f"{where('node_groups')}.{group}", (settings or {}).get("scaling_config") or {})
    for name, prefix in CLASSES.items():
        value = variables.get(name)
        if value and not re.fullmatch(rf"{prefix}\.[a-z0-9-]+(\.[a-z0-9-]+)+|{prefix}\.serverless", str(value)):
            findings.append(f"{where(name)} is {value}; a class begins with {prefix}., such as {prefix}.t4g.medium.")
    return findings


def scaling_findings(place: str, scaling: Mapping[str, Any]) -> list[str]:
    """Return a sentence when a node group's sizes contradict each other."""
    sizes = [scaling.get(key) for key in ("min_size", "desired_size", "max_size")]
    numbers = [size for size in sizes if isinstance(size, int)]
    if len(numbers) == len(sizes) and numbers != sorted(numbers):
        low, want, high = numbers
        return [f"{place}.scaling_config has min_size {low}, desired_size {want}, max_size {high}; they must not fall."]
    return []


def unknown(value: str, place: str, known: Collection[str], noun: str) -> list[str]:
    """Return a sentence when a name is not among the known ones."""
    if value in known:
        return []
    return [f"{place} is {value}, which is no {noun} of AWS; {suggestion(value, known, nearby(value, known))}."]


def nearby(value: str, known: Iterable[str]) -> str:
    """Return names of the same family as examples, or of any."""
    names = sorted(known)
    family = [name for name in names if name.startswith(value.partition(".")[0] + ".")] or names
    return f"choose one such as {', '.join(family[:3])}"
