# SPDX-License-Identifier: Apache-2.0
"""Terraform's command lines, and the one place that starts a process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError

INTERRUPT_GRACE_SECONDS = 120

# A value out of parsed JSON.
type Json = Any


class TerraformError(PlatformError):
    """Terraform could not do what was asked; the message says what, where and what would be right."""


@dataclass(frozen=True)
class Completed:
    """What a finished process left behind."""

    rc: int
    stdout: str
    stderr: str


class Runner(Protocol):
    """Starts a process, waits for it and returns what it left; tests pass their own."""

    def __call__(
        self,
        argv: list[str],
        *,
        cwd: Path,
        stdout_file: Path | None = None,
        on_start: Callable[[int], None] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run `argv` in `cwd`."""
        ...


def environment(current: Mapping[str, str]) -> dict[str, str]:
    """Return the environment Terraform runs in: the caller's, without what would change its output or arguments."""
    dropped = {"TF_CLI_ARGS", "TF_DATA_DIR", "TF_WORKSPACE"}
    kept = {key: value for key, value in current.items() if key not in dropped and not key.startswith("TF_CLI_ARGS_")}
    return kept | {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}


def run_process(
    argv: list[str],
    *,
    cwd: Path,
    stdout_file: Path | None = None,
    on_start: Callable[[int], None] | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run a process in a session of its own, so that it outlives an Ansible that is killed.

    Past `timeout` it is asked to stop (SIGINT: Terraform then saves its state); it is never killed.
    """
    with contextlib.ExitStack() as stack:
        stdout: Any = subprocess.PIPE
        if stdout_file is not None:
            descriptor = os.open(stdout_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            stdout = stack.enter_context(os.fdopen(descriptor, "w"))
        try:
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise TerraformError(
                f"The program {argv[0]} was not found on PATH; install it, or name its full path in `executable`."
            ) from error
        if on_start:
            on_start(process.pid)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            try:
                out, err = process.communicate(timeout=INTERRUPT_GRACE_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise TerraformError(
                    f"Terraform did not finish within {timeout:.0f} s and is still stopping (pid {process.pid}); "
                    "run again: the next run waits for it."
                ) from error
    return Completed(process.returncode, out or "", err or "")


def init_argv(executable: str, backend_file: Path | None) -> list[str]:
    """Return the argv that prepares the working directory; without a backend file the configuration's own counts."""
    backend = [f"-backend-config={backend_file}"] if backend_file else []
    return [executable, "init", "-json", "-input=false", "-reconfigure", *backend]


def plan_argv(
    executable: str,
    *,
    out: Path,
    variables: Path | None,
    destroy: bool,
    lock: bool,
    lock_timeout: int,
) -> list[str]:
    """Return the argv that saves a plan to `out`."""
    argv = [executable, "plan", "-json", "-input=false", "-detailed-exitcode", f"-out={out}"]
    argv += [f"-lock-timeout={lock_timeout}s"] if lock else ["-lock=false"]
    argv += [f"-var-file={variables}"] if variables else []
    return [*argv, "-destroy"] if destroy else argv


def show_argv(executable: str, plan: Path) -> list[str]:
    """Return the argv that prints a saved plan as JSON."""
    return [executable, "show", "-json", str(plan)]


def apply_argv(executable: str, plan: Path, *, lock_timeout: int) -> list[str]:
    """Return the argv that applies a saved plan and reports each step as one JSON line."""
    return [executable, "apply", "-json", "-input=false", f"-lock-timeout={lock_timeout}s", str(plan)]


def output_argv(executable: str) -> list[str]:
    """Return the argv that prints the outputs as JSON."""
    return [executable, "output", "-json"]


def state_list_argv(executable: str) -> list[str]:
    """Return the argv that lists the addresses in the state."""
    return [executable, "state", "list"]


def force_unlock_argv(executable: str, lock_id: str) -> list[str]:
    """Return the argv that releases a lock nobody holds any more."""
    return [executable, "force-unlock", "-force", lock_id]


@dataclass(frozen=True)
class Diagnostic:
    """One of Terraform's errors or warnings."""

    severity: str
    summary: str
    detail: str
    address: str
    place: str

    def sentence(self) -> str:
        """Return it in one line."""
        subject = f"{self.address}: " if self.address and self.address not in self.summary else ""
        text = f"{subject}{self.summary}"
        if self.detail:
            text = f"{text.rstrip('.')}: {self.detail}"
        place = f" ({self.place})" if self.place else ""
        return " ".join(text.split()) + place


def parse_diagnostic(event: Mapping[str, Any]) -> Diagnostic | None:
    """Return the diagnostic of one JSON line, if it is one."""
    found = event.get("diagnostic")
    if event.get("type") != "diagnostic" or not isinstance(found, dict):
        return None
    span = found.get("range") or {}
    start = span.get("start") or {}
    place = f"{span['filename']}:{start.get('line', '?')}" if span.get("filename") else ""
    return Diagnostic(
        severity=str(found.get("severity", "error")),
        summary=str(found.get("summary", "")),
        detail=str(found.get("detail", "")),
        address=str(found.get("address", "") or ""),
        place=place,
    )


def json_lines(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a stream, one a line; other lines and a half-written last one are left out."""
    events = []
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def diagnostics(text: str, severity: str = "error") -> list[Diagnostic]:
    """Return the diagnostics of a JSON stream."""
    found = [parse_diagnostic(event) for event in json_lines(text)]
    return [item for item in found if item is not None and item.severity == severity]


def explain(done: Completed, verb: str) -> str:
    """Return one line that says why a command failed, in Terraform's own words."""
    sentences = list(dict.fromkeys(item.sentence() for item in diagnostics(done.stdout)))
    if not sentences:
        # A log of events explains nothing.
        words = " ".join((done.stderr or ("" if json_lines(done.stdout) else done.stdout)).split())
        sentences = [words or f"it ended with exit status {done.rc} and said nothing"]
    more = f" (and {len(sentences) - 1} more like it)" if len(sentences) > 1 else ""
    return f"Terraform could not {verb}: {sentences[0]}{more}"
