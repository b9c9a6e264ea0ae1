# SPDX-License-Identifier: Apache-2.0
"""What the rules look at, kind by kind. The rest of an object is left out as soon as its page is read.

Of a pod of six kilobytes three are a record of who wrote which field; none of it says anything about health.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

Json = dict[str, Any]
# Field, whether it is a list of objects, and what is kept of it: nothing means all
Branches = tuple[tuple[str, bool, "Branches"], ...]

NAMES: Final = ("metadata.name", "metadata.namespace")
MADE: Final = (*NAMES, "metadata.creationTimestamp")
OWNED: Final = (*MADE, "metadata.ownerReferences[].kind", "metadata.ownerReferences[].name")
STATE: Final = tuple(
    f"status.conditions[].{field}" for field in ("type", "status", "reason", "message", "lastTransitionTime")
)
# When a workload was changed is told only by the record of who wrote which field.
CHANGED: Final = ("metadata.managedFields.time", "metadata.managedFields.subresource")
WORKLOAD: Final = (*NAMES, "metadata.generation", *CHANGED, "spec.replicas", *STATE)
CONTAINER: Final = ("name", "restartCount", "ready", "state.waiting", "lastState.terminated")
HOOKS: Final = (
    *NAMES,
    *(f"webhooks[].{field}" for field in ("name", "failurePolicy", "clientConfig.service", "rules[].resources")),
)
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "nodes": (
        *MADE,
        "metadata.labels",
        "spec.unschedulable",
        "spec.taints",
        "status.capacity",
        "status.allocatable",
        "status.nodeInfo.kubeletVersion",
        *STATE,
    ),
    "pods": (
        *OWNED,
        "metadata.deletionTimestamp",
        "metadata.labels.pod-template-hash",
        "spec.nodeName",
        *(f"spec.{kind}[].{field}" for kind in ("containers", "initContainers") for field in ("name", "resources")),
        "spec.initContainers[].restartPolicy",
        "spec.volumes[].persistentVolumeClaim",
        *(f"status.{field}" for field in ("phase", "reason", "message", "startTime")),
        *(f"status.{kind}[].{field}" for kind in ("containerStatuses", "initContainerStatuses") for field in CONTAINER),
        *STATE,
    ),
    "deployments": (
        *WORKLOAD,
        *(f"status.{field}" for field in ("observedGeneration", "availableReplicas", "updatedReplicas")),
    ),
    "statefulsets": (
        *WORKLOAD,
        *(f"status.{field}" for field in ("observedGeneration", "readyReplicas", "updatedReplicas")),
    ),
    "daemonsets": (
        *WORKLOAD,
        "status.observedGeneration",
        *(f"status.{field}" for field in ("numberAvailable", "desiredNumberScheduled", "updatedNumberScheduled")),
    ),
    "hpas": (*MADE, *STATE),
    "apiservices": (*NAMES, *STATE),
    "leases": (*NAMES, "spec.renewTime"),
    "namespaces": (*NAMES, "metadata.deletionTimestamp", *STATE),
    "validating_webhooks": HOOKS,
    "mutating_webhooks": HOOKS,
    "endpoints": (*NAMES, "metadata.labels", "endpoints[].conditions.ready"),
    "claims": (*MADE, "spec.storageClassName", "spec.resources.requests", "status.phase", *STATE),
    "volumes": (
        *NAMES,
        "spec.persistentVolumeReclaimPolicy",
        *(f"status.{field}" for field in ("phase", "message", "lastPhaseTransitionTime")),
    ),
    "storage_classes": (*NAMES, "metadata.annotations", "provisioner", "volumeBindingMode"),
    "quotas": (*NAMES, "status.hard", "status.used"),
    "cronjobs": (*NAMES, "spec.suspend", "status.lastSuccessfulTime"),
    "jobs": (*OWNED, "metadata.labels.pod-template-hash", *STATE),
    "autoscaler": ("metadata.annotations", "data"),
    "scale_events": (*MADE, "lastTimestamp", "eventTime", "involvedObject", "message"),
    "certificates": (*MADE, "status.notAfter", "status.renewalTime", *STATE),
    "nodeclaims": (*MADE, *STATE),
    "nodepools": (*NAMES, *STATE),
}


def branches(paths: Iterable[str]) -> Branches:
    """Return dotted paths as a tree; ``[]`` after a field says that it is a list of objects."""
    below: dict[str, list[str]] = {}
    for path in paths:
        field, _, rest = path.partition(".")
        below.setdefault(field, []).extend([rest] if rest else [])
    return tuple((field.removesuffix("[]"), field.endswith("[]"), branches(rest)) for field, rest in below.items())


def keeper(kind: str) -> Callable[[Json], Json] | None:
    """Return what reduces an object of a kind to what the rules look at, nothing where it is kept whole.

    Parts that are alike, such as the containers of a Deployment's pods, are one part afterwards: nobody changes them.
    """
    if kind not in FIELDS:
        return None
    wanted, known = branches(FIELDS[kind]), Known()

    def keep(obj: Json) -> Json:
        return kept_of(obj, wanted, known)

    return keep


class Known:
    """Parts that were seen before, each once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._parts: dict[bytes, Any] = {}

    def one(self, value: Any) -> Any:  # noqa: ANN401  any part of an object
        """Return a part, or the same one that was seen before."""
        if isinstance(value, str):
            return self._texts.setdefault(value, value)
        if isinstance(value, dict | list):
            # Version 2 writes values only, not which of them are the same object.
            return self._parts.setdefault(marshal.dumps(value, 2), value)
        return value


def kept_of(obj: Json, wanted: Branches, known: Known) -> Json:
    """Return what is wanted of an object; what is not what it should be stays whole, for the rules to say so."""
    kept = {}
    for field, many, below in wanted:
        if field not in obj:
            continue
        value = obj[field]
        if below and many and isinstance(value, list):
            value = known.one([kept_of(one, below, known) if isinstance(one, dict) else one for one in value])
        elif below and not many and isinstance(value, dict):
            value = kept_of(value, below, known)
        else:
            value = known.one(value)
        kept[field] = value
    return kept
