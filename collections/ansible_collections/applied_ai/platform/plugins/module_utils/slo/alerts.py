# SPDX-License-Identifier: Apache-2.0
"""The alerts that fire now, since when, as the history takes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.metrics import vector
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Unreadable
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Ask

# The value is when an alert became active, in seconds; series of ALERTS say only that it fires.
FIRING: Final = 'ALERTS_FOR_STATE and ignoring(alertstate) ALERTS{alertstate="firing"}'


def firing(ask: Ask) -> list[dict[str, Any]] | None:
    """Return ``labels``, ``state`` and ``activeAt`` (RFC 3339) of each alert that fires; None where nobody knows."""
    try:
        found = vector(ask(FIRING))
    except PlatformError:
        return None
    if isinstance(found, Unreadable):
        return None
    return [
        {
            "labels": {name: value for name, value in one["metric"].items() if name != "__name__"},
            "state": "firing",
            "activeAt": datetime.fromtimestamp(one["value"], UTC).isoformat(),
        }
        for one in found
    ]
