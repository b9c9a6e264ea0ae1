# SPDX-License-Identifier: Apache-2.0
"""The alerts that are active now, since when, as the history takes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.metrics import vector
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Unreadable
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Ask

# One series says whether an alert fires or is pending, another since when, in seconds.
ACTIVE: Final = "ALERTS * 0 + ignoring(alertstate) group_left ALERTS_FOR_STATE"
NAMES: Final = frozenset({"__name__", "alertstate"})


def active(ask: Ask) -> list[dict[str, Any]] | None:
    """Return ``labels``, ``state`` (firing, pending) and ``activeAt`` (RFC 3339) of each alert; None: nobody knows."""
    try:
        found = vector(ask(ACTIVE))
    except PlatformError:
        return None
    if isinstance(found, Unreadable):
        return None
    return [
        {
            "labels": {name: value for name, value in one["metric"].items() if name not in NAMES},
            "state": one["metric"].get("alertstate", ""),
            "activeAt": datetime.fromtimestamp(one["value"], UTC).isoformat(),
        }
        for one in found
    ]
