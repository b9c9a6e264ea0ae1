# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus that has loaded the rules of objectives and recorded them for days: its past is made by promtool.

Requests come ten a second for a week, up to now. Counters are imported as OpenMetrics; what the rules recorded of
them is computed by promtool from the same rules. From then on Prometheus scrapes them over HTTP, and evaluates all
rules itself.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import openslo, rules
from support import prometheus
from support.api import free_port
from support.cluster import eventually
from support.prometheus import Prometheus
from support.tools import alert_tools
from support.traffic import programs

Json = dict[str, Any]
MINUTE_S, HOUR_S = 60, 3600
DAYS = 7
RATE = 10
KEPT = (rules.BAD, rules.TOTAL, "slo:budget:ratio")
SCRAPED = "5s"
# Windows weigh what was evaluated, so that it must not be done much more often than once a minute as before.
EVALUATED = "15s"
# Blocks of two hours, one for each rule, would take minutes to write.
ONE_BLOCK = "--max-block-duration=720h"


class Outage(NamedTuple):
    """A share of the requests fails, between hours before now."""

    begin: float
    end: float
    share: float


@dataclass(frozen=True)
class Users:
    """Who asks a service: ten times a second for a week, until so many minutes before now."""

    outages: tuple[Outage, ...] = ()
    until_minutes: int = 0

    def failed(self, hours_ago: float) -> float:
        """Return how many requests failed in the minute that began so long ago."""
        return RATE * MINUTE_S * sum(one.share for one in self.outages if one.end < hours_ago <= one.begin)


@dataclass
class Recorded:
    """A Prometheus that can be stopped and started again."""

    folder: Path
    documents: Sequence[Json]
    users: Mapping[str, Users]
    namespace: str = "services"
    end: int = field(default_factory=lambda: int(time.time()) // MINUTE_S * MINUTE_S)
    """Until when its past goes."""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> Prometheus:
        """Return the server."""
        return Prometheus(self.port)

    @property
    def groups(self) -> list[Json]:
        """Return the generated rules."""
        return rules.groups(openslo.read(self.documents))

    def make(self) -> None:
        """Make its past."""
        self.folder.mkdir(parents=True)
        begin, end = self.end - DAYS * 24 * HOUR_S, self.end
        (self.folder / "counters.txt").write_text("\n".join([*self.counters(begin, end), "# EOF", ""]))
        promtool("create-blocks-from", ONE_BLOCK, "openmetrics", self.folder / "counters.txt", self.folder / "data")
        kept = [
            {"name": group["name"], "rules": found}
            for group in self.groups
            if (found := [rule for rule in group["rules"] if rule.get("record") in KEPT])
        ]
        (self.folder / "kept.json").write_text(json.dumps({"groups": kept}))
        with self.running([]) as asked:
            span = [f"--start={begin}", f"--end={end}", "--eval-interval=1m", f"--output-dir={self.folder / 'data'}"]
            promtool("create-blocks-from", ONE_BLOCK, "rules", *span, f"--url={asked.url}", self.folder / "kept.json")

    def counters(self, begin: int, end: int) -> Iterator[str]:
        """Return the counters of all services as OpenMetrics, a sample a minute."""
        yield "# TYPE http_requests counter"
        for name, users in self.users.items():
            labels = f'namespace="{self.namespace}",app="{name}",path="/ask"'
            last = end - users.until_minutes * MINUTE_S
            for status in ("200", "500"):
                count = 0.0
                for at in range(begin, last + 1, MINUTE_S):
                    failed = users.failed((end - at) / HOUR_S)
                    count += failed if status == "500" else RATE * MINUTE_S - failed
                    yield f'http_requests_total{{{labels},status="{status}"}} {count:g} {at}'

    def live(self) -> str:
        """Return the counters of those that are still asked, as they go on: in their last minute's way."""
        lines = ["# TYPE http_requests_total counter"]
        for name, users in self.users.items():
            if users.until_minutes:
                continue
            passed, labels = time.time() - self.end, f'namespace="{self.namespace}",app="{name}",path="/ask"'
            failed = users.failed(0) / MINUTE_S * passed
            for status, count in (("200", RATE * passed - failed), ("500", failed)):
                lines.append(f'http_requests_total{{{labels},status="{status}"}} {count:.3f}')
        return "\n".join([*lines, ""])

    @contextlib.contextmanager
    def running(self, groups: Sequence[Json] | None = None) -> Iterator[Prometheus]:
        """Run it with all of its rules; it answers when they were evaluated."""
        groups = self.groups if groups is None else groups
        # The long windows as often as the others: nobody waits five minutes here.
        quick = [{**group, "interval": EVALUATED} for group in groups]
        (self.folder / "rules.yml").write_text(yaml.safe_dump({"groups": quick}))
        with serving(self.live) as address:
            job = {"job_name": "services", "honor_labels": True, "static_configs": [{"targets": [address]}]}
            settings = {
                "global": {"scrape_interval": SCRAPED, "scrape_timeout": SCRAPED},
                "rule_files": [str(self.folder / "rules.yml")],
                "scrape_configs": [job] if groups else [],
            }
            (self.folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
            try:
                self.start(len(quick))
                yield self.server
            finally:
                self.stop()

    def start(self, groups: int | None = None) -> None:
        """Start its process, and wait until all groups of rules were evaluated."""
        argv = ["setpriv", "--pdeathsig", "KILL", "--", str(programs() / "prometheus")]
        argv += [f"--config.file={self.folder / 'prometheus.yml'}", f"--storage.tsdb.path={self.folder / 'data'}"]
        argv += [f"--web.listen-address=127.0.0.1:{self.port}", "--storage.tsdb.retention.time=60d"]
        with (self.folder / "prometheus.log").open("ab") as log:
            self.process = process = subprocess.Popen(argv, stdout=log, stderr=log)
        eventually(lambda: process.poll() is not None or prometheus.answers(self.server), 60)
        assert process.poll() is None, (self.folder / "prometheus.log").read_text()[-2000:]
        eventually(lambda: evaluated(self.server, len(self.groups) if groups is None else groups), 60)

    def stop(self) -> None:
        """Stop its process."""
        if self.process:
            self.process.terminate()
            self.process.wait()
        self.process = None


@contextlib.contextmanager
def serving(text: Callable[[], str]) -> Iterator[str]:
    """Serve metrics at an address, which is given without its scheme."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer."""
            body = text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Keep still."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def evaluated(server: Prometheus, groups: int) -> bool:
    """Say whether all groups were evaluated."""
    seen = server.get("rules")["groups"]
    return len(seen) == groups and all(rule["health"] == "ok" for group in seen for rule in group["rules"])


def promtool(*arguments: object) -> None:
    """Run promtool's part for databases, which must succeed."""
    argv = [str(alert_tools() / "promtool"), "tsdb", *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
