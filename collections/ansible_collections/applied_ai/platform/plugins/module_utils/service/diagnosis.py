# SPDX-License-Identifier: Apache-2.0
"""Why the pods of a service do not come up, told apart, each in one sentence: pure functions on API objects."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.workloads import (
    event_time,
    pod_ready,
    pod_trouble,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.service.scheduling import gpus_of, unschedulable

Json = dict[str, Any]

# Restarts after which a pod that crashes is given up.
MANY_RESTARTS: Final = 3
# Seconds that a trouble may last which may be about to end: a registry that stutters, a Secret on its way.
GRACE: Final = 30.0
# Seconds that an autoscaler of nodes may take to change its mind after it said that it cannot help.
NODES_GRACE: Final = 60.0
FOR_EVER: Final = math.inf
OUT_OF_MEMORY: Final = 137
NOT_FOUND: Final = 127
NOT_EXECUTABLE: Final = 126

PULL_REASONS: Final = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
)
CONFIG_REASONS: Final = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
# What container runtimes and kubelets put before what the registry said.
PULL_PREFIX: Final = re.compile(
    r"^(?:Back-off pulling image \"[^\"]*\"(?:: (?:ErrImagePull|ImagePullBackOff))?:? ?|"
    r"Failed to pull image \"[^\"]*\": |"
    r"rpc error: code = \w+ desc = |failed to pull and unpack image \"[^\"]*\": |"
    r"failed to resolve (?:reference|image) \"[^\"]*\": |Error response from daemon: |initializing source \S+: )"
)
PULL_HELP: Final = (
    (
        re.compile(r"\b(unauthorized|denied|authorization|forbidden|401|403)\b", re.IGNORECASE),
        "give the nodes access to the registry, or name image.pull_secrets",
    ),
    (
        re.compile(r"\b(no such host|timeout|timed out|refused|unreachable|dial tcp)\b", re.IGNORECASE),
        "the registry cannot be reached from the nodes",
    ),
    (
        re.compile(r"\b(not found|manifest unknown|no such)\b", re.IGNORECASE),
        "push it, or correct image in service_definitions",
    ),
)
QUOTA: Final = re.compile(
    r"exceeded quota: (?P<quota>[\w.-]+), requested: (?P<asked>\S+), used: (?P<used>\S+), limited: (?P<limit>\S+)"
)
DENIED: Final = re.compile(
    r"(?:pods? \"[^\"]*\" is forbidden: |admission webhook \"(?P<webhook>[^\"]+)\" denied the request: )"
)
PROBE: Final = re.compile(
    r"^(?P<probe>Readiness|Liveness|Startup) probe (?:failed|errored)[^:]*: *(?P<answer>.*)", re.DOTALL
)


@dataclass(frozen=True)
class Diagnosis:
    """What keeps a service from coming up."""

    kind: str
    sentence: str
    grace: float = FOR_EVER
    """Seconds of it after which waiting is hopeless."""
    pod: str = ""
    container: str = ""
    """Whose last words would explain it, where a log would."""


# Worst first: of several pods the one is told that explains most.
RANK: Final = (
    "crash_loop",
    "image_pull",
    "config",
    "refused",
    "unschedulable_gpu",
    "unschedulable",
    "volume",
    "not_ready",
    "starting",
)


def diagnose(pods: Iterable[Json], events: Iterable[Json], workload: Json, *, nodes_grow: bool) -> Diagnosis | None:
    """Say what keeps the pods of a workload's current version from being ready, None when nothing does.

    ``nodes_grow`` says that somebody adds nodes for pods that fit on none.
    """
    warnings = [event for event in events if event.get("type") == "Warning"]
    bad = sorted((pod for pod in pods if not pod_ready(pod)), key=lambda pod: str(pod["metadata"]["name"]))
    found = [of_pod(pod, _about(warnings, pod), nodes_grow=nodes_grow) for pod in bad]
    if refused := of_workload(workload, warnings):
        found.append(refused)
    return min(found, key=lambda one: RANK.index(one.kind), default=None)


def of_pod(pod: Json, warnings: list[Json], *, nodes_grow: bool) -> Diagnosis:
    """Say what keeps one pod from being ready."""
    return (
        _of_containers(pod, warnings)
        or _of_scheduling(pod, warnings, nodes_grow=nodes_grow)
        or _of_volumes(pod, warnings)
        or _of_probes(pod, warnings)
        or Diagnosis("starting", f"pod {_name(pod)} is {pod_trouble(pod)}")
    )


def of_workload(workload: Json, warnings: Iterable[Json]) -> Diagnosis | None:
    """Say why no pod may be made, None when one may."""
    for condition in (workload.get("status") or {}).get("conditions") or []:
        if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
            return _refused(str(condition.get("message") or ""))
    # A StatefulSet has no such condition, only events.
    name = str(workload["metadata"]["name"])
    mine = [
        event
        for event in warnings
        if event.get("reason") == "FailedCreate"
        and (event.get("involvedObject") or {}).get("kind") == "StatefulSet"
        and (event.get("involvedObject") or {}).get("name") == name
    ]
    if mine and workload.get("kind", "StatefulSet") == "StatefulSet":
        return _refused(str(max(mine, key=event_time).get("message") or ""))
    return None


def _refused(message: str) -> Diagnosis:
    text = _line(message)
    if quota := QUOTA.search(text):
        used = {key: value for key, _, value in (part.partition("=") for part in quota["used"].split(","))}
        limits = {key: value for key, _, value in (part.partition("=") for part in quota["limit"].split(","))}
        asked = ", ".join(
            f"{value} {key} where {used.get(key, '?')} of {limits.get(key, '?')} are used"
            for key, _, value in (part.partition("=") for part in quota["asked"].split(","))
        )
        return Diagnosis(
            "refused",
            f"the quota {quota['quota']} refuses a further pod ({asked}), ask for less or raise the team's quota",
            GRACE,
        )
    denied = DENIED.search(text)
    who = f"the admission webhook {denied['webhook']}" if denied and denied["webhook"] else "the API server"
    why = text[denied.end() :] if denied else text
    return Diagnosis("refused", f"{who} refuses its pods: {why}", GRACE)


def _of_containers(pod: Json, warnings: list[Json]) -> Diagnosis | None:
    status = pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        if container.get("ready"):
            continue
        state = container.get("state") or {}
        waiting = state.get("waiting") or {}
        reason, message = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
        if reason in PULL_REASONS:
            return _image_pull(pod, container, reason, message, warnings)
        if reason in CONFIG_REASONS:
            return Diagnosis(
                "config",
                f"container {container['name']} cannot be made: {_line(message) or reason}, "
                "create what is missing or correct the definition",
                GRACE,
            )
        if crash := _crash(pod, container, warnings):
            return crash
    return None


def _image_pull(pod: Json, container: Json, reason: str, message: str, warnings: list[Json]) -> Diagnosis:
    image = str(container.get("image") or "") or _image(pod, str(container["name"]))
    told = [str(one.get("message") or "") for one in sorted(warnings, key=event_time, reverse=True)]
    said = next((text for text in map(_registry_said, [message, *told]) if text), "")
    # The image's own name may hold any of these words.
    plain = said.replace(image, "")
    help_ = next((help_ for pattern, help_ in PULL_HELP if pattern.search(plain)), "")
    if reason == "InvalidImageName":
        said, help_ = "this is no name of an image", "correct image in service_definitions"
    sentence = f"the image {image} cannot be pulled" + (f": {said}" if said else "") + (f", {help_}" if help_ else "")
    return Diagnosis("image_pull", sentence, 0.0 if reason == "InvalidImageName" else GRACE)


def _registry_said(message: str) -> str:
    """Return what the registry said, without what others put before it; nothing when it is only about waiting."""
    text = _line(message)
    if "pull" not in text.lower() and "image" not in text.lower():
        return ""
    while shorter := PULL_PREFIX.match(text):
        text = text[shorter.end() :]
    return text if text not in ("Error", "Error: ErrImagePull", "Error: ImagePullBackOff") else ""


def _crash(pod: Json, container: Json, warnings: list[Json]) -> Diagnosis | None:
    state, restarts = container.get("state") or {}, int(container.get("restartCount") or 0)
    waiting = (state.get("waiting") or {}).get("reason") == "CrashLoopBackOff"
    ended = state.get("terminated") or (container.get("lastState") or {}).get("terminated") or {}
    code = int(ended.get("exitCode") or 0)
    # A container that ended well and is to run on crashes, too; one that runs now has restarted and may yet come up.
    if not waiting and not (state.get("terminated") and code) and not (restarts >= MANY_RESTARTS and ended):
        return None
    name = str(container["name"])
    sentence = f"container {name} crashes again and again (exit code {code}, {restarts} restarts)"
    if ended.get("reason") == "OOMKilled":
        sentence += ": it needs more memory than resources.limits.memory, raise it"
    elif code == NOT_FOUND or "no such file" in str(ended.get("message") or ""):
        sentence += ": the image has no such command"
    elif code == NOT_EXECUTABLE:
        sentence += ": its command cannot be executed"
    elif (probe := _probe(warnings, "Liveness", "Startup")) and code in (0, OUT_OF_MEMORY, 143):
        sentence += f": it is ended because its {probe}"
    return Diagnosis("crash_loop", sentence, 0.0 if restarts >= MANY_RESTARTS else FOR_EVER, _name(pod), name)


def _of_scheduling(pod: Json, warnings: list[Json], *, nodes_grow: bool) -> Diagnosis | None:
    for condition in (pod.get("status") or {}).get("conditions") or []:
        if (
            condition.get("type") == "PodScheduled"
            and condition.get("status") == "False"
            and condition.get("reason") == "Unschedulable"
        ):
            gpus = gpus_of(pod)
            sentence = unschedulable(pod, str(condition.get("message") or ""))
            grace = GRACE
            if nodes_grow:
                refusal = _nodes_refused(warnings)
                sentence += f"; no node is added for it: {refusal}" if refusal else ""
                grace = NODES_GRACE if refusal else FOR_EVER
            return Diagnosis("unschedulable_gpu" if gpus else "unschedulable", sentence, grace)
    return None


def _nodes_refused(warnings: list[Json]) -> str:
    """Return what Karpenter says where no node that it could add would take the pod."""
    mine = [
        one
        for one in warnings
        if "karpenter"
        in (str(one.get("reportingComponent") or "") + str((one.get("source") or {}).get("component") or ""))
    ]
    return _line(str(max(mine, key=event_time).get("message") or "")) if mine else ""


def _of_volumes(pod: Json, warnings: list[Json]) -> Diagnosis | None:
    mine = [one for one in warnings if one.get("reason") in ("FailedMount", "FailedAttachVolume")]
    if not mine or (pod.get("status") or {}).get("phase") != "Pending":
        return None
    text = _line(str(max(mine, key=event_time).get("message") or ""))
    return Diagnosis("volume", f"a volume of pod {_name(pod)} cannot be mounted: {text}")


def _of_probes(pod: Json, warnings: list[Json]) -> Diagnosis | None:
    states = (pod.get("status") or {}).get("containerStatuses") or []
    running = [one for one in states if "running" in (one.get("state") or {}) and not one.get("ready")]
    if not running:
        return None
    said = _probe(warnings, "Readiness", "Startup", "Liveness")
    name = running[0]["name"]
    if not said:
        # Nobody complained yet, so it may be starting still.
        return Diagnosis("not_ready", f"container {name} runs, but its readiness probe has not succeeded yet")
    return Diagnosis("not_ready", f"container {name} runs, but its {said}")


def _probe(warnings: list[Json], *probes: str) -> str:
    """Return what a probe answered last."""
    for event in sorted(warnings, key=event_time, reverse=True):
        found = PROBE.match(str(event.get("message") or ""))
        if event.get("reason") == "Unhealthy" and found and found["probe"] in probes:
            answer = _line(found["answer"]) or "no answer"
            return f"{found['probe'].lower()} probe fails: {answer}"
    return ""


def _about(events: Iterable[Json], pod: Json) -> list[Json]:
    return [one for one in events if (one.get("involvedObject") or {}).get("name") == _name(pod)]


def _image(pod: Json, container: str) -> str:
    spec = pod.get("spec") or {}
    found = [
        one
        for one in [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
        if one["name"] == container
    ]
    return str(found[0].get("image") or "") if found else "?"


def _name(pod: Json) -> str:
    return str(pod["metadata"]["name"])


def _line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
