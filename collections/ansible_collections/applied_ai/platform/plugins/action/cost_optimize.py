# SPDX-License-Identifier: Apache-2.0
"""Act on approved findings and record it; what each act does is in module_utils/cost/optimize/act.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.approvals import Approval
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import cents, decimal_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import act
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.aws_client import Failures, clients_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.aws_facts import Clients

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "findings": {"type": "list", "elements": "dict", "required": True},
    "approvals_file": {"type": "path", "required": True},
    "record_file": {"type": "path", "required": True},
    "region": {"type": "str", "required": True},
    "endpoint_url": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Act on the controller, which has the approvals and the record."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return what was done, or fail with one sentence after all acts were tried."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        environment: Json = {}
        self._compute_environment_string(environment)
        try:
            clients, failures = clients_of(params["region"], params["endpoint_url"], environment)
            run = Run(clients, failures, lambda: datetime.now(UTC), bool(self._task.check_mode))
            return optimized(params, run)
        except CostError as error:
            raise AnsibleActionFail(str(error)) from None


@dataclass(frozen=True)
class Run:
    """Clients, the errors of theirs that are told, the clock, and whether nothing may be changed."""

    clients: Clients
    failures: Failures
    now: Callable[[], datetime]
    check: bool


def optimized(params: Json, run: Run) -> Json:
    """Act on what is approved; return what the module returns.

    Raises:
        CostError: The approvals cannot be read; or acts failed, which is told once all were tried.

    """
    choice = act.choose(params["findings"], approvals(Path(params["approvals_file"])), run.now().date())
    results = [one_of(finding, approval, params, run) for finding, approval in choice.chosen]
    failed = [one for one in results if one["failed"]]
    done = [one for one in results if one["changed"]]
    told: Json = {
        "changed": bool(done),
        "results": results,
        "refused": [{"id": identity, "reason": reason} for identity, reason in choice.refused],
        "settled": list(choice.settled),
        "monthly_saving": cents(sum((decimal_of(one["monthly_saving"], one["id"]) for one in done), Decimal(0))),
        "currency": "USD",
        "diff": [{"prepared": "".join(f"{one['did']}\n" for one in done)}],
    }
    if failed:
        reasons = " ".join(f"{one['id']}: {one['did']}" for one in failed)
        raise CostError(f"{len(failed)} of {len(results)} approved findings could not be acted on. {reasons}")
    return told


def one_of(finding: Mapping[str, Any], approval: Approval, params: Json, run: Run) -> Json:
    """Act on one finding; what was changed is recorded before the next begins."""
    failures: Failures = (CostError, *run.failures)
    try:
        done = act.act(finding["action"], run.clients, check=run.check)
    except failures as error:
        return {**_told(finding, act.Done(False, " ".join(str(error).split()))), "failed": True}
    if done.changed and not run.check:
        entry = {
            "at": run.now().isoformat(timespec="seconds"),
            "region": params["region"],
            **_told(finding, done),
            "approved_by": approval.approved_by,
            "reason": approval.reason,
        }
        append(Path(params["record_file"]), entry)
    return {**_told(finding, done), "failed": False}


def _told(finding: Mapping[str, Any], done: act.Done) -> Json:
    return {
        "id": finding["id"],
        "changed": done.changed,
        "did": done.did,
        "undo": done.undo,
        "monthly_saving": finding["monthly_saving"],
        "owner": finding["owner"],
    }


def append(path: Path, entry: Json) -> None:
    """Add a line to the record.

    Raises:
        CostError: It cannot be written.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, sort_keys=True) + "\n")
    except OSError as error:
        raise CostError(
            f"{entry['did']} was done, and the record {path} (record_file) cannot be written: {error.strerror}."
        ) from error


def approvals(path: Path) -> tuple[Approval, ...]:
    """Return the approvals of a file that need not be there."""
    if not path.exists():
        return ()
    try:
        return act.approvals(yaml.safe_load(path.read_text(encoding="utf-8")), str(path))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CostError(
            f"The approvals in {path} cannot be read: {' '.join(str(error).split())}. Write a list in YAML."
        ) from error
