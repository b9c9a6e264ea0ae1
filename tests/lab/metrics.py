# SPDX-License-Identifier: Apache-2.0
"""metrics-server as a process beside the control plane; its chart alone makes its API appear."""

from __future__ import annotations

import os

from lab import ports, processes
from lab.errors import LabError
from lab.paths import Paths
from lab.state import State

RESOLUTION_S = 10  # the shortest that metrics-server takes
READY_TIMEOUT_S = 60.0


def arguments(paths: Paths, state: State) -> list[str]:
    """Build the command line."""
    kubeconfig = str(paths.kubeconfig)
    return [
        str(paths.bin / "metrics-server"),
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--bind-address=127.0.0.1",
        f"--secure-port={state.ports['metrics_server']}",
        f"--cert-dir={paths.dir / 'metrics-server'}",
        "--kubelet-insecure-tls",
        "--kubelet-use-node-status-port",
        # The simulated kubelets all listen on loopback; see the node's addresses in node_sync.
        "--kubelet-preferred-address-types=InternalDNS",
        f"--metric-resolution={RESOLUTION_S}s",
        f"--kubelet-request-timeout={RESOLUTION_S // 2}s",
    ]


def start(paths: Paths, state: State) -> bool:
    """Start metrics-server unless it runs; tell whether it was started."""
    if processes.is_ours(state.processes.get("metrics-server")):
        return False
    ports.require_free("metrics_server", state.ports["metrics_server"], os.environ)
    log = paths.logs / "metrics-server.log"
    state.processes["metrics-server"] = processes.start(arguments(paths, state), log, os.environ, paths.dir)
    return True


def wait(paths: Paths, state: State) -> None:
    """Wait until metrics-server listens."""
    process, port = state.processes["metrics-server"], state.ports["metrics_server"]
    ready = processes.wait_until(lambda: not ports.is_free(port) or not processes.is_ours(process), READY_TIMEOUT_S)
    if not ready or not processes.is_ours(process):
        log = paths.logs / "metrics-server.log"
        raise LabError(f"metrics-server did not start; its log is {log}: {processes.tail(log)}")
