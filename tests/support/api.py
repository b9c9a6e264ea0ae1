# SPDX-License-Identifier: Apache-2.0
"""The API server as a watching program sees it: requests, and lists that follow what happens."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
import ssl
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from lab import ports

Json = dict[str, Any]
MERGE = "application/merge-patch+json"
# One line of a watch is one object; the default of 64 KiB is too little for some.
LONGEST_LINE = 4 * 1024 * 1024
AGAIN_S, TRIES = 0.2, 10


class ApiError(Exception):
    """The API server refused."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


def identity(kubeconfig: Json) -> ssl.SSLContext:
    """Return the certificates that a kubeconfig embeds."""
    cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    with tempfile.NamedTemporaryFile() as both:
        for key in ("client-certificate-data", "client-key-data"):
            both.write(base64.b64decode(user[key]))
        both.flush()
        context.load_cert_chain(both.name)
    return context


class Api:
    """A connection to the API server."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self._session = session
        self._server = server

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, kubeconfig: Path) -> AsyncIterator[Api]:
        """Connect as a kubeconfig says."""
        content = yaml.safe_load(kubeconfig.read_text())
        connector = aiohttp.TCPConnector(ssl=identity(content), limit=0)
        async with aiohttp.ClientSession(connector=connector, read_bufsize=LONGEST_LINE) as session:
            yield cls(session, content["clusters"][0]["cluster"]["server"])

    async def request(
        self, method: str, path: str, body: Json | None = None, query: Mapping[str, str] | None = None
    ) -> Json:
        """Make one request."""
        async with self._session.request(
            method,
            self._server + path,
            params=query or {},
            data=json.dumps(body) if body is not None else None,
            headers={"Content-Type": MERGE if method == "PATCH" else "application/json"},
            timeout=aiohttp.ClientTimeout(total=20),
        ) as answer:
            content: Json = await answer.json()
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise ApiError(answer.status, str(content.get("message")))
        return content

    async def patch(self, path: str, body: Json) -> None:
        """Merge into an object, again where others write at the same time; its being gone, or another's, is fine."""
        for _try in range(TRIES):
            try:
                await self.request("PATCH", path, body)
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(AGAIN_S)
            except ApiError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    return
                if error.status != HTTPStatus.CONFLICT and error.status < HTTPStatus.TOO_MANY_REQUESTS:
                    raise
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async def following(self, path: str, **query: str) -> AsyncIterator[dict[str, Json]]:
        """Tell all objects of a list by their uid, now and after each change, for ever."""
        while True:
            try:
                listed = await self.request("GET", path, query=query)
                known = {one["metadata"]["uid"]: one for one in listed["items"]}
                yield dict(known)
                async for change in self._changes(path, query, listed["metadata"]["resourceVersion"]):
                    if change["type"] == "DELETED":
                        known.pop(change["object"]["metadata"]["uid"], None)
                    else:
                        known[change["object"]["metadata"]["uid"]] = change["object"]
                    yield dict(known)
            except (aiohttp.ClientError, TimeoutError, ApiError):
                await asyncio.sleep(AGAIN_S)

    async def _changes(self, path: str, query: dict[str, str], version: str) -> AsyncIterator[Json]:
        """Watch from a version on, until the server ends it."""
        asked = {**query, "watch": "true", "resourceVersion": version}
        forever = aiohttp.ClientTimeout(total=None)
        async with self._session.get(self._server + path, params=asked, timeout=forever) as answer:
            async for line in answer.content:
                change: Json = json.loads(line)
                if change["type"] == "ERROR":  # too old: list anew
                    return
                yield change


@contextlib.contextmanager
def in_background(work: Callable[[], Coroutine[Any, Any, None]]) -> Iterator[None]:
    """Run work beside the test; end it at the end, and pass on what made it fail."""
    loop = asyncio.new_event_loop()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # told by the thread that waits
            failures.append(error)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    task = loop.create_task(work())
    thread = threading.Thread(target=run, name=work.__qualname__)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(RuntimeError):  # it has ended by itself, and its loop is closed
            loop.call_soon_threadsafe(task.cancel)
        thread.join()
        if failures:  # also when the test has failed: this may be why
            raise failures[0]


def free_port() -> int:
    """Return a port that nobody listens on, below those that outgoing connections take."""
    rng = random.SystemRandom()
    return next(port for port in iter(lambda: rng.randrange(ports.LOWEST, ports.HIGHEST), 0) if ports.is_free(port))
