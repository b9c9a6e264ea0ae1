# SPDX-License-Identifier: Apache-2.0
"""What the commands do: tools, up, down, status, clean."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any

from lab import charts, cluster, emulator, metrics, ports, processes, service_secrets, tools
from lab.errors import LabError
from lab.kube import Kube
from lab.paths import REPOSITORY, SOURCE, Paths
from lab.state import State, locked, new_credentials, write_json, write_text

AGENT_TIMEOUT_S = 120.0
Say = Callable[[str], None]


class Stopwatch:
    """Prints what is being done and how long each step took."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line with the time since the start."""
        print(f"[{time.monotonic() - self._begun:6.1f} s] {text}", flush=True)

    def step(self, text: str) -> None:
        """Print a finished step with its own time."""
        now = time.monotonic()
        self.say(f"{text} ({now - self._last:.1f} s)")
        self._last = now


def prepare(paths: Paths, watch: Stopwatch) -> State:
    """Create the lab's folder, choose ports and make credentials, once."""
    paths.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    paths.dir.chmod(0o700)
    state = State.load(paths.state)
    state.ports = ports.choose(state.ports, ports.overrides(os.environ))
    if not state.access_key_id:
        state.access_key_id, state.secret_access_key = new_credentials()
        state.region = os.environ.get("LAB_REGION", state.region)
    state.save(paths.state)
    return state


def make_tools(paths: Paths, watch: Stopwatch, state: State) -> None:
    """Bring binaries, the emulator, CRDs, charts and Terraform's configuration to where they are used."""
    tools.link(tools.build_tools(paths, watch.say), paths.bin)
    tools.build_emulator(paths, watch.say)
    charts.package(paths, state, watch.say)
    tools.write_terraform_configuration(paths)
    watch.step("tools, emulator, CRDs and charts are there")


def facts(paths: Paths, state: State, terraform_cli_config: str) -> dict[str, Any]:
    """Build lab.json."""
    return {
        "bin": str(paths.bin),
        "kubeconfig": str(paths.kubeconfig),
        "aws_endpoint_url": emulator.endpoint(state),
        "aws_access_key_id": state.access_key_id,
        "aws_secret_access_key": state.secret_access_key,
        "aws_credentials_file": str(paths.dir / "aws_credentials"),
        "aws_region": state.region,
        "charts": str(paths.charts),
        "terraform_cli_config": terraform_cli_config,
        # CRDs that no Go module carries come from the published chart data.
        "published_charts": charts.PUBLISHED.is_dir(),
        "overlay": str(SOURCE / "terraform"),
        "ports": state.ports,
    }


def self_command(paths: Paths, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Build the command line and environment of this program as a background process of this lab."""
    environ = {**os.environ, "PYTHONPATH": str(SOURCE.parent), "LAB_DIR": str(paths.dir), "LAB_CACHE": str(paths.cache)}
    return [sys.executable, "-m", "lab", *arguments], environ


def start_self(paths: Paths, state: State, name: str, *arguments: str) -> bool:
    """Start this program in the background under a name, unless it runs; tell whether it was started."""
    if processes.is_ours(state.processes.get(name)):
        return False
    argv, environ = self_command(paths, *arguments)
    state.processes[name] = processes.start(argv, paths.logs / f"{name}.log", environ, REPOSITORY)
    state.save(paths.state)
    return True


def up(paths: Paths, watch: Stopwatch) -> None:
    """Start what does not run yet, and wait until it is healthy."""
    state = prepare(paths, watch)
    with locked(paths.dir / "up.lock", "Another `lab up` runs; waiting for it …"):
        state = State.load(paths.state)
        make_tools(paths, watch, state)
        venv = tools.build_emulator(paths, lambda _: None)
        if emulator.start(paths, state, venv):
            state.save(paths.state)
        cluster.start(paths, state)
        cluster.wait(paths, state)
        service_secrets.create(Kube(cluster.server(state), paths.cluster / "pki"), service_secrets.names())
        watch.step("Kubernetes control plane is ready")
        if metrics.start(paths, state):
            state.save(paths.state)
        emulator.wait(paths, state)
        watch.step("AWS emulator answers")
        start_self(paths, state, "agent", "agent")
        metrics.wait(paths, state)
        watch.step("metrics-server listens")
        begun = time.time()
        fresh = processes.wait_until(
            lambda: (
                (paths.heartbeat.exists() and paths.heartbeat.stat().st_mtime > begun)
                or not processes.is_ours(state.processes["agent"])
            ),
            AGENT_TIMEOUT_S,
        )
        if not fresh or not processes.is_ours(state.processes["agent"]):
            log = paths.logs / "agent.log"
            raise LabError(f"The lab's agent did not start; its log is {log}: {processes.tail(log)}")
        watch.step("node agent runs")
        # A file, since Ansible shows a play's environment at -vvv.
        keys = {"aws_access_key_id": state.access_key_id, "aws_secret_access_key": state.secret_access_key}
        lines = ["[default]", *(f"{name} = {value}" for name, value in keys.items())]
        write_text(paths.dir / "aws_credentials", "\n".join(lines) + "\n")
        write_json(paths.facts, facts(paths, state, tools.write_terraform_configuration(paths)))
        write_text(paths.dir / ".gitignore", "*\n")
    watch.say(f"The lab is up: {paths.facts}")


def down(paths: Paths, watch: Stopwatch) -> None:
    """End the lab's processes, users of the API first; what they know stays on disk."""
    state = State.load(paths.state)
    ended = sum(processes.stop(state.processes[name]) for name in reversed(list(state.processes)))
    ended += cluster.stop(paths)
    state.processes = {}
    if paths.state.exists():
        state.save(paths.state)
    paths.memory.unlink(missing_ok=True)
    watch.step(f"The lab is down: {ended} processes ended")


def status(paths: Paths) -> tuple[list[str], bool]:
    """Return a line for each part, and whether all of them run."""
    state = State.load(paths.state)
    components = cluster.component_processes(paths)
    parts = {
        "emulator": processes.is_ours(state.processes.get("emulator")) and emulator.healthy(state),
        **{name: name in components for name in cluster.COMPONENTS},
        "metrics-server": processes.is_ours(state.processes.get("metrics-server")),
        "agent": processes.is_ours(state.processes.get("agent")),
    }
    lines = [f"{name:<24} {'runs' if runs else 'down'}" for name, runs in parts.items()]
    if all(parts.values()):
        ready = cluster.get(paths, state, "/readyz") == b"ok"
        lines.append(f"{'API server /readyz':<24} {'ok' if ready else 'not ok'}")
        parts["readyz"] = ready
    return lines, all(parts.values())


def clean(paths: Paths, watch: Stopwatch, cache: bool) -> None:
    """Remove the lab's folder, and the shared cache when asked."""
    if paths.dir.exists() and not (paths.state.exists() or not any(paths.dir.iterdir())):
        raise LabError(f"{paths.dir} (LAB_DIR) holds no lab's state.json: name a lab's folder, or remove it by hand.")
    down(paths, watch)
    for folder in [paths.dir, *([paths.cache] if cache else [])]:
        if folder.exists():
            shutil.rmtree(folder)
            watch.step(f"{folder} is removed")
