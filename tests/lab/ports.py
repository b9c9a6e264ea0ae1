# SPDX-License-Identifier: Apache-2.0
"""Ports: chosen once, kept, overridable, and explained when they are taken."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Mapping

from lab.errors import LabError

NAMES = (
    "emulator",
    "kube_apiserver",
    "etcd",
    "etcd_peer",
    "kube_controller_manager",
    "kube_scheduler",
    "kwok",
    "metrics_server",
    "fault_kubernetes",
    "fault_aws",
)
LOWEST, HIGHEST = 20000, 32000  # below the kernel's usual range for outgoing connections
LARGEST_PORT = 65535


def is_free(port: int) -> bool:
    """Tell whether nobody listens on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # A port in TIME_WAIT is free for a server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def variable(name: str) -> str:
    """Name the environment variable that sets a port."""
    return f"LAB_PORT_{name.upper()}"


def overrides(environ: Mapping[str, str]) -> dict[str, int]:
    """Read LAB_PORT_*; a misspelt or impossible one is refused."""
    wanted: dict[str, int] = {}
    known = {variable(name): name for name in NAMES}
    for key, value in environ.items():
        if not key.startswith("LAB_PORT_"):
            continue
        if key not in known:
            raise LabError(f"{key} in the environment names no port of the lab: use one of {', '.join(known)}.")
        if not value.isdigit() or not 1 <= int(value) <= LARGEST_PORT:
            raise LabError(f"{key}={value!r} in the environment is not a port: use a number from 1 to {LARGEST_PORT}.")
        if int(value) in wanted.values():
            raise LabError(f"{key}={value} in the environment is set for another port of the lab too: use another.")
        wanted[known[key]] = int(value)
    return wanted


def choose(
    recorded: Mapping[str, int],
    wanted: Mapping[str, int],
    free: Callable[[int], bool] = is_free,
    rng: random.Random | None = None,
) -> dict[str, int]:
    """Keep what was chosen before, take what is wanted, find free ones for the rest."""
    for name, port in wanted.items():
        if recorded.get(name, port) != port:
            raise LabError(
                f"{variable(name)}={port} differs from port {recorded[name]} that this lab was made with:"
                " unset it, or run `lab clean` first."
            )
    chosen = {**recorded, **wanted}
    rng = rng or random.SystemRandom()
    while missing := [name for name in NAMES if name not in chosen]:
        port = rng.randrange(LOWEST, HIGHEST)
        if port not in chosen.values() and free(port):
            chosen[missing[0]] = port
    return chosen


def require_free(name: str, port: int, environ: Mapping[str, str], free: Callable[[int], bool] = is_free) -> None:
    """Stop with one sentence when somebody else has the port."""
    if free(port):
        return
    by = f"by {variable(name)}" if variable(name) in environ else "when this lab was first started"
    raise LabError(
        f"Port {port} of {name}, set {by}, is in use by another program:"
        f" end that program, or run `lab clean` and set {variable(name)} to a free port."
    )
