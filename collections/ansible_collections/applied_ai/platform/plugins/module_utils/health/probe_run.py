# SPDX-License-Identifier: Apache-2.0
"""Ask for GPUs with pods: start them all at once, follow them for a bounded time, remove them, and judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health import probe_pods as pods
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Check,
    Json,
    Known,
    Severity,
    Status,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import counted, name_of, shorten
from ansible_collections.applied_ai.platform.plugins.module_utils.health.probe_pods import (
    Order,
    Seen,
    Stage,
    Target,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, Reader
from ansible_collections.applied_ai.platform.plugins.module_utils.kube_write import Send

SCHEDULED: Final = Known(
    "gpu_probe_scheduled",
    Severity.MAJOR,
    "Look at the device plugin's pod and the events of the node, then at its driver.",
)
COMPUTES: Final = Known(
    "gpu_probe_computes",
    Severity.MAJOR,
    "Compare driver and CUDA of the node (gpu_drivers_fit), and look for XIDs (gpus_without_errors).",
)
COMMUNICATES: Final = Known(
    "gpu_probe_communicates",
    Severity.MAJOR,
    "Look at `nvidia-smi topo -m` and `nvidia-smi nvlink -s` on the node, and replace it where a link is down.",
)
KNOWN: Final[tuple[Known, ...]] = (SCHEDULED, COMPUTES, COMMUNICATES)
RESULT: Final = {"cuda": COMPUTES, "nccl": COMMUNICATES}
CLASSES: Final = "/apis/scheduling.k8s.io/v1/priorityclasses"
# Seconds between two looks, and for which the pods may take to go.
STEP: Final = 1.0
GOING: Final = 20.0
GONE: Final = 404


@dataclass(frozen=True)
class Cluster:
    """What a run needs of a cluster; ``text`` returns what is no JSON, such as a log."""

    reader: Reader
    send: Send
    text: Callable[[str], str]


@dataclass(frozen=True)
class Time:
    """The time of day, a clock that only goes on, and waiting, in seconds."""

    now: datetime
    clock: Callable[[], float]
    pause: Callable[[float], None]


@dataclass(frozen=True)
class Told:
    """What a run found, and which pods of killed runs it removed, as namespace/name."""

    checks: tuple[Check, ...]
    removed: tuple[str, ...] = ()


@dataclass
class Probe:
    """One pod, and what is known of it."""

    target: Target
    name: str
    seen: Seen = Seen(Stage.WAITING, "not started")  # noqa: RUF009  frozen
    # Seconds until it was settled; None is not settled.
    took: float | None = None
    log: str = ""
    # Why its log could not be read.
    no_log: str = ""
    use: pods.Use | None = None


def run(cluster: Cluster, order: Order, name: str, time: Time) -> Told:
    """Ask for GPUs; ``name`` is the run's own, of letters and digits. What could not be seen is unknown."""
    if not order.groups:
        return Told((unknown(SCHEDULED, "cluster", "no node group with GPUs was named", "Name them in expected."),))
    try:
        nodes = cluster.reader.items("/api/v1/nodes", labelSelector=selector(order))
        removed = sweep(cluster, order, time.now)
        targets, told = planned(order, nodes)
        priority = priority_class(cluster.reader, order, targets)
    except KubeError as error:
        advice = "See api_answers first; else give the caller the rights that the module's documentation lists."
        return Told((unknown(SCHEDULED, "cluster", error.message, advice),))
    probes = [Probe(target, f"gpu-probe-{name}-{number}") for number, target in enumerate(targets)]
    try:
        begin(cluster, order, probes, name, priority)
        follow(cluster, order, probes, name, time)
        conclude(cluster, order, probes, name)
    finally:
        remove(cluster, order, probes)
    left = wait_gone(cluster, order, name, time)
    return Told((*told, *(check for one in probes for check in judged(order, one)), *left), removed)


def not_asked(order: Order, why: str) -> list[Check]:
    """Return the checks of a run that starts nothing."""
    known = [SCHEDULED, *([RESULT[order.test]] if order.computes else [])]
    subjects = [f"node group {group.name}" for group in order.groups] or ["cluster"]
    return [unknown(one, subject, why, "Run it without check mode.") for subject in subjects for one in known]


def selector(order: Order) -> str:
    """Return the label selector of the groups' nodes."""
    return f"{order.node_group_label} in ({','.join(sorted(group.name for group in order.groups))})"


def planned(order: Order, nodes: list[Json]) -> tuple[list[Target], list[Check]]:
    """Return where pods are started, and checks of groups where none can be."""
    found = pods.targets(order, nodes)
    told = []
    for group in order.groups:
        subject = f"node group {group.name}"
        if order.test == "nccl" and not group.whole:
            why = "its GPUs are shared or sliced, and NCCL needs whole ones"
            told.append(unknown(COMMUNICATES, subject, why, "Leave this group out of the test nccl."))
            found = [one for one in found if one.group != group]
        elif not any(one.group == group for one in found):
            told.append(nodeless(subject, group.count))
    return found, told


def nodeless(subject: str, count: int) -> Check:
    """Return the check of a group without a node."""
    if not count:
        return ok(SCHEDULED, subject, "no node is promised, and none is there")
    advice = "See node_groups_complete."
    return failed(SCHEDULED, subject, "no node", counted(count, "node"), advice=advice, severity=Severity.CRITICAL)


def sweep(cluster: Cluster, order: Order, now: datetime) -> tuple[str, ...]:
    """Remove what killed runs left in the namespace; pods of a run that may still go on stay."""
    path = pods_path(order.namespace)
    old = [one for one in cluster.reader.items(path, labelSelector=f"{pods.PROBE}=true") if pods.left_over(one, now)]
    for one in old:
        delete(cluster.send, f"{path}/{one['metadata']['name']}")
    return tuple(sorted(name_of(one) for one in old))


def pods_path(namespace: str) -> str:
    """Return where the API has the pods of a namespace."""
    return f"/api/v1/namespaces/{namespace}/pods"


def delete(send: Send, path: str) -> None:
    """Delete an object; that it is gone is fine."""
    try:
        send("DELETE", path, {})
    except KubeError as error:
        if error.details.get("status") != GONE:
            raise


def priority_class(reader: Reader, order: Order, targets: list[Target]) -> str:
    """Return the class of pods that push out nobody: the one that was named, or the lowest that never preempts.

    Raises:
        KubeError: There is none, and without one a pod with less to say could be pushed out.

    """
    classes = reader.items(CLASSES)
    peaceful = [one for one in classes if one.get("preemptionPolicy") == "Never"]
    names = {str(one["metadata"]["name"]): int(one.get("value") or 0) for one in peaceful}
    if order.priority_class:
        if order.priority_class in names:
            return order.priority_class
        told = ", ".join(sorted(names)) or "none"
        msg = f"priority_class is {order.priority_class}, which is no class that never preempts; those are: {told}."
        raise KubeError(msg)
    if names:
        return min(names, key=lambda name: (names[name], name))
    default = next((int(one.get("value") or 0) for one in classes if one.get("globalDefault")), 0)
    there = (one for target in targets for found in placed(reader, target).values() for one in found)
    if any(int((one.get("spec") or {}).get("priority") or 0) < default for one in there):
        msg = "The cluster has no PriorityClass that never preempts, and the probe could push out a pod; make one."
        raise KubeError(msg)
    return ""


def placed(reader: Reader, target: Target) -> dict[str, list[Json]]:
    """Return the pods on a target's nodes, by node."""
    names = [name_of(node) for node in target.nodes]
    return {name: reader.items("/api/v1/pods", fieldSelector=f"spec.nodeName={name}") for name in names}


def begin(cluster: Cluster, order: Order, probes: list[Probe], name: str, priority: str) -> None:
    """Start all pods; one that is refused is settled."""
    for probe in probes:
        wanted = pods.pod(order, probe.target, probe.name, name, priority)
        try:
            cluster.send("POST", pods_path(order.namespace), wanted)
        except KubeError as error:
            probe.seen = Seen(Stage.UNSEEN, error.message, pods.REFUSED_ADVICE)


def follow(cluster: Cluster, order: Order, probes: list[Probe], name: str, time: Time) -> None:
    """Look at the pods until each is settled or the time is over; an answer that fails is asked for again."""
    start = time.clock()
    silent = ""
    while any(one.seen.stage is Stage.WAITING for one in probes):
        try:
            look(cluster, order, probes, name)
            silent = ""
        except KubeError as error:
            silent = error.message
        passed = time.clock() - start
        for probe in probes:
            if probe.took is None and probe.seen.stage is not Stage.WAITING:
                probe.took = passed
        if passed >= order.seconds:
            break
        time.pause(min(STEP, order.seconds - passed))
    for probe in probes:
        if probe.seen.stage is Stage.WAITING:
            probe.seen = overdue(probe.seen, order.seconds, silent)


def look(cluster: Cluster, order: Order, probes: list[Probe], name: str) -> None:
    """Look at each pod that is not settled."""
    listed = cluster.reader.items(pods_path(order.namespace), labelSelector=f"{pods.RUN}={name}")
    found = {one["metadata"]["name"]: one for one in listed}
    for probe in probes:
        if probe.seen.stage is not Stage.WAITING:
            continue
        one = found.get(probe.name)
        probe.seen = pods.read_pod(one, computes=order.computes) if one else pods.GONE
        if probe.use is None and pods.short_of(probe.seen, probe.target.group.resource):
            probe.use = pods.use_of(order, probe.target, placed(cluster.reader, probe.target), name)
            if probe.use.full:
                probe.seen = replace(probe.seen, stage=Stage.BUSY)


def overdue(seen: Seen, seconds: int, silent: str) -> Seen:
    """Return what is said of a pod that is not settled in time."""
    if silent:
        return replace(seen, stage=Stage.UNSEEN, text=silent, advice="See api_answers.")
    # A slow registry is no fault of a GPU.
    stage = Stage.UNSEEN if seen.advice == pods.PULL_ADVICE else Stage.FAILED
    return replace(seen, stage=stage, text=f"{shorten(seen.text).rstrip('.')}, after {seconds} s")


def conclude(cluster: Cluster, order: Order, probes: list[Probe], name: str) -> None:
    """Read, before pods go, what only now can be read: their logs, and who else has GPUs where one failed."""
    for probe in probes:
        if order.computes and probe.seen.ran:
            path = f"{pods_path(order.namespace)}/{probe.name}/log?container={pods.CONTAINER}&tailLines=100"
            try:
                probe.log = cluster.text(path)
            except KubeError as error:
                probe.no_log = error.message
        if probe.seen.stage is Stage.FAILED and not probe.seen.ran:
            try:
                probe.use = pods.use_of(order, probe.target, placed(cluster.reader, probe.target), name)
            except KubeError:
                probe.use = None


def remove(cluster: Cluster, order: Order, probes: list[Probe]) -> None:
    """Delete the pods; one that cannot be is seen by ``wait_gone``, and by the next run."""
    for probe in probes:
        try:
            delete(cluster.send, f"{pods_path(order.namespace)}/{probe.name}")
        except KubeError:
            continue


def wait_gone(cluster: Cluster, order: Order, name: str, time: Time) -> list[Check]:
    """Wait until the pods are gone; return a check for each that is not."""
    end = time.clock() + GOING
    while True:
        try:
            left = cluster.reader.items(pods_path(order.namespace), labelSelector=f"{pods.RUN}={name}")
        except KubeError as error:
            return [unknown(SCHEDULED, "the probe's pods", error.message, "Delete pods with the label " + pods.PROBE)]
        if not left or time.clock() >= end:
            break
        time.pause(STEP / 2)
    advice = "Look at the kubelet of its node: a pod that holds a GPU does not end. The next run deletes it again."
    wanted, minor = "gone", Severity.MINOR
    seen = f"not gone after {GOING:.0f} s"
    return [failed(SCHEDULED, f"Pod {name_of(one)}", seen, wanted, advice=advice, severity=minor) for one in left]


def judged(order: Order, probe: Probe) -> list[Check]:
    """Return the checks of one pod."""
    first = scheduled(order, probe)
    if not order.computes:
        return [first]
    known, subject = RESULT[order.test], probe.target.subject
    if not probe.seen.ran:
        return [first, unknown(known, subject, "its pod did not run", f"See {SCHEDULED.id}.")]
    return [first, computed(order, probe, known)]


def scheduled(order: Order, probe: Probe) -> Check:
    """Say whether a pod got its GPUs. Where all are in use, the pods that run with them prove that they can be."""
    target, seen = probe.target, probe.seen
    what = f"{target.gpus} {target.group.resource}"
    if seen.ran:
        return ok(SCHEDULED, target.subject, f"a pod had {what} on node {seen.node}")
    if seen.stage is Stage.BUSY and probe.use:
        told = f"all {probe.use.total} {target.group.resource} in use, {probe.use.text}"
        if probe.use.running:
            return ok(SCHEDULED, target.subject, told)
        return unknown(
            SCHEDULED, target.subject, f"{told}: not asked for", "See pods_settled for the pods that hold them."
        )
    if seen.stage is Stage.UNSEEN:
        return unknown(SCHEDULED, target.subject, seen.text, seen.advice, seen.since)
    return unusable(order, probe, f"a pod that runs with {what}")


def unusable(order: Order, probe: Probe, wanted: str) -> Check:
    """Return the finding of a pod that got no GPU: the worst where nobody in the group has one."""
    seen, use = probe.seen, probe.use
    none = use is not None and not use.total
    # The scheduler's message names no taint.
    causes = [*([f"no {probe.target.group.resource} offered"] if none else []), *(use.closed if use else ())]
    alone = not order.per_node and use is not None and not use.running
    return failed(
        SCHEDULED,
        probe.target.subject,
        "; ".join([*causes, seen.text]),
        wanted,
        advice=SCHEDULED.advice if none else seen.advice,
        severity=Severity.CRITICAL if alone else SCHEDULED.severity,
        since=seen.since,
    )


def computed(order: Order, probe: Probe, known: Known) -> Check:
    """Say whether a pod's program came to a good end, and what NCCL measured."""
    seen, subject = probe.seen, probe.target.subject
    wanted = "comes to a good end"
    if seen.stage is Stage.UNSEEN:
        return unknown(known, subject, seen.text, seen.advice, seen.since)
    if seen.stage is not Stage.PASSED and not pods.all_reduce(probe.log).wrong:
        return failed(known, subject, f"{seen.text}; {last_words(probe)}", wanted, since=seen.since)
    told = f"came to a good end on node {seen.node} after {probe.took:.0f} s"
    return reduced(order, probe, told) if order.test == "nccl" else ok(known, subject, told)


def last_words(probe: Probe) -> str:
    """Return what a program said last, or why that is not known."""
    if probe.no_log:
        return f"its log cannot be read: {shorten(probe.no_log)}"
    line = pods.last_line(probe.log)
    return f"it said: {line}" if line else "it said nothing"


def reduced(order: Order, probe: Probe, told: str) -> Check:
    """Judge what NCCL's test printed. One GPU alone has no bandwidth."""
    subject, found = probe.target.subject, pods.all_reduce(probe.log)
    least = order.least_bandwidth if probe.target.gpus > 1 else 0
    wanted = f"no wrong value, at least {least:g} GB/s" if least else "no wrong value"
    if found.wrong:
        return failed(COMMUNICATES, subject, counted(found.wrong, "wrong value"), wanted)
    if found.bandwidth is None or found.wrong is None:
        why = probe.no_log or "its log has no result"
        return unknown(COMMUNICATES, subject, f"{told}, but {why}", "Read the log of a pod that you start by hand.")
    seen = f"{found.bandwidth:.1f} GB/s mean bus bandwidth of {counted(probe.target.gpus, 'GPU')}"
    if found.bandwidth < least:
        return failed(COMMUNICATES, subject, f"{seen} on node {probe.seen.node}", wanted)
    return ok(COMMUNICATES, subject, f"{seen} on node {probe.seen.node}", wanted)


def ok(known: Known, subject: str, seen: str, expected: str = "usable") -> Check:
    """Return a check that is fine."""
    return Check(known.id, Status.OK, known.severity, subject, seen, expected, runbook=known.runbook)


def unknown(known: Known, subject: str, why: str, advice: str, since: str = "") -> Check:
    """Return a check that could not be made."""
    return Check(
        known.id, Status.UNKNOWN, known.severity, subject, why, "seen", since, advice or known.advice, known.runbook
    )


def failed(
    known: Known,
    subject: str,
    seen: str,
    expected: str,
    *,
    advice: str = "",
    severity: Severity | None = None,
    since: str = "",
) -> Check:
    """Return a check that failed."""
    return Check(
        known.id,
        Status.FAILED,
        severity or known.severity,
        subject,
        seen,
        expected,
        since,
        advice or known.advice,
        known.runbook,
    )
