# SPDX-License-Identifier: Apache-2.0
"""Is a workload that a release brought ready, and if not, why: pure functions on API objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

# Helm itself puts this label on everything it creates, and the annotations below.
SELECTOR: Final = "app.kubernetes.io/managed-by=Helm"
RELEASE_NAME: Final = "meta.helm.sh/release-name"
RELEASE_NAMESPACE: Final = "meta.helm.sh/release-namespace"


@dataclass(frozen=True)
class Readiness:
    """Whether one workload is ready; ``failed`` means that waiting longer is useless."""

    ready: bool
    reason: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Pending:
    """A workload that is not ready."""

    release: str
    kind: str
    name: str
    namespace: str
    reason: str
    failed: bool
    match_labels: tuple[tuple[str, str], ...] = ()

    def sentence(self) -> str:
        """Name the workload and say what it lacks."""
        return f"{self.kind} {self.name} of release {self.release}: {self.reason}"

    def as_dict(self) -> Json:
        """Return plain data for a module's result."""
        return {name: getattr(self, name) for name in ("release", "kind", "name", "namespace", "reason", "failed")}


def deployment_ready(deployment: Json) -> Readiness:
    """Say whether every replica is of the current template and available."""
    spec, status = deployment["spec"], deployment.get("status") or {}
    want = _number(spec, "replicas", 1)
    if not _observed(deployment):
        return Readiness(False, "its controller has not seen it yet")
    updated, available = _number(status, "updatedReplicas"), _number(status, "availableReplicas")
    if _number(status, "replicas") > updated:
        return Readiness(False, "pods of an older revision are still there")
    if updated < want or available < want:
        return Readiness(False, f"{available} of {want} replicas are available{_condition(status)}")
    return Readiness(True)


def stateful_set_ready(stateful_set: Json) -> Readiness:
    """Say whether every replica is of the current template and ready."""
    spec, status = stateful_set["spec"], stateful_set.get("status") or {}
    want = _number(spec, "replicas", 1)
    if not _observed(stateful_set):
        return Readiness(False, "its controller has not seen it yet")
    ready = _number(status, "readyReplicas")
    if ready < want:
        return Readiness(False, f"{ready} of {want} replicas are ready{_condition(status)}")
    on_delete = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
    if not on_delete and status.get("updateRevision") != status.get("currentRevision"):
        return Readiness(False, "pods of an older revision are still there")
    return Readiness(True)


def daemon_set_ready(daemon_set: Json) -> Readiness:
    """Say whether every node that wants its pod has it, of the current template and available; no node is fine."""
    status = daemon_set.get("status") or {}
    if not _observed(daemon_set):
        return Readiness(False, "its controller has not seen it yet")
    want, available = _number(status, "desiredNumberScheduled"), _number(status, "numberAvailable")
    on_delete = (daemon_set["spec"].get("updateStrategy") or {}).get("type") == "OnDelete"
    if not on_delete and _number(status, "updatedNumberScheduled") < want:
        return Readiness(False, "pods of an older revision are still there")
    if available < want:
        return Readiness(False, f"{available} of {want} nodes have it available{_condition(status)}")
    return Readiness(True)


def job_ready(job: Json) -> Readiness:
    """Say whether the job is complete; a failed one stays failed."""
    status = job.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition.get("status") == "True" and condition.get("type") == "Complete":
            return Readiness(True)
        if condition.get("status") == "True" and condition.get("type") == "Failed":
            return Readiness(False, f"it failed: {words(condition)}", failed=True)
    if (job.get("spec") or {}).get("suspend"):
        return Readiness(True)
    return Readiness(False, f"it is not complete ({_number(status, 'active')} active)")


def api_service_ready(api_service: Json) -> Readiness:
    """Say whether the aggregated API answers."""
    for condition in (api_service.get("status") or {}).get("conditions") or []:
        if condition.get("type") == "Available":
            if condition.get("status") == "True":
                return Readiness(True)
            return Readiness(False, f"it is not available: {words(condition)}")
    return Readiness(False, "it has not been checked by the API server yet")


@dataclass(frozen=True)
class Kind:
    """A kind that is waited for: where it is listed and when it is ready."""

    name: str
    path: str
    readiness: Callable[[Json], Readiness]


KINDS: Final = (
    Kind("Deployment", "/apis/apps/v1/deployments", deployment_ready),
    Kind("DaemonSet", "/apis/apps/v1/daemonsets", daemon_set_ready),
    Kind("StatefulSet", "/apis/apps/v1/statefulsets", stateful_set_ready),
    Kind("Job", "/apis/batch/v1/jobs", job_ready),
    Kind("APIService", "/apis/apiregistration.k8s.io/v1/apiservices", api_service_ready),
)


def release_of(item: Json) -> tuple[str, str]:
    """Return namespace and name of the release that an object belongs to."""
    annotations = item["metadata"].get("annotations") or {}
    return annotations.get(RELEASE_NAMESPACE, ""), annotations.get(RELEASE_NAME, "")


def pending_of(kind: Kind, items: Iterable[Json], releases: Iterable[tuple[str, str]]) -> tuple[int, list[Pending]]:
    """Return how many objects of one kind belong to ``releases``, and those that are not ready."""
    wanted = set(releases)
    mine = [item for item in items if release_of(item) in wanted]
    pending = []
    for item in mine:
        state = kind.readiness(item)
        if not state.ready:
            labels = ((item.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
            metadata = item["metadata"]
            pending.append(
                Pending(
                    release=release_of(item)[1],
                    kind=kind.name,
                    name=metadata["name"],
                    namespace=metadata.get("namespace", ""),
                    reason=state.reason,
                    failed=state.failed,
                    match_labels=tuple(sorted(labels.items())),
                )
            )
    return len(mine), pending


def explain(pods: Iterable[Json], events: Iterable[Json]) -> str:
    """Say in a few words why pods do not run: the first trouble of a pod, and the newest warning about it."""
    bad = sorted((pod for pod in pods if not pod_ready(pod)), key=lambda pod: str(pod["metadata"]["name"]))
    if not bad:
        return ""
    pod = bad[0]
    name = str(pod["metadata"]["name"])
    parts = [f"pod {name} is {pod_trouble(pod)}"]
    warnings = [
        event
        for event in events
        if event.get("type") == "Warning" and (event.get("involvedObject") or {}).get("name") == name
    ]
    if warnings:
        newest = max(warnings, key=event_time)
        parts.append(f"last warning: {words(newest)}")
    return "; ".join(parts)


def pod_ready(pod: Json) -> bool:
    """Say whether a pod is ready, or has done its work."""
    status = pod.get("status") or {}
    if status.get("phase") == "Succeeded":
        return True
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in status.get("conditions") or [])


def pod_trouble(pod: Json) -> str:
    """Say in a few words what keeps a pod from being ready."""
    status = pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = container.get("state") or {}
        waiting = state.get("waiting") or (state.get("terminated") if not container.get("ready") else None)
        if waiting and waiting.get("reason") not in (None, "Completed"):
            return f"{waiting['reason']} (container {container['name']})"
    for condition in status.get("conditions") or []:
        if condition.get("status") == "False" and condition.get("reason") == "Unschedulable":
            return f"Unschedulable: {condition.get('message', '')}".rstrip(": ")
    return f"{status.get('phase', 'Unknown')}, not ready"


def _observed(item: Json) -> bool:
    status = item.get("status") or {}
    return _number(status, "observedGeneration") >= _number(item["metadata"], "generation", 1)


def _condition(status: Json) -> str:
    """Return the newest condition that says that something is wrong, as an appendix."""
    wrong = [
        one
        for one in status.get("conditions") or []
        if (one.get("status") == "False" and one.get("type") in ("Available", "Progressing"))
        or (one.get("status") == "True" and one.get("type") == "ReplicaFailure")
    ]
    # Of conditions of one second the failure says more than what follows from it.
    wrong.sort(key=lambda one: (str(one.get("lastTransitionTime", "")), one.get("type") == "ReplicaFailure"))
    return f" ({words(wrong[-1])})" if wrong else ""


def words(item: Json) -> str:
    """Return reason and message of a condition or an event on one line."""
    text = " ".join(str(item.get("message") or "").split()).rstrip(".")
    reason = str(item.get("reason") or "")
    return f"{reason}: {text}" if reason and text else reason or text or "no reason given"


def event_time(event: Json) -> str:
    """Return when an event was seen last."""
    metadata = event.get("metadata") or {}
    return str(event.get("lastTimestamp") or event.get("eventTime") or metadata.get("creationTimestamp") or "")


def _number(data: Json, key: str, default: int = 0) -> int:
    value = data.get(key)
    return default if value is None else int(value)
