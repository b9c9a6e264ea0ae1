# SPDX-License-Identifier: Apache-2.0
"""Follow an asynchronous terraform_apply with one visible line; documented in modules/terraform_wait.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import waiting, workdir
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import TerraformError

ARGUMENTS: dict[str, dict[str, Any]] = {
    "directory": {"type": "path", "required": True},
    "until": {"type": "str", "choices": ["cluster", "finished", "idle"], "default": "finished"},
    "address": {"type": "str", "default": "aws_ssm_parameter.cluster"},
    "job_id": {"type": "str", "default": ""},
    "plan_digest": {"type": "str", "default": ""},
    "timeout": {"type": "int", "default": 3600},
    "interval": {"type": "int", "default": 5},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action of terraform_wait."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Wait on the controller: the files of the apply are there."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        _, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        if self._connection.transport != "local":
            return {
                "failed": True,
                "msg": f"terraform_wait reads the files of the apply on the controller, but the connection of "
                f"{variables.get('inventory_hostname')} is {self._connection.transport}; "
                "set ansible_connection: local in the inventory.",
            }
        if self._task.check_mode:
            return {"changed": False, "skipped": True, "msg": "Nothing is applied in check mode."}
        try:
            return self._wait(arguments, variables)
        except TerraformError as error:
            return {"failed": True, "msg": error.message, **error.details}

    def _wait(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        directory = Path(arguments["directory"])
        if arguments["until"] == "idle" and not (directory / "run" / "job.json").is_file():
            return {"changed": False, "changes": {}, "completed": []}
        layout = workdir.load_layout(directory)
        host = variables.get("inventory_hostname", "")
        request = waiting.WaitRequest(
            until=arguments["until"],
            address=arguments["address"],
            plan_digest=arguments["plan_digest"],
            timeout=arguments["timeout"],
            interval=arguments["interval"],
        )
        progress = waiting.wait(
            request,
            look_again=lambda: waiting.look(layout, request.plan_digest),
            job_result=self._job_result(arguments["job_id"], variables),
            show=lambda line: self._display.display(f"[{host}] {line}"),
            now=lambda: datetime.now(UTC),
            sleep=time.sleep,
        )
        return {"changed": False, "changes": progress.changes, "completed": sorted(progress.completed)}

    def _job_result(self, job_id: str, variables: dict[str, Any]) -> Callable[[], Mapping[str, Any] | None]:
        def ask() -> Mapping[str, Any] | None:
            if not job_id:
                return {}
            directory = self.get_shell_option("async_dir", default="~/.ansible_async")
            found: dict[str, Any] = self._execute_module(
                module_name="ansible.legacy.async_status",
                module_args={"jid": job_id, "mode": "status", "_async_dir": directory},
                task_vars=variables,
            )
            return found if found.get("finished") or found.get("failed") else None

        return ask
