# SPDX-License-Identifier: Apache-2.0
"""Plan and apply one platform: the steps between the pure parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import (
    commands,
    events,
    lock,
    plan,
    recover,
    workdir,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import (
    Completed,
    Json,
    Runner,
    TerraformError,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.workdir import Layout

Clock = Callable[[], datetime]
Alive = Callable[[Mapping[str, Any]], bool]
NO_CHANGES, FAILED, CHANGES = 0, 1, 2
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


@dataclass
class Stack:
    """One platform's Terraform: its layout, and what it is given from outside."""

    layout: Layout
    executable: str
    run: Runner
    clock: Clock
    alive: Alive = lock.alive
    lock_timeout: int = 0
    warnings: list[str] = field(default_factory=list)

    def call(self, argv: list[str], **more: Json) -> Completed:
        """Run one command in the root."""
        return self.run(argv, cwd=self.layout.root, **more)

    def note_holder(self, record: Mapping[str, Any]) -> None:
        """Write down a process that may take the state lock, beside the ones that never came to an end."""
        workdir.write_record(self.layout.holders, {"holders": [*self.holders(), record]})

    def holders(self) -> list[dict[str, Any]]:
        """Return the processes that may have left a lock behind."""
        return list(workdir.read_json(self.layout.holders).get("holders", []))

    def forget_holders(self, pid: int | None = None) -> None:
        """Forget one of them (it did not get the lock), or all (somebody after them got it, so none holds it)."""
        left = [record for record in self.holders() if pid is not None and record.get("pid") != pid]
        workdir.write_record(self.layout.holders, {"holders": left})


@dataclass(frozen=True)
class PlanRequest:
    """What terraform_plan was asked for."""

    backend: Mapping[str, Any]
    variables_file: Path | None
    destroy: bool
    check: bool


@dataclass(frozen=True)
class PlanResult:
    """What a plan would do."""

    changed: bool
    summary: list[dict[str, str]]
    outputs: list[str]
    difference: dict[str, str]
    digest: str
    exists: bool
    recovered: list[str]
    not_recovered: list[str]
    protected: list[str]


class NoStateBucketError(TerraformError):
    """The bucket of the state does not exist (yet)."""


def make_plan(stack: Stack, request: PlanRequest) -> PlanResult:
    """Plan, and save the plan; a check run against an empty account plans with an empty local state."""
    job = workdir.read_json(stack.layout.job)
    if stack.alive(job) and not request.check:
        raise TerraformError(
            f"Terraform is still applying an earlier plan of this platform (pid {job['pid']}, since {job['started']}); "
            "wait for it with terraform_wait (until: idle) and plan again."
        )
    try:
        initialise(stack, request.backend)
    except NoStateBucketError:
        if request.destroy:
            return PlanResult(False, [], [], plan.difference({}), "", False, [], [], [])
        if not request.check:
            raise
        return _plan_without_state(stack, request)
    recovery = _find_recovery(stack, job)
    result, left = _plan_and_recover(stack, request, recovery)
    if not request.check:
        workdir.write_record(stack.layout.recovered, left.imports)
        if job and not left.imports and not stack.alive(job):
            workdir.write_record(stack.layout.job, job | {"settled": True})
    return result


def initialise(stack: Stack, backend: Mapping[str, Any]) -> None:
    """Run `terraform init` when something that it depends on changed."""
    layout = stack.layout
    content = json.dumps(dict(backend), indent=1, sort_keys=True).encode()
    workdir.write_private(layout.backend, content)
    digest = workdir.init_digest(layout, backend)
    seen = layout.initialised
    if seen.is_file() and seen.read_text(encoding="utf-8") == digest and (layout.root / ".terraform").is_dir():
        return
    done = stack.call(commands.init_argv(stack.executable, layout.backend if backend else None))
    if done.rc != 0:
        sentence = commands.explain(done, f"prepare {layout.root}")
        if "NoSuchBucket" in sentence or ("S3 bucket" in sentence and "does not exist" in sentence):
            raise NoStateBucketError(
                f"The state bucket {backend.get('bucket')} (terraform_stack_backend.bucket) does not exist; "
                "create it, or let terraform_stack_backend_create make it."
            )
        raise TerraformError(sentence)
    workdir.write_private(seen, workdir.init_digest(layout, backend).encode())


def _plan_without_state(stack: Stack, request: PlanRequest) -> PlanResult:
    layout = stack.layout
    layout.check_backend.write_text(LOCAL_BACKEND, encoding="utf-8")
    try:
        done = stack.call(commands.init_argv(stack.executable, None))
        if done.rc != 0:
            raise TerraformError(commands.explain(done, f"prepare {layout.root}"))
        result, _ = _plan_and_recover(stack, request, recover.Recovery())
    finally:
        layout.check_backend.unlink(missing_ok=True)
        layout.initialised.unlink(missing_ok=True)
        (layout.root / ".terraform" / "terraform.tfstate").unlink(missing_ok=True)
    return PlanResult(**{**result.__dict__, "exists": False})


def _find_recovery(stack: Stack, job: Mapping[str, Any]) -> recover.Recovery:
    layout = stack.layout
    if not recover.needed(job, is_alive=stack.alive(job)) or not layout.events.is_file():
        return recover.Recovery()
    listed = stack.call(commands.state_list_argv(stack.executable))
    if listed.rc != 0 and "No state file was found" not in listed.stderr:
        raise TerraformError(commands.explain(listed, "list the state after an interrupted apply"))
    shown = stack.call(commands.show_argv(stack.executable, layout.applied_plan))
    if shown.rc != 0:
        stack.warnings.append(commands.explain(shown, "read the plan of the interrupted apply; nothing is adopted"))
        return recover.Recovery()
    progress = events.read(layout.events.read_text(encoding="utf-8", errors="replace"))
    return recover.find(progress, json.loads(shown.stdout), listed.stdout.split("\n"), job.get("recovered", {}))


def _plan_and_recover(
    stack: Stack, request: PlanRequest, recovery: recover.Recovery
) -> tuple[PlanResult, recover.Recovery]:
    imports = stack.layout.imports
    try:
        while True:
            imports.unlink(missing_ok=True)
            if recovery.imports:
                imports.write_text(recover.import_blocks(recovery.imports), encoding="utf-8")
            done = _plan_once(stack, request)
            if done.rc == NO_CHANGES and not recovery.imports:
                return _no_changes(stack, request, recovery), recovery
            if done.rc in (NO_CHANGES, CHANGES):
                break
            dropped = recover.to_drop(commands.diagnostics(done.stdout), recovery) or set(recovery.guesses)
            if not dropped:
                raise TerraformError(commands.explain(done, f"plan {stack.layout.root}"))
            recovery = recovery.without(dropped)
    finally:
        imports.unlink(missing_ok=True)
    return _read_plan(stack, request, recovery), recovery


def _plan_once(stack: Stack, request: PlanRequest) -> Completed:
    layout = stack.layout
    out = layout.check_plan if request.check else layout.plan
    argv = commands.plan_argv(
        stack.executable,
        out=out,
        variables=request.variables_file,
        destroy=request.destroy,
        lock=not request.check,
        lock_timeout=stack.lock_timeout,
    )
    done, pid = _with_lock(stack, argv, "plan", locks=not request.check)
    held = lock.parse_lock(commands.diagnostics(done.stdout)) if done.rc == FAILED else None
    if held is not None:
        stack.forget_holders(pid)
        _release(stack, held)
        done, _ = _with_lock(stack, argv, "plan", locks=True)
    if not request.check and lock.parse_lock(commands.diagnostics(done.stdout)) is None:
        stack.forget_holders()
    if out.exists():
        out.chmod(0o600)
    return done


def _with_lock(stack: Stack, argv: list[str], operation: str, *, locks: bool) -> tuple[Completed, int]:
    started: list[int] = []

    def on_start(pid: int) -> None:
        started.append(pid)
        if locks:
            stack.note_holder(lock.process_record(pid, operation, stack.clock()))

    done = stack.call(argv, on_start=on_start)
    return done, started[0] if started else 0


def _release(stack: Stack, held: lock.LockInfo) -> None:
    """Remove a lock that a dead process of ours left; refuse any other."""
    record = next((r for r in stack.holders() if lock.stale(held, r, is_alive=stack.alive(r), me=lock.whoami())), None)
    if record is None:
        raise TerraformError(lock.held_sentence(held, stack.layout.root))
    done = stack.call(commands.force_unlock_argv(stack.executable, held.id))
    if done.rc != 0:
        raise TerraformError(commands.explain(done, f"release the lock {held.id} of a run that is dead"))
    stack.warnings.append(f"Released the state lock of an interrupted {held.operation} (pid {record['pid']} is dead).")


def _no_changes(stack: Stack, request: PlanRequest, recovery: recover.Recovery) -> PlanResult:
    # Terraform said so; reading the plan would load every provider's schema to learn the same.
    out = stack.layout.check_plan if request.check else stack.layout.plan
    digest = "" if request.check else plan.content_digest(out.read_bytes())
    if request.check:
        out.unlink()
    return PlanResult(False, [], [], plan.difference({}), digest, True, [], list(recovery.unknown), [])


def _read_plan(stack: Stack, request: PlanRequest, recovery: recover.Recovery) -> PlanResult:
    out = stack.layout.check_plan if request.check else stack.layout.plan
    shown = stack.call(commands.show_argv(stack.executable, out))
    if shown.rc != 0:
        raise TerraformError(commands.explain(shown, f"read the plan {out}"))
    content = json.loads(shown.stdout)
    digest = plan.content_digest(out.read_bytes())
    workdir.write_record(stack.layout.plan_json, plan.shareable(content))
    if request.check:
        out.unlink()
    return PlanResult(
        changed=plan.has_changes(content),
        summary=plan.summarise(content),
        outputs=plan.changed_outputs(content),
        difference=plan.difference(content),
        digest="" if request.check else digest,
        exists=True,
        recovered=sorted(recovery.imports),
        not_recovered=list(recovery.unknown),
        protected=plan.protected(content),
    )


@dataclass(frozen=True)
class ApplyResult:
    """What an apply did."""

    changes: dict[str, int]
    addresses: list[str]


def verify_plan(layout: Layout, digest: str) -> bytes:
    """Return the saved plan, or refuse it: only what was planned, shown and approved may be applied."""
    try:
        content = layout.plan.read_bytes()
    except FileNotFoundError as error:
        raise TerraformError(f"There is no saved plan {layout.plan}; run terraform_plan first.") from error
    found = plan.content_digest(content)
    if found != digest:
        raise TerraformError(
            f"The saved plan {layout.plan} is not the one that was asked for: its SHA-256 is {found}, `plan_digest` is "
            f"{digest}; plan again and give terraform_apply the digest which that run returns."
        )
    return content


def apply_plan(stack: Stack, digest: str, timeout: float) -> ApplyResult:
    """Apply exactly the saved plan; the event log and the job record let others follow."""
    layout = stack.layout
    content = verify_plan(layout, digest)
    job = workdir.read_json(layout.job)
    if stack.alive(job):
        raise TerraformError(
            f"Terraform is still applying an earlier plan of this platform (pid {job['pid']}, since {job['started']}); "
            "wait for it with terraform_wait (until: idle) and plan again."
        )
    # A private copy: nobody can exchange the file between the check and Terraform's reading it.
    workdir.write_private(layout.applied_plan, content)
    recovered = workdir.read_json(layout.recovered)
    more = {"plan_digest": digest, "recovered": recovered}

    def on_start(pid: int) -> None:
        record = lock.process_record(pid, "apply", stack.clock())
        stack.note_holder(record)
        workdir.write_record(layout.job, record | more)

    layout.events.unlink(missing_ok=True)
    argv = commands.apply_argv(stack.executable, layout.applied_plan, lock_timeout=stack.lock_timeout)
    done = stack.call(argv, stdout_file=layout.events, on_start=on_start, timeout=timeout)
    workdir.write_record(layout.job, workdir.read_json(layout.job) | {"rc": done.rc})
    if done.rc == 0:
        stack.forget_holders()
    return _read_apply(stack, done)


def _read_apply(stack: Stack, done: Completed) -> ApplyResult:
    text = stack.layout.events.read_text(encoding="utf-8", errors="replace")
    progress = events.read(text)
    if done.rc < 0:
        raise TerraformError(
            f"Terraform was stopped by signal {-done.rc} after {progress.done} of {progress.total} steps; "
            "run again: what it had created is found and adopted."
        )
    if done.rc != 0:
        raise TerraformError(
            commands.explain(Completed(done.rc, text, done.stderr), f"apply the plan of {stack.layout.root}"),
            failed_addresses=sorted(progress.failed),
        )
    return ApplyResult(changes=progress.changes, addresses=sorted(progress.completed))


def read_outputs(stack: Stack) -> tuple[dict[str, Any], list[str]]:
    """Return the outputs that are no secret, and the names of the ones that are."""
    done = stack.call(commands.output_argv(stack.executable))
    if done.rc != 0:
        raise TerraformError(commands.explain(done, f"read the outputs of {stack.layout.root}"))
    found = json.loads(done.stdout)
    public = {name: item["value"] for name, item in sorted(found.items()) if not item.get("sensitive")}
    return public, sorted(name for name, item in found.items() if item.get("sensitive"))
