# SPDX-License-Identifier: Apache-2.0
"""Read a cluster: one list per kind. What cannot be read is said, not left out."""

from __future__ import annotations

from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json, Snapshot, Unreadable
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, MissingKindError, Reader

KINDS: Final[dict[str, str]] = {
    "nodes": "/api/v1/nodes",
    "pods": "/api/v1/pods",
    "deployments": "/apis/apps/v1/deployments",
    "daemonsets": "/apis/apps/v1/daemonsets",
    "statefulsets": "/apis/apps/v1/statefulsets",
    "hpas": "/apis/autoscaling/v2/horizontalpodautoscalers",
    "apiservices": "/apis/apiregistration.k8s.io/v1/apiservices",
    "releases": "/api/v1/secrets",
}
# A release's secret holds all its values: its labels are all that is asked for, and all that leaves the cluster.
RELEASES_QUERY: Final = {"labelSelector": "owner=helm"}


def observe(reader: Reader) -> Snapshot:
    """Read everything that the rules look at."""
    version: str | Unreadable
    try:
        version = str(reader.get("/version").get("gitVersion") or "")
    except KubeError as error:
        # The first refusal stands for all: asking on would only wait through one timeout per kind.
        gone = Unreadable(error.message)
        return Snapshot(gone, dict.fromkeys(KINDS, gone))
    return Snapshot(version, {kind: read(reader, kind, path) for kind, path in KINDS.items()})


def read(reader: Reader, kind: str, path: str) -> list[Json] | Unreadable:
    """List one kind."""
    try:
        if kind == "releases":
            return reader.metadata(path, **RELEASES_QUERY)
        return reader.items(path)
    except MissingKindError as error:
        return Unreadable(f"{error.message} The cluster does not serve this kind")
    except KubeError as error:
        return Unreadable(error.message)
