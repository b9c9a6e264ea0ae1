# SPDX-License-Identifier: Apache-2.0
"""Live spot prices of EC2, perhaps written into an override folder; the rules are in module_utils/cost/spot.py."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.args import AWS
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import shown
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.changes import (
    Fresh,
    Key,
    override_files,
    write,
)

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    **AWS,
    "instance_types": {"type": "list", "elements": "str", "default": []},
    "price_book": {"type": "path", "default": ""},
    "override_folder": {"type": "path", "default": ""},
    "cache_file": {"type": "path", "default": ""},
}
SERVICE: Final = "ec2-spot"
SOURCE: Final = "aws-spot-history"
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
TRIES: Final = 4


class ActionModule(ActionBase):  # type: ignore[misc]
    """Ask EC2 and write the override files, both on the controller."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return the prices, or fail with one sentence."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            client = client_of(params["region"], params["endpoint_url"])
            return told(params, client, datetime.now(UTC), check=bool(self._task.check_mode))
        except ImportError as error:
            raise AnsibleActionFail(f"A Python library is missing ({error}); run make setup.") from error
        except CostError as error:
            raise AnsibleActionFail(str(error)) from None


def client_of(region: str, endpoint: str) -> Any:  # noqa: ANN401  # boto3 makes its clients' classes at run time
    """Return an EC2 client that gives up after some tries."""
    # Probed here: a missing library must be a sentence.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": TRIES},
    )
    return boto3.client("ec2", region_name=region, endpoint_url=endpoint or None, config=config)


def told(params: Json, client: Any, now: datetime, *, check: bool) -> Json:  # noqa: ANN401  # as above
    """Return what the module returns, after writing unless it is only checked.

    Raises:
        CostError: The book cannot be read, or the folder not be written.

    """
    from ansible_collections.applied_ai.platform.plugins.module_utils.cost import spot  # noqa: PLC0415  # needs botocore

    book = PriceBook(Path(params["price_book"]) if params["price_book"] else FOLDER)
    region, wanted = params["region"], params["instance_types"]
    kinds = wanted or [sku for sku, _ in book.rows("aws", SERVICE, region)]
    cache = Path(params["cache_file"]) if params["cache_file"] else None
    found = spot.spot_prices(client, book, region, kinds, now, cache=cache)
    live = [one for one in found.prices.values() if one.origin == spot.LIVE]
    files: dict[str, str] = {}
    if params["override_folder"] and live:
        folder = Path(params["override_folder"])
        files = override_files(folder, rows(book, region, live), now.date().isoformat(), SOURCE)
        if not check:
            write(folder, files)
    prices = [{**asdict(one), "price": shown(one.price)} for one in found.prices.values()]
    return {
        "changed": bool(files),
        "currency": "USD",
        "prices": sorted(prices, key=lambda one: str(one["instance_type"])),
        "unknown": list(found.unknown),
        "notes": list(found.notes),
        "files": sorted(files),
    }


def rows(book: PriceBook, region: str, live: Iterable[Any]) -> list[Fresh]:
    """Return live prices as rows of the book, with the interruption rate that the book knows."""
    found = []
    for one in live:
        known = book.has("aws", SERVICE, region, one.instance_type, "hour")
        note = book.price("aws", SERVICE, region, one.instance_type, "hour").note if known else ""
        rate = re.search(r"interruption \S+", note)
        text = f"median of the zones over 24 hours{f'; {rate[0]}' if rate else ''}"
        found.append(Fresh(Key("aws", SERVICE, region, one.instance_type, "hour"), one.price, "USD", text))
    return found
