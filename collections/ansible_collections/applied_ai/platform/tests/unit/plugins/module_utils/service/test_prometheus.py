# SPDX-License-Identifier: Apache-2.0
"""Prometheus is asked by a real HTTP server's address, or through the API server."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.service import prometheus
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import UnknownError

QUERY = 'sum(x{a="b"}[60s])'


@contextmanager
def serving(status: int, body: bytes, asked: list[str]) -> Iterator[str]:
    """Serve one answer on a free port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_a_question_is_asked_as_it_is() -> None:
    asked: list[str] = []
    with serving(200, b'{"status": "success"}', asked) as address:
        assert prometheus.at(f"{address}/", urlopen)(QUERY) == {"status": "success"}
    assert urlsplit(asked[0]).path == "/api/v1/query"
    assert parse_qs(urlsplit(asked[0]).query) == {"query": [QUERY]}


def test_a_refusal_comes_with_its_reason() -> None:
    body = {"status": "error", "errorType": "execution", "error": "query timed out"}
    with serving(422, json.dumps(body).encode(), []) as address:
        assert prometheus.at(address, urlopen)(QUERY) == body


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_what_is_no_answer_is_unknown(body: bytes) -> None:
    with serving(200, body, []) as address, pytest.raises(UnknownError, match="Prometheus answers with"):
        prometheus.at(address, urlopen)(QUERY)


def test_nobody_answers() -> None:
    with serving(200, b"", []) as address:
        pass
    with pytest.raises(UnknownError, match=r"Prometheus at http://127.0.0.1:.* does not answer: .*refused"):
        prometheus.at(address, urlopen)(QUERY)


class Reader:
    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def get(self, path: str) -> Any:
        self.path = path
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_the_api_server_passes_a_question_on() -> None:
    reader = Reader({"status": "success"})
    assert prometheus.through(reader, "monitoring", "prom", 9090)(QUERY) == {"status": "success"}
    path, _, query = reader.path.partition("?")
    assert path == "/api/v1/namespaces/monitoring/services/http:prom:9090/proxy/api/v1/query"
    assert parse_qs(query) == {"query": [QUERY]}


def test_a_service_without_pods_is_unknown() -> None:
    reader = Reader(KubeError("The cluster refused GET /x: 503 Service Unavailable."))
    with pytest.raises(UnknownError, match=r"service prom in namespace monitoring does not answer: .* 503"):
        prometheus.through(reader, "monitoring", "prom", 9090)(QUERY)
