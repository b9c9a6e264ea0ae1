# SPDX-License-Identifier: Apache-2.0
"""Makes the Kubernetes secrets that services name: stands in for the secret manager and External Secrets.

Each value is random and made once for a lab, so that a test can look for it where no secret may be.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from lab.kube import Kube
from lab.paths import SOURCE

Names = Mapping[str, Mapping[str, list[str]]]


def names() -> Names:
    """Return the keys of each secret, by namespace and name."""
    found: Names = json.loads((SOURCE / "data" / "secrets.json").read_text())
    return found


def manifest(name: str, keys: list[str], value: Callable[[], str]) -> dict[str, Any]:
    """Return a Secret with a value for each key."""
    data = {key: base64.b64encode(value().encode()).decode() for key in keys}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def create(kube: Kube, wanted: Names, value: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> None:
    """Create namespaces and secrets that are missing; what exists keeps its value."""
    for namespace, content in wanted.items():
        kube.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        for name, keys in content.items():
            kube.create(f"/api/v1/namespaces/{namespace}/secrets", manifest(name, keys, value))
