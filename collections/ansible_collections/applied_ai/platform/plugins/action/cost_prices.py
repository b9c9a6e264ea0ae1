# SPDX-License-Identifier: Apache-2.0
"""Refresh prices from a cloud's price API into an override folder; the rules are in module_utils/cost/refresh."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

from ansible.errors import AnsibleActionFail
from ansible.module_utils.urls import open_url
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.coverage import need_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import decimal_of, plain, shown
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.changes import Change, Key, write
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.fetch import Http, Open, UnreachableError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.update import (
    BASES,
    Request,
    Update,
    request_services,
    update,
)

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "provider": {"type": "str", "required": True, "choices": sorted(BASES)},
    "regions": {"type": "list", "elements": "str", "required": True},
    "services": {"type": "list", "elements": "str", "default": []},
    "needed": {"type": "list", "elements": "dict", "default": []},
    "price_book": {"type": "path", "default": ""},
    "override_folder": {"type": "path", "required": True},
    "base_url": {"type": "str", "default": ""},
    "api_key": {"type": "str", "default": "", "no_log": True},
    "api_timeout": {"type": "int", "default": 60},
    "confirm_above_percent": {"type": "str", "default": "25"},
    "confirm": {"type": "bool", "default": False},
}
LARGEST: Final = 10
TENTH: Final = Decimal("0.1")


class ActionModule(ActionBase):  # type: ignore[misc]
    """Ask the API and write the override files, both on the controller."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return what changes, nothing changed where the API cannot be reached, or fail with one sentence."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        check = bool(self._task.check_mode)
        http = Http(opener(params["api_timeout"]), time.sleep, key_header(params["api_key"]))
        try:
            return refresh(params, http, datetime.now(UTC).date(), check=check)
        except CostError as error:
            raise AnsibleActionFail(str(error)) from None


def opener(timeout: int) -> Open:
    """Return what opens an address with headers, within a time for each step."""

    def open_(address: str, headers: Mapping[str, str]) -> AbstractContextManager[IO[bytes]]:
        answer: AbstractContextManager[IO[bytes]] = open_url(address, headers=dict(headers), timeout=timeout)
        return answer

    return open_


def key_header(key: str) -> dict[str, str]:
    """Return the header that carries an API key, so that no address and no message holds it."""
    return {"X-Goog-Api-Key": key} if key else {}


def request_of(params: Json, today: date) -> Request:
    """Return what to refresh.

    Raises:
        CostError: An option is none.

    """
    provider = params["provider"]
    if provider == "gcp" and not params["api_key"]:
        raise CostError("api_key is not set; the Cloud Billing Catalog answers only with an API key of a project.")
    if not params["regions"]:
        raise CostError("regions is empty; name the regions whose prices to refresh.")
    most = decimal_of(params["confirm_above_percent"], "confirm_above_percent")
    if most < 0:
        raise CostError(f"confirm_above_percent is {most}; it must not be negative.")
    needs = [need_of(entry, f"needed[{number}]") for number, entry in enumerate(params["needed"])]
    return Request(
        provider=provider,
        regions=tuple(params["regions"]),
        services=request_services(provider, params["services"]),
        base=params["base_url"] or BASES[provider],
        as_of=today.isoformat(),
        folder=Path(params["override_folder"]),
        most_percent=most,
        confirmed=params["confirm"],
        needed=tuple(Key(**asdict(one)) for one in needs if one.provider == provider),
    )


def refresh(params: Json, http: Http, today: date, *, check: bool) -> Json:
    """Return what the module returns, after writing unless it is only checked.

    Raises:
        CostError: An option is none, the book cannot be read, or prices move more than was confirmed.

    """
    request = request_of(params, today)
    overrides = (request.folder,) if request.folder.is_dir() else ()
    book = PriceBook(Path(params["price_book"]) if params["price_book"] else FOLDER, overrides)
    try:
        found = update(book, http, request)
    except UnreachableError as error:
        return {"changed": False, "reachable": False, "msg": f"{error} The old prices stay.", "count": 0}
    if found.unconfirmed and not check:
        raise CostError(unconfirmed(found, request.most_percent))
    if not check:
        write(request.folder, found.files)
    return told(found, request)


def unconfirmed(found: Update, most: Decimal) -> str:
    """Return why nothing was written."""
    first = "; ".join(sentence(one) for one in found.unconfirmed[:3])
    return (
        f"{len(found.unconfirmed)} prices move by more than {shown(most)} percent, such as {first}."
        " Nothing was written: look at them with check mode, then set confirm to true."
    )


def sentence(change: Change) -> str:
    """Return a change in words."""
    old = "nothing" if change.old is None else f"{shown(change.old)} {change.old_currency}"
    return f"{change.key} from {old} to {shown(change.new)} {change.currency}"


def told(found: Update, request: Request) -> Json:
    """Return a refresh as the module tells it; the files' texts are no result, since they are long."""
    comparison = found.comparison
    new = sum(1 for one in comparison.changes if one.old is None)
    moved = len(comparison.changes) - new
    return {
        "changed": bool(found.files),
        "reachable": True,
        "msg": f"{request.base} told {len(comparison.fresh)} prices: {moved} moved, {new} are new.",
        "count": len(comparison.fresh),
        "moved": moved,
        "new": new,
        "largest": [entry(one) for one in comparison.largest[:LARGEST]],
        "needs_confirmation": [entry(one) for one in found.unconfirmed],
        "ambiguous": [asdict(key) for key in comparison.ambiguous],
        "absent": [asdict(key) for key in comparison.absent],
        "files": [str(request.folder / name) for name in sorted(found.files)],
        "diff": [
            {
                "before": "".join(f"{line(one, one.old)}\n" for one in comparison.changes if one.old is not None),
                "after": "".join(f"{line(one, one.new)}\n" for one in comparison.changes),
                "before_header": "prices",
                "after_header": "prices",
            }
        ],
    }


def line(change: Change, price: Decimal | None) -> str:
    """Return a price as a line of the difference."""
    return f"{change.key}: {shown(price or Decimal(0))}"


def entry(change: Change) -> Json:
    """Return a change with texts for its amounts."""
    percent = change.percent
    return {
        **asdict(change.key),
        "old": "" if change.old is None else shown(change.old),
        "new": shown(change.new),
        "currency": change.currency,
        "percent": "" if percent is None else plain(percent, TENTH),
    }
