# SPDX-License-Identifier: Apache-2.0
"""Wait in slices, so that the operator sees what is still missing: a module cannot speak while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

Json = dict[str, Any]

MODULE: Final = "applied_ai.platform.workloads_wait"
MAX_NAMED: Final = 4


def progress_line(outcome: Json, elapsed: float, timeout: int) -> str:
    """Say how far the wait is and what it waits for."""
    pending = [f"{one['kind']} {one['name']} ({one['reason'].partition(' (')[0]})" for one in outcome["pending"]]
    more = f" and {len(pending) - MAX_NAMED} more" if len(pending) > MAX_NAMED else ""
    total, named = outcome["total"], ", ".join(pending[:MAX_NAMED])
    ready = f"{total - len(pending)} of {total} workloads ready"
    return f"{ready} after {elapsed:.0f} s of {timeout} s; waiting for {named}{more}"


def wait_in_slices(
    look: Callable[[int], Json], timeout: int, progress: int, clock: Callable[[], float], say: Callable[[str], None]
) -> Json:
    """Call ``look`` for at most ``progress`` seconds at a time until nothing is pending or ``timeout`` is over."""
    start = clock()
    while True:
        left = timeout - (clock() - start)
        outcome = look(max(0, min(progress, round(left))))
        elapsed = clock() - start
        if outcome.get("failed") or not outcome["pending"] or outcome["hopeless"] or elapsed >= timeout:
            return {**outcome, "seconds": round(elapsed, 1)}
        say(progress_line(outcome, elapsed, timeout))


def verdict(outcome: Json) -> str:
    """Return the error's sentence for what is not ready, or nothing."""
    if not outcome["pending"]:
        return ""
    count = f"{len(outcome['pending'])} of {outcome['total']} workloads are not ready after {outcome['seconds']} s"
    return f"{count}: " + " | ".join(outcome["causes"])


class ActionModule(ActionBase):  # type: ignore[misc]
    """Run the module of the same name again and again."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return how the wait ended; fail with what is not ready and why."""
        result: Json = super().run(tmp, task_vars)
        result["changed"] = False
        if self._task.check_mode:
            return {**result, "total": 0, "pending": [], "seconds": 0.0}
        arguments = dict(self._task.args)
        timeout = int(arguments.pop("timeout", 600))
        progress = int(arguments.pop("progress", 15))

        def look(seconds: int) -> Json:
            outcome: Json = self._execute_module(MODULE, {**arguments, "timeout": seconds}, task_vars=task_vars)
            return outcome

        outcome = wait_in_slices(look, timeout, progress, time.monotonic, Display().display)
        if outcome.get("failed"):
            return {**result, **outcome}
        message = verdict(outcome)
        result.update({key: outcome[key] for key in ("total", "pending", "seconds")})
        if message:
            raise AnsibleActionFail(message, result={key: result[key] for key in ("total", "pending", "seconds")})
        return result
