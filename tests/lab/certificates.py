# SPDX-License-Identifier: Apache-2.0
"""What cert-manager's controller would say of a new certificate, where its pod runs: issued. No secret comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

LIST = "/apis/cert-manager.io/v1/certificates"
CONTROLLER = "cert-manager"
NAME = "app.kubernetes.io/name"
LASTS, RENEWED = timedelta(days=90), timedelta(days=60)


def runs(pods: Iterable[Mapping[str, Any]]) -> bool:
    """Say whether cert-manager's controller runs."""
    own = (pod for pod in pods if (pod["metadata"].get("labels") or {}).get(NAME) == CONTROLLER)
    return any(pod.get("status", {}).get("phase") == "Running" for pod in own)


def to_issue(certificates: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return (path, patch) for the status of each certificate that nobody has said anything of."""
    for one in certificates:
        meta = one["metadata"]
        if one.get("status") or meta.get("deletionTimestamp"):
            continue
        path = f"/apis/cert-manager.io/v1/namespaces/{meta['namespace']}/certificates/{meta['name']}/status"
        yield path, {"status": issued(int(meta.get("generation") or 1), now)}


def issued(generation: int, now: datetime) -> dict[str, Any]:
    """Return the status of a certificate that was issued now."""
    begin, renewal, end = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (now, now + RENEWED, now + LASTS))
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Ready",
        "message": "Certificate is up to date and has not expired",
        "lastTransitionTime": begin,
        "observedGeneration": generation,
    }
    return {"conditions": [ready], "notBefore": begin, "notAfter": end, "renewalTime": renewal, "revision": 1}
