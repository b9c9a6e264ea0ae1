# SPDX-License-Identifier: Apache-2.0
"""Tries, waits and pages; tests/cost/test_prices_refresh.py asks real servers."""

from __future__ import annotations

import io
import ssl
from collections.abc import Mapping
from decimal import Decimal
from email.message import Message
from urllib.error import HTTPError, URLError

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh import fetch


class Network:
    """What each try gets: a text, or an error."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.waits: list[float] = []

    def open(self, _address: str, _headers: Mapping[str, str]) -> io.BytesIO:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer.encode())

    @property
    def http(self) -> fetch.Http:
        return fetch.Http(self.open, self.waits.append)


def refusal(code: int, after: str | None = None) -> HTTPError:
    headers = Message()
    if after is not None:
        headers["Retry-After"] = after
    return HTTPError("http://a", code, "because", headers, None)


def test_numbers_of_json_keep_all_their_digits() -> None:
    assert Network('{"price": 0.1000000000000000055}').http.json("http://a") == {
        "price": Decimal("0.1000000000000000055")
    }


def test_a_busy_api_is_asked_again_after_what_it_asks_for() -> None:
    network = Network(refusal(429, "7"), refusal(503), URLError("slow"), "{}")
    assert network.http.json("http://a") == {}
    assert network.waits == [7, 2, 4]


def test_no_wait_is_longer_than_the_bound() -> None:
    network = Network(refusal(429, "86400"), "{}")
    network.http.json("http://a")
    assert network.waits == [fetch.LONGEST_WAIT]


@pytest.mark.parametrize(
    ("answers", "says", "waits"),
    [
        ([refusal(503)] * 4, "answers 503 because", 3),
        ([refusal(404)], "answers 404 because", 0),
        ([URLError("no route")] * 4, "does not answer: no route", 3),
        ([ssl.SSLError("bad certificate")], "bad certificate", 0),
        (["no json"], "answers with no JSON", 0),
        (["[]"], "no object", 0),
    ],
)
def test_what_cannot_be_read_is_one_sentence(answers: list[str | Exception], says: str, waits: int) -> None:
    network = Network(*answers)
    with pytest.raises(fetch.UnreachableError, match=says) as error:
        network.http.json("http://a/prices")
    assert str(error.value).startswith("http://a/prices ")
    assert len(network.waits) == waits


def test_lines_come_without_a_byte_order_mark() -> None:
    assert list(Network("\ufeffa\nb\n").http.lines("http://a")) == ["a\n", "b\n"]


def test_lines_that_are_no_text_are_an_error() -> None:
    http = fetch.Http(lambda _address, _headers: io.BytesIO(b"\xff\xfe\n"), lambda _seconds: None)
    with pytest.raises(fetch.UnreachableError, match="stopped in the middle"):
        list(http.lines("http://a"))


def test_pages_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MOST_PAGES", 3)
    network = Network(*["{}"] * 9)
    with pytest.raises(fetch.UnreachableError, match="more than 3 pages"):
        list(fetch.pages(network.http, "http://a", lambda _page: "http://a"))
    assert len(network.answers) == 6
