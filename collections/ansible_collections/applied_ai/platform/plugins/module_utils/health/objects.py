# SPDX-License-Identifier: Apache-2.0
"""Reading an object of the API: what every rule needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json


def condition(obj: Json, kind: str) -> Json:
    """Return an object's condition of this type, empty when it has none."""
    found: Iterable[Json] = (obj.get("status") or {}).get("conditions") or []
    return next((item for item in found if item.get("type") == kind), {})


def name_of(obj: Json) -> str:
    """Return ``namespace/name``, or the name of what has no namespace."""
    meta = obj.get("metadata") or {}
    return "/".join(part for part in (meta.get("namespace"), meta.get("name")) if part)


def age(timestamp: str, now: datetime) -> float:
    """Return the seconds since an RFC 3339 time; something without a time is old enough."""
    if not timestamp:
        return float("inf")
    return (now - datetime.fromisoformat(timestamp)).total_seconds()


def shorten(text: str, limit: int = 160) -> str:
    """Return a message on one line that fits beside others."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def labels_of(obj: Json) -> dict[str, str]:
    """Return an object's labels."""
    return (obj.get("metadata") or {}).get("labels") or {}


def created(obj: Json) -> str:
    """Return when an object was made, RFC 3339, empty where it does not say."""
    return str((obj.get("metadata") or {}).get("creationTimestamp") or "")


def span(seconds: float) -> str:
    """Return a time for people: 40 s, 12 min, 5 h, 3 d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: 1 pod, 2 pods."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def owner_of(pod: Json) -> str:
    """Return what a pod belongs to, so that fifty pods of one Deployment are one finding."""
    meta = pod.get("metadata") or {}
    owners = meta.get("ownerReferences") or []
    if not owners:
        return f"Pod {name_of(pod)}"
    kind, name = owners[0].get("kind", ""), owners[0].get("name", "")
    template = (meta.get("labels") or {}).get("pod-template-hash")
    if kind == "ReplicaSet" and template and name.endswith(f"-{template}"):
        kind, name = "Deployment", name.removesuffix(f"-{template}")
    return f"{kind} {meta.get('namespace', '')}/{name}"
