# SPDX-License-Identifier: Apache-2.0
"""A change is one request over real HTTP, and a refusal says why."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils import kube_write
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError


@contextmanager
def serving(status: int, body: bytes) -> Iterator[tuple[int, list[tuple[str, str, dict[str, str], bytes]]]]:
    """Answer every request alike, and keep what was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked.append(
                (
                    self.command,
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
            )
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815  names of http.server

        def log_message(self, *_arguments: object) -> None:
            """Keep still."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()
            thread.join()


def kubeconfig(folder: Path, port: int) -> str:
    one = {"name": "one"}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "clusters": [{**one, "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "contexts": [{**one, "context": {"cluster": "one", "user": "one"}}],
        "users": [{**one, "user": {"token": "not-a-secret"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(content))
    return str(path)


@pytest.mark.parametrize(
    ("method", "content_type", "query"),
    [
        ("PATCH", "application/merge-patch+json", "?fieldManager=applied-ai-platform"),
        ("POST", "application/json", "?fieldManager=applied-ai-platform"),
        ("PUT", "application/json", "?fieldManager=applied-ai-platform"),
        ("DELETE", "application/json", ""),
    ],
)
def test_a_change_is_sent_with_its_log_in(tmp_path: Path, method: str, content_type: str, query: str) -> None:
    with serving(200, b'{"kind": "Status"}') as (port, asked):
        send = kube_write.sender(kubeconfig(tmp_path, port))
        assert send(method, "/api/v1/nodes/a", {"a": 1}) == {"kind": "Status"}
    ((verb, path, headers, body),) = asked
    assert (verb, path, json.loads(body)) == (method, f"/api/v1/nodes/a{query}", {"a": 1})
    assert headers["content-type"] == content_type
    assert headers["authorization"] == "Bearer not-a-secret"


def test_a_refusal_says_why_with_the_budget_and_has_its_status(tmp_path: Path) -> None:
    causes = [{"message": "The disruption budget web needs 1 healthy pods and has 1 currently"}]
    body = {
        "message": "Cannot evict pod as it would violate the pod's disruption budget.",
        "details": {"causes": causes},
    }
    with serving(429, json.dumps(body).encode()) as (port, _):
        send = kube_write.sender(kubeconfig(tmp_path, port))
        with pytest.raises(KubeError) as caught:
            send("POST", "/api/v1/x/eviction", {})
    assert caught.value.message == (
        "The cluster refused POST /api/v1/x/eviction: 429 Cannot evict pod as it would violate the pod's disruption "
        "budget; The disruption budget web needs 1 healthy pods and has 1 currently."
    )
    assert caught.value.details == {"status": 429}


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_what_is_no_document_is_an_error(tmp_path: Path, body: bytes) -> None:
    with serving(502, body) as (port, _):
        send = kube_write.sender(kubeconfig(tmp_path, port))
        with pytest.raises(KubeError, match="502 without a reason"):
            send("DELETE", "/x", {})


def test_nobody_there_is_a_sentence_without_a_status(tmp_path: Path) -> None:
    send = kube_write.sender(kubeconfig(tmp_path, 9), timeout=2)
    with pytest.raises(KubeError, match="does not answer PATCH /api/v1/nodes/a") as caught:
        send("PATCH", "/api/v1/nodes/a", {})
    assert caught.value.details == {}
