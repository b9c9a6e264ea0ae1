# SPDX-License-Identifier: Apache-2.0
"""Follow an apply that runs by itself, until a resource is there or Terraform is finished."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import commands, events, lock, workdir
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import Completed, TerraformError
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.events import Progress
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.workdir import Layout

POLL_SECONDS = 1.0
# How long a job may need from its start to the start of Terraform itself.
START_SECONDS = 60.0

# The result of the asynchronous module: None while it runs, {} when there is none to ask.
JobResult = Callable[[], Mapping[str, Any] | None]


@dataclass(frozen=True)
class WaitRequest:
    """What to wait for."""

    until: str
    address: str
    plan_digest: str
    timeout: float
    interval: float


@dataclass(frozen=True)
class Look:
    """One look at the files of an apply."""

    job: Mapping[str, Any]
    alive: bool
    progress: Progress
    log: str


def look(layout: Layout, plan_digest: str, alive: Callable[[Mapping[str, Any]], bool] = lock.alive) -> Look:
    """Read the record and the log of the apply of `plan_digest` ("": of whichever was the last)."""
    job = workdir.read_json(layout.job)
    if plan_digest and job.get("plan_digest") != plan_digest:
        return Look({}, alive=False, progress=Progress(), log="")
    # Asked before the log is read: what a process wrote before its end is then in it.
    running = alive(job)
    try:
        log = layout.events.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        log = ""
    return Look(job, running, events.read(log), log)


def wait(
    request: WaitRequest,
    *,
    look_again: Callable[[], Look],
    job_result: JobResult,
    show: Callable[[str], None],
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> Progress:
    """Return when what was asked for is there; raise with Terraform's own words when it cannot come any more."""
    began = now()
    shown_at: datetime | None = None
    while True:
        seen = look_again()
        if _reached(request, seen):
            if shown_at is not None:
                show(events.render(seen.progress, now()))
            return seen.progress
        waited = (now() - began).total_seconds()
        if not seen.alive:
            _check_end(request, seen, job_result, waited)
        if waited >= request.timeout:
            raise TerraformError(
                f"Terraform did not reach `{request.until}` within {request.timeout:.0f} s "
                f"({events.render(seen.progress, now())}); it goes on by itself: run again to follow it, "
                "or allow more time with terraform_stack_timeout."
            )
        if shown_at is None or (now() - shown_at).total_seconds() >= request.interval:
            shown_at = now()
            show(events.render(seen.progress, shown_at))
        sleep(POLL_SECONDS)


def _reached(request: WaitRequest, seen: Look) -> bool:
    if request.until == "cluster":
        return request.address in seen.progress.completed
    if request.until == "idle":
        return not seen.alive
    return seen.progress.finished and not seen.alive


def _check_end(request: WaitRequest, seen: Look, job_result: JobResult, waited: float) -> None:
    """Raise when an apply that does not run any more did not bring what was asked for."""
    result = job_result()
    if result and result.get("failed"):
        raise TerraformError(str(result.get("msg") or "The apply failed and did not say why."))
    # The module has work before Terraform starts, and a few words after it ended.
    if result is None and waited < START_SECONDS:
        return
    if not seen.job:
        raise TerraformError(
            f"The apply did not start within {START_SECONDS:.0f} s; run again, and look at the load of this machine."
        )
    if seen.progress.finished:
        raise TerraformError(
            f"Terraform finished without touching {request.address}, which tells that the cluster is ready; "
            "the Terraform root must hold this resource (terraform_stack_ready_address)."
        )
    if seen.progress.errors:
        raise TerraformError(commands.explain(Completed(1, seen.log, ""), "apply the plan"))
    raise TerraformError(
        f"Terraform was stopped before it was finished ({events.render(seen.progress, _last(seen))}); "
        "run again: what it had created is found and adopted."
    )


def _last(seen: Look) -> datetime:
    times = list(seen.progress.running.values())
    return max(times) if times else datetime.fromisoformat(str(seen.job.get("started", "1970-01-01T00:00:00+00:00")))
