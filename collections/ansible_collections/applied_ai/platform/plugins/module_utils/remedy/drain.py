# SPDX-License-Identifier: Apache-2.0
"""Cordon a node and move its pods away: through the eviction API, so that disruption budgets hold, and in bounded time.

``kubernetes.core.k8s_drain`` gives up at the first refusal of a budget and evicts by name; this tries again until its
time is over, and evicts only the very pods that it saw.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import counted, name_of
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube_write import GONE
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.tools import Tools

Json = dict[str, Any]
MIRROR: Final = "kubernetes.io/config.mirror"
# Seconds between two looks at what is left.
PAUSE: Final = 5.0
# Without the right to evict, trying again changes nothing.
FORBIDDEN: Final = frozenset({401, 403})
SHOWN: Final = 3


def controller(pod: Json) -> Json:
    """Return what makes a pod anew when it is gone, empty where nothing does."""
    owners: Iterable[Json] = (pod.get("metadata") or {}).get("ownerReferences") or []
    return next((one for one in owners if one.get("controller")), {})


def movable(pods: Iterable[Json]) -> list[Json]:
    """Return the pods that must go: not those of DaemonSets, of the kubelet itself, or that have ended."""
    return [
        pod
        for pod in pods
        if controller(pod).get("kind") != "DaemonSet"
        and MIRROR not in ((pod.get("metadata") or {}).get("annotations") or {})
        and (pod.get("status") or {}).get("phase") not in {"Succeeded", "Failed"}
    ]


def cordon(tools: Tools, node: Json) -> None:
    """Let no new pod come to this very node."""
    meta = node["metadata"]
    body = {"metadata": {"uid": meta["uid"]}, "spec": {"unschedulable": True}}
    tools.send("PATCH", f"/api/v1/nodes/{meta['name']}", body)


def on_node(tools: Tools, name: str) -> list[Json]:
    """Return the pods that must leave a node."""
    return movable(tools.reader.items("/api/v1/pods", fieldSelector=f"spec.nodeName={name}"))


def drain(tools: Tools, name: str) -> str:
    """Evict all pods of a node and wait until they are gone; say how many there were.

    Raises:
        RemedyError: A pod belongs to nothing that would make it anew, some are left in the end, or some came.
        KubeError: The caller may not evict, or it cannot be seen whether the node is empty.

    """
    pods = on_node(tools, name)
    if bare := sorted(name_of(pod) for pod in pods if not controller(pod)):
        msg = f"Failed to drain {name}: nothing would make {', '.join(bare[:SHOWN])} anew. Delete or move it by hand."
        raise RemedyError(msg)
    empty(tools, name, pods)
    # One that tolerates the cordon and comes back would be evicted again and again.
    if back := sorted(name_of(pod) for pod in on_node(tools, name)):
        msg = f"Failed to drain {name}: {', '.join(back[:SHOWN])} came although it is cordoned. Remove the toleration."
        raise RemedyError(msg)
    return f"drained of {counted(len(pods), 'pod')}"


def empty(tools: Tools, name: str, pods: list[Json]) -> None:
    """Evict these very pods, and wait until they are gone."""
    end = tools.tick() + tools.drain_seconds
    refused: dict[str, str] = {}
    left = pods
    while left:
        for pod in left:
            if tools.tick() < end and not pod["metadata"].get("deletionTimestamp"):
                refused[pod["metadata"]["uid"]] = evict(tools, pod)
        if tools.tick() >= end:
            raise RemedyError(over(name, tools.drain_seconds, left, refused))
        tools.sleep(max(0.0, min(PAUSE, end - tools.tick())))
        left = look_again(tools, name, left)


def look_again(tools: Tools, name: str, before: list[Json]) -> list[Json]:
    """Return what is left; while the API server does not answer, that is what was there before."""
    uids = {pod["metadata"]["uid"] for pod in before}
    try:
        return [pod for pod in on_node(tools, name) if pod["metadata"]["uid"] in uids]
    except KubeError:
        return before


def evict(tools: Tools, pod: Json) -> str:
    """Ask for the end of one very pod; return why not, or nothing where it ends or has gone."""
    meta = pod["metadata"]
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"namespace": meta["namespace"], "name": meta["name"]},
        "deleteOptions": {"preconditions": {"uid": meta["uid"]}},
    }
    try:
        tools.send("POST", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/eviction", body)
    except KubeError as error:
        status = error.details.get("status")
        if status in FORBIDDEN:
            raise
        return "" if status in GONE else error.message
    return ""


def over(name: str, seconds: int, left: list[Json], refused: dict[str, str]) -> str:
    """Return what is told when the time is over."""
    told = [
        f"{name_of(pod)}: {refused.get(pod['metadata']['uid']) or 'it does not end'}"
        for pod in sorted(left, key=name_of)[:SHOWN]
    ]
    more = f", and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    return f"Failed to drain {name} in {seconds} s: {counted(len(left), 'pod')} left. {' '.join(told)}{more}"
