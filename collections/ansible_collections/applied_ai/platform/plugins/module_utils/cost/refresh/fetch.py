# SPDX-License-Identifier: Apache-2.0
"""How a price API is read: a bounded number of tries, waits and pages; an answer as text lines or as JSON."""

from __future__ import annotations

import io
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPException
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

# Address and headers -> the answer. Raises OSError (HTTPError among them).
Open = Callable[[str, Mapping[str, str]], AbstractContextManager[IO[bytes]]]
Json = dict[str, Any]

TRIES: Final = 4
LONGEST_WAIT: Final = 30.0
MOST_PAGES: Final = 2000
BUSY: Final = frozenset({429, 500, 502, 503, 504})


class UnreachableError(CostError):
    """A price API that gives no answer, or none that can be read."""


@dataclass(frozen=True)
class Http:
    """Ways to the network and the clock; headers may hold a key and are in no message."""

    open: Open
    sleep: Callable[[float], None]
    headers: Mapping[str, str] = field(default_factory=dict)

    def lines(self, address: str) -> Iterator[str]:
        """Yield the lines of a long text, one by one, so that it need not fit into memory.

        Raises:
            UnreachableError: There is no answer after some tries, or it ends early.

        """
        with self._answer(address) as answer:
            try:
                yield from io.TextIOWrapper(answer, encoding="utf-8-sig", newline="")
            except (OSError, EOFError, HTTPException, UnicodeDecodeError) as error:
                raise UnreachableError(f"{address} stopped in the middle: {reason(error)}.") from error
            # Read piece by piece, an answer that ends early is no error of http.client; its length tells what is left.
            if left := getattr(answer, "length", None):
                raise UnreachableError(f"{address} stopped in the middle: {left} bytes are missing.")

    def json(self, address: str) -> Json:
        """Return a JSON object, with its numbers as Decimal.

        Raises:
            UnreachableError: There is no answer after some tries, or it is no JSON object.

        """
        with self._answer(address) as answer:
            try:
                document = json.loads(answer.read(), parse_float=Decimal)
            except (OSError, EOFError, HTTPException, ValueError) as error:
                raise UnreachableError(f"{address} answers with no JSON: {reason(error)}.") from error
        if not isinstance(document, dict):
            raise UnreachableError(f"{address} answers with JSON that is no object.")
        return document

    def _answer(self, address: str) -> AbstractContextManager[IO[bytes]]:
        for number in range(1, TRIES + 1):
            try:
                return self.open(address, self.headers)
            except HTTPError as error:
                if error.code not in BUSY or number == TRIES:
                    raise UnreachableError(f"{address} answers {error.code} {error.reason}.") from error
                self.sleep(wait(error.headers.get("Retry-After"), number))
            except (OSError, HTTPException) as error:
                if number == TRIES or isinstance(error, ssl.SSLError):
                    raise UnreachableError(f"{address} does not answer: {reason(error)}.") from error
                self.sleep(wait(None, number))
        raise AssertionError  # the last try returned or raised


def wait(asked: str | None, number: int) -> float:
    """Return for how many seconds to wait after a try: what the API asks for, else 1, 2, 4 …, never over a bound."""
    seconds = float(asked) if asked and asked.isdigit() else 2.0 ** (number - 1)
    return min(seconds, LONGEST_WAIT)


def reason(error: Exception) -> str:
    """Return an error in one line."""
    return " ".join(str(getattr(error, "reason", None) or error or type(error).__name__).split())


def pages(http: Http, address: str, following: Callable[[Json], str]) -> Iterator[Json]:
    """Yield the pages of an answer; `following` tells the address of the next one, empty at the end.

    Raises:
        UnreachableError: There are too many pages, a page leads to another host, or one does not come.

    """
    first = urlsplit(address).hostname
    for _ in range(MOST_PAGES):
        page = http.json(address)
        yield page
        address = following(page)
        if not address:
            return
        if urlsplit(address).hostname != first:
            raise UnreachableError(f"A page of {first} leads to another host, {urlsplit(address).hostname}.")
    raise UnreachableError(f"{first} has more than {MOST_PAGES} pages; ask for less.")
