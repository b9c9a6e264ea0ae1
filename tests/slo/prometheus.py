# SPDX-License-Identifier: Apache-2.0
"""A Prometheus that answers questions about recorded objectives, over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

Json = dict[str, Any]


def vector(**values: float) -> Json:
    """Return an answer with a number for each objective."""
    result = [{"metric": {"slo": name.replace("_", "-")}, "value": [0, str(value)]} for name, value in values.items()]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def matrix(**values: list[tuple[float, float]]) -> Json:
    """Return an answer with numbers at times for each objective."""
    result = [
        {"metric": {"slo": name.replace("_", "-")}, "values": [[at, str(value)] for at, value in pairs]}
        for name, pairs in values.items()
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


@contextmanager
def serving(answer: Callable[[str], Json]) -> Iterator[str]:
    """Answer each query by a function, at the address that is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer."""
            query = parse_qs(urlparse(self.path).query)["query"][0]
            body = json.dumps(answer(query)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Keep still."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
