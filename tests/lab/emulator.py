# SPDX-License-Identifier: Apache-2.0
"""MiniStack, the AWS emulator, on loopback and with its state kept on disk."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from lab import ports, processes
from lab.errors import LabError
from lab.paths import SOURCE, Paths
from lab.state import State

READY_TIMEOUT_S = 60.0


def endpoint(state: State) -> str:
    """Return the emulator's address."""
    return f"http://127.0.0.1:{state.ports['emulator']}"


def environment(paths: Paths, state: State, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the emulator's environment: nothing of the caller's AWS settings reaches it."""
    data = paths.emulator
    inherited = {key: value for key, value in environ.items() if not key.startswith(("AWS_", "LAB_PORT_"))}
    return {
        **inherited,
        "GATEWAY_PORT": str(state.ports["emulator"]),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": state.region,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data / "s3"),
        "TMPDIR": str(data / "tmp"),
        # The cluster's endpoint that EKS tells is the lab's API server.
        "EKS_BASE_PORT": str(state.ports["kube_apiserver"]),
        # With Docker the emulator would start containers: the rehearsal is the same with and without.
        "DOCKER_HOST": f"unix://{data}/no-docker.sock",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "AWS_ACCESS_KEY_ID": state.access_key_id,
        "AWS_SECRET_ACCESS_KEY": state.secret_access_key,
    }


def healthy(state: State) -> bool:
    """Ask the emulator for its health."""
    try:
        with urllib.request.urlopen(f"{endpoint(state)}/_ministack/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def start(paths: Paths, state: State, venv: Path) -> bool:
    """Start the emulator unless it runs; tell whether it was started."""
    if processes.is_ours(state.processes.get("emulator")):
        return False
    ports.require_free("emulator", state.ports["emulator"], os.environ)
    for folder in ("state", "s3", "tmp"):
        (paths.emulator / folder).mkdir(parents=True, exist_ok=True)
    argv = [str(venv / "bin" / "python"), str(SOURCE / "emulator_server.py")]
    log = paths.logs / "emulator.log"
    state.processes["emulator"] = processes.start(argv, log, environment(paths, state, os.environ), paths.emulator)
    return True


def wait(paths: Paths, state: State) -> None:
    """Wait until the emulator answers."""
    process = state.processes["emulator"]
    up = processes.wait_until(lambda: healthy(state) or not processes.is_ours(process), READY_TIMEOUT_S)
    if not up or not healthy(state):
        raise LabError(
            f"The AWS emulator did not answer at {endpoint(state)} within {READY_TIMEOUT_S:.0f} s;"
            f" its log is {paths.logs / 'emulator.log'}: {processes.tail(paths.logs / 'emulator.log')}"
        )
