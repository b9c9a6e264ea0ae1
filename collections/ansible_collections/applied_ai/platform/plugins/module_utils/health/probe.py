# SPDX-License-Identifier: Apache-2.0
"""How a service answers: from here at its address, and through the API server at its Service."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, one_line

# Address → an answer with ``status``, to be closed
Open = Callable[[str], Any]
# Host and port → when its certificate ends, RFC 3339; raises OSError where the chain is not trusted
Certificate = Callable[[str, int], str]
HTTPS: Final = 443
OK: Final = 200


def from_outside(service: str, url: str, open_: Open, certificate: Certificate, clock: Callable[[], float]) -> Json:
    """Ask an address once; return ``service``, ``url``, ``status``, ``seconds``, ``error`` and ``not_after``."""
    begin, status, error = clock(), 0, ""
    try:
        with open_(url) as answer:
            status = int(answer.status)
    except HTTPError as refused:
        status = refused.code
    except (OSError, ValueError) as failed:
        error = one_line(getattr(failed, "reason", failed)) or type(failed).__name__
    told = {"service": service, "url": url, "status": status, "error": error, "seconds": clock() - begin}
    return {**told, "not_after": ends(url, certificate) if status else ""}


def ends(url: str, certificate: Certificate) -> str:
    """Return when the certificate of an address ends, empty without TLS or where it cannot be told."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return ""
    try:
        return certificate(parts.hostname, parts.port or HTTPS)
    except (OSError, ValueError):
        return ""


def through_api(service: str, path: str, read: Callable[[str], str], clock: Callable[[], float]) -> Json:
    """Ask a Service through the API server's proxy; the same keys as from outside."""
    begin, status, error = clock(), OK, ""
    try:
        read(path)
    except KubeError as refused:
        found = refused.details.get("status")
        status = found if isinstance(found, int) else 0
        error = "" if status else one_line(refused.message)
    return {
        "service": service,
        "url": path,
        "status": status,
        "error": error,
        "seconds": clock() - begin,
        "not_after": "",
    }


def proxy_path(namespace: str, service: str, port: int, path: str) -> str:
    """Return where the API server passes a request on to a Service."""
    return f"/api/v1/namespaces/{namespace}/services/http:{service}:{port}/proxy/{path.lstrip('/')}"


def certificate_end(timeout: float) -> Certificate:
    """Return a function that asks a server for its certificate."""

    def ask(host: str, port: int) -> str:
        context = ssl.create_default_context()
        with (
            socket.create_connection((host, port), timeout) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            found = secure.getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC).isoformat()

    return ask
