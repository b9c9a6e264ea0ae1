# SPDX-License-Identifier: Apache-2.0
"""Rules about Helm releases."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    Finding,
    Json,
    Outcome,
    Rule,
    Severity,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import age, created

# Times the grace that Helm may be at work: five minutes, as long as it waits itself.
AT_WORK: Final = 5


def releases_deployed(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Judge the latest revision of each Helm release: any state but deployed needs a hand or blocks the next run."""
    latest: dict[str, tuple[int, Json]] = {}
    for secret in snapshot["releases"]:
        meta = secret.get("metadata") or {}
        labels = meta.get("labels") or {}
        key, revision = f"{meta.get('namespace', '')}/{labels.get('name', '')}", int(labels.get("version") or 0)
        if revision > latest.get(key, (-1, {}))[0]:
            latest[key] = (revision, meta)
    findings = tuple(
        Finding(
            f"release {key}",
            f"revision {revision} is {status_of(meta)}",
            "deployed",
            meta.get("creationTimestamp") or "",
        )
        for key, (revision, meta) in sorted(latest.items())
        if status_of(meta) != "deployed" and not at_work(meta, expected.grace, now)
    )
    return Outcome(f"{len(latest)} releases deployed", "all deployed", findings)


def at_work(meta: Json, grace: int, now: datetime) -> bool:
    """Say whether Helm may still be at work on a revision; one that does not say when it began is not believed."""
    return status_of(meta).startswith("pending-") and age(created({"metadata": meta}), now) <= AT_WORK * grace


def status_of(meta: Json) -> str:
    """Return a release's status as Helm labels its secret."""
    return str((meta.get("labels") or {}).get("status") or "without status")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "releases_deployed",
        Severity.MAJOR,
        ("releases",),
        releases_deployed,
        "Run the playbook again: it continues what was interrupted.",
    ),
)
