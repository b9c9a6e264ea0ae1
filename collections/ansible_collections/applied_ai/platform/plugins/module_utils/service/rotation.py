# SPDX-License-Identifier: Apache-2.0
"""Pods that run with a Secret's former contents: environment variables do not follow a rotation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Apply, Reader
from ansible_collections.applied_ai.platform.plugins.module_utils.service.secrets import NOT_HELM

Json = dict[str, Any]
# (namespace, name)
Key = tuple[str, str]

# On the workload: the state of the Secrets that its pods have; on the pod template: that for which they were replaced.
ANNOTATION: Final = "applied-ai.dev/secrets"
# External Secrets puts the digest of the contents there.
CONTENTS: Final = "reconcile.external-secrets.io/data-hash"
PATHS: Final = {"Deployment": "deployments", "StatefulSet": "statefulsets"}


@dataclass(frozen=True)
class Reading:
    """A service and the Secrets that its pods read."""

    name: str
    namespace: str
    kind: str
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """What is to be written on one workload, and whether its pods are replaced by it."""

    path: str
    manifest: Json
    restart: bool


def state_of(secret: Json) -> str:
    """Return what changes with a Secret's contents: of its metadata, since the contents are never asked for."""
    annotations = secret["metadata"].get("annotations") or {}
    return str(annotations.get(CONTENTS) or secret["metadata"].get("resourceVersion"))


def fingerprint(names: Iterable[str], there: Mapping[str, str]) -> str:
    """Return one word for the state of these Secrets; one that is missing has none."""
    states = sorted((name, there.get(name, "")) for name in names)
    return hashlib.sha256(json.dumps(states).encode()).hexdigest()[:16]


def step(service: Reading, workload: Json, now: str) -> Step | None:
    """Return what is to be done to a workload, None when its pods have what there is."""
    before = (workload["metadata"].get("annotations") or {}).get(ANNOTATION)
    if before == now:
        return None
    plural = PATHS[service.kind]
    manifest: Json = {
        "apiVersion": "apps/v1",
        "kind": service.kind,
        "metadata": {"name": service.name, "namespace": service.namespace, "annotations": {ANNOTATION: now}},
    }
    template = (workload["spec"]["template"]["metadata"].get("annotations") or {}).get(ANNOTATION)
    # What is seen for the first time was made with what there is. An annotation of ours that is left out would go.
    wanted = now if before else template
    if wanted:
        manifest["spec"] = {"template": {"metadata": {"annotations": {ANNOTATION: wanted}}}}
    return Step(
        path=f"/apis/apps/v1/namespaces/{service.namespace}/{plural}/{service.name}",
        manifest=manifest,
        restart=bool(before),
    )


def steps(reader: Reader, services: Iterable[Reading]) -> list[tuple[Reading, Step]]:
    """Return what is to be done: a list call for each kind, and one for the Secrets of each namespace."""
    reading = sorted((one for one in services if one.secrets), key=lambda one: (one.namespace, one.name))
    workloads: dict[tuple[str, Key], Json] = {}
    for kind in sorted({one.kind for one in reading}):
        for item in reader.items(f"/apis/apps/v1/{PATHS[kind]}", labelSelector="app.kubernetes.io/managed-by=Helm"):
            workloads[kind, (item["metadata"]["namespace"], item["metadata"]["name"])] = item
    there = {
        namespace: {
            str(item["metadata"]["name"]): state_of(item)
            for item in reader.metadata(f"/api/v1/namespaces/{namespace}/secrets", fieldSelector=NOT_HELM)
        }
        for namespace in sorted({one.namespace for one in reading})
    }
    found = []
    for one in reading:
        workload = workloads.get((one.kind, (one.namespace, one.name)))
        if workload and (todo := step(one, workload, fingerprint(one.secrets, there[one.namespace]))):
            found.append((one, todo))
    return found


def carry_out(todo: Iterable[tuple[Reading, Step]], apply: Apply) -> None:
    """Write it."""
    for _, one in todo:
        apply(one.path, json.dumps(one.manifest))
