# SPDX-License-Identifier: Apache-2.0
"""The look at a cluster whose API server is ill: an end in time, what was not read is unknown, the exit code says so.

A real HTTP server on loopback serves the lists of a small healthy cluster, a few objects a page, and misbehaves. It
stands in for a kube-apiserver, which cannot be made to cut its answers off.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    Patience,
    api_client,
    api_read,
    connect,
    patient,
)
from ansible_collections.applied_ai.platform.plugins.modules import health_cluster_info
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health import test_faults as faults
from support.rehearsal import ask_module

Json = dict[str, Any]
METRICS = b"apiserver_request_total 1\n"
# Seconds: one request, the whole look, and what a busy machine may add.
TIMEOUT, LIMIT, SLACK = 2.0, 30.0, 15.0
PODS, NODES = KINDS["pods"], KINDS["nodes"]


class Request(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Api

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer, or do what is wrong with this server."""
        path = urlsplit(self.path).path
        with self.server.counting:
            self.server.asked[path] += 1
            nth, total = self.server.asked[path], self.server.asked.total()
        with contextlib.suppress(OSError):
            self.server.behave(self, path, nth, total)

    def body(self) -> bytes:
        """Return what a healthy server would answer."""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/version":
            return b'{"gitVersion": "v1.36.3"}'
        if path == "/metrics":
            return METRICS
        kind = next(kind for kind, known in KINDS.items() if known == path)
        objects, start = self.server.kinds[kind], int(query.get("continue", ["0"])[0])
        more = {"continue": str(start + 1)} if start + 1 < len(objects) else {}
        return json.dumps({"kind": "List", "metadata": more, "items": objects[start : start + 1]}).encode()

    def paged(self) -> bool:
        """Say whether this asks for a later page."""
        return "continue=" in self.path

    def answer(self, body: bytes | None = None, status: int = 200, length: int | None = None, **headers: str) -> None:
        """Send an answer, as long as it says or not."""
        body = self.body() if body is None else body
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.hang_up()

    def hang_up(self) -> None:
        """End the connection."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(2)

    def say_nothing(self) -> None:
        """Let the caller wait for longer than it does."""
        self.server.over.wait(20)
        self.close_connection = True

    def drip(self, data: bytes) -> None:
        """Send a byte now and then."""
        for byte in data:
            if self.server.over.wait(0.2):
                break
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
        self.close_connection = True


Behave = Callable[[Request, str, int, int], None]


class Api(ThreadingHTTPServer):
    """A server of a small healthy cluster; ``behave`` gets the request, its path, the how many-eth it is of them."""

    daemon_threads = True

    def __init__(self, behave: Behave) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.behave, self.kinds = behave, faults.healthy()
        self.asked: Counter[str] = Counter()
        self.counting, self.over = threading.Lock(), threading.Event()

    def die(self) -> None:
        """Listen no more."""
        self.socket.close()

    def handle_error(self, *_: object) -> None:
        """Say nothing: callers hang up."""


@contextlib.contextmanager
def serving(behave: Behave) -> Iterator[Api]:
    """Serve for the block."""
    api = Api(behave)
    thread = threading.Thread(target=api.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.over.set()
        with contextlib.suppress(ValueError, OSError):
            api.shutdown()
        thread.join(10)
        api.server_close()


class Seen:
    """What the module said, and how long it took."""

    def __init__(self, result: Json, seconds: float, asked: Counter[str]) -> None:
        self.result, self.seconds, self.asked = result, seconds, asked

    def ids(self, status: str) -> set[str]:
        """Return the checks of a status."""
        return {one["id"] for one in self.result["checks"] if one["status"] == status}

    def why(self, rule: str) -> str:
        """Return what a check saw."""
        return next(one["seen"] for one in self.result["checks"] if one["id"] == rule)


def kubeconfig(folder: Path, server: str) -> Path:
    """Write a kubeconfig of a server that asks for no credentials."""
    file = folder / "kubeconfig"
    about = {
        "clusters": [{"name": "a", "cluster": {"server": server}}],
        "contexts": [{"context": {"cluster": "a", "user": "a"}, "name": "a"}],
        "users": [{"name": "a", "user": {}}],
        "current-context": "a",
    }
    file.write_text(json.dumps(about))
    return file


@pytest.fixture
def looked(tmp_path: Path) -> Callable[..., Seen]:
    """Return a function that looks at an ill server as the module does, with shorter times."""

    def look(behave: Behave, timeout: float = TIMEOUT, limit: float = LIMIT, longest: float = 5.0) -> Seen:
        with serving(behave) as api:
            server = f"http://127.0.0.1:{api.server_address[1]}"
            file = kubeconfig(tmp_path, server)
            begin = time.monotonic()
            patience = Patience(pause=0.01, longest=longest, until=begin + limit, over="the look is over")
            read = patient(api_read(api_client(str(file)), str(file), timeout), patience)
            result = health_cluster_info.look(
                connect(str(file), "", timeout, patience),
                lambda path: read(path, "text/plain").decode(),
                {"expected": {}, "exceptions": [], "summary_lines": 10, "limit_s": limit},
                now=faults.NOW,
                clock=time.monotonic,
            )
            return Seen(result, time.monotonic() - begin, api.asked)

    return look


def needing(*kinds: str) -> set[str]:
    """Return the rules that look at one of these kinds."""
    return {rule.id for rule in RULES if set(rule.needs) & set(kinds)}


def assert_unknown(seen: Seen, *kinds: str) -> None:
    """Assert that exactly what needs these kinds is unknown, the rest is fine, and the exit code is 3."""
    assert seen.ids("unknown") == needing(*kinds)
    assert seen.ids("ok") == {rule.id for rule in RULES} - needing(*kinds)
    assert (seen.result["verdict"], seen.result["exit_code"]) == ("unknown", 3)


def assert_healthy(seen: Seen) -> None:
    """Assert that everything was seen and is fine."""
    assert (seen.result["verdict"], seen.result["exit_code"]) == ("healthy", 0), seen.result["summary"]


def only(path: str, ill: Behave, *, later: bool = False) -> Behave:
    """Return a server that is ill at one path only, or at its later pages only."""

    def behave(request: Request, asked: str, nth: int, total: int) -> None:
        if asked == path and (request.paged() or not later):
            ill(request, asked, nth, total)
        else:
            request.answer()

    return behave


def test_a_healthy_server_gives_a_healthy_verdict(looked: Callable[..., Seen]) -> None:
    seen = looked(lambda request, *_: request.answer())
    assert_healthy(seen)
    assert seen.asked[NODES] == 3
    assert set(seen.asked) == {"/version", *KINDS.values()}


def test_half_of_the_answers_time_out(looked: Callable[..., Seen]) -> None:
    # Every other request, path by path: the second try of each gets through.
    def behave(request: Request, _path: str, nth: int, _total: int) -> None:
        request.say_nothing() if nth % 2 else request.answer()

    seen = looked(behave, timeout=0.4, limit=60.0)
    assert_healthy(seen)
    assert seen.seconds < 60.0 + SLACK


def test_half_of_the_lists_never_answer(looked: Callable[..., Seen]) -> None:
    silent = set(list(KINDS.values())[::2])

    def behave(request: Request, path: str, _nth: int, _total: int) -> None:
        request.say_nothing() if path in silent else request.answer()

    seen = looked(behave, timeout=0.3)
    lost = [kind for kind, path in KINDS.items() if path in silent]
    # Where several in a row do not answer, the rest may not be asked: it is unknown, not fine.
    assert seen.ids("unknown") >= needing(*lost)
    assert seen.ids("ok") <= {rule.id for rule in RULES} - needing(*lost)
    assert seen.result["exit_code"] == 3
    assert seen.seconds < LIMIT + SLACK


def test_a_server_that_hangs_is_told_after_a_few_timeouts(looked: Callable[..., Seen]) -> None:
    seen = looked(lambda request, *_: request.say_nothing(), timeout=0.3)
    assert set(seen.asked) == {"/version"}
    assert seen.ids("ok") == set()
    assert seen.seconds < 3 * 0.3 + SLACK


def test_throttling_is_waited_for(looked: Callable[..., Seen]) -> None:
    def throttled(request: Request, _path: str, nth: int, _total: int) -> None:
        if nth == 1:
            request.answer(b"{}", 429, Retry_After="1")
        else:
            request.answer()

    seen = looked(only(PODS, throttled))
    assert_healthy(seen)
    assert seen.seconds >= 1.0


def test_throttling_without_end_is_unknown(looked: Callable[..., Seen]) -> None:
    seen = looked(only(PODS, lambda request, *_: request.answer(b"{}", 429, Retry_After="0")))
    assert_unknown(seen, "pods")
    assert "429" in seen.why("pods_settled")
    assert seen.asked[PODS] == 3


def test_a_wait_that_is_too_long_is_not_waited_for(looked: Callable[..., Seen]) -> None:
    seen = looked(only(PODS, lambda request, *_: request.answer(b"{}", 429, Retry_After="3600")))
    assert_unknown(seen, "pods")
    assert seen.asked[PODS] == 1


def test_errors_of_the_server_pass(looked: Callable[..., Seen]) -> None:
    def behave(request: Request, _path: str, nth: int, _total: int) -> None:
        request.answer(b"{}", 500) if nth == 1 else request.answer()

    assert_healthy(looked(behave))


def test_errors_that_stay_are_unknown(looked: Callable[..., Seen]) -> None:
    seen = looked(only(NODES, lambda request, *_: request.answer(b"broken", 500)))
    assert_unknown(seen, "nodes")
    assert "500" in seen.why("nodes_ready")


def test_every_list_refused_is_unknown_and_every_one_was_asked(looked: Callable[..., Seen]) -> None:
    def behave(request: Request, path: str, _nth: int, _total: int) -> None:
        request.answer() if path == "/version" else request.answer(b"{}", 503)

    seen = looked(behave)
    assert_unknown(seen, *KINDS)
    assert set(seen.asked) == {"/version", *KINDS.values()}


def test_a_page_that_expires_starts_the_list_again(looked: Callable[..., Seen]) -> None:
    def expired(request: Request, _path: str, nth: int, _total: int) -> None:
        request.answer(b"{}", 410) if nth <= 2 else request.answer()

    seen = looked(only(NODES, expired, later=True))
    assert_healthy(seen)
    assert "3 of 3 nodes" in seen.why("nodes_ready")


def test_pages_that_always_expire_are_unknown(looked: Callable[..., Seen]) -> None:
    seen = looked(only(NODES, lambda request, *_: request.answer(b"{}", 410), later=True))
    assert_unknown(seen, "nodes")
    assert "410" in seen.why("nodes_ready")
    assert seen.asked[NODES] == 4


def test_the_same_page_for_ever_is_unknown(looked: Callable[..., Seen]) -> None:
    page = b'{"metadata": {"continue": "1"}, "items": [{"metadata": {"name": "a"}}]}'
    seen = looked(only(PODS, lambda request, *_: request.answer(page)))
    assert_unknown(seen, "pods")


def test_a_server_that_dies_midway_leaves_what_was_read(looked: Callable[..., Seen]) -> None:
    def behave(request: Request, path: str, _nth: int, total: int) -> None:
        if total <= 8:
            request.answer()
            return
        request.server.die()
        request.hang_up()

    seen = looked(behave)
    assert seen.ids("ok") >= {"api_answers", "nodes_ready"}
    assert seen.ids("unknown") >= needing("certificates", "quotas", "jobs")
    assert seen.result["exit_code"] == 3
    assert seen.seconds < TIMEOUT + SLACK


def test_a_server_that_is_dead_is_told_at_once(looked: Callable[..., Seen]) -> None:
    def behave(request: Request, _path: str, _nth: int, _total: int) -> None:
        request.server.die()
        request.hang_up()

    seen = looked(behave)
    assert seen.ids("ok") == set()
    assert seen.result["verdict"] == "unhealthy"
    assert seen.ids("failed") == {"api_answers"}
    assert seen.seconds < TIMEOUT + SLACK


CUT = b'{"metadata": {}, "items": [{"metadata": {"name": "a"}}'


@pytest.mark.parametrize("length", [None, 4000])
def test_json_that_is_cut_off_is_unknown(looked: Callable[..., Seen], length: int | None) -> None:
    seen = looked(only(PODS, lambda request, *_: request.answer(CUT, length=length)))
    assert_unknown(seen, "pods")


def test_json_that_was_cut_off_once_is_read_again(looked: Callable[..., Seen]) -> None:
    def cut(request: Request, _path: str, nth: int, _total: int) -> None:
        request.answer(CUT, length=4000) if nth == 1 else request.answer()

    assert_healthy(looked(only(PODS, cut)))


@pytest.mark.parametrize(
    "body", [b"<html>Log in</html>", b"[]", b"{}", b"null", b'{"items": [1]}', b'"\\ud800"', b"\xff"]
)
@pytest.mark.parametrize("kind", ["pods", "releases"])
def test_what_is_no_list_is_unknown(looked: Callable[..., Seen], kind: str, body: bytes) -> None:
    assert_unknown(looked(only(KINDS[kind], lambda request, *_: request.answer(body))), kind)


def test_html_from_a_proxy_before_everything(looked: Callable[..., Seen]) -> None:
    seen = looked(lambda request, *_: request.answer(b"<html>Log in</html>"))
    assert seen.ids("ok") == set()
    assert seen.result["exit_code"] == 2


def test_html_in_place_of_metrics_does_not_say_that_nothing_is_deprecated(looked: Callable[..., Seen]) -> None:
    assert_unknown(looked(only("/metrics", lambda request, *_: request.answer(b"<html></html>"))), "deprecated")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"])
def test_bytes_that_only_drip_end_with_the_limit(looked: Callable[..., Seen], head: bytes) -> None:
    def drip(request: Request, _path: str, _nth: int, _total: int) -> None:
        request.wfile.write(head)
        request.drip(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 1000)

    seen = looked(only(PODS, drip), limit=4.0)
    assert_unknown(seen, "pods")
    assert "within the 4 s" in seen.why("pods_settled")
    assert 4.0 <= seen.seconds < 4.0 + SLACK


@pytest.mark.parametrize(
    ("look", "settings"),
    [("health_release_info", {}), ("health_gpu_info", {"metrics": False})],
)
def test_other_looks_wait_for_a_busy_server_too(tmp_path: Path, look: str, settings: Json) -> None:
    """As Ansible runs them."""

    def behave(request: Request, path: str, nth: int, _total: int) -> None:
        if path not in {"/version", *KINDS.values()}:
            request.answer(b"{}", 404)
        elif nth == 1:
            request.answer(b"{}", 429, Retry_After="1")
        else:
            request.answer()

    with serving(behave) as api:
        api.kinds["releases"] = []
        given = {"kubeconfig": str(kubeconfig(tmp_path, f"http://127.0.0.1:{api.server_address[1]}")), **settings}
        answer = ask_module(look, given, 120)
    assert "unknown" not in {one["status"] for one in answer["checks"]}, answer["summary"]
    assert min(api.asked.values()) > 1
