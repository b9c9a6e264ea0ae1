# SPDX-License-Identifier: Apache-2.0
"""A loopback proxy in front of the API server or the emulator that answers errors or slowly, as told."""

from __future__ import annotations

import http.client
import random
import ssl
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from lab import cluster, emulator
from lab.faults import Register
from lab.paths import Paths
from lab.state import State

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
CHUNK = 65536
ERROR_STATUS = {"kubernetes": 500, "aws": 503}


def error_body(target: str) -> tuple[str, bytes]:
    """Answer an error in the shape of the service that stands behind."""
    if target == "kubernetes":
        return "application/json", (
            b'{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"InternalError","code":500,'
            b'"message":"Internal error occurred: injected by the lab"}'
        )
    return "text/xml", (
        b"<ErrorResponse><Error><Code>ServiceUnavailable</Code>"
        b"<Message>injected by the lab</Message></Error></ErrorResponse>"
    )


def decide(register: Register, target: str, draw: float) -> tuple[float, bool]:
    """Return how long to wait and whether to answer an error; `draw` is in [0, 1)."""
    return register.api_slow_s.get(target, 0.0), draw < register.api_errors.get(target, 0.0)


def handler(paths: Paths, state: State, target: str) -> type[BaseHTTPRequestHandler]:
    """Make the request handler of one target."""
    upstream = urlsplit(cluster.server(state) if target == "kubernetes" else emulator.endpoint(state))
    context = None
    if target == "kubernetes":
        pki = paths.cluster / "pki"
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            delay, fail = decide(Register.load(paths.faults), target, random.random())  # noqa: S311
            time.sleep(delay)
            if fail:
                kind, content = error_body(target)
                self._answer(ERROR_STATUS[target], [("Content-Type", kind)], content)
                return
            connection = self._connect()
            try:
                headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
                connection.request(self.command, self.path, body=body or None, headers=headers)
                self._relay(connection.getresponse())
            except OSError as error:
                self._answer(502, [("Content-Type", "text/plain")], f"lab proxy: {error}".encode())
            finally:
                connection.close()
                # One request for each connection: a relayed watch ends with it.
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

        def _connect(self) -> http.client.HTTPConnection:
            if context:
                return http.client.HTTPSConnection(str(upstream.hostname), upstream.port, context=context)
            return http.client.HTTPConnection(str(upstream.hostname), upstream.port)

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response(status)
            for key, value in [*headers, ("Content-Length", str(len(content)))]:
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

        def _relay(self, answer: http.client.HTTPResponse) -> None:
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in HOP_BY_HOP:
                    self.send_header(key, value)
            self.send_header("Connection", "close")
            self.end_headers()
            # read1 passes on what has come: a watch's events arrive one by one.
            while content := answer.read1(CHUNK):
                self.wfile.write(content)
                self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            print(f"{target} {self.command} {self.path} {args[1] if len(args) > 1 else ''}", flush=True)

    return Handler


def main(paths: Paths, target: str) -> int:
    """Serve until ended."""
    state = State.load(paths.state)
    with ThreadingHTTPServer(("127.0.0.1", state.ports[f"fault_{target}"]), handler(paths, state, target)) as server:
        server.daemon_threads = True
        server.serve_forever()
    return 0
