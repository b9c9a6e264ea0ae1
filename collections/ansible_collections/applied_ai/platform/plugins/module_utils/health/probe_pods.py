# SPDX-License-Identifier: Apache-2.0
"""A pod that asks for a GPU for a short while: what it is, and what became of it. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils import quantity
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import scheduler
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import (
    age,
    condition,
    counted,
    created,
    labels_of,
    name_of,
    shorten,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import accelerators
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.gpu import GPU

# By these two, and by nothing else, a run finds its own pods and those that a killed one left.
PROBE: Final = "applied-ai.dev/gpu-probe"
RUN: Final = "applied-ai.dev/gpu-probe-run"
CONTAINER: Final = "probe"
NOBODY: Final = 65534
# Seconds after its deadline from when on a pod is nobody's; clocks differ a little.
LATE: Final = 10
# What a Pod Security level or a mesh would else add, and what keeps no node from being taken away.
ANNOTATIONS: Final = {
    "cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
    "linkerd.io/inject": "disabled",
}
LABELS: Final = {
    "app.kubernetes.io/name": "gpu-probe",
    "app.kubernetes.io/managed-by": "applied-ai-platform",
    "sidecar.istio.io/inject": "false",
}


@dataclass(frozen=True)
class Program:
    """What a test runs: its image and command, its seconds, and its memory."""

    image: str
    command: tuple[str, ...]
    timeout: int
    memory: Decimal = accelerators.LEAST_MEMORY


GIB: Final = Decimal(1024**3)
# Large messages alone: of small ones the latency is measured, which would lower the mean.
NCCL: Final = ("/opt/nccl-tests/build/all_reduce_perf", "-b", "256M", "-e", "1G", "-f", "2", "-g")
# The one place of these images; the role image_mirror turns them to a mirror, as all others.
PROGRAMS: Final[dict[str, Program]] = {
    "schedule": Program("registry.k8s.io/pause:3.10.2", (), 60),
    "cuda": Program("nvcr.io/nvidia/k8s/cuda-sample:vectoradd-cuda12.5.0-ubuntu22.04", (), 300),
    "nccl": Program(
        "public.ecr.aws/hpc-cloud/nccl-tests:cuda12.8.1-efa1.43.2-ofiv1.16.3-ncclv2.27.7-1-testsv2.16.9",
        NCCL,
        600,
        8 * GIB,
    ),
}


@dataclass(frozen=True)
class Group:
    """A node group whose GPUs are asked for."""

    name: str
    count: int
    gpus_per_node: int
    resource: str = GPU
    replicas: int = 1

    @property
    def whole(self) -> bool:
        """Whether its pods get whole GPUs."""
        return self.resource == GPU and self.replicas == 1


@dataclass(frozen=True)
class Order:
    """What was asked of one run."""

    namespace: str
    groups: tuple[Group, ...]
    test: str = "schedule"
    image: str = ""
    command: tuple[str, ...] = ()
    # Seconds.
    timeout: int = 0
    per_node: bool = False
    # Mean bus bandwidth of an all-reduce, in GB/s; 0 takes any.
    least_bandwidth: float = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    priority_class: str = ""
    runtime_class: str = ""
    node_group_label: str = "eks.amazonaws.com/nodegroup"
    tolerated: tuple[str, ...] = (accelerators.TAINT,)

    @property
    def seconds(self) -> int:
        """How long each pod may take."""
        return self.timeout or PROGRAMS[self.test].timeout

    @property
    def computes(self) -> bool:
        """Whether the pod has to come to a good end; else being ready is enough."""
        return self.test != "schedule"


@dataclass(frozen=True)
class Target:
    """Where one pod is to get GPUs: on one of these nodes."""

    subject: str
    group: Group
    nodes: tuple[Json, ...]
    gpus: int


def group_of(data: Mapping[str, Any]) -> Group:
    """Read one entry of ``expected.groups``; what is not needed here is left out.

    Raises:
        HealthError: A number makes no sense.

    """
    known = {key: data[key] for key in Group.__dataclass_fields__ if data.get(key) is not None}
    group = Group(**known)
    if group.count < 0 or group.gpus_per_node < 1 or group.replicas < 1:
        msg = f"expected.groups has {known}; give count from 0 on, gpus_per_node and replicas from 1 on."
        raise HealthError(msg)
    return group


def targets(order: Order, nodes: Sequence[Json]) -> list[Target]:
    """Return where pods are started: one for each group, or for each of its nodes. Groups without nodes have none."""
    found = []
    for group in order.groups:
        of_group = sorted(
            (node for node in nodes if labels_of(node).get(order.node_group_label) == group.name), key=name_of
        )
        gpus = group.gpus_per_node if order.test == "nccl" else 1
        if order.per_node:
            found += [Target(f"Node {name_of(node)}", group, (node,), gpus) for node in of_group]
        elif of_group:
            found.append(Target(f"node group {group.name}", group, tuple(of_group), gpus))
    return found


def pod(order: Order, target: Target, name: str, run: str, priority_class: str) -> Json:
    """Return a pod that Pod Security's level restricted and the project's own policies take."""
    container = {
        "name": CONTAINER,
        "image": order.image or PROGRAMS[order.test].image,
        **command(order, target),
        "resources": resources(order, target),
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "restartPolicy": "Never",
        # A pod whose run was killed ends by itself.
        "activeDeadlineSeconds": order.seconds,
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": NOBODY,
            "runAsGroup": NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "tolerations": [{"key": key, "operator": "Exists"} for key in order.tolerated],
        "nodeSelector": {order.node_group_label: target.group.name},
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": only(target)}},
        "containers": [container],
        **({"priorityClassName": priority_class} if priority_class else {}),
        **({"runtimeClassName": order.runtime_class} if order.runtime_class else {}),
    }
    if order.test == "nccl":
        # The runtime's own 64 MiB are too little for NCCL.
        spec["volumes"] = [{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}}]
        container["volumeMounts"] = [{"name": "shm", "mountPath": "/dev/shm"}]  # noqa: S108  memory of the pod's own
    labels = {**order.labels, **LABELS, PROBE: "true", RUN: run}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": order.namespace, "labels": labels, "annotations": ANNOTATIONS},
        "spec": spec,
    }


def only(target: Target) -> Json:
    """Return the affinity to nodes that are there: by a label alone, an autoscaler would add a node for the probe."""
    return {
        "nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name_of(node)]}]}
            for node in target.nodes
        ]
    }


def command(order: Order, target: Target) -> Json:
    """Return the container's command, empty where the image has its own."""
    default = PROGRAMS[order.test].command
    words = order.command or ((*default, str(target.gpus)) if default else ())
    return {"command": list(words)} if words else {}


def resources(order: Order, target: Target) -> Json:
    """Return what the smallest pod with GPUs needs: a node without this room beside them cannot be used either."""
    most = PROGRAMS[order.test].memory
    return {
        "requests": {"cpu": str(accelerators.LEAST_CPU), "memory": quantity.shown(accelerators.LEAST_MEMORY)},
        "limits": {"memory": quantity.shown(most), target.group.resource: str(target.gpus)},
    }


class Stage(Enum):
    """How far a probe has come."""

    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"
    # All GPUs are in use.
    BUSY = "busy"
    # Something that is no fault of GPUs kept the pod away.
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Seen:
    """What became of a pod."""

    stage: Stage
    text: str = ""
    advice: str = ""
    node: str = ""
    # Whether its program began: only then had it a GPU.
    ran: bool = False
    since: str = ""


NOT_PULLED: Final = frozenset({"ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"})
PULLING: Final = frozenset({*NOT_PULLED, "ErrImagePull"})
# The runtime made the container, and could not start it: its program never ran.
NOT_STARTED: Final = frozenset({"StartError", "ContainerCannotRun"})
PULL_ADVICE: Final = "Bring the image into the registry or mirror, or name another with image."
REFUSED_ADVICE: Final = (
    "The message names the policy or quota that refused it: set labels, image or priority_class, "
    "or take a namespace where it may run."
)
NO_SCHEDULER: Final = "Look at kube-scheduler: it has not looked at the pod."
GONE: Final = Seen(Stage.UNSEEN, "its pod was deleted by somebody else", "Run it again, and not twice at a time.")


def read_pod(found: Json, *, computes: bool) -> Seen:
    """Say how far a pod has come; ``computes`` is whether it has to come to an end."""
    status, node = found.get("status") or {}, (found.get("spec") or {}).get("nodeName") or ""
    phase, since = status.get("phase") or "Pending", created(found)
    if phase == "Succeeded":
        return Seen(Stage.PASSED, node=node, ran=True)
    if phase == "Failed":
        return failed_pod(status, node, since)
    state = state_of(status)
    if condition(found, "Ready").get("status") == "True":
        stage = Stage.WAITING if computes else Stage.PASSED
        return Seen(stage, f"still running on node {node}", node=node, ran=True, since=since)
    if not node:
        return unscheduled(found, since)
    waiting = state.get("waiting") or {}
    reason, message = waiting.get("reason") or "not ready", shorten(waiting.get("message") or "")
    text = f"on node {node}: {reason}{': ' + message if message else ''}"
    if reason in PULLING:
        stage = Stage.UNSEEN if reason in NOT_PULLED else Stage.WAITING
        return Seen(stage, text, PULL_ADVICE, node, since=since)
    return Seen(Stage.WAITING, text, "", node, bool(state.get("running")), since)


def state_of(status: Json) -> Json:
    """Return the state of the probe's container."""
    found: list[Json] = status.get("containerStatuses") or []
    return next((one.get("state") or {} for one in found if one.get("name") == CONTAINER), {})


def failed_pod(status: Json, node: str, since: str) -> Seen:
    """Say why a pod failed: refused by the kubelet, not started by the runtime, or by its program."""
    ended = state_of(status).get("terminated") or {}
    if not ended:
        why = ": ".join(part for part in (status.get("reason"), shorten(status.get("message") or "")) if part)
        return Seen(Stage.FAILED, f"on node {node}: {why or 'failed without a reason'}", "", node, since=since)
    reason, message = ended.get("reason") or "Error", shorten(ended.get("message") or "")
    text = f"on node {node}: {reason}, exit code {ended.get('exitCode', '?')}{': ' + message if message else ''}"
    return Seen(Stage.FAILED, text, "", node, reason not in NOT_STARTED, since)


def unscheduled(found: Json, since: str) -> Seen:
    """Say why a pod has no node."""
    scheduled = condition(found, "PodScheduled")
    if scheduled.get("status") != "False":
        return Seen(Stage.WAITING, "not scheduled", NO_SCHEDULER, since=since)
    message = scheduler.brief(scheduled.get("message") or scheduled.get("reason") or "not scheduled")
    return Seen(Stage.WAITING, message, scheduler.advice(message), since=since)


@dataclass(frozen=True)
class Use:
    """Who has the GPUs of a target's nodes: how many there are, and how many pods hold and run with them."""

    total: int
    holding: int
    running: int
    # Whether each node that takes pods with GPUs has fewer free than one needs.
    full: bool
    # Why nodes take no such pod, each reason once.
    closed: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return it for people."""
        return f"by {counted(self.holding, 'pod')}, {self.running} of them running"


def use_of(order: Order, target: Target, pods: Mapping[str, Iterable[Json]], run: str) -> Use:
    """Reckon who has the GPUs; ``pods`` by node, of which this run's own do not count."""
    total = holding = running = 0
    open_nodes: list[bool] = []
    closed: set[str] = set()
    for node in target.nodes:
        there = [one for one in pods.get(name_of(node), ()) if not ended(one) and labels_of(one).get(RUN) != run]
        holders = [one for one in there if accelerators.requested(one, target.group.resource) > 0]
        total += accelerators.amount(node, "allocatable", target.group.resource)
        holding += len(holders)
        running += sum((one.get("status") or {}).get("phase") == "Running" for one in holders)
        if why := accelerators.closed(node, order.tolerated):
            closed.add(why)
        else:
            open_nodes.append(bool(holders) and accelerators.free(node, there, target.group.resource) < target.gpus)
    return Use(total, holding, running, bool(open_nodes) and all(open_nodes), tuple(sorted(closed)))


def ended(found: Json) -> bool:
    """Say whether a pod has come to its end, and holds nothing any more."""
    return (found.get("status") or {}).get("phase") in {"Succeeded", "Failed"}


def short_of(seen: Seen, resource: str) -> bool:
    """Say whether the scheduler misses GPUs, and perhaps nothing else."""
    return f"Insufficient {resource}" in seen.text


def left_over(found: Json, now: datetime) -> bool:
    """Say whether a probe's pod is nobody's any more: its run would have removed it long ago."""
    deadline = (found.get("spec") or {}).get("activeDeadlineSeconds") or 0
    return age(created(found), now) > deadline + LATE


@dataclass(frozen=True)
class AllReduce:
    """What NCCL's test printed: the mean bus bandwidth in GB/s, and how many values were wrong. None is not said."""

    bandwidth: float | None
    wrong: int | None


BANDWIDTH: Final = re.compile(r"Avg bus bandwidth\s*:\s*([0-9.]+(?:[eE][+-]?\d+)?)")
WRONG: Final = re.compile(r"Out of bounds values\s*:\s*(\d+)")


def all_reduce(log: str) -> AllReduce:
    """Read the output of nccl-tests (src/common.cu, the two lines at its end)."""
    bandwidth, wrong = BANDWIDTH.search(log), WRONG.search(log)
    try:
        mean = float(bandwidth[1]) if bandwidth else None
    except ValueError:
        mean = None
    return AllReduce(mean if mean is not None and math.isfinite(mean) else None, int(wrong[1]) if wrong else None)


def last_line(log: str) -> str:
    """Return the last line that says something."""
    return shorten(next((line for line in reversed(log.splitlines()) if line.strip(" #")), ""))
