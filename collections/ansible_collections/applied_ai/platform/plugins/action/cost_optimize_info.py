# SPDX-License-Identifier: Apache-2.0
"""Collect facts and ask the rules; both are in module_utils/cost/optimize."""

from __future__ import annotations

import dataclasses
import functools
import json
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.module_utils.urls import open_url
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import exports
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.scan import Settings
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook, first_day
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.files import Files, estimate_files
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import cents, decimal_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import (
    aws_facts,
    bill_facts,
    cluster_facts,
    compute,
    plan_facts,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.aws_client import clients_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import (
    Environment,
    Facts,
    load,
    read,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import (
    Context,
    Limits,
    Result,
    find,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.rules import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Reader, connect
from ansible_collections.applied_ai.platform.plugins.module_utils.service import prometheus
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import UnknownError

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "facts_file": {"type": "path", "default": ""},
    "region": {"type": "str", "default": ""},
    "endpoint_url": {"type": "str", "default": ""},
    "prometheus_url": {"type": "str", "default": ""},
    "kubeconfig": {"type": "path", "default": ""},
    "context": {"type": "str", "default": ""},
    "api_timeout": {"type": "int", "default": 30},
    "bill_sources": {"type": "list", "elements": "str", "default": []},
    "bill_cache_dir": {"type": "path", "default": ".cache/bills"},
    "terraform_state": {"type": "path", "default": ""},
    "environment_name": {"type": "str", "default": ""},
    "environment_stoppable_monthly": {"type": "str", "default": ""},
    "environment_plan_file": {"type": "path", "default": ""},
    "environment_scheduled": {"type": "bool", "default": False},
    "limits": {"type": "dict", "default": {}},
    "price_book": {"type": "path", "default": ""},
    "price_book_overrides": {"type": "list", "elements": "path", "default": []},
}
# What reading a bill may take.
MEMORY: Final = "512MB"
THREADS: Final = 2
# What a file says stays, where AWS tells nothing of it.
KEPT: Final = frozenset({"region", "as_of", "provider", "unknown"})


class ActionModule(ActionBase):  # type: ignore[misc]
    """Look for savings on the controller, where the price book lies."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return findings and what is unknown."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        # Play and task say by it which account is the platform's; it does not reach this process by itself.
        environment: Json = {}
        self._compute_environment_string(environment)
        try:
            return {"changed": False, **found({**params, "environment": environment}, datetime.now(UTC))}
        except CostError as error:
            raise AnsibleActionFail(str(error)) from None


def found(params: Json, now: datetime) -> Json:
    """Collect the facts, ask all rules, and return what the module returns."""
    book = PriceBook(Path(params["price_book"] or FOLDER), tuple(Path(one) for one in params["price_book_overrides"]))
    facts = collected(params, book, now)
    context = Context(facts, book, now, limits(params["limits"]))
    result = find(RULES, context)
    return {
        **result.document(),
        "gpu_prices": compute.gpu_prices(context),
        "summary": summary(result),
        "as_of": facts.as_of,
        **age(context),
    }


def age(context: Context) -> Json:
    """Return the date of the oldest price that was used, and a warning where the book calls it stale."""
    oldest = min(context.used, key=first_day, default="")
    stale = bool(oldest) and context.book.stale(oldest, context.now.date())
    warning = f"Savings are reckoned with prices as old as {oldest}; refresh them with playbooks/update_prices.yml."
    return {"prices_as_of": oldest, "warnings": [warning] if stale else []}


def summary(result: Result) -> list[str]:
    """Return findings as lines, those that count first."""
    counted = [
        f"{cents(one.saving)} {one.id} ({one.owner}, risk {one.risk}{', safe' if one.safe else ''}):"
        f" {one.seen}; {one.proposed}"
        for one in result.findings
        if not one.excluded_by
    ]
    return [*counted, *(f"{one.id} is in {one.excluded_by}" for one in result.findings if one.excluded_by)]


def limits(given: Mapping[str, Any]) -> Limits:
    """Return limits; what YAML read as float is taken by its text."""
    plain = {
        name: [str(each) for each in one]
        if isinstance(one, list)
        else str(one)
        if isinstance(one, (float, Decimal))
        else one
        for name, one in given.items()
    }
    return read(Limits, plain, "limits")


def collected(params: Json, book: PriceBook, now: datetime) -> Facts:
    """Return what the file, AWS and the cluster tell."""
    if not params["region"]:
        if not params["facts_file"]:
            raise CostError(
                "Neither facts_file nor region is set, so that there is nothing to look at; set one of them."
            )
        facts = load(Path(params["facts_file"]))
    else:
        facts = of_aws(params, book, now)
    facts = cluster(facts, params)
    if params["region"] and params["facts_file"]:
        facts = merged(facts, load(Path(params["facts_file"])))
    facts = billed(facts, params)
    if params["environment_name"]:
        one = Environment(params["environment_name"], sleeping(params, now), params["environment_scheduled"])
        facts = dataclasses.replace(facts, environments=(*facts.environments, one))
    return dataclasses.replace(facts, terraform=(*facts.terraform, *owned(params["terraform_state"])))


def sleeping(params: Json, now: datetime) -> Decimal | None:
    """Return what a stopped environment would not cost in a month, where somebody or a plan tells it."""
    if params["environment_stoppable_monthly"]:
        return decimal_of(params["environment_stoppable_monthly"], "environment_stoppable_monthly")
    if not params["environment_plan_file"]:
        return None
    overrides = tuple(Path(one) for one in params["price_book_overrides"])
    files = Files(Path(params["environment_plan_file"]), None, Path(params["price_book"] or FOLDER), overrides)
    return plan_facts.stoppable(estimate_files(files, Options(today=now.date(), region=params["region"])))


def cluster(facts: Facts, params: Json) -> Facts:
    """Return facts with what the cluster tells; a file alone is complete as it is."""
    address = params["prometheus_url"]
    if not params["region"] and not address and not params["kubeconfig"]:
        return facts
    open_ = functools.partial(open_url, timeout=params["api_timeout"])
    reader: Reader | None = None
    if params["kubeconfig"]:
        try:
            reader = connect(params["kubeconfig"], params["context"], params["api_timeout"])
        except PlatformError as error:
            raise CostError(str(error)) from error
    return cluster_facts.collect(facts, prometheus.at(address, open_) if address else None, reader, UnknownError)


def of_aws(params: Json, book: PriceBook, now: datetime) -> Facts:
    """Return what AWS tells of a region."""
    clients, failures = clients_of(params["region"], params["endpoint_url"], params["environment"])
    return aws_facts.collect(aws_facts.Account(clients, now, book), params["region"], failures)


def billed(facts: Facts, params: Json) -> Facts:
    """Return facts with the usage by the hour that a bill tells."""
    if not params["bill_sources"]:
        return facts

    def download(bucket: str, prefix: str, cache: Path) -> list[Path]:
        clients, failures = clients_of(params["region"] or facts.region, params["endpoint_url"], params["environment"])
        try:
            return exports.downloader(clients("s3"))(bucket, prefix, cache)
        except failures as error:
            raise CostError(f"s3://{bucket}/{prefix} (bill_sources) cannot be read: {error}.") from error

    with tempfile.TemporaryDirectory(prefix="cost-optimize-") as scratch:
        files = exports.find(params["bill_sources"], Path(params["bill_cache_dir"]), download, "newest")
        found, unknown = bill_facts.usage(files, facts.region, Settings({}, MEMORY, THREADS, Path(scratch)))
    return dataclasses.replace(facts, usage=(*facts.usage, *found), unknown=(*facts.unknown, *unknown))


def merged(live: Facts, more: Facts) -> Facts:
    """Return live facts with the file's lists where it has some."""
    lists = {
        one.name: value
        for one in dataclasses.fields(more)
        if one.name not in KEPT and (value := getattr(more, one.name))
    }
    return dataclasses.replace(live, unknown=(*live.unknown, *more.unknown), **lists)


def owned(path: str) -> tuple[str, ...]:
    """Return the ids of what a state of Terraform has, as ``terraform show -json`` prints it."""
    if not path:
        return ()
    try:
        state = json.loads(Path(path).read_text(encoding="utf-8"))
        return tuple(sorted(ids(state["values"]["root_module"])))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CostError(
            f"Failed to read the Terraform state in terraform_state {path}: {error!r}."
            " Write it with terraform show -json."
        ) from error


def ids(module: Mapping[str, Any]) -> Iterator[str]:
    """Return the ids of the resources of a module and of those in it."""
    for resource in module.get("resources") or ():
        if resource.get("mode") == "managed" and (identity := resource["values"].get("id")):
            yield identity
    for child in module.get("child_modules") or ():
        yield from ids(child)
