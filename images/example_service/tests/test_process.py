# SPDX-License-Identifier: Apache-2.0
"""The service as a process: what signals do to it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx

SOURCE = Path(__file__).resolve().parents[1] / "src"
PATIENCE_S = 30.0


@dataclass
class Running:
    process: subprocess.Popen[str]
    address: str

    def status(self, path: str) -> int:
        """Return the status that a path answers; 0 when nobody answers."""
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.address}{path}", timeout=PATIENCE_S).status_code
        return 0


def answers(service: Running, path: str, status: int) -> bool:
    return service.status(path) == status


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextlib.contextmanager
def running(**variables: str) -> Iterator[Running]:
    """Run the service on a free port; it is killed at the end if it still runs."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "HOST": "127.0.0.1", "PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-B", "-m", "example_service"],
        env={**environment, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        service = Running(process, f"http://127.0.0.1:{port}")
        try:
            until(lambda: process.poll() is not None or service.status("/health") == 200)
            yield service
        finally:
            process.kill()


def test_told_to_end_it_is_unready_serves_finishes_and_exits_with_0() -> None:
    with running(DRAIN_SECONDS="5") as service, concurrent.futures.ThreadPoolExecutor() as pool:
        slow = pool.submit(service.status, "/?ms=12000")
        until(lambda: "http_requests_in_flight 1.0" in httpx.get(f"{service.address}/metrics").text)
        service.process.send_signal(signal.SIGTERM)
        until(lambda: service.status("/ready") == 503)
        assert service.status("/") == 200, "callers that do not know yet are served"
        until(lambda: service.status("/") == 0)
        assert not slow.done(), "it stops listening while it finishes"
        assert slow.result() == 200
        assert service.process.wait(PATIENCE_S) == 0


def test_a_request_that_never_ends_does_not_keep_it() -> None:
    with running(DRAIN_SECONDS="0", FINISH_SECONDS="1") as service, concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(service.status, "/?ms=60000")
        until(lambda: "http_requests_in_flight 1.0" in httpx.get(f"{service.address}/metrics").text)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(PATIENCE_S) == 0


def test_signals_switch_faults_on_and_off() -> None:
    with running() as service:
        for number, path in ((signal.SIGUSR1, "/ready"), (signal.SIGUSR2, "/health")):
            service.process.send_signal(number)
            until(functools.partial(answers, service, path, 503))
            service.process.send_signal(number)
            until(functools.partial(answers, service, path, 200))


def test_it_breaks_down_when_it_is_told_to() -> None:
    with running(CRASH_AFTER="1") as service:
        assert service.process.wait(PATIENCE_S) == 1


def test_it_is_not_ready_before_it_has_started() -> None:
    with running(STARTUP_SECONDS="5") as service:
        assert service.status("/ready") == 503 and service.status("/health") == 200
        until(lambda: service.status("/ready") == 200)


def test_a_wrong_setting_is_one_sentence_and_no_traceback() -> None:
    with running(PORT="http") as service:
        assert service.process.wait(PATIENCE_S) == 2
        assert service.process.stderr is not None
        assert service.process.stderr.read() == "PORT='http' in the environment is no whole number from 1 to 65535.\n"


def test_the_log_is_json() -> None:
    with running(DRAIN_SECONDS="0") as service:
        service.status("/?status=418")
        service.process.send_signal(signal.SIGTERM)
        output, _ = service.process.communicate(timeout=PATIENCE_S)
    lines = [json.loads(line) for line in output.splitlines()]
    (request,) = [line for line in lines if line["message"] == "request"]
    assert (request["method"], request["path"], request["status"]) == ("GET", "/", 418)
    assert {"time", "level", "logger"} <= set(request)
    assert [line["signal"] for line in lines if line["message"] == "told to end"] == ["SIGTERM"]
