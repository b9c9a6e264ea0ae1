# SPDX-License-Identifier: Apache-2.0
"""Prometheus is reached in one of two ways."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service.access import ARGUMENTS, asker
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError

NOTHING = {name: argument["default"] for name, argument in ARGUMENTS.items()}
ANSWER = {"status": "success", "data": {"resultType": "vector", "result": []}}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({**ANSWER, "path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Keep still."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_address_is_asked(address: str) -> None:
    answer = asker({**NOTHING, "url": address})("up == 1")
    assert answer["path"] == "/api/v1/query?query=up+%3D%3D+1"


def test_without_a_way_there_is_a_sentence() -> None:
    with pytest.raises(ServiceError, match="Neither url nor kubeconfig is set"):
        asker(NOTHING)
