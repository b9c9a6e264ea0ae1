# SPDX-License-Identifier: Apache-2.0
"""Histories from files and from a server that speaks as Prometheus does."""

from __future__ import annotations

import itertools
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import history
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.predict import PredictError, Sample

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("at,value\n2026-11-28T01:00+01:00,2.5\n")
    assert history.from_file(path) == [Sample(datetime.fromisoformat("2026-11-28T01:00+01:00"), 2.5)]


BAD = {
    "columns": ("time,value\n", "has the columns ['time', 'value']"),
    "empty": ("", "has the columns None"),
    "moment": ("at,value\nnow,1\n", ":2 has 'now' and '1'"),
    "offset": ("at,value\n2026-11-28T01:00,1\n", "without an offset"),
    "number": ("at,value\n2026-11-28T01:00+00:00,many\n", "'many'; write a moment and a number"),
    "short": ("at,value\n2026-11-28T01:00+00:00\n", "None; write a moment and a number"),
}


@pytest.mark.parametrize(("text", "sentence"), BAD.values(), ids=BAD)
def test_a_line_that_is_none_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text)
    with pytest.raises(PredictError) as caught:
        history.from_file(path)
    assert sentence in str(caught.value)


@pytest.fixture
def server() -> Iterator[Callable[[Callable[[dict[str, str]], Any]], str]]:
    """Return a function: how questions are answered → the address of a server that does."""
    servers = []

    def serving(answer: Callable[[dict[str, str]], Any]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                split = urlsplit(self.path)
                assert split.path == "/api/v1/query_range"
                body = json.dumps(answer({key: one[0] for key, one in parse_qs(split.query).items()})).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        this = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=this.serve_forever, daemon=True).start()
        servers.append(this)
        return f"http://127.0.0.1:{this.server_address[1]}/"

    yield serving
    for one in servers:
        one.shutdown()
        one.server_close()


def series(*values: list[Any]) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": list(values)}]}}


def open_(address: str) -> Any:
    return urllib.request.urlopen(address, timeout=10)  # noqa: S310  a server of this test


def test_prometheus_is_asked_week_by_week_without_a_gap(server: Any) -> None:
    asked: list[dict[str, str]] = []

    def answer(question: dict[str, str]) -> Any:
        asked.append(question)
        return series([float(question["start"]), "1.5"], [float(question["end"]), "NaN"])

    found = history.from_prometheus(server(answer), "sum(x)", NOW, 3, open_)
    assert [one.value for one in found] == [1.5] * 3
    assert [one.at for one in found] == sorted(one.at for one in found)
    for before, after in itertools.pairwise(asked):
        assert float(before["end"]) + float(before["step"]) == float(after["start"])
    assert float(asked[-1]["end"]) + float(asked[-1]["step"]) == NOW.timestamp()
    # Prometheus refuses more than 11,000 points.
    assert all((float(one["end"]) - float(one["start"])) / float(one["step"]) < 11000 for one in asked)


def test_what_prometheus_cannot_tell_is_one_sentence(server: Any) -> None:
    two = {"status": "success", "data": {"result": [{"values": []}, {"values": []}]}}
    with pytest.raises(PredictError, match="gives 2 series; it must give one"):
        history.from_prometheus(server(lambda _: two), "x", NOW, 1, open_)
    with pytest.raises(PredictError, match="refuses: parse error"):
        history.from_prometheus(server(lambda _: {"status": "error", "error": "parse error"}), "x", NOW, 1, open_)
    with pytest.raises(PredictError, match="does not answer"):
        history.from_prometheus("http://127.0.0.1:9", "x", NOW, 1, open_)
    nothing = {"status": "success", "data": {"result": []}}
    assert history.from_prometheus(server(lambda _: nothing), "x", NOW, 1, open_) == []
