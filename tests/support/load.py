# SPDX-License-Identifier: Apache-2.0
"""Load by vegeta, on this machine only and never without an end."""

from __future__ import annotations

import base64
import contextlib
import json
import math
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

LONGEST_S = 120


@dataclass(frozen=True)
class Answer:
    """One request: when it was sent (seconds since the epoch), its status (0 = none), how long it took, from whom."""

    sent: float
    status: int
    seconds: float
    error: str
    version: str


@dataclass(frozen=True)
class Report:
    """What became of all requests."""

    answers: tuple[Answer, ...]

    @property
    def statuses(self) -> dict[int, int]:
        """Return how often each status came."""
        return dict(Counter(one.status for one in self.answers))

    @property
    def failed(self) -> int:
        """Return how many requests had no good answer."""
        return sum(one.status != 200 for one in self.answers)

    @property
    def errors(self) -> dict[str, int]:
        """Return what vegeta says of those that failed."""
        return dict(Counter(one.error for one in self.answers if one.status != 200))

    def quantile(self, share: float) -> float:
        """Return the time within which this share of the requests was answered."""
        ordered = sorted(one.seconds for one in self.answers)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    def between(self, begin: float, end: float) -> Report:
        """Return the part that was sent in this time."""
        return Report(tuple(one for one in self.answers if begin <= one.sent < end))

    def of(self, version: str) -> Report:
        """Return the part that a version answered."""
        return Report(tuple(one for one in self.answers if one.version == version))

    def __str__(self) -> str:
        """Return the figures."""
        ms = {
            name: f"{self.quantile(share) * 1000:.0f} ms" for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1))
        }
        return f"{len(self.answers)} requests, {self.failed} failed {self.errors or ''}, {ms}"


@dataclass
class Load:
    """Load that is being made."""

    process: subprocess.Popen[bytes]
    vegeta: Path
    results: Path

    def stop(self) -> Report:
        """Send no more; wait for the answers."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self) -> Report:
        """Wait for its end."""
        self.process.wait(LONGEST_S + 60)
        encoded = subprocess.run(
            [self.vegeta, "encode", "-to", "json", self.results], capture_output=True, text=True, check=True
        ).stdout
        return Report(tuple(map(read, encoded.splitlines())))


def read(line: str) -> Answer:
    """Read one of vegeta's results."""
    one = json.loads(line)
    sent = datetime.fromisoformat(one["timestamp"]).timestamp()
    try:
        version = json.loads(base64.b64decode(one["body"] or ""))["version"]
    except (ValueError, KeyError, TypeError):
        version = ""  # nobody answered, or the balancer did
    return Answer(sent, one["code"], one["latency"] / 1e9, one["error"], version)


@contextlib.contextmanager
def running(vegeta: Path, folder: Path, url: str, rate: int, seconds: int = LONGEST_S) -> Iterator[Load]:
    """Ask so often a second, until `seconds` are over or the load is stopped."""
    if not url.startswith("http://127.0.0.1:") or not 0 < seconds <= LONGEST_S:
        raise ValueError(f"{url} for {seconds} s: only this machine is asked, and for {LONGEST_S} s at most")
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results.bin"
    attack = [f"-rate={rate}/s", f"-duration={seconds}s", "-timeout=30s", "-max-workers=500", f"-output={results}"]
    argv = ["setpriv", "--pdeathsig", "KILL", "--", str(vegeta), "attack", *attack]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(f"GET {url}\n".encode())
        process.stdin.close()
        try:
            yield Load(process, vegeta, results)
        finally:
            process.kill()
