# SPDX-License-Identifier: Apache-2.0
"""A real HTTP server on loopback."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image import client
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError
from ansible_collections.applied_ai.platform.plugins.module_utils.image.registry import Repository


class Handler(http.server.BaseHTTPRequestHandler):
    """Wants a password; answers the method and what it was sent."""

    def answer(self) -> None:
        if self.headers.get("Authorization") != "Basic dTpw":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.end_headers()
            return
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(418 if self.path == "/teapot" else 200)
        self.send_header("Docker-Content-Digest", "sha256:a")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.command.encode() + sent)

    do_GET = do_HEAD = do_PUT = answer  # noqa: N815  the library's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    """Run it."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_status_is_an_answer(host: str) -> None:
    login = {"Authorization": "Basic dTpw"}
    assert client.fetch("GET", f"http://{host}/", {}, None).status == 401
    assert client.fetch("GET", f"http://{host}/teapot", login, None).status == 418
    answer = client.fetch("PUT", f"http://{host}/", login, b"x")
    assert (answer.status, answer.body, answer.headers["docker-content-digest"]) == (200, b"PUTx", "sha256:a")


def test_credentials_come_from_the_configuration(host: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": "dTpw"}}}))
    assert client.connect(str(tmp_path)).digest(Repository(host, "one"), "1") == "sha256:a"
    with pytest.raises(ImageError, match="log in to"):
        client.connect(str(tmp_path / "other")).digest(Repository(host, "one"), "1")


def test_nobody_there_is_one_sentence() -> None:
    with pytest.raises(
        ImageError, match=r"^The registry does not answer at http://127\.0\.0\.1:9/v2/x: .*image_registry"
    ):
        client.fetch("GET", "http://127.0.0.1:9/v2/x?secret=1", {}, None)
