# SPDX-License-Identifier: Apache-2.0
"""What was rolled out of a service, kept beside it: when, what, by whom, and how that ended."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final

import yaml

Json = dict[str, Any]

KEPT: Final = 20
KEY: Final = "releases"
REQUIRED: Final = ("at", "by", "outcome", "image", "revision")
GOOD: Final = "good"
# Went back from, whether by itself or by hand.
WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True)
class Entry:
    """One rollout."""

    at: str
    by: str
    outcome: str
    """C(good), C(failed), C(rolled_back), C(withdrawn) or C(incomplete)."""
    image: str
    revision: int
    tag: str = ""
    digest: str = ""
    chart: str = ""
    strategy: str = "rolling"
    reason: str = ""
    back_to: int = 0
    """The revision that was gone back to."""
    verdict: Json = field(default_factory=dict)

    def as_dict(self) -> Json:
        """Return plain data without what is empty."""
        return {key: value for key, value in asdict(self).items() if key in REQUIRED or value not in ("", 0, {})}


def name_of(service: str) -> str:
    """Return the name of the ConfigMap."""
    return f"{service}-releases"


def read(config_map: Json | None) -> list[Entry]:
    """Return the entries of a ConfigMap, the newest first; what cannot be read counts as not recorded."""
    try:
        data = yaml.safe_load(((config_map or {}).get("data") or {}).get(KEY) or "[]")
    except yaml.YAMLError:
        return []
    known = {one.name for one in fields(Entry)}
    return [
        Entry(**{key: value for key, value in one.items() if key in known})
        for one in (data if isinstance(data, list) else [])
        if isinstance(one, dict) and set(REQUIRED) <= one.keys() and isinstance(one["revision"], int)
    ]


def added(entries: Iterable[Entry], new: Iterable[Entry]) -> list[Entry]:
    """Return entries with further ones; an older one of the same revision gives way, and of too many the oldest go."""
    new = list(new)
    again = {one.revision for one in new}
    return [*reversed(new), *(one for one in entries if one.revision not in again)][:KEPT]


def withdrawn(entries: Iterable[Entry], revisions: Iterable[int], reason: str) -> list[Entry]:
    """Return entries in which revisions are no longer ones to go back to."""
    gone = set(revisions)
    return [
        replace(one, outcome=WITHDRAWN, reason=reason) if one.revision in gone and one.outcome == GOOD else one
        for one in entries
    ]


def outcome_of(entries: Iterable[Entry], revision: int) -> str:
    """Return how the rollout of a revision ended, empty when that is not recorded."""
    return next((one.outcome for one in entries if one.revision == revision), "")


def config_map(service: str, namespace: str, entries: Iterable[Entry]) -> Json:
    """Return the ConfigMap that holds entries."""
    # Through JSON: what comes from Ansible has strings of its own type.
    plain = json.loads(json.dumps([one.as_dict() for one in entries]))
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name_of(service),
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "applied-ai-platform", "app.kubernetes.io/name": service},
        },
        "data": {KEY: yaml.safe_dump(plain, sort_keys=False, width=120)},
    }
