# SPDX-License-Identifier: Apache-2.0
"""Read a cluster: one list per kind. What cannot be read is said, not left out."""

from __future__ import annotations

import re
from collections.abc import Callable
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
    "leases": "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases",
    "namespaces": "/api/v1/namespaces",
    "validating_webhooks": "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "mutating_webhooks": "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "endpoints": "/apis/discovery.k8s.io/v1/endpointslices",
    "claims": "/api/v1/persistentvolumeclaims",
    "volumes": "/api/v1/persistentvolumes",
    "storage_classes": "/apis/storage.k8s.io/v1/storageclasses",
    "quotas": "/api/v1/resourcequotas",
    "cronjobs": "/apis/batch/v1/cronjobs",
    "jobs": "/apis/batch/v1/jobs",
    "autoscaler": "/api/v1/namespaces/kube-system/configmaps",
    "scale_events": "/api/v1/events",
    "certificates": "/apis/cert-manager.io/v1/certificates",
    "nodeclaims": "/apis/karpenter.sh/v1/nodeclaims",
    "nodepools": "/apis/karpenter.sh/v1/nodepools",
    "deprecated": "/metrics",
}
# A release's secret holds all its values: its labels are all that is asked for, and all that leaves the cluster.
QUERIES: Final[dict[str, dict[str, str]]] = {
    "releases": {"labelSelector": "owner=helm"},
    "autoscaler": {"fieldSelector": "metadata.name=cluster-autoscaler-status"},
    "scale_events": {"fieldSelector": "reason=FailedScaleUp"},
}
# Kinds of add-ons: a cluster that does not serve them has none. That the add-on is there at all, other rules judge.
OPTIONAL: Final = frozenset({"certificates", "nodeclaims", "nodepools"})
# A path of the API that answers with text → the text; raises KubeError.
Text = Callable[[str], str]


def observe(reader: Reader, text: Text) -> Snapshot:
    """Read everything that the rules look at."""
    version: str | Unreadable
    try:
        version = str(reader.get("/version").get("gitVersion") or "")
    except KubeError as error:
        # The first refusal stands for all: asking on would only wait through one timeout per kind.
        gone = Unreadable(error.message)
        return Snapshot(gone, dict.fromkeys(KINDS, gone))
    return Snapshot(version, {kind: read(reader, text, kind, path) for kind, path in KINDS.items()})


def read(reader: Reader, text: Text, kind: str, path: str) -> list[Json] | Unreadable:
    """List one kind."""
    query = QUERIES.get(kind, {})
    try:
        if kind == "deprecated":
            return deprecated(text(path))
        return reader.metadata(path, **query) if kind == "releases" else reader.items(path, **query)
    except MissingKindError as error:
        if kind in OPTIONAL:
            return []
        return Unreadable(f"{error.message} The cluster does not serve this kind")
    except KubeError as error:
        return Unreadable(error.message)


DEPRECATED: Final = re.compile(
    r"^apiserver_requested_deprecated_apis\{(?P<labels>[^}]*)\} (?P<value>\S+)", re.MULTILINE
)
LABEL: Final = re.compile(r'(\w+)="([^"]*)"')


def deprecated(metrics: str) -> list[Json]:
    """Return the deprecated APIs that somebody asked for since the API server started, one object of labels each."""
    return [dict(LABEL.findall(found["labels"])) for found in DEPRECATED.finditer(metrics) if found["value"] != "0"]
