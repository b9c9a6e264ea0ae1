# SPDX-License-Identifier: Apache-2.0
"""Tell what a Terraform plan costs; the rules are in module_utils/cost/estimate.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import render
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.request import Request, estimated

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "plan_file": {"type": "path", "required": True},
    "usage_file": {"type": "path", "default": ""},
    "price_book": {"type": "path", "default": ""},
    "price_book_overrides": {"type": "list", "elements": "path", "default": []},
    "region": {"type": "str", "default": ""},
    "hours_per_month": {"type": "str", "default": Request.hours_per_month},
    "commitment_coverage": {"type": "str", "default": "0"},
    "commitment": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Price a plan on the controller, where the price book lies."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return the estimate, or fail with one sentence."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            found = estimated(request(params), datetime.now(UTC).date())
        except CostError as error:
            raise AnsibleActionFail(str(error)) from None
        return {"changed": False, **render.data(found)}


def request(params: Json) -> Request:
    """Return the module's parameters as a request."""
    return Request(**{**params, "price_book_overrides": tuple(params["price_book_overrides"])})
