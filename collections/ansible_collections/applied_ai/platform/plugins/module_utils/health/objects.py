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
