# SPDX-License-Identifier: Apache-2.0
"""Read a bill and tell what it says; the figures are in module_utils/cost/bill."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.module_utils.urls import open_url
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import exports, gpu
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.report import Asked, Request, report
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.scan import Settings
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import decimal_of, not_negative
from ansible_collections.applied_ai.platform.plugins.module_utils.service import prometheus
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import UnknownError

Json = dict[str, Any]

TAGS: Final = {
    "environment": ["Environment", "environment"],
    "team": ["Team", "team"],
    "service": ["Service", "service"],
}
ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "sources": {"type": "list", "elements": "str", "required": True},
    "month": {"type": "str", "default": ""},
    "currency": {"type": "str", "default": ""},
    "tags": {"type": "dict", "default": TAGS},
    "budget": {"type": "str", "default": ""},
    "confidence": {"type": "str", "default": "0.9"},
    "settling_days": {"type": "int", "default": 1},
    "least_anomaly": {"type": "str", "default": "10"},
    "duplicates": {"type": "str", "choices": ["fail", "newest"], "default": "fail"},
    "gpu_utilisation": {"type": "list", "elements": "dict", "default": []},
    "prometheus_url": {"type": "str", "default": ""},
    "price_book": {"type": "path", "default": ""},
    "cache_dir": {"type": "path", "default": ".cache/bills"},
    "memory_limit": {"type": "str", "default": "512MB"},
    "threads": {"type": "int", "default": 2},
}
# Seconds that one question to Prometheus may take.
TIMEOUT: Final = 30
MANAGED: Final = ("db.", "cache.", "ml.")
CONFIDENCE: Final = (Decimal("0.5"), Decimal("0.99"))


class ActionModule(ActionBase):  # type: ignore[misc]
    """Read a bill on the controller, where its files and DuckDB are."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return the report, and the review where it is asked for."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            told = reported(params)
        except CostError as error:
            raise AnsibleActionFail(str(error)) from None
        return {"changed": False, **told}


def reported(params: Json) -> Json:
    """Find the bill's files, read them and return what the module returns."""
    wanted = request(params)
    with tempfile.TemporaryDirectory(prefix="cost-report-") as scratch:
        files = exports.find(params["sources"], Path(params["cache_dir"]), downloaded, wanted.duplicates)
        settings = Settings(tags(params["tags"]), params["memory_limit"], threads(params), Path(scratch) / "spill")
        return report(files, wanted, settings)


def request(params: Json) -> Request:
    """Return what is asked of the bill."""
    budget = params["budget"]
    book = PriceBook(Path(params["price_book"] or FOLDER))
    if params["settling_days"] < 0:
        raise CostError(f"settling_days is {params['settling_days']}; it must be 0 or more.")
    return Request(
        month=params["month"],
        currency=params["currency"],
        budget=not_negative(budget, "budget") if budget else None,
        confidence=confidence(params["confidence"]),
        settling_days=params["settling_days"],
        least_anomaly=not_negative(params["least_anomaly"], "least_anomaly"),
        duplicates=params["duplicates"],
        utilisation=gpu.table(params["gpu_utilisation"], "gpu_utilisation"),
        asked=asking(params["prometheus_url"]),
        gpus=functools.partial(gpus, book),
    )


def confidence(text: str) -> Decimal:
    """Return the share of outcomes that the forecast's interval shall hold."""
    share = decimal_of(text, "confidence")
    low, high = CONFIDENCE
    if not low <= share <= high:
        raise CostError(f"confidence is {share}; it must be a share from {low} to {high}, such as 0.9.")
    return share


def threads(params: Json) -> int:
    """Return how many threads may read."""
    if params["threads"] < 1:
        raise CostError(f"threads is {params['threads']}; it must be 1 or more.")
    return int(params["threads"])


def tags(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the tags to report on, each with the names that it goes by in the bill."""
    found = {}
    for label, names in given.items():
        listed = [names] if isinstance(names, str) else names
        if not isinstance(listed, list) or not listed or not all(isinstance(one, str) and one for one in listed):
            raise CostError(f"tags.{label} is {names!r}; it must be a tag's name or a list of names.")
        found[str(label)] = tuple(listed)
    return found


def asking(address: str) -> Asked:
    """Return a function that asks Prometheus for what GPUs did; without an address it tells nothing."""
    open_ = functools.partial(open_url, timeout=TIMEOUT)

    def asked(first: date, through: date) -> dict[str, Decimal]:
        try:
            answer = prometheus.at(address, open_)(gpu.query(first, through))
        except UnknownError as error:
            raise CostError(f"{error}; the idle time of GPUs is unknown.") from error
        if answer.get("status") != "success":
            reason = answer.get("error", "no reason given")
            raise CostError(f"Prometheus at {address} refuses: {reason}; the idle time of GPUs is unknown.")
        return gpu.table(gpu.from_prometheus(answer), f"the answer of {address}")

    return asked if address else lambda _first, _through: {}


def gpus(book: PriceBook, instance: str) -> tuple[str, int] | None:
    """Return the model and number of an instance type's GPUs, None where the book does not know the type.

    Databases, caches, search and notebooks run on types of EC2 under names of their own.
    """
    if instance.startswith(MANAGED) or instance.endswith(".search"):
        instance = instance.partition(".")[2] if instance.startswith(MANAGED) else instance.removesuffix(".search")
    shape = book.shape(instance)
    return (shape.gpu_model, shape.gpu_count) if shape else None


def downloaded(bucket: str, prefix: str, cache: Path) -> list[Path]:
    """Return the files of a prefix in S3, which are kept in the cache."""
    try:
        # Probed here: a missing library must be a sentence.
        import boto3  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError as error:
        raise CostError(f"The Python library boto3 is missing ({error}); run make setup.") from error
    try:
        return exports.downloader(boto3.client("s3"))(bucket, prefix, cache)
    except (BotoCoreError, ClientError) as error:
        raise CostError(f"s3://{bucket}/{prefix} cannot be read: {str(error).rstrip('.')}.") from error
