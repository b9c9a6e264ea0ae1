# SPDX-License-Identifier: Apache-2.0
"""Look at GPUs on the controller, where the price book lies; the rules are in module_utils/health."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import NoPrice, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError, PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import metrics, report
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedGroup,
    Rule,
    Snapshot,
    Unreadable,
    expected_gpus,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import labels_of
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS, LIMIT, read
from ansible_collections.applied_ai.platform.plugins.module_utils.health.promised import GPU_GROUP
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import accelerators, gpu
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import judge
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, Patience, Reader, connect

Json = dict[str, Any]

PRICES: Final = Path(__file__).resolve().parents[2] / "prices"
EXPECTED: Final[dict[str, dict[str, Any]]] = {
    "groups": {"type": "list", "elements": "dict", "default": [], "options": GPU_GROUP},
    "node_group_label": {"type": "str", "default": Expected.node_group_label},
    "tolerated_taints": {"type": "list", "elements": "str", "default": [accelerators.TAINT]},
    "idle_limit": {"type": "int", "default": 100},
}
ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    **KUBERNETES,
    **metrics.PROMETHEUS,
    "metrics": {"type": "bool", "default": True},
    "provider": {"type": "str", "default": "aws"},
    "region": {"type": "str", "default": ""},
    "price_book": {"type": "path", "default": ""},
    "price_book_overrides": {"type": "list", "elements": "path", "default": []},
    **report.ARGUMENTS,
    "expected": {"type": "dict", "default": {}, "apply_defaults": True, "options": EXPECTED},
}
# Where the price book keeps machines, and how it names their unit.
MACHINES: Final = {"aws": "ec2"}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Look at GPUs from the controller."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return verdict and checks."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            reader = connect(params["kubeconfig"], params["context"], params["api_timeout"], Patience.within(LIMIT))
            told = look(reader, metrics.asker(params, reader), params, now=datetime.now(UTC), clock=time.monotonic)
        except PlatformError as error:
            raise AnsibleActionFail(error.message) from None
        except CostError as error:
            raise AnsibleActionFail(str(error)) from None
        return {"changed": False, **told}


def look(reader: Reader, ask: metrics.Ask, params: Json, *, now: datetime, clock: Callable[[], float]) -> Json:
    """Return what the module returns."""
    begin = clock()
    rules = tuple(rule for rule in (*gpu.RULES, *accelerators.RULES) if params["metrics"] or told_by_nodes(rule))
    seen = observe(reader, ask, params)
    checks = judge(seen, expectation(params, seen), now, rules)
    return report.of_look(checks, params, now, clock() - begin)


def told_by_nodes(rule: Rule) -> bool:
    """Say whether a rule needs nothing of Prometheus."""
    return not set(rule.needs) & set(accelerators.QUERIES)


def observe(reader: Reader, ask: metrics.Ask, params: Json) -> Snapshot:
    """Read nodes and pods from the cluster, and what DCGM tells from Prometheus."""
    try:
        version: str | Unreadable = str(reader.get("/version").get("gitVersion") or "")
    except KubeError as error:
        gone = Unreadable(error.message)
        return Snapshot(gone, dict.fromkeys(("nodes", "pods", *accelerators.QUERIES), gone))
    kinds = {kind: read(reader, no_text, kind, KINDS[kind]) for kind in ("nodes", "pods")}
    told: dict[str, list[Json] | Unreadable] = {name: [] for name in accelerators.QUERIES}
    if params["metrics"] and to_watch(Snapshot(version, kinds), params):
        told = metrics.asked(ask, accelerators.QUERIES)
    return Snapshot(version, {**kinds, **told})


def to_watch(seen: Snapshot, params: Json) -> bool:
    """Say whether there may be GPUs: where none is and none was bought, nobody has to watch it."""
    bought = any(group["count"] for group in params["expected"]["groups"])
    return bought or isinstance(seen.kinds["nodes"], Unreadable) or bool(accelerators.with_gpus(seen))


def no_text(path: str) -> str:
    """Refuse a path that answers with text: this look has none."""
    msg = f"{path} is not read here"
    raise KubeError(msg)


def expectation(params: Json, seen: Snapshot) -> Expected:
    """Return what should be there, with the prices of the instance types that are."""
    given = params["expected"]
    groups = {
        one["name"]: expected_gpus(one["name"], {key: value for key, value in one.items() if key != "name"})
        for one in given["groups"]
    }
    if not 0 <= given["idle_limit"] <= 100:  # noqa: PLR2004  percent
        msg = f"expected.idle_limit is {given['idle_limit']}; give percent from 0 to 100."
        raise HealthError(msg)
    prices, currency = prices_of(params, seen)
    return Expected(
        # Slices of MIG have other names; that all are there, gpus_complete says.
        node_groups={
            name: ExpectedGroup(one.count, one.gpus_per_node * one.replicas)
            for name, one in groups.items()
            if one.resource == gpu.GPU
        },
        node_group_label=given["node_group_label"],
        gpu_groups=groups,
        tolerated=tuple(given["tolerated_taints"]),
        idle_limit=given["idle_limit"],
        prices=prices,
        currency=currency,
    )


def prices_of(params: Json, seen: Snapshot) -> tuple[dict[str, Decimal], str]:
    """Return the list price of an hour of each instance type with GPUs that the book has, and the currency."""
    nodes = seen.kinds["nodes"]
    if not params["region"] or isinstance(nodes, Unreadable) or params["provider"] not in MACHINES:
        return {}, Expected.currency
    book = PriceBook(Path(params["price_book"] or PRICES), tuple(Path(one) for one in params["price_book_overrides"]))
    kinds = {labels_of(node).get(accelerators.INSTANCE_TYPE, "") for node in accelerators.with_gpus(seen)}
    found = {}
    for kind in sorted(kinds - {""}):
        try:
            found[kind] = book.price(params["provider"], MACHINES[params["provider"]], params["region"], kind, "hour")
        except NoPrice:
            # The rule counts those without a price.
            continue
    currencies = {one.currency for one in found.values()}
    if len(currencies) > 1:
        raise CostError(f"The price book has {' and '.join(sorted(currencies))} for machines of one region; use one.")
    return {kind: one.amount for kind, one in found.items()}, next(iter(currencies), Expected.currency)
