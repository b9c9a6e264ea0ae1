# SPDX-License-Identifier: Apache-2.0
"""What became of a pod that runs once for a service, such as its migration or its smoke test: pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.service.diagnosis import Diagnosis, of_pod

Json = dict[str, Any]


def newest(pods: Iterable[Json]) -> Json | None:
    """Return the pod that was made last."""
    return max(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp") or ""), default=None)


def explain(pods: Iterable[Json], events: Iterable[Json]) -> Diagnosis | None:
    """Say why the newest pod did not do its work, None when there is no pod or it did."""
    pod = newest(pods)
    if pod is None or (pod.get("status") or {}).get("phase") == "Succeeded":
        return None
    status, name = pod.get("status") or {}, str(pod["metadata"]["name"])
    if status.get("reason") == "DeadlineExceeded":
        return Diagnosis("failed", f"pod {name} was not done in time", 0.0)
    for container in status.get("containerStatuses") or []:
        ended = (container.get("state") or {}).get("terminated") or {}
        if ended and int(ended.get("exitCode") or 0):
            sentence = f"container {container['name']} ended with exit code {ended['exitCode']}"
            if ended.get("reason") == "OOMKilled":
                sentence += ", it needs more memory than it may use"
            return Diagnosis("failed", sentence, 0.0, name, str(container["name"]))
    about = [
        event
        for event in events
        if event.get("type") == "Warning" and (event.get("involvedObject") or {}).get("name") == name
    ]
    return of_pod(pod, about, nodes_grow=False)
