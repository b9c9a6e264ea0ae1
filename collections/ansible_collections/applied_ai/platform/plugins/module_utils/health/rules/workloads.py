# SPDX-License-Identifier: Apache-2.0
"""Rules about workloads: do their pods run, scale and finish."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Final, NamedTuple

from ansible_collections.applied_ai.platform.plugins.module_utils.health import scheduler
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    Finding,
    Json,
    Outcome,
    Rule,
    Severity,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import (
    age,
    condition,
    counted,
    created,
    name_of,
    owner_of,
    shorten,
)

WORKLOAD_KINDS: Final = {"Deployment": "deployments", "DaemonSet": "daemonsets", "StatefulSet": "statefulsets"}
# What to do about the reasons that Kubernetes gives; anything else gets the rule's own advice.
POD_ADVICE: Final = {
    "CrashLoopBackOff": "Read the container's last words: kubectl logs --previous.",
    "OOMKilled": "Raise the memory limit, or find what the process keeps.",
    "ImagePullBackOff": "Check the image's name and tag, and that the nodes may pull it.",
    "ErrImagePull": "Check the image's name and tag, and that the nodes may pull it.",
    "InvalidImageName": "Correct the image's name in the service's inputs.",
    "CreateContainerConfigError": "Create the Secret or ConfigMap that the pod names.",
}


# Reasons for which a Deployment is in a rollout; its controller says when that takes too long.
GOING_ON: Final = frozenset({"ReplicaSetUpdated", "NewReplicaSetCreated", "FoundNewReplicaSet"})


class Trouble(NamedTuple):
    """Why a pod does not get on."""

    reason: str
    message: str
    since: str


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


def obstacle(workload: Json) -> str:
    """Return why the controller makes no more pods, or gave up: quota, admission, deadline."""
    for kind, bad in (("ReplicaFailure", "True"), ("Progressing", "False")):
        found = condition(workload, kind)
        if found.get("status") == bad:
            return f": {shorten(found.get('message') or found.get('reason') or 'no message')}"
    return ""


def overdue(workload: Json) -> bool:
    """Say whether a Deployment's controller gave up a rollout, though the old pods go on."""
    found = condition(workload, "Progressing")
    return found.get("status") == "False" and found.get("reason") == "ProgressDeadlineExceeded"


def changed(workload: Json, now: datetime, grace: int) -> bool:
    """Say whether somebody just changed the workload; what its controller writes into its status is no change."""
    entries = (workload.get("metadata") or {}).get("managedFields") or ()
    times = [str(one.get("time") or "") for one in entries if one.get("subresource") != "status"]
    return any(time and age(time, now) <= grace for time in times)


def moving(snapshot: Snapshot, now: datetime, grace: int) -> Counter[str]:
    """Count by owner the pods that just come or go as they should: what they lack is no finding yet."""
    return Counter(owner_of(pod) for pod in snapshot["pods"] if comes_or_goes(pod, now, grace))


def comes_or_goes(pod: Json, now: datetime, grace: int) -> bool:
    """Say whether a pod just starts, or ends within its time."""
    meta, status = pod.get("metadata") or {}, pod.get("status") or {}
    if ended := meta.get("deletionTimestamp"):
        return age(ended, now) <= grace
    young = age(created(pod), now) <= grace and status.get("phase") in {"Pending", "Running"}
    return young and condition(pod, "Ready").get("status") != "True" and not container_trouble(status)


def settling(kind: str, workload: Json, coming: int, now: datetime, grace: int) -> bool:
    """Say whether what a workload lacks is part of a change that goes on as it should."""
    if obstacle(workload):
        return False
    available = condition(workload, "Available")
    since = available.get("lastTransitionTime") or ""
    if available.get("status") == "False" and age(since, now) > grace:
        return False
    rolls = condition(workload, "Progressing").get("reason") in GOING_ON and available.get("status") == "True"
    have, want = replicas(kind, workload)
    # A StatefulSet starts its pods one after the other.
    enough = min(want - have, 1) if kind == "StatefulSet" else want - have
    return changed(workload, now, grace) or rolls or 0 < enough <= coming


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
    # A Job tries again; jobs_succeed says when it gives up.
    if phase == "Failed" and owner_of(pod).startswith("Job "):
        return None
    scheduled = condition(pod, "PodScheduled")
    if phase == "Pending" and scheduled.get("status") == "False":
        reason = scheduled.get("reason") or "Unschedulable"
        # Whoever set the gate, a queue as a rule, lets it go on when its turn comes.
        if reason == "SchedulingGated":
            return None
        message = scheduler.telling(scheduled.get("message") or "")
        return Trouble(reason, message, scheduled.get("lastTransitionTime") or since)
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


def workloads_ready(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Deployments, DaemonSets and StatefulSets have all their pods, and the expected ones exist."""
    findings: list[Finding] = []
    present: set[tuple[str, str]] = set()
    wanted = {(item.kind, f"{item.namespace}/{item.name}") for item in expected.workloads}
    coming = moving(snapshot, now, expected.grace)
    for kind, plural in WORKLOAD_KINDS.items():
        for workload in snapshot[plural]:
            key = (kind, name_of(workload))
            present.add(key)
            if seen := lack(kind, workload, coming[" ".join(key)], now, expected.grace):
                available, desired = replicas(kind, workload)
                critical = key in wanted and observed(workload) and available == 0
                # Old pods that go on have been available since long before the rollout that was given up.
                telling = "Progressing" if overdue(workload) else "Available"
                since = condition(workload, telling).get("lastTransitionTime") or ""
                severity = Severity.CRITICAL if critical else Severity.MAJOR
                findings.append(Finding(" ".join(key), seen, f"{desired} available", since, severity=severity))
    findings += [
        Finding(f"{kind} {name}", "missing", "present and ready", severity=Severity.CRITICAL)
        for kind, name in sorted(wanted - present)
    ]
    return Outcome(f"{len(present)} workloads ready", "all ready", tuple(findings))


def lack(kind: str, workload: Json, coming: int, now: datetime, grace: int) -> str:
    """Return what a workload lacks, empty where it has all, or is about to."""
    available, desired = replicas(kind, workload)
    complete = observed(workload) and available >= desired
    if (complete and not overdue(workload)) or settling(kind, workload, coming, now, grace):
        return ""
    short = f"{available} of {desired} pods available{obstacle(workload)}"
    return short if observed(workload) else "change not yet taken up"


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
            next((what for one in members if (what := scheduler.advice(one.message))), "")
            if reason == "Unschedulable"
            else POD_ADVICE.get(reason, ""),
        )
        for (owner, reason), members in sorted(groups.items())
    )
    return Outcome(f"{len(pods)} pods, none stuck", "no pod pending or crashing", findings)


def hpas_see_metrics(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Each autoscaler can read its metrics and scale its target; a new one, or a new pod, has none at first."""
    hpas = snapshot["hpas"]
    findings = tuple(
        Finding(
            f"HorizontalPodAutoscaler {name_of(hpa)}",
            f"{broken.get('reason', '')}: {shorten(broken.get('message') or 'no message')}",
            "metrics read, able to scale",
            since,
        )
        for hpa in hpas
        if (broken := first_broken(hpa))
        and age(since := broken.get("lastTransitionTime") or created(hpa), now) > expected.grace
    )
    return Outcome(f"{len(hpas)} autoscalers see their metrics", "all see their metrics", findings)


def first_broken(hpa: Json) -> Json | None:
    """Return the condition that stops an autoscaler; one that is switched off (0 replicas) is not broken."""
    for kind in ("AbleToScale", "ScalingActive"):
        found = condition(hpa, kind)
        if not found:
            return {"reason": "NotReconciled", "message": f"condition {kind} is not there yet"}
        if found.get("status") != "True" and found.get("reason") != "ScalingDisabled":
            return found
    return None


def jobs_succeed(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Judge the last run of each CronJob and each Job on its own: none gave up."""
    last: dict[str, Json] = {}
    for job in snapshot["jobs"]:
        if finished(job) and finished(job) >= finished(last.get(subject := job_subject(job), {})):
            last[subject] = job
    suspended = {f"CronJob {name_of(one)}" for one in snapshot["cronjobs"] if (one.get("spec") or {}).get("suspend")}
    since = {
        f"CronJob {name_of(one)}": (one.get("status") or {}).get("lastSuccessfulTime") for one in snapshot["cronjobs"]
    }
    findings = tuple(
        Finding(
            subject,
            f"{'last run ' if subject in since else ''}failed: {shorten(why.get('message') or 'no message')}"
            + (f"; last success {since[subject]}" if since.get(subject) else ""),
            "completed",
            why.get("lastTransitionTime") or "",
        )
        for subject, job in sorted(last.items())
        if subject not in suspended and (why := condition(job, "Failed")).get("status") == "True"
    )
    return Outcome(f"{counted(len(last), 'job')} completed", "the last run completed", findings)


def finished(job: Json) -> str:
    """Return when a Job completed or gave up, empty while it runs."""
    ends = (condition(job, kind) for kind in ("Complete", "Failed"))
    return next((str(end.get("lastTransitionTime") or "") for end in ends if end.get("status") == "True"), "")


def job_subject(job: Json) -> str:
    """Return what a Job stands for: the CronJob that made it, or itself."""
    owner = owner_of(job)
    return owner if owner.startswith("CronJob ") else f"Job {name_of(job)}"


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "workloads_ready",
        Severity.MAJOR,
        (*WORKLOAD_KINDS.values(), "pods"),
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
        "jobs_succeed",
        Severity.MAJOR,
        ("cronjobs", "jobs"),
        jobs_succeed,
        "Read the log of the job's last pod; start it again with kubectl create job --from=cronjob/<name>.",
    ),
)
