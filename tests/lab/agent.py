# SPDX-License-Identifier: Apache-2.0
"""The daemon that keeps nodes, devices and faults as they should be, and measures memory."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lab import certificates, cluster, emulator, hardware, node_sync, processes, storage
from lab.aws import Aws
from lab.faults import FAULT, Register, node_patch, pods_to_mark
from lab.kube import Kube
from lab.memory import Sampler
from lab.paths import Paths
from lab.state import State

INTERVAL_S = 1.0
# Each time reads the whole process table; a benchmark that wants the true peak asks more often.
MEMORY_INTERVAL_S = float(os.environ.get("LAB_MEMORY_INTERVAL_S", "15"))
NODES, VOLUMES = "/api/v1/nodes", "/api/v1/persistentvolumes"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
log = logging.getLogger("lab.agent")


def node_groups(aws: Aws, region: str) -> list[node_sync.NodeGroup]:
    """Ask the emulator for the node groups of a region."""
    raw = aws.node_groups()
    subnets = aws.subnets(sorted({subnet for group in raw for subnet in group.get("subnets", [])}))
    return node_sync.parse_node_groups(raw, subnets, region)


def sync_nodes(kube: Kube, groups: list[node_sync.NodeGroup]) -> None:
    """Make the nodes equal to the node groups."""
    change = node_sync.changes(groups, kube.nodes())
    for name in change.delete:
        log.info("node %s goes: its group does not want it", name)
        kube.delete(f"{NODES}/{name}")
    for made in change.create:
        if made["metadata"]["name"] not in change.delete:
            log.info("node %s comes", made["metadata"]["name"])
            kube.create(NODES, made)
    for name, patch in change.patch.items():
        kube.patch(f"{NODES}/{name}", patch)


def sync_hardware(kube: Kube, nodes: list[dict[str, Any]], pods: list[dict[str, Any]]) -> None:
    """Let GPU nodes show what the pods on them make of the hardware."""
    for node in nodes:
        name = node["metadata"]["name"]
        own = [pod for pod in pods if pod["spec"].get("nodeName") == name]
        shares = {}
        for pod in own:
            if hardware.has_container(pod, hardware.DEVICE_PLUGIN_CONTAINER) and hardware.config_map(pod):
                config = kube.config_map(pod["metadata"]["namespace"], hardware.config_map(pod))
                shares[pod["metadata"]["name"]] = hardware.shared_by(pod, node, config)
        labels, devices = hardware.patches(node, own, shares)
        if labels:
            kube.patch(f"{NODES}/{name}", {"metadata": {"labels": labels}})
        if devices:
            log.info("node %s now advertises %s", name, devices)
            kube.patch(f"{NODES}/{name}/status", {"status": {"capacity": devices, "allocatable": devices}})


def sync_faults(kube: Kube, register: Register, nodes: list[dict[str, Any]], pods: list[dict[str, Any]]) -> None:
    """Apply the register to nodes and pods, also to those that came after the fault."""
    for node in nodes:
        if patch := node_patch(node, register):
            kube.patch(f"{NODES}/{node['metadata']['name']}", patch)
    matching = {
        (pod["metadata"]["namespace"], pod["metadata"]["name"])
        for loop in register.crash_loops
        for pod in kube.pods(loop.selector, loop.namespace)
    }
    for namespace, name, value in pods_to_mark(pods, matching):
        kube.patch(f"/api/v1/namespaces/{namespace}/pods/{name}", {"metadata": {"annotations": {FAULT: value}}})


def sync_storage(kube: Kube, nodes: list[dict[str, Any]]) -> None:
    """Make the volumes that claims wait for, and remove those whose claims are gone."""
    claims = [
        claim
        for claim in kube.items("/api/v1/persistentvolumeclaims")
        if claim.get("status", {}).get("phase") == "Pending"
    ]
    if claims:
        for made in storage.volumes_to_make(claims, kube.items(CLASSES), nodes):
            log.info("volume %s comes", made["metadata"]["name"])
            kube.create(VOLUMES, made)
    for name in storage.volumes_to_remove(kube.items(VOLUMES)):
        log.info("volume %s goes: its claim is gone", name)
        kube.delete(f"{VOLUMES}/{name}")


def sync_certificates(kube: Kube, pods: list[dict[str, Any]]) -> None:
    """Say of new certificates that they are issued, as long as cert-manager runs."""
    if certificates.runs(pods):
        for path, patch in certificates.to_issue(kube.items(certificates.LIST), datetime.now(UTC)):
            kube.patch(path, patch)


def every(seconds: float, stopping: threading.Event, work: Callable[[], None]) -> None:
    """Repeat the work; a failure is logged and the next turn tries again."""
    while not stopping.is_set():
        begun = time.monotonic()
        try:
            work()
        except Exception as error:  # the emulator or the API server may be restarting
            log.warning("%s: %s", type(error).__name__, str(error).splitlines()[0] if str(error) else "")
        stopping.wait(max(seconds - (time.monotonic() - begun), 0.1))


def main(paths: Paths) -> int:
    """Run until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    state = State.load(paths.state)
    kube = Kube(cluster.server(state), paths.cluster / "pki")
    regions = sorted({state.region, *filter(None, os.environ.get("LAB_REGIONS", "").split(","))})
    keys = (state.access_key_id, state.secret_access_key)
    connected = {region: Aws(emulator.endpoint(state), region, *keys) for region in regions}
    kube.create(CLASSES, storage.EKS_CLASS)
    sampler = Sampler(paths, [emulator.endpoint(state).encode(), str(paths.facts.parent).encode()])

    def turn() -> None:
        groups = [group for region, aws in connected.items() for group in node_groups(aws, region)]
        sync_nodes(kube, groups)
        nodes, pods = kube.nodes(), kube.pods()
        sync_hardware(kube, nodes, pods)
        sync_storage(kube, nodes)
        sync_faults(kube, Register.load(paths.faults), nodes, pods)
        sync_certificates(kube, pods)
        paths.heartbeat.touch()

    def measure() -> None:
        current = State.load(paths.state)
        roots = {name: process.pid for name, process in current.processes.items() if processes.is_ours(process)}
        roots |= {name: process.pid for name, process in cluster.component_processes(paths).items()}
        roots["agent"] = os.getpid()
        sampler.sample(roots)

    measuring = threading.Thread(target=every, args=(MEMORY_INTERVAL_S, stopping, measure), daemon=True)
    measuring.start()
    with contextlib.suppress(KeyboardInterrupt):
        every(INTERVAL_S, stopping, turn)
    return 0
