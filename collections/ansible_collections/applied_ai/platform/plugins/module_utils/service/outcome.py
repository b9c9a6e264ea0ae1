# SPDX-License-Identifier: Apache-2.0
"""How a run ended for each service: what to record of it, and what to say at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.service.record import GOOD
from ansible_collections.applied_ai.platform.plugins.module_utils.service.strategy import image_name

Json = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """What a run did and saw, by the names of services."""

    changed: frozenset[str] = frozenset()
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why each failed."""
    back: Mapping[str, Json] = field(default_factory=dict)
    """Each that was rolled back: before, revision, and reason where that failed, too."""
    verdicts: Mapping[str, Json] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
    """Helm's newest one of each, at the end."""
    chart: str = ""


def entries(services: Iterable[Json], facts: Facts) -> list[Json]:
    """Return what to record: nothing of a service to which nothing happened."""
    found: list[Json] = []
    for service in services:
        name, rollout = service["name"], service["rollout"]
        newest = facts.revisions.get(name, 0)
        back = facts.back.get(name)
        made = back["before"] if back else newest
        # Helm refused before it made a revision, so that the recorded one is still what runs.
        happened = made and (made != rollout["revision"] or rollout["unfinished"])
        if happened:
            found.append(_entry(service, facts, made))
        if back and back["revision"] != back["before"]:
            found.append(_back_entry(service, back))
    return found


def _entry(service: Json, facts: Facts, revision: int) -> Json:
    name = service["name"]
    failed, back = name in facts.failures, facts.back.get(name)
    verdict = facts.verdicts.get(name) or {}
    return {
        "service": name,
        "namespace": service["namespace"],
        "outcome": ("rolled_back" if back else "failed") if failed else GOOD,
        "image": service["image"],
        "revision": revision,
        "chart": facts.chart,
        "strategy": service["strategy"],
        "reason": facts.failures.get(name, ""),
        "back_to": service["rollout"]["base"] if back else 0,
        "verdict": {key: verdict[key] for key in ("verdict", "reason", "figures") if verdict.get(key)},
    }


def _back_entry(service: Json, back: Json) -> Json:
    return {
        "service": service["name"],
        "namespace": service["namespace"],
        "outcome": "failed" if back.get("reason") else GOOD,
        "image": service["rollout"]["base_image"],
        "revision": back["revision"],
        "strategy": "rollback",
        "reason": back.get("reason") or "",
        "back_to": service["rollout"]["base"],
    }


def findings(services: Iterable[Json], facts: Facts, *, rollback: bool) -> list[str]:
    """Return one sentence for each service that failed: why, and what became of it."""
    return [
        f"service {one['name']} in namespace {one['namespace']}: {facts.failures[one['name']].rstrip('.')}. "
        + _fate(one, facts, rollback=rollback)
        for one in services
        if one["name"] in facts.failures
    ]


def _fate(service: Json, facts: Facts, *, rollback: bool) -> str:
    base = service["rollout"]["base"]
    if back := facts.back.get(service["name"]):
        return _went_back(back, f"revision {base} ({image_name(service['rollout']['base_image'])})")
    if service["name"] not in facts.changed and not service["rollout"]["unfinished"]:
        return "This run did not change it, so nothing was rolled back."
    if not base:
        return "There is no version to go back to, so it stays as it is for inspection."
    return "It was not rolled back." if rollback else "It stays as it is for inspection (service_rollback is false)."


def _went_back(back: Json, where: str) -> str:
    if back.get("reason"):
        return f"It was rolled back to {where}, which does not come up either: {back['reason']}."
    if back["revision"] != back["before"]:
        return f"It was rolled back to {where} and runs that."
    return f"Nothing of it was rolled out, {where} runs on."
