# SPDX-License-Identifier: Apache-2.0
"""Read a cluster: one list per kind. What cannot be read is said, not left out."""

from __future__ import annotations

import contextlib
import functools
import gc
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.fields import keeper
from ansible_collections.applied_ai.platform.plugins.module_utils.health.in_time import in_time
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json, Snapshot, Unreadable
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    BusyError,
    KubeError,
    MissingKindError,
    Reader,
    UnreachableError,
)

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
# The longest lists first, so that no other waits for them at the end.
FIRST: Final = tuple(sorted(KINDS, key=lambda kind: kind not in {"pods", "nodes"}))
# Seconds that a whole look may take.
LIMIT: Final = 300.0
# Kinds that are read at once: the API server answers one while another is reduced.
WORKERS: Final = 2
# Every API server counts its requests, from the first on, this one included.
OWN_METRIC: Final = "apiserver_request"
# So many kinds one after the other without any answer, and nobody answers.
PATIENCE: Final = 3
# A path of the API that answers with text → the text; raises KubeError.
Text = Callable[[str], str]


def observe(reader: Reader, text: Text, limit: float = LIMIT, workers: int = WORKERS) -> Snapshot:
    """Read everything that the rules look at, in at most ``limit`` seconds; what is not read by then is unknown."""
    begin = time.monotonic()
    late = Unreadable(f"It was not read within the {limit:g} s that the look may take (limit_s)")
    version = in_time({"version": lambda: version_of(reader)}, limit, 1).get("version", late)
    if isinstance(version, Lost):
        # No answer stands for all: asking on would only wait through one timeout for each kind. A refusal does not.
        return Snapshot(version, dict.fromkeys(KINDS, version))
    silence = Silence()
    jobs = {kind: functools.partial(silence.unless, reader, text, kind) for kind in FIRST}
    with uncollected():
        found = in_time(jobs, limit - (time.monotonic() - begin), workers)
    return Snapshot(version, {kind: found.get(kind, late) for kind in KINDS})


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Switch the collector of cycles off: objects of the API have none, and looking for some costs a quarter."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass(frozen=True)
class Lost(Unreadable):
    """What could not be read because nobody answered, as against what was refused."""


class Silence:
    """Notices that nobody answers any more: asking on would only wait through one timeout for each kind."""

    def __init__(self) -> None:
        self._lost: list[Lost] = []
        self._gone: Lost | None = None

    def unless(self, reader: Reader, text: Text, kind: str) -> list[Json] | Unreadable:
        """List one kind, unless nobody answers."""
        if self._gone:
            return self._gone
        found = read(reader, text, kind, KINDS[kind])
        if not isinstance(found, Lost):
            self._lost = []
            return found
        self._lost = [*self._lost, found]
        if isinstance(found, Gone) or len(self._lost) >= PATIENCE:
            self._gone = Lost(f"Not asked, since nobody answers: {found.reason}")
        return found


@dataclass(frozen=True)
class Gone(Lost):
    """There was not even a connection."""


def version_of(reader: Reader) -> str | Unreadable:
    """Return the API server's version."""
    try:
        told = reader.get("/version")
    except KubeError as error:
        return unreadable(error)
    version = told.get("gitVersion") if isinstance(told, dict) else None
    return version if isinstance(version, str) and version else Unreadable("GET /version names no version")


def unreadable(error: KubeError) -> Unreadable:
    """Return why something could not be read: no connection, no answer, or a refusal, which is an answer."""
    if isinstance(error, UnreachableError):
        return Gone(error.message)
    silent = isinstance(error, BusyError) and "status" not in error.details
    return Lost(error.message) if silent else Unreadable(error.message)


def read(reader: Reader, text: Text, kind: str, path: str) -> list[Json] | Unreadable:
    """List one kind, of each object what the rules look at."""
    query = QUERIES.get(kind, {})
    try:
        if kind == "deprecated":
            return deprecated(counted_by_api(text(path)))
        return reader.metadata(path, **query) if kind == "releases" else listed(reader, kind, path, query)
    except MissingKindError as error:
        if kind in OPTIONAL:
            return []
        return Unreadable(f"{error.message} The cluster does not serve this kind")
    except KubeError as error:
        return unreadable(error)


def listed(reader: Reader, kind: str, path: str, query: dict[str, str]) -> list[Json]:
    """Return the objects of a kind, reduced page by page."""
    return reader.items(path, keep=keeper(kind), **query)


def counted_by_api(metrics: str) -> str:
    """Return an API server's metrics; anything else, such as a proxy's page, would say that nothing is deprecated."""
    if OWN_METRIC not in metrics:
        msg = "GET /metrics answers with something that is not an API server's metrics."
        raise KubeError(msg)
    return metrics


DEPRECATED: Final = re.compile(
    r"^apiserver_requested_deprecated_apis\{(?P<labels>[^}]*)\} (?P<value>\S+)", re.MULTILINE
)
LABEL: Final = re.compile(r'(\w+)="([^"]*)"')


def deprecated(metrics: str) -> list[Json]:
    """Return the deprecated APIs that somebody asked for since the API server started, one object of labels each."""
    return [dict(LABEL.findall(found["labels"])) for found in DEPRECATED.finditer(metrics) if found["value"] != "0"]
