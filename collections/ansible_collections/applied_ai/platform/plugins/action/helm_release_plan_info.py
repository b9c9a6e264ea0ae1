# SPDX-License-Identifier: Apache-2.0
"""Compare a desired release with the current ones, on the controller: nothing here needs a process of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.charts import locate
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import (
    Desired,
    find,
    plain,
    plan,
    seconds_left,
)

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "chart": {"type": "str", "required": True},
    "version": {"type": "str", "required": True},
    "repository": {"type": "str", "default": ""},
    "source": {"type": "str", "default": ""},
    "values": {"type": "dict", "default": {}},
    "releases": {"type": "list", "elements": "dict", "required": True},
    "pending_grace": {"type": "int", "default": 30},
}


def plan_release(params: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return the plan as plain data."""
    desired = Desired(
        **{key: params[key] for key in ("name", "namespace", "state", "chart", "version")},
        values=plain(params["values"]),
    )
    current = find(params["releases"], desired.name, desired.namespace)
    result = plan(current, desired).as_dict()
    source: dict[str, str] = {}
    if result["action"] in ("install", "upgrade"):
        source = locate(desired.chart, desired.version, params["repository"], params["source"]).as_dict()
    return {
        **result,
        "secret": current["secret"] if current else "",
        "stuck_seconds": seconds_left(current, params["pending_grace"], now),
        "source": source,
    }


class ActionModule(ActionBase):  # type: ignore[misc]
    """Run on the controller."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the plan; it never counts as a change."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            return {**result, "changed": False, **plan_release(params, datetime.now(UTC))}
        except PlatformError as error:
            raise AnsibleActionFail(error.message, result=error.details) from error
