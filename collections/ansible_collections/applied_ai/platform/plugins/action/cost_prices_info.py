# SPDX-License-Identifier: Apache-2.0
"""Tell what a price book has and how old it is; the rules are in module_utils/cost/coverage.py."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import coverage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "price_book": {"type": "path", "default": ""},
    "price_book_overrides": {"type": "list", "elements": "path", "default": []},
    "providers": {
        "type": "list",
        "elements": "str",
        "choices": list(coverage.PROVIDERS),
        "default": list(coverage.PROVIDERS),
    },
    "needed": {"type": "list", "elements": "dict", "default": []},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Read the book's files on the controller."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return the report, or fail with one sentence."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            return report(params, datetime.now(UTC).date())
        except CostError as error:
            raise AnsibleActionFail(str(error)) from None


def book_of(params: Json) -> PriceBook:
    """Return the book that the options name; no folder means the collection's own.

    Raises:
        CostError: A folder is none.

    """
    return PriceBook(
        Path(params["price_book"]) if params["price_book"] else FOLDER,
        tuple(Path(one) for one in params["price_book_overrides"]),
    )


def report(params: Json, today: date) -> Json:
    """Return what the module returns.

    Raises:
        CostError: The book cannot be read, or an entry of needed is none.

    """
    book = book_of(params)
    found = list(coverage.coverage(book, today, params["providers"]))
    needs = [coverage.need_of(entry, f"needed[{number}]") for number, entry in enumerate(params["needed"])]
    about = book.about()
    return {
        "changed": False,
        "version": str(about.get("version", "")),
        "released": str(about.get("released", "")),
        "stale_after_days": about.get("stale_after_days"),
        "rows": sum(one.rows for one in found),
        "coverage": [asdict(one) for one in found],
        "stale": [asdict(one) for one in found if one.stale],
        "missing": [asdict(one) for one in coverage.missing(book, needs)],
    }
