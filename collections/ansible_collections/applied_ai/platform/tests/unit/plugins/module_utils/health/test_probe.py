# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.request import urlopen

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health import probe
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Run a server on this machine that answers with the status in its path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def refused(_host: str, _port: int) -> str:
    raise OSError("not asked")


def ask(url: str, certificate: probe.Certificate = refused) -> dict[str, object]:
    return probe.from_outside("n/a", url, lambda one: urlopen(one, timeout=5), certificate, count(0, 0.5).__next__)  # noqa: S310  a server of this test


@pytest.mark.parametrize("status", [200, 404, 503])
def test_an_answer_is_told_as_it_is(address: str, status: int) -> None:
    assert ask(f"{address}/{status}") == {
        "service": "n/a",
        "url": f"{address}/{status}",
        "status": status,
        "error": "",
        "seconds": 0.5,
        "not_after": "",
    }


def test_a_server_that_is_not_there_is_an_error(address: str) -> None:
    found = ask("http://127.0.0.1:1/")
    assert found["status"] == 0
    assert "refused" in str(found["error"])


def test_an_address_that_is_none_is_an_error() -> None:
    assert "unknown url type" in str(ask("app/health")["error"])


@pytest.mark.parametrize(
    ("url", "asked"), [("https://a.example/x", ("a.example", 443)), ("https://a.example:8443", ("a.example", 8443))]
)
def test_the_certificate_of_an_address_is_asked_for(url: str, asked: tuple[str, int]) -> None:
    assert probe.ends(url, lambda *given: str(given)) == str(asked)


@pytest.mark.parametrize("url", ["http://a.example", "https://a.example"])
def test_without_tls_or_answer_no_end_is_known(url: str) -> None:
    assert probe.ends(url, refused) == ""


@pytest.mark.parametrize(
    ("details", "status", "error"), [({"status": 503}, 503, ""), ({}, 0, "it is gone")], ids=["refused", "silent"]
)
def test_a_refusal_through_the_api_server(details: dict[str, int], status: int, error: str) -> None:
    def read(_path: str) -> str:
        raise KubeError("it is gone", **details)

    found = probe.through_api("n/a", "/p", read, count().__next__)
    assert (found["status"], found["error"]) == (status, error)


def test_an_answer_through_the_api_server() -> None:
    path = probe.proxy_path("n", "a", 80, "/health")
    assert path == "/api/v1/namespaces/n/services/http:a:80/proxy/health"
    assert probe.through_api("n/a", path, lambda _path: "ok", count().__next__)["status"] == 200
