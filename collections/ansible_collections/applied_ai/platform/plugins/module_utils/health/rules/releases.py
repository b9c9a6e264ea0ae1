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


def releases_deployed(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
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
        if status_of(meta) != "deployed"
    )
    return Outcome(f"{len(latest)} releases deployed", "all deployed", findings)


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
