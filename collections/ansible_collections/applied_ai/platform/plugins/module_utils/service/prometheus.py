# SPDX-License-Identifier: Apache-2.0
"""How Prometheus is asked: at its address, or through the cluster's API server, which needs no way into the cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode

from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, Reader, one_line
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Ask, UnknownError

Json = dict[str, Any]
# Address → what it answers
Open = Callable[[str], IO[bytes]]

QUERY: Final = "/api/v1/query"


def at(address: str, open_: Open) -> Ask:
    """Return a function that asks the Prometheus of an address."""

    def ask(query: str) -> Json:
        try:
            with open_(f"{address.rstrip('/')}{QUERY}?{urlencode({'query': query})}") as answer:
                return _document(answer.read())
        except HTTPError as error:
            # A question that it refuses comes with the reason as JSON.
            return _document(error.read())
        except OSError as error:
            msg = f"Prometheus at {address} does not answer: {one_line(getattr(error, 'reason', error))}"
            raise UnknownError(msg) from error

    return ask


def through(reader: Reader, namespace: str, service: str, port: int) -> Ask:
    """Return a function that asks the Prometheus behind a Service of the cluster."""
    base = f"/api/v1/namespaces/{namespace}/services/http:{service}:{port}/proxy{QUERY}"

    def ask(query: str) -> Json:
        try:
            return reader.get(f"{base}?{urlencode({'query': query})}")
        except KubeError as error:
            msg = f"Prometheus behind service {service} in namespace {namespace} does not answer: {one_line(error)}"
            raise UnknownError(msg) from error

    return ask


def _document(data: bytes) -> Json:
    try:
        document = json.loads(data)
    except ValueError as error:
        msg = f"Prometheus answers with something that is not JSON: {data[:60].decode(errors='replace')!r}"
        raise UnknownError(msg) from error
    if not isinstance(document, dict):
        msg = "Prometheus answers with JSON that is no object"
        raise UnknownError(msg)
    return document
