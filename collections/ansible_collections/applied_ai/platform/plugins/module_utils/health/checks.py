# SPDX-License-Identifier: Apache-2.0
"""Health as a table of rules: each a pure function from what was seen and what should be to findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    Finding,
    Json,
    Outcome,
    Severity,
    Snapshot,
)

GPU: Final = "nvidia.com/gpu"
WORKLOAD_KINDS: Final = {"Deployment": "deployments", "DaemonSet": "daemonsets", "StatefulSet": "statefulsets"}

# What to do about the reasons that Kubernetes gives; anything else gets the rule's own advice.
POD_ADVICE: Final = {
    "CrashLoopBackOff": "Read the container's last words: kubectl logs --previous.",
    "OOMKilled": "Raise the memory limit, or find what the process keeps.",
    "ImagePullBackOff": "Check the image's name and tag, and that the nodes may pull it.",
    "ErrImagePull": "Check the image's name and tag, and that the nodes may pull it.",
    "InvalidImageName": "Correct the image's name in the service's inputs.",
    "CreateContainerConfigError": "Create the Secret or ConfigMap that the pod names.",
    "Unschedulable": "Add nodes or lower the requests; the message says what is short.",
}


@dataclass(frozen=True)
class Rule:
    """One row of the table."""

    id: str
    severity: Severity
    needs: tuple[str, ...]
    evaluate: Callable[[Snapshot, Expected, datetime], Outcome]
    advice: str

    @property
    def runbook(self) -> str:
        """Where the way out is written down."""
        return f"docs/runbooks/{self.id}.md"


class Trouble(NamedTuple):
    """Why a pod does not get on."""

    reason: str
    message: str
    since: str


# --- predicates on one object -----------------------------------------------------------------------------------


def condition(obj: Json, kind: str) -> Json:
    """Return an object's condition of this type, empty when it has none."""
    found: Iterable[Json] = (obj.get("status") or {}).get("conditions") or []
    return next((item for item in found if item.get("type") == kind), {})


def node_ready(node: Json) -> bool:
    """Say whether the kubelet reports the node ready."""
    return bool(condition(node, "Ready").get("status") == "True")


def gpu_count(node: Json, field: str) -> int:
    """Return how many GPUs a node has, as ``capacity`` or ``allocatable``."""
    return int(((node.get("status") or {}).get(field) or {}).get(GPU) or 0)


def name_of(obj: Json) -> str:
    """Return ``namespace/name``, or the name of what has no namespace."""
    meta = obj.get("metadata") or {}
    return "/".join(part for part in (meta.get("namespace"), meta.get("name")) if part)


def replicas(kind: str, workload: Json) -> tuple[int, int]:
    """Return how many pods of a workload are available, and how many should be."""
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    if kind == "DaemonSet":
        return status.get("numberAvailable") or 0, status.get("desiredNumberScheduled") or 0
    desired = spec.get("replicas")
    field = "availableReplicas" if kind == "Deployment" else "readyReplicas"
    return status.get(field) or 0, 1 if desired is None else desired


def observed(workload: Json) -> bool:
    """Say whether the controller has seen the workload's latest change."""
    generation = (workload.get("metadata") or {}).get("generation") or 0
    return bool(((workload.get("status") or {}).get("observedGeneration") or 0) >= generation)


def age(timestamp: str, now: datetime) -> float:
    """Return the seconds since an RFC 3339 time; something without a time is old enough."""
    if not timestamp:
        return float("inf")
    return (now - datetime.fromisoformat(timestamp)).total_seconds()


def owner_of(pod: Json) -> str:
    """Return what a pod belongs to, so that fifty pods of one Deployment are one finding."""
    meta = pod.get("metadata") or {}
    owners = meta.get("ownerReferences") or []
    if not owners:
        return f"Pod {name_of(pod)}"
    kind, name = owners[0].get("kind", ""), owners[0].get("name", "")
    template = (meta.get("labels") or {}).get("pod-template-hash")
    if kind == "ReplicaSet" and template and name.endswith(f"-{template}"):
        kind, name = "Deployment", name.removesuffix(f"-{template}")
    return f"{kind} {meta.get('namespace', '')}/{name}"


def pod_trouble(pod: Json, now: datetime, grace: int) -> Trouble | None:
    """Return why a pod does not get on, or nothing when it does."""
    meta, status = pod.get("metadata") or {}, pod.get("status") or {}
    if status.get("phase") == "Succeeded":
        return None
    if ended := meta.get("deletionTimestamp"):
        return Trouble("Terminating", "it does not end", ended) if age(ended, now) > grace else None
    return container_trouble(status) or phase_trouble(pod, now, grace)


def phase_trouble(pod: Json, now: datetime, grace: int) -> Trouble | None:
    """Return why a pod whose containers say nothing is not running."""
    status, since = pod.get("status") or {}, (pod.get("metadata") or {}).get("creationTimestamp") or ""
    phase = status.get("phase") or "Unknown"
    if phase == "Running" or (phase == "Pending" and age(since, now) <= grace):
        return None
    scheduled = condition(pod, "PodScheduled")
    if phase == "Pending" and scheduled.get("status") == "False":
        reason = scheduled.get("reason") or "Unschedulable"
        return Trouble(reason, scheduled.get("message") or "", scheduled.get("lastTransitionTime") or since)
    return Trouble(status.get("reason") or phase, status.get("message") or "", status.get("startTime") or since)


def container_trouble(status: Json) -> Trouble | None:
    """Return why a container does not run; a crash is told by how the last run ended."""
    containers = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    for container in containers:
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason = waiting.get("reason") or ""
        if reason in {"", "ContainerCreating", "PodInitializing"}:
            continue
        last = (container.get("lastState") or {}).get("terminated") or {}
        message = waiting.get("message") or ""
        if last:
            why = last.get("reason") or "Error"
            message = f"container {container.get('name', '')} ended with {why}, exit code {last.get('exitCode', '?')}"
            reason = why if why == "OOMKilled" else reason
        return Trouble(reason, message, last.get("finishedAt") or "")
    return None


# --- rules ------------------------------------------------------------------------------------------------------


def api_answers(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Judge whether the API server says its version."""
    want = "an answer"
    if isinstance(snapshot.version, str):
        return Outcome(f"Kubernetes {snapshot.version}", want)
    return Outcome("", want, (Finding("cluster", snapshot.version.reason, want),))


def nodes_ready(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Every node is ready; none ready at all is worse than one lost."""
    nodes = snapshot["nodes"]
    ready = [node for node in nodes if node_ready(node)]
    findings = tuple(
        Finding(
            f"Node {name_of(node)}",
            condition(node, "Ready").get("reason") or "no Ready condition",
            "Ready",
            condition(node, "Ready").get("lastTransitionTime") or "",
            severity=Severity.MAJOR if ready else Severity.CRITICAL,
        )
        for node in nodes
        if not node_ready(node)
    )
    if not nodes:
        findings = (Finding("cluster", "no nodes", "at least one", severity=Severity.CRITICAL),)
    return Outcome(f"{len(ready)} of {len(nodes)} nodes Ready", "all Ready", findings)


def node_groups_complete(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Each node group has as many ready nodes as Terraform promised."""
    ready: dict[str, int] = defaultdict(int)
    for node in snapshot["nodes"]:
        label = ((node.get("metadata") or {}).get("labels") or {}).get(expected.node_group_label, "")
        ready[label] += node_ready(node)
    findings = tuple(
        Finding(
            f"node group {name}",
            f"{ready[name]} ready nodes",
            f"at least {group.count}",
            severity=Severity.MAJOR if ready[name] else Severity.CRITICAL,
        )
        for name, group in sorted(expected.node_groups.items())
        if ready[name] < group.count
    )
    promised = sum(group.count for group in expected.node_groups.values())
    return Outcome(f"{len(expected.node_groups)} node groups with {promised} promised nodes", "all there", findings)


def gpus_advertised(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Each GPU node advertises the GPUs its instance type has, and can give them all to pods."""
    findings: list[Finding] = []
    total = 0
    for node in sorted(snapshot["nodes"], key=name_of):
        label = ((node.get("metadata") or {}).get("labels") or {}).get(expected.node_group_label, "")
        group = expected.node_groups.get(label)
        promised = group.gpus_per_node if group else 0
        capacity, allocatable = gpu_count(node, "capacity"), gpu_count(node, "allocatable")
        total += allocatable
        if node_ready(node) and allocatable < max(promised, capacity):
            findings.append(
                Finding(
                    f"Node {name_of(node)}",
                    f"{capacity} {GPU} advertised, {allocatable} allocatable",
                    f"{max(promised, capacity)} allocatable",
                )
            )
    return Outcome(f"{total} {GPU} allocatable", "all that the instance types have", tuple(findings))


def workloads_ready(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Deployments, DaemonSets and StatefulSets have all their pods, and the expected ones exist."""
    findings: list[Finding] = []
    present: set[tuple[str, str]] = set()
    wanted = {(item.kind, f"{item.namespace}/{item.name}") for item in expected.workloads}
    for kind, plural in WORKLOAD_KINDS.items():
        for workload in snapshot[plural]:
            key = (kind, name_of(workload))
            present.add(key)
            available, desired = replicas(kind, workload)
            if observed(workload) and available >= desired:
                continue
            seen = f"{available} of {desired} pods available" if observed(workload) else "change not yet taken up"
            critical = key in wanted and observed(workload) and available == 0
            since = condition(workload, "Available").get("lastTransitionTime") or ""
            severity = Severity.CRITICAL if critical else Severity.MAJOR
            findings.append(Finding(" ".join(key), seen, f"{desired} available", since, severity=severity))
    findings += [
        Finding(f"{kind} {name}", "missing", "present and ready", severity=Severity.CRITICAL)
        for kind, name in sorted(wanted - present)
    ]
    return Outcome(f"{len(present)} workloads ready", "all ready", tuple(findings))


def pods_settled(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """No pod waits, crashes or hangs; pods of one owner with one reason are one finding."""
    groups: dict[tuple[str, str], list[Trouble]] = defaultdict(list)
    pods = snapshot["pods"]
    for pod in pods:
        if trouble := pod_trouble(pod, now, expected.grace):
            groups[owner_of(pod), trouble.reason].append(trouble)
    findings = tuple(
        Finding(
            owner,
            f"{len(members)} {'pod' if len(members) == 1 else 'pods'} {reason}"
            + (
                f": {shorten(message)}"
                if (message := next((one.message for one in members if one.message), ""))
                else ""
            ),
            "running",
            min((one.since for one in members if one.since), default=""),
            POD_ADVICE.get(reason, ""),
        )
        for (owner, reason), members in sorted(groups.items())
    )
    return Outcome(f"{len(pods)} pods, none stuck", "no pod pending or crashing", findings)


def hpas_see_metrics(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Each autoscaler can read its metrics and scale its target."""
    findings = []
    hpas = snapshot["hpas"]
    for hpa in hpas:
        broken = first_broken(hpa)
        if broken:
            findings.append(
                Finding(
                    f"HorizontalPodAutoscaler {name_of(hpa)}",
                    f"{broken.get('reason', '')}: {shorten(broken.get('message') or 'no message')}",
                    "metrics read, able to scale",
                    broken.get("lastTransitionTime") or "",
                )
            )
    return Outcome(f"{len(hpas)} autoscalers see their metrics", "all see their metrics", tuple(findings))


def first_broken(hpa: Json) -> Json | None:
    """Return the condition that stops an autoscaler; one that is switched off (0 replicas) is not broken."""
    for kind in ("AbleToScale", "ScalingActive"):
        found = condition(hpa, kind)
        if not found:
            return {"reason": "NotReconciled", "message": f"condition {kind} is not there yet"}
        if found.get("status") != "True" and found.get("reason") != "ScalingDisabled":
            return found
    return None


def apiservices_available(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Every API that the cluster announces is served: an unavailable one also blocks the deletion of namespaces."""
    services = snapshot["apiservices"]
    findings = tuple(
        Finding(
            f"APIService {name_of(service)}",
            f"{found.get('reason') or 'NoCondition'}: {shorten(found.get('message') or 'no message')}",
            "Available",
            found.get("lastTransitionTime") or "",
        )
        for service in services
        if (found := condition(service, "Available")).get("status") != "True"
    )
    return Outcome(f"{len(services)} APIServices available", "all available", findings)


def releases_deployed(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Judge the latest revision of each Helm release: any state but deployed needs a hand or blocks the next run."""
    latest: dict[str, tuple[int, Json]] = {}
    for secret in snapshot["releases"]:
        meta = secret.get("metadata") or {}
        labels = meta.get("labels") or {}
        key, revision = f"{meta.get('namespace', '')}/{labels.get('name', '')}", int(labels.get("version") or 0)
        if revision > latest.get(key, (-1, {}))[0]:
            latest[key] = (revision, meta)
    findings = tuple(
        Finding(
            f"release {key}",
            f"revision {revision} is {status_of(meta)}",
            "deployed",
            meta.get("creationTimestamp") or "",
        )
        for key, (revision, meta) in sorted(latest.items())
        if status_of(meta) != "deployed"
    )
    return Outcome(f"{len(latest)} releases deployed", "all deployed", findings)


def status_of(meta: Json) -> str:
    """Return a release's status as Helm labels its secret."""
    return str((meta.get("labels") or {}).get("status") or "without status")


def shorten(text: str, limit: int = 160) -> str:
    """Return a message on one line that fits beside others."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "api_answers",
        Severity.CRITICAL,
        (),
        api_answers,
        "Check the kubeconfig, the network to the cluster's endpoint and the cloud's status page.",
    ),
    Rule(
        "nodes_ready",
        Severity.MAJOR,
        ("nodes",),
        nodes_ready,
        "Look at the node's conditions; replace it when it does not come back.",
    ),
    Rule(
        "node_groups_complete",
        Severity.MAJOR,
        ("nodes",),
        node_groups_complete,
        "Look at the group's health issues in EKS: capacity, quota or IAM.",
    ),
    Rule(
        "gpus_advertised",
        Severity.MAJOR,
        ("nodes",),
        gpus_advertised,
        "Look at the device plugin's pod on that node, then at the driver.",
    ),
    Rule(
        "workloads_ready",
        Severity.MAJOR,
        tuple(WORKLOAD_KINDS.values()),
        workloads_ready,
        "Look at the pods of this workload.",
    ),
    Rule("pods_settled", Severity.MAJOR, ("pods",), pods_settled, "Describe the pod: kubectl describe pod."),
    Rule(
        "hpas_see_metrics",
        Severity.MAJOR,
        ("hpas",),
        hpas_see_metrics,
        "Check metrics-server, and that each container of the target requests the resource.",
    ),
    Rule(
        "apiservices_available",
        Severity.MAJOR,
        ("apiservices",),
        apiservices_available,
        "Look at the Service behind it and its pods; delete it when its program is gone.",
    ),
    Rule(
        "releases_deployed",
        Severity.MAJOR,
        ("releases",),
        releases_deployed,
        "Run the playbook again: it continues what was interrupted.",
    ),
)
