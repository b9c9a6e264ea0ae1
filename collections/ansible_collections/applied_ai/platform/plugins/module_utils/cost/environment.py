# SPDX-License-Identifier: Apache-2.0
"""Which steps stop or start an environment, from what is there and what its sizes were; nothing is done here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.schedule import RUNNING, is_production

Json = dict[str, Any]
SIZES: Final = ("minSize", "maxSize", "desiredSize")
# States in which RDS takes the order; in all others it is on its way or broken.
AVAILABLE: Final = "available"
STOPPED: Final = "stopped"


class EnvironmentStateError(CostError):
    """An environment that must not, or cannot, be stopped."""


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group with the sizes that it has; ``settled`` says that no change of it is under way."""

    name: str
    sizes: Mapping[str, int]
    settled: bool = True


@dataclass(frozen=True)
class Database:
    """An instance or a cluster: ``kind`` is instance, cluster (Aurora) or docdb; ``obstacle`` is why it cannot stop."""

    kind: str
    name: str
    status: str
    obstacle: str = ""


@dataclass(frozen=True)
class Step:
    """One order; ``sizes`` for node groups, ``stop`` for databases."""

    kind: str
    name: str
    before: str
    after: str
    sizes: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Steps:
    """What is done, the sizes to remember (empty: forget them), and what stays as it is, with the reason."""

    steps: tuple[Step, ...]
    saved: Mapping[str, Mapping[str, int]]
    remaining: tuple[str, ...]


def require_stoppable(environment: str) -> None:
    """Raise ``EnvironmentStateError`` for production."""
    if is_production(environment):
        raise EnvironmentStateError(
            f"The environment {environment} is production by its name (platform_environment); it is not stopped or"
            " started by a schedule."
        )


def plan(
    wanted: str,
    groups: Iterable[NodeGroup],
    databases: Iterable[Database],
    saved: Mapping[str, Mapping[str, int]],
) -> Steps:
    """Return the steps to a wanted state: databases come before nodes and go after them."""
    if wanted == RUNNING:
        nodes, remaining = _started(list(groups), saved)
        stores, told = _databases(databases, STOPPED, AVAILABLE)
        return Steps((*stores, *nodes), {}, (*told, *remaining))
    nodes, sizes, remaining = _stopped(list(groups), saved)
    stores, told = _databases(databases, AVAILABLE, STOPPED)
    return Steps((*nodes, *stores), sizes, (*remaining, *told))


def _stopped(
    groups: list[NodeGroup], saved: Mapping[str, Mapping[str, int]]
) -> tuple[list[Step], dict[str, Mapping[str, int]], list[str]]:
    sizes, steps, remaining = {**saved}, [], []
    for group in groups:
        if not any(group.sizes[key] for key in ("minSize", "desiredSize")):
            continue
        if not group.settled:
            remaining.append(f"Node group {group.name} is being changed; the next run stops it.")
            continue
        sizes[group.name] = {key: group.sizes[key] for key in SIZES}
        none = {**group.sizes, "minSize": 0, "desiredSize": 0}
        steps.append(Step("node_group", group.name, _shown(group.sizes), _shown(none), none))
    return steps, sizes, remaining


def _started(groups: list[NodeGroup], saved: Mapping[str, Mapping[str, int]]) -> tuple[list[Step], list[str]]:
    steps, remaining = [], []
    there = {group.name: group for group in groups}
    for name, sizes in sorted(saved.items()):
        group = there.get(name)
        if group is None:
            remaining.append(f"Node group {name} was stopped and is not there any more.")
        elif not group.settled:
            raise EnvironmentStateError(f"Node group {name} is being changed; run again when it is ACTIVE.")
        elif group.sizes["desiredSize"] < sizes["desiredSize"] or group.sizes["minSize"] < sizes["minSize"]:
            steps.append(Step("node_group", name, _shown(group.sizes), _shown(sizes), sizes))
    return steps, remaining


def _databases(databases: Iterable[Database], takes: str, after: str) -> tuple[list[Step], list[str]]:
    steps, remaining = [], []
    for one in databases:
        if after == STOPPED and one.obstacle:
            remaining.append(f"{one.kind} {one.name} keeps running: {one.obstacle}.")
        elif one.status == takes:
            steps.append(Step(one.kind, one.name, one.status, after))
        elif one.status != after:
            remaining.append(f"{one.kind} {one.name} is {one.status}; the next run looks again.")
    return steps, remaining


def _shown(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{key} {sizes[key]}" for key in SIZES)
