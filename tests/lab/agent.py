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
from typing import Any

import boto3
from botocore.config import Config

from lab import cluster, emulator, hardware, node_sync, processes, storage
from lab.faults import Register, node_patch, pods_to_mark
from lab.kube import Kube
from lab.memory import Sampler
from lab.paths import Paths
from lab.state import State

INTERVAL_S = 1.0
MEMORY_INTERVAL_S = 1.0
log = logging.getLogger("lab.agent")


def clients(state: State, region: str) -> tuple[Any, Any]:
    """Make the emulator's EKS and EC2 clients."""
    options: dict[str, Any] = {
        "endpoint_url": emulator.endpoint(state),
        "region_name": region,
        "aws_access_key_id": state.access_key_id,
        "aws_secret_access_key": state.secret_access_key,
        "config": Config(connect_timeout=2, read_timeout=10, retries={"max_attempts": 1}),
    }
    return boto3.client("eks", **options), boto3.client("ec2", **options)


def sync_nodes(kube: Kube, groups: list[node_sync.NodeGroup]) -> None:
    """Make the nodes equal to the node groups."""
    change = node_sync.changes(groups, kube.nodes())
    for name in change.delete:
        log.info("node %s goes: its group does not want it", name)
        kube.delete_node(name)
    for made in change.create:
        if made["metadata"]["name"] not in change.delete:
            log.info("node %s comes", made["metadata"]["name"])
            kube.create_node(made)
    for name, patch in change.patch.items():
        kube.patch_node(name, patch)


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
            kube.patch_node(name, {"metadata": {"labels": labels}})
        if devices:
            log.info("node %s now advertises %s", name, devices)
            kube.patch_node_status(name, {"status": {"capacity": devices, "allocatable": devices}})


def sync_faults(kube: Kube, register: Register, nodes: list[dict[str, Any]], pods: list[dict[str, Any]]) -> None:
    """Apply the register to nodes and pods, also to those that came after the fault."""
    for node in nodes:
        if patch := node_patch(node, register):
            kube.patch_node(node["metadata"]["name"], patch)
    matching = {
        (pod["metadata"]["namespace"], pod["metadata"]["name"])
        for loop in register.crash_loops
        for pod in kube.pods(loop.selector, loop.namespace)
    }
    for namespace, name, value in pods_to_mark(pods, matching):
        kube.annotate_pod(namespace, name, {"lab.applied-ai.dev/fault": value})


def sync_storage(kube: Kube, nodes: list[dict[str, Any]]) -> None:
    """Make the volumes that claims wait for, and remove those whose claims are gone."""
    claims = [claim for claim in kube.claims() if claim.get("status", {}).get("phase") == "Pending"]
    if claims:
        for made in storage.volumes_to_make(claims, kube.storage_classes(), nodes):
            log.info("volume %s comes", made["metadata"]["name"])
            kube.create_volume(made)
    for name in storage.volumes_to_remove(kube.volumes()):
        log.info("volume %s goes: its claim is gone", name)
        kube.delete_volume(name)


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
    kube = Kube(paths.kubeconfig)
    regions = sorted({state.region, *filter(None, os.environ.get("LAB_REGIONS", "").split(","))})
    connected = {region: clients(state, region) for region in regions}
    kube.create_storage_class(storage.EKS_CLASS)
    sampler = Sampler(paths, [emulator.endpoint(state).encode(), str(paths.facts.parent).encode()])

    def turn() -> None:
        groups = [g for region, (eks, ec2) in connected.items() for g in node_sync.read_node_groups(eks, ec2, region)]
        sync_nodes(kube, groups)
        nodes, pods = kube.nodes(), kube.pods()
        sync_hardware(kube, nodes, pods)
        sync_storage(kube, nodes)
        sync_faults(kube, Register.load(paths.faults), nodes, pods)

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
