# SPDX-License-Identifier: Apache-2.0
"""Callback: where the time of a run went, by phase."""

# ansible.posix has profile_tasks (a row per task, after every task), profile_roles (a row per role: our phases share
# roles) and timer (the total alone). A phase here is a play of site.yml, and its row must also say what failed in it:
# none of the three can be configured to that.

from __future__ import annotations

DOCUMENTATION = r"""
name: phase_times
type: aggregate
short_description: A table of the time each play took, at the end of a run
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Prints one row per play, a phase of the platform, with its share of the run, and the total.
  - A run of a single play that took less than O(minimum_seconds) prints nothing, so that ad-hoc commands stay quiet.
requirements:
  - enable it with C(callbacks_enabled = applied_ai.platform.phase_times) in ansible.cfg
options:
  minimum_seconds:
    description: Runs of a single play that are shorter than this print nothing.
    type: float
    default: 10
    ini:
      - section: callback_phase_times
        key: minimum_seconds
    env:
      - name: PHASE_TIMES_MINIMUM_SECONDS
"""

EXAMPLES = r"""
example: |
  [defaults]
  callbacks_enabled = applied_ai.platform.phase_times
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.plugins.callback import CallbackBase

MINUTE = 60


@dataclass
class Phase:
    """One play: its name and when it began and ended."""

    name: str
    begin: float
    end: float = 0.0
    failed: bool = False

    @property
    def seconds(self) -> float:
        """Return how long it took."""
        return max(0.0, self.end - self.begin)


def table(phases: Sequence[Phase]) -> list[str]:
    """Return the lines of the table."""
    total = sum(phase.seconds for phase in phases)
    width = max([len("total"), *(len(phase.name) for phase in phases)])
    lines = [
        f"{phase.name:<{width}}  {clock(phase.seconds):>8}  {share(phase.seconds, total):>4}"
        + ("  failed" if phase.failed else "")
        for phase in phases
    ]
    return [*lines, f"{'total':<{width}}  {clock(total):>8}"]


def clock(seconds: float) -> str:
    """Return a duration as people read it: 8.4s, 3m 05s, 1h 02m."""
    if round(seconds, 1) < MINUTE:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), MINUTE)
    if minutes < MINUTE:
        return f"{minutes}m {rest:02d}s"
    return f"{minutes // MINUTE}h {minutes % MINUTE:02d}m"


def share(seconds: float, total: float) -> str:
    """Return a part of a whole in percent."""
    return f"{100 * seconds / total:.0f}%" if total else "-"


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Take the time at the start of each play and at the end of the run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "applied_ai.platform.phase_times"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Ansible's own signature
        super().__init__(*args, **kwargs)
        self.phases: list[Phase] = []
        self.now: Callable[[], float] = time.monotonic

    def v2_playbook_on_play_start(self, play: Any) -> None:  # noqa: ANN401, D102
        self._close()
        self.phases.append(Phase(play.get_name().strip() or "unnamed play", self.now()))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: ANN401, D102
        if self.phases and not ignore_errors:
            self.phases[-1].failed = True

    def v2_runner_on_unreachable(self, result: Any) -> None:  # noqa: ANN401, D102
        if self.phases:
            self.phases[-1].failed = True

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ANN401, D102
        self._close()
        if not self.phases or (len(self.phases) == 1 and self.phases[0].seconds < self.get_option("minimum_seconds")):
            return
        self._display.banner("PHASE TIMES")
        for line in table(self.phases):
            self._display.display(line)

    def _close(self) -> None:
        if self.phases and not self.phases[-1].end:
            self.phases[-1].end = self.now()
