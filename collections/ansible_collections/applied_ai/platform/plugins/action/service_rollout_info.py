# SPDX-License-Identifier: Apache-2.0
"""Wait in slices, so that the operator sees which service is still missing: a module cannot speak while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

Json = dict[str, Any]

MODULE: Final = "applied_ai.platform.service_rollout_info"
MAX_NAMED: Final = 4


def progress_line(outcome: Json) -> str:
    """Say how far the wait is and what it waits for."""
    waiting = [f"{one['name']} ({one['reason']})" for one in outcome["services"] if one["state"] == "waiting"]
    more = f" and {len(waiting) - MAX_NAMED} more" if len(waiting) > MAX_NAMED else ""
    total = len(outcome["services"])
    ready = sum(one["state"] == "ready" for one in outcome["services"])
    named = ", ".join(waiting[:MAX_NAMED])
    return f"{ready} of {total} services ready after {outcome['waited_s']:.0f} s; waiting for {named}{more}"


def wait_in_slices(look: Callable[[Json], Json], progress: float, say: Callable[[str], None]) -> Json:
    """Call ``look`` for ``progress`` seconds at a time until it fails or no service is waiting."""
    more: Json = {}
    while True:
        outcome = look({"at_most": progress, **more})
        if outcome.get("failed") or all(one["state"] != "waiting" for one in outcome["services"]):
            return outcome
        say(progress_line(outcome))
        more = {"before": outcome["services"], "waited": outcome["waited_s"]}


def verdict(outcome: Json) -> str:
    """Return the error's sentences for services that failed, or nothing."""
    if not outcome["findings"]:
        return ""
    sentences = " ".join(f"{finding[0].upper()}{finding[1:].rstrip('.')}." for finding in outcome["findings"])
    return f"Not every service runs after {outcome['waited_s']} s. {sentences}"


class ActionModule(ActionBase):  # type: ignore[misc]
    """Run the module of the same name again and again."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return how each service stands; fail with what failed and why."""
        result: Json = super().run(tmp, task_vars)
        arguments = dict(self._task.args)

        def look(more: Json) -> Json:
            outcome: Json = self._execute_module(MODULE, {**arguments, **more}, task_vars=task_vars)
            return outcome

        outcome = wait_in_slices(look, float(arguments.get("progress", 15)), Display().display)
        result.update({**outcome, "changed": False})
        if outcome.get("failed"):
            return result
        allowed = boolean(arguments.get("allow_failures", False))
        if not allowed and (message := verdict(outcome)):
            raise AnsibleActionFail(message, result={key: outcome[key] for key in ("services", "findings", "waited_s")})
        return result
