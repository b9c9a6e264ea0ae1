# SPDX-License-Identifier: Apache-2.0
"""The server: ends in the order in which a pod should."""

from __future__ import annotations

import logging
import math
import os
import signal
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from example_service.lifecycle import Lifecycle
from example_service.settings import Settings

log = logging.getLogger("example_service")


class Server(uvicorn.Server):
    """Goes on serving after the signal to end, until callers have had the time to go elsewhere."""

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take the signal to end; uvicorn alone would stop listening at once."""
        log.info("told to end", extra={"said": {"signal": signal.Signals(sig).name}})
        self._lifecycle.end()

    async def on_tick(self, counter: int) -> bool:
        """Look ten times a second whether it is time to go."""
        if self._lifecycle.breaks_down:
            log.error("breaks down as CRASH_AFTER tells it to")
            os._exit(1)
        if self._lifecycle.drained:
            self.should_exit = True
        return await super().on_tick(counter)


def faults(lifecycle: Lifecycle) -> None:
    """Let signals switch faults: only who may end the process may send them."""

    def unready(_number: int, _frame: FrameType | None) -> None:
        lifecycle.forced_unready = not lifecycle.forced_unready

    def unhealthy(_number: int, _frame: FrameType | None) -> None:
        lifecycle.forced_unhealthy = not lifecycle.forced_unhealthy

    signal.signal(signal.SIGUSR1, unready)
    signal.signal(signal.SIGUSR2, unhealthy)


def serve(app: ASGIApp, settings: Settings, lifecycle: Lifecycle) -> None:
    """Serve until the signal to end and what follows it."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.finish_seconds),
    )
    faults(lifecycle)
    Server(config, lifecycle).run()
