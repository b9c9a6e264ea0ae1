# SPDX-License-Identifier: Apache-2.0
"""The module against a server on the wire: refusals, silence and answers, by boto3's own clients."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_collect import SOURCES
from ansible_collections.applied_ai.platform.plugins.modules import health_database_info as module
from botocore.exceptions import BotoCoreError
from support.database_answers import NOW

EMPTY = '<{0}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><{0}Result>{1}</{0}Result></{0}Response>'
INSTANCE = """<DBInstances><DBInstance><DBInstanceIdentifier>postgres</DBInstanceIdentifier><Engine>postgres</Engine>
<DBInstanceStatus>storage-full</DBInstanceStatus><EngineVersion>16.4</EngineVersion></DBInstance></DBInstances>"""
REFUSED = """<ErrorResponse><Error><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>"""


def parameters(endpoint: str, **more: Any) -> dict[str, Any]:
    return {
        "region": "eu-central-1",
        "endpoint_url": endpoint,
        "more_regions": ["eu-west-1", "eu-central-1"],
        "profile": "",
        "time_budget": 20,
        "summary_lines": 10,
        "exceptions": [],
        "expected": {},
        **more,
    }


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[str], tuple[int, str]]], str]]:
    """Return what starts a server that answers each body so; it ends with the test."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Callable[[str], tuple[int, str]]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # as http.server calls it
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                status, text = answer(body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST  # noqa: N815  # as http.server calls it

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def run(params: dict[str, Any]) -> dict[str, Any]:
    return module.look(params, module.clients_of, NOW, time.monotonic)


def test_what_is_refused_everywhere_is_unknown_and_never_healthy(serve: Any) -> None:
    result = run(parameters(serve(lambda _: (403, REFUSED))))
    assert result["verdict"] == "unknown"
    assert result["databases"] == []
    unknown = [one for one in result["checks"] if one["status"] == "unknown"]
    # Both regions once, though one is named twice.
    assert {one["subject"].split()[-1] for one in unknown} == {"eu-central-1", "eu-west-1"}
    assert all(one["runbook"] == "docs/runbooks/databases_listed.md" for one in unknown)
    assert result["summary"][0].startswith("unknown: ")


def test_a_database_in_trouble_is_found_on_the_wire(serve: Any) -> None:
    def answer(body: str) -> tuple[int, str]:
        action = body.partition("Action=")[2].partition("&")[0]
        if not action:
            return 403, REFUSED
        return 200, EMPTY.format(action, INSTANCE if action == "DescribeDBInstances" else "")

    expected = {"databases": [{"name": "postgres", "kind": "rds"}]}
    result = run(parameters(serve(answer), expected=expected, more_regions=[]))
    assert result["verdict"] == "unhealthy"
    worst = result["checks"][0]
    assert (worst["id"], worst["severity"]) == ("databases_available", "critical")
    assert worst["seen"] == "storage-full"
    assert result["exit_code"] == 2
    assert [one["name"] for one in result["databases"]] == ["postgres"]
    given = {"check": worst["id"], "subject": "rds postgres *", "owner": "data", "reason": "x", "until": "2026-12-24"}
    again = run(parameters(serve(answer), expected=expected, more_regions=[], exceptions=[given]))
    assert {one["status"] for one in again["checks"] if one["id"] == worst["id"]} == {"excepted"}


def test_a_server_that_is_silent_costs_no_more_than_the_time(serve: Any) -> None:
    gate = threading.Event()

    def wait(_body: str) -> tuple[int, str]:
        gate.wait(30)
        return 403, REFUSED

    begin = time.monotonic()
    try:
        result = run(parameters(serve(wait), time_budget=2))
    finally:
        gate.set()
    assert time.monotonic() - begin < 15
    assert result["verdict"] == "unknown"
    assert result["duration_s"] >= 1.9
    assert len({one["subject"] for one in result["checks"] if one["status"] == "unknown"}) >= len(SOURCES) / 2


def test_options_that_make_no_sense_are_told_before_anything_is_asked() -> None:
    with pytest.raises(HealthError, match=r"time_budget is 0; give seconds from 1 on\."):
        run(parameters("", time_budget=0))
    with pytest.raises(HealthError, match="but only eu-central-1, eu-west-1 is asked"):
        run(parameters("", expected={"databases": [{"name": "a", "kind": "rds", "region": "nowhere"}]}))


def test_a_profile_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(BotoCoreError, match="absent"):
        run(parameters("", profile="absent"))
