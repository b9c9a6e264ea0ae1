# SPDX-License-Identifier: Apache-2.0
"""The event log of `terraform apply -json`: how far it is, what runs, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import (
    Diagnostic,
    json_lines,
    parse_diagnostic,
)

# How many operations one planned change makes: a replacement deletes and creates.
OPERATIONS = {"create": 1, "update": 1, "delete": 1, "replace": 2}
SHOWN_AT_ONCE = 3


@dataclass
class Progress:
    """What an event log says so far."""

    total: int = 0
    done: int = 0
    running: dict[str, datetime] = field(default_factory=dict)
    running_action: dict[str, str] = field(default_factory=dict)
    completed: dict[str, str] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    errors: list[Diagnostic] = field(default_factory=list)
    changes: dict[str, int] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether Terraform reported that the whole plan was applied."""
        return bool(self.changes)


def read(text: str) -> Progress:
    """Return what a log says; a last line that is still being written is left for the next look."""
    return follow(json_lines(text))


def follow(events: Iterable[Mapping[str, Any]]) -> Progress:
    """Return what a series of events amounts to."""
    progress = Progress()
    for event in events:
        _note(progress, event)
    return progress


def _note(progress: Progress, event: Mapping[str, Any]) -> None:
    kind = event.get("type")
    if kind == "planned_change":
        progress.total += OPERATIONS.get(str(event.get("change", {}).get("action")), 0)
    elif kind in ("apply_start", "apply_complete", "apply_errored"):
        _note_operation(progress, str(kind), event)
    elif kind == "change_summary":
        changes = event.get("changes", {})
        if changes.get("operation") in ("apply", "destroy"):
            progress.changes = {word: int(changes.get(word, 0)) for word in ("add", "change", "import", "remove")}
    else:
        found = parse_diagnostic(event)
        if found is not None and found.severity == "error":
            progress.errors.append(found)


def _note_operation(progress: Progress, kind: str, event: Mapping[str, Any]) -> None:
    hook = event.get("hook", {})
    address, word = str(hook.get("resource", {}).get("addr", "")), str(hook.get("action", ""))
    if word == "read":
        return
    if kind == "apply_start":
        progress.running[address] = _time(event)
        progress.running_action[address] = word
        return
    progress.running.pop(address, None)
    progress.running_action.pop(address, None)
    if kind == "apply_errored":
        progress.failed.append(address)
        return
    progress.done += 1
    if word == "delete":
        progress.created.pop(address, None)
        progress.completed.pop(address, None)
        return
    progress.completed[address] = word
    if word == "create":
        progress.created[address] = str(hook.get("id_value") or "")


def _time(event: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(event.get("@timestamp")))
    except ValueError:
        return datetime.now(UTC)


def elapsed(seconds: float) -> str:
    """Return seconds as minutes:seconds, with hours when there are any."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def render(progress: Progress, now: datetime) -> str:
    """Return the one visible line: how many are done, and what has been running for longest."""
    if not progress.total and not progress.running:
        return "Terraform is starting"
    parts = [f"Terraform {progress.done}/{max(progress.total, progress.done)}"]
    oldest = sorted(progress.running.items(), key=lambda item: (item[1], item[0]))
    parts += [f"{address} {elapsed((now - since).total_seconds())}" for address, since in oldest[:SHOWN_AT_ONCE]]
    if len(oldest) > SHOWN_AT_ONCE:
        parts.append(f"{len(oldest) - SHOWN_AT_ONCE} more")
    if progress.failed:
        parts.append(f"failed: {', '.join(progress.failed)}")
    return " · ".join(parts)
