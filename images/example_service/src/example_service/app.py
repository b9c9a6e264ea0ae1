# SPDX-License-Identifier: Apache-2.0
"""The HTTP interface: work, health, readiness, metrics."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from example_service.lifecycle import Lifecycle
from example_service.metrics import METHODS, Metrics, known
from example_service.settings import Settings, SettingsError, number, whole

WORK = ("/",)
# Asked by the platform, not by callers: counted among the work they would hide its errors.
PLATFORM = ("/health", "/ready", "/metrics")
LONGEST_MS = 60_000

log = logging.getLogger("example_service")


def failures(rate: float) -> Iterator[bool]:
    """Tell of each piece of work whether it fails; the share is kept exactly, not by chance."""
    for count in itertools.count(1):
        yield int(count * rate) > int((count - 1) * rate)


def wanted(request: Request, settings: Settings) -> tuple[float, int]:
    """Return what a request asks for: seconds of work, and the status to answer with."""
    query = request.query_params
    milliseconds = number("ms", query["ms"], 0, LONGEST_MS) if "ms" in query else settings.latency_ms
    status = whole("status", query["status"], 200, 599) if "status" in query else HTTPStatus.OK
    return milliseconds / 1000, status


class Measured:
    """Counts and logs work; tells callers to go elsewhere once the service ends."""

    def __init__(self, app: ASGIApp, metrics: Metrics, lifecycle: Lifecycle, clock: Callable[[], float]) -> None:
        self._app, self._metrics, self._lifecycle, self._clock = app, metrics, lifecycle, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and look at its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = int(HTTPStatus.INTERNAL_SERVER_ERROR)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._lifecycle.ending:
                    # A connection that is kept would be cut at the end, perhaps under a request that is on its way.
                    MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        if scope["path"] in PLATFORM:
            await self._app(scope, receive, sending)
            return
        begun = self._clock()
        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, sending)
        finally:
            self._metrics.in_flight.dec()
            self._count(scope["method"], scope["path"], status, self._clock() - begun)

    def _count(self, method: str, path: str, status: int, seconds: float) -> None:
        method, path = known(method, METHODS), known(path, WORK)
        self._metrics.requests.labels(method, path, str(status)).inc()
        self._metrics.duration.labels(method, path).observe(seconds)
        said = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 1)}
        log.info("request", extra={"said": said})


def create(
    settings: Settings, lifecycle: Lifecycle, metrics: Metrics, clock: Callable[[], float] = time.monotonic
) -> ASGIApp:
    """Return the application."""
    failing = failures(settings.fail_rate)

    async def work(request: Request) -> Response:
        try:
            seconds, status = wanted(request, settings)
        except SettingsError as error:
            return JSONResponse({"error": str(error).replace("environment", "query")}, HTTPStatus.BAD_REQUEST)
        await asyncio.sleep(seconds)
        if next(failing):
            status = HTTPStatus.INTERNAL_SERVER_ERROR
        return JSONResponse({"host": settings.hostname, "version": settings.version}, status)

    async def health(_request: Request) -> Response:
        ok = lifecycle.healthy
        return JSONResponse({"healthy": ok}, HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE)

    async def ready(_request: Request) -> Response:
        if lifecycle.ready:
            return JSONResponse({"ready": True})
        answer = {"ready": False, "because": lifecycle.not_ready_because()}
        return JSONResponse(answer, HTTPStatus.SERVICE_UNAVAILABLE)

    async def exposition(_request: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    routes = [
        Route("/", work, methods=["GET", "POST"]),
        Route("/health", health),
        Route("/ready", ready),
        Route("/metrics", exposition),
    ]
    return Measured(Starlette(routes=routes), metrics, lifecycle, clock)
