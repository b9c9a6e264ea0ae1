# SPDX-License-Identifier: Apache-2.0
"""Tell what a Terraform plan costs; the rules are in module_utils/cost/estimate.py."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.files import Files, estimate_files
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH, decimal_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.summary import as_json

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "plan_file": {"type": "path", "required": True},
    "usage_file": {"type": "path", "default": ""},
    "price_book": {"type": "path", "default": ""},
    "price_book_overrides": {"type": "list", "elements": "path", "default": []},
    "region": {"type": "str", "default": ""},
    "hours": {"type": "str", "default": str(HOURS_PER_MONTH)},
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
            return {"changed": False, **estimated(params, datetime.now(UTC).date())}
        except CostError as error:
            # Ansible would tell the cause once more.
            raise AnsibleActionFail(str(error)) from None


def estimated(params: Json, today: date) -> Json:
    """Return what the module returns.

    Raises:
        CostError: A file or an option is none of its kind.

    """
    options = Options(
        today=today,
        region=params["region"],
        hours=decimal_of(params["hours"], "hours"),
        coverage=decimal_of(params["commitment_coverage"], "commitment_coverage"),
        commitment=params["commitment"],
    )
    files = Files(
        plan=Path(params["plan_file"]),
        usage=Path(params["usage_file"]) if params["usage_file"] else None,
        book=Path(params["price_book"]) if params["price_book"] else FOLDER,
        overrides=tuple(Path(one) for one in params["price_book_overrides"]),
    )
    return as_json(estimate_files(files, options))
