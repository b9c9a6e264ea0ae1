# SPDX-License-Identifier: Apache-2.0
"""Faults on purpose: a register that commands write and that the agent and the proxies follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.hardware import LOST
from lab.node_sync import GPU_COUNT
from lab.state import read_json, write_json

FAULT = "lab.applied-ai.dev/fault"
NODE_LOST, CRASH_LOOP = "node-lost", "crash-loop"
TARGETS = ("kubernetes", "aws")


@dataclass(frozen=True)
class CrashLoop:
    """Pods that shall crash: by label selector, in one namespace or in all."""

    selector: str
    namespace: str = ""


@dataclass
class Register:
    """All faults that are injected now."""

    nodes_lost: list[str] = field(default_factory=list)
    gpus_lost: dict[str, int] = field(default_factory=dict)
    crash_loops: list[CrashLoop] = field(default_factory=list)
    api_errors: dict[str, float] = field(default_factory=dict)
    api_slow_s: dict[str, float] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Register:
        """Read the register; no file, no faults."""
        raw = read_json(path) or {}
        loops = [CrashLoop(**entry) for entry in raw.pop("crash_loops", [])]
        return cls(crash_loops=loops, **raw)

    def save(self, path: Path) -> None:
        """Write the register."""
        write_json(path, asdict(self))

    def describe(self) -> list[str]:
        """One line for each fault."""
        return [
            *(f"node-lost {name}" for name in self.nodes_lost),
            *(f"gpu-lost {name} ({count})" for name, count in self.gpus_lost.items()),
            *(f"pods-crash-looping {loop.selector} -n {loop.namespace or '(all)'}" for loop in self.crash_loops),
            *(f"api-errors {rate} --target {target}" for target, rate in self.api_errors.items()),
            *(f"api-slow {seconds} --target {target}" for target, seconds in self.api_slow_s.items()),
        ]


def require_node(name: str, nodes: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Find a node, or say which there are."""
    for node in nodes:
        if node["metadata"]["name"] == name:
            return node
    names = ", ".join(sorted(node["metadata"]["name"] for node in nodes)) or "none yet"
    raise LabError(f"The cluster has no node {name!r}: name one of its nodes ({names}).")


def node_patch(node: Mapping[str, Any], register: Register) -> dict[str, Any]:
    """Return what turns a node into what the register says; empty when it is so already."""
    name = node["metadata"]["name"]
    labels, annotations = node["metadata"].get("labels") or {}, node["metadata"].get("annotations") or {}
    patch: dict[str, Any] = {}
    wanted = NODE_LOST if name in register.nodes_lost else None
    if labels.get(FAULT) != wanted:
        patch["labels"] = {FAULT: wanted}
    lost = register.gpus_lost.get(name)
    if annotations.get(LOST) != (str(lost) if lost else None):
        patch["annotations"] = {LOST: str(lost) if lost else None}
    return {"metadata": patch} if patch else {}


def pods_to_mark(
    pods: Sequence[Mapping[str, Any]], matching: set[tuple[str, str]]
) -> list[tuple[str, str, str | None]]:
    """List the pods whose crash annotation has to change, as (namespace, name, value)."""
    result: list[tuple[str, str, str | None]] = []
    for pod in pods:
        key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
        marked = (pod["metadata"].get("annotations") or {}).get(FAULT) == CRASH_LOOP
        if marked != (key in matching):
            result.append((*key, CRASH_LOOP if key in matching else None))
    return result


def gpu_count(node: Mapping[str, Any]) -> int:
    """Return how many GPUs a node has by its instance type."""
    return int((node["metadata"].get("annotations") or {}).get(GPU_COUNT, "0"))
