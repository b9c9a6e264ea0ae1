# SPDX-License-Identifier: Apache-2.0
"""Helm's release secrets, decoded: what ``helm list`` and ``helm get values`` know, without a process per release."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError

Json = dict[str, Any]

# Superseded revisions are history: leaving them on the server keeps the one list small.
SELECTOR: Final = "owner=helm,status!=superseded"
OF_TYPE: Final = "type=helm.sh/release.v1"
PENDING: Final = ("pending-install", "pending-upgrade", "pending-rollback")


@dataclass(frozen=True)
class Release:
    """The newest revision of one release."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    version: str
    app_version: str
    updated: str
    secret: str
    values: Json

    def as_dict(self) -> Json:
        """Return plain data for a module's result."""
        return asdict(self)


def list_path(namespace: str = "") -> str:
    """Return the API path of the secrets of one namespace, or of all."""
    return f"/api/v1/namespaces/{namespace}/secrets" if namespace else "/api/v1/secrets"


def list_query(name: str = "") -> dict[str, str]:
    """Return the query that selects release secrets, of one release or of all."""
    return {"labelSelector": f"{SELECTOR},name={name}" if name else SELECTOR, "fieldSelector": OF_TYPE}


def newest_releases(secrets: Iterable[Json]) -> list[Release]:
    """Decode the newest revision of each release, sorted by namespace and name."""
    newest: dict[tuple[str, str], Json] = {}
    for secret in secrets:
        key = (secret["metadata"]["namespace"], _labels(secret).get("name", ""))
        if key not in newest or _revision(secret) > _revision(newest[key]):
            newest[key] = secret
    return [release_of(newest[key]) for key in sorted(newest)]


def release_of(secret: Json) -> Release:
    """Turn a release secret into a release."""
    where = f"{secret['metadata']['namespace']}/{secret['metadata']['name']}"
    payload = decode(str((secret.get("data") or {}).get("release", "")), where)
    info = payload.get("info") or {}
    metadata = (payload.get("chart") or {}).get("metadata") or {}
    return Release(
        name=str(payload.get("name", "")),
        namespace=str(payload.get("namespace") or secret["metadata"]["namespace"]),
        revision=int(payload.get("version", 0)),
        status=str(info.get("status", "unknown")),
        chart=str(metadata.get("name", "")),
        version=str(metadata.get("version", "")),
        app_version=str(metadata.get("appVersion") or ""),
        updated=str(info.get("last_deployed") or ""),
        secret=str(secret["metadata"]["name"]),
        values=payload.get("config") or {},
    )


def decode(data: str, where: str) -> Json:
    """Decode a release secret's payload: Kubernetes' base64 around Helm's base64 around gzip around JSON."""
    try:
        packed = base64.b64decode(base64.b64decode(data, validate=True), validate=True)
        # Helm reads payloads of its first days that are not compressed; so does this.
        payload = json.loads(gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed)
    except (binascii.Error, OSError, EOFError, zlib.error, ValueError) as error:
        msg = f"Failed to decode the Helm release secret {where}: {error}. Delete the secret, or repair it with helm."
        raise HelmError(msg, secret=where) from error
    if not isinstance(payload, dict):
        msg = f"Failed to decode the Helm release secret {where}: it holds no object. Delete the secret."
        raise HelmError(msg, secret=where)
    return payload


def _labels(secret: Json) -> dict[str, str]:
    return secret["metadata"].get("labels") or {}


def _revision(secret: Json) -> int:
    version = _labels(secret).get("version", "")
    return int(version) if version.isdigit() else 0
