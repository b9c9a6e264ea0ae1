# SPDX-License-Identifier: Apache-2.0
"""Whether services run with the replicas they want and autoscalers see metrics, and why not: one wait for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.workloads import KINDS, release_of
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, Reader
from ansible_collections.applied_ai.platform.plugins.module_utils.service.diagnosis import (
    FOR_EVER,
    Diagnosis,
    diagnose,
)

Json = dict[str, Any]
Key = tuple[str, str]
# (namespace, pod, container) → the last lines that it wrote before it ended
Log = Callable[[str, str, str], str]

AUTOSCALERS: Final = "/apis/autoscaling/v2/horizontalpodautoscalers"
REPLICA_SETS: Final = "/apis/apps/v1/namespaces/{namespace}/replicasets"
# The chart's label: no other workload of the cluster is even transferred.
SELECTOR: Final = "app.kubernetes.io/managed-by=Helm,service"
# What a release of the chart is made of that can be waited for.
OF_SERVICES: Final = tuple(kind for kind in KINDS if kind.name in ("Deployment", "StatefulSet", "Job"))
LOG_PATH: Final = "/api/v1/namespaces/{namespace}/pods/{pod}/log?container={container}&tailLines=20"
LINE: Final = 300
REVISION: Final = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class Wanted:
    """What a deployed service has to reach."""

    name: str
    namespace: str
    replicas: int
    autoscaling: bool


@dataclass(frozen=True)
class Seen:
    """What one look at a service found."""

    available: int = 0
    utilisation: Mapping[str, int | None] = field(default_factory=dict)
    trouble: Diagnosis | None = None


@dataclass(frozen=True)
class State:
    """How a service stands."""

    name: str
    namespace: str
    state: str
    """C(ready), C(waiting) or C(failed)."""
    seen: Seen
    since: float = 0.0
    """Seconds that the present trouble lasts."""
    reason: str = ""

    def as_dict(self) -> Json:
        """Return plain data for a module's result."""
        trouble = self.seen.trouble
        return {
            "name": self.name,
            "namespace": self.namespace,
            "state": self.state,
            "available": self.seen.available,
            "utilisation": dict(self.seen.utilisation),
            "kind": trouble.kind if trouble else "",
            "reason": self.reason or (trouble.sentence if trouble else ""),
            "since": round(self.since, 1),
        }


@dataclass(frozen=True)
class Limits:
    """How long is waited, in seconds."""

    rollout: float
    metrics: float = 180.0
    """For autoscalers, from when the pods are there."""


def _number(data: Json, key: str) -> int:
    return int(data.get(key) or 0)


def autoscaler_finding(autoscaler: Json | None) -> str:
    """Say what keeps an autoscaler from scaling, empty when it sees a value for each of its metrics."""
    if autoscaler is None:
        return "its HorizontalPodAutoscaler does not exist"
    status = autoscaler.get("status") or {}
    conditions = {one.get("type"): one for one in status.get("conditions") or []}
    active = conditions.get("ScalingActive") or {}
    if active.get("status") != "True":
        reason = " ".join(str(active.get("message") or "nothing reported yet").split())
        return f"its HorizontalPodAutoscaler sees no metrics ({reason})"
    seen = {name for name, value in utilisation(autoscaler).items() if value is not None}
    missing = [name for name in _metric_names(autoscaler["spec"].get("metrics")) if name not in seen]
    return f"its HorizontalPodAutoscaler sees no {' and no '.join(missing)}" if missing else ""


def utilisation(autoscaler: Json) -> dict[str, int | None]:
    """Return the current per cent of the request by resource."""
    return {
        str(one["resource"]["name"]): (one["resource"].get("current") or {}).get("averageUtilization")
        for one in (autoscaler.get("status") or {}).get("currentMetrics") or []
        if one.get("type") == "Resource" and one.get("resource")
    }


def _metric_names(metrics: Iterable[Json] | None) -> list[str]:
    return [str(one["resource"]["name"]) for one in metrics or [] if one.get("type") == "Resource"]


@dataclass(frozen=True)
class Item:
    """A workload of a service, and what it lacks."""

    kind: str
    data: Json
    reason: str
    failed: bool

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels by which its pods are found."""
        return ((self.data.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}

    @property
    def stable(self) -> bool:
        """Say whether it is the service itself, neither its canary nor a job of it."""
        return self.kind != "Job" and self.labels.get("track", "stable") == "stable"


def look(reader: Reader, wanted: Iterable[Wanted], *, nodes_grow: bool) -> dict[Key, Seen]:
    """Return what each service is at: one list call a kind, and three more for what is not ready."""
    services = {(one.namespace, one.name): one for one in wanted}
    items: dict[Key, list[Item]] = {key: [] for key in services}
    for kind in OF_SERVICES:
        for data in reader.items(kind.path, labelSelector=SELECTOR):
            if (key := release_of(data)) in items:
                state = kind.readiness(data)
                items[key].append(Item(kind.name, data, "" if state.ready else state.reason, state.failed))
    autoscalers = {
        (item["metadata"]["namespace"], item["spec"]["scaleTargetRef"]["name"]): item
        for item in (reader.items(AUTOSCALERS, labelSelector=SELECTOR) if any(map(_scales, services.values())) else [])
    }
    return {key: _seen(reader, services[key], items[key], autoscalers, nodes_grow) for key in sorted(services)}


def _scales(one: Wanted) -> bool:
    return one.autoscaling


def _seen(reader: Reader, one: Wanted, items: list[Item], autoscalers: Mapping[Key, Json], nodes_grow: bool) -> Seen:
    stable = next((item for item in items if item.stable), None)
    if stable is None:
        return Seen(trouble=Diagnosis("starting", "its Deployment does not exist"))
    autoscaler = autoscalers.get((one.namespace, str(stable.data["metadata"]["name"])))
    status = stable.data.get("status") or {}
    available = _number(status, "availableReplicas" if "availableReplicas" in status else "readyReplicas")
    shown = utilisation(autoscaler) if autoscaler else {}
    unready = next((item for item in items if item.reason), None)
    if unready:
        return Seen(available, shown, _why(reader, one.namespace, unready, nodes_grow))
    return Seen(available, shown, _too_few(one, stable, autoscaler))


def _too_few(one: Wanted, stable: Item, autoscaler: Json | None) -> Diagnosis | None:
    desired = _number(stable.data["spec"], "replicas")
    # An autoscaler without metrics does not reach its least number either.
    lacks = autoscaler_finding(autoscaler) if one.autoscaling else ""
    if desired < one.replicas and not lacks:
        lacks = f"it is at {desired} replicas, {one.replicas} are wanted"
    return Diagnosis("no_metrics" if one.autoscaling else "starting", lacks) if lacks else None


def _why(reader: Reader, namespace: str, item: Item, nodes_grow: bool) -> Diagnosis:
    """Explain what is not ready; where the API does not tell more, by what the workload itself says."""
    plain = Diagnosis("starting", f"{item.kind} {item.data['metadata']['name']}: {item.reason}")
    if item.failed:
        return Diagnosis("failed", plain.sentence, 0.0)
    if not item.labels:
        return plain
    base = f"/api/v1/namespaces/{namespace}"
    try:
        pods = reader.items(f"{base}/pods", labelSelector=_selector(item))
        mark = _current_hash(reader, namespace, item)
        current = [pod for pod in pods if _of_current(pod, item, mark)]
        events = reader.items(f"{base}/events", fieldSelector="type=Warning")
    except KubeError:
        return plain
    found = diagnose(current, events, {"kind": item.kind, **item.data}, nodes_grow=nodes_grow)
    if found is None or found.kind == "starting":
        return plain
    late = "ProgressDeadlineExceeded" in item.reason
    return Diagnosis(found.kind, found.sentence, 0.0 if late else found.grace, found.pod, found.container)


def _current_hash(reader: Reader, namespace: str, item: Item) -> tuple[str, str]:
    """Return the label that pods of the current version bear; an older version's trouble is no reason to give up."""
    if item.kind == "StatefulSet":
        return "controller-revision-hash", str((item.data.get("status") or {}).get("updateRevision") or "")
    uid, revision = item.data["metadata"].get("uid"), (item.data["metadata"].get("annotations") or {}).get(REVISION)
    for one in reader.items(REPLICA_SETS.format(namespace=namespace), labelSelector=_selector(item)):
        metadata = one["metadata"]
        owners = {owner.get("uid") for owner in metadata.get("ownerReferences") or []}
        if uid in owners and (metadata.get("annotations") or {}).get(REVISION) == revision:
            return "pod-template-hash", str((metadata.get("labels") or {}).get("pod-template-hash") or "")
    return "pod-template-hash", ""


def _selector(item: Item) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(item.labels.items()))


def _of_current(pod: Json, item: Item, mark: tuple[str, str]) -> bool:
    observed = _number(item.data.get("status") or {}, "observedGeneration")
    if item.kind == "Deployment" and observed < _number(item.data["metadata"], "generation"):
        # The newest version has no pods yet.
        return False
    return not mark[1] or (pod["metadata"].get("labels") or {}).get(mark[0]) == mark[1]


def judge(one: Wanted, seen: Seen, since: float, waited: float, limits: Limits) -> State:
    """Say how a service stands whose present trouble lasts ``since`` seconds, ``waited`` seconds after the start."""
    trouble = seen.trouble
    if trouble is None:
        return State(one.name, one.namespace, "ready", seen)
    if trouble.kind == "no_metrics":
        over = since >= limits.metrics or waited >= limits.rollout + limits.metrics
    else:
        over = since >= trouble.grace or waited >= limits.rollout
    return State(one.name, one.namespace, "failed" if over else "waiting", seen, since)


def wait(
    reader: Reader,
    wanted: list[Wanted],
    limits: Limits,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    at_most: float = FOR_EVER,
    before: Mapping[Key, tuple[str, float]] | None = None,
    waited: float = 0.0,
    nodes_grow: bool = False,
    interval: float = 2.0,
) -> list[State]:
    """Look once per interval until no service is waiting, or ``at_most`` seconds are over.

    A wait may go on where another stopped: ``before`` has kind and age of each service's trouble, ``waited`` its
    seconds so far. A round in which the API does not answer counts as a round, not as the end.
    """
    start = clock()
    troubles = {key: (kind, start - age) for key, (kind, age) in (before or {}).items()}
    states: list[State] = []
    while True:
        error: KubeError | None = None
        try:
            seen = look(reader, wanted, nodes_grow=nodes_grow)
            now = clock()
            states = _states(wanted, seen, troubles, now=now, waited=waited + now - start, limits=limits)
        except KubeError as caught:
            error = caught
        if not error and all(state.state != "waiting" for state in states):
            return states
        if error and waited + clock() - start + interval > limits.rollout + limits.metrics:
            raise error
        if clock() - start + interval > at_most:
            if error and not states:
                raise error
            return states
        sleep(interval)


def _states(
    wanted: Iterable[Wanted],
    seen: Mapping[Key, Seen],
    troubles: dict[Key, tuple[str, float]],
    *,
    now: float,
    waited: float,
    limits: Limits,
) -> list[State]:
    """Judge all services; remember since when each has its trouble."""
    states = []
    for one in sorted(wanted, key=lambda one: (one.namespace, one.name)):
        key = (one.namespace, one.name)
        trouble = seen[key].trouble
        kind = trouble.kind if trouble else ""
        if troubles.get(key, ("",))[0] != kind:
            troubles[key] = (kind, now)
        since = now - troubles.get(key, (kind, now))[1]
        states.append(judge(one, seen[key], since, waited, limits))
    return states


def with_last_words(states: Iterable[State], log: Log) -> list[State]:
    """Add the last line of the log to what crashed, where there is one."""
    return [_with_last_words(state, log) for state in states]


def _with_last_words(state: State, log: Log) -> State:
    trouble = state.seen.trouble
    if state.state != "failed" or trouble is None or not trouble.container:
        return state
    said = last_words(log(state.namespace, trouble.pod, trouble.container))
    return replace(state, reason=trouble.sentence + said)


def last_words(log: str) -> str:
    """Return the last line of a log as an appendix to a sentence."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return f"; its last line is: {lines[-1][:LINE]}" if lines else ""
