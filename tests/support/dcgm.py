# SPDX-License-Identifier: Apache-2.0
"""GPUs as Prometheus knows them: a stand-in of dcgm-exporter that is scraped, and a history that is put in at once."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml
from support.api import free_port
from support.cluster import eventually
from support.prometheus import Prometheus, answers

# What a healthy GPU says; XID 13 is of a program, and no fault of the GPU.
WELL = {
    "DCGM_FI_DEV_GPU_TEMP": 45.0,
    "DCGM_FI_DEV_GPU_UTIL": 80.0,
    "DCGM_FI_DEV_XID_ERRORS": 0.0,
    "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL": 0.0,
    "DCGM_FI_DEV_ROW_REMAP_FAILURE": 0.0,
    "DCGM_FI_DEV_CLOCKS_EVENT_REASONS": 1.0,
}
Place = tuple[str, int]
HISTORY_S, STEP_S, AHEAD_S = 2 * 3600 + 1200, 60, 600


@dataclass
class Gpus:
    """GPUs by node, and what single ones say other than a healthy one."""

    nodes: dict[str, int]
    other: dict[Place, dict[str, float]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    def values(self, name: str) -> Iterator[tuple[str, float]]:
        """Return each series of a metric, and its value."""
        for node, count in self.nodes.items():
            for gpu in range(count) if node not in self.silent else ():
                value = self.other.get((node, gpu), {}).get(name, WELL[name])
                yield f'{name}{{gpu="{gpu}",UUID="GPU-{node}-{gpu}",modelName="NVIDIA A10G",Hostname="{node}"}}', value

    def text(self) -> str:
        """Return what dcgm-exporter would answer."""
        lines = []
        for name in WELL:
            lines += [f"# TYPE {name} gauge", *(f"{series} {value:g}" for series, value in self.values(name))]
        return "\n".join([*lines, ""])

    def history(self, now: float) -> str:
        """Return two hours and more as OpenMetrics; an error counter grows within the last hour."""
        lines = []
        for name in WELL:
            lines.append(f"# TYPE {name} gauge")
            for series, value in self.values(name):
                for at in range(int(now) - HISTORY_S, int(now) + AHEAD_S, STEP_S):
                    told = 0.0 if "ECC" in name and at < now - 1800 else value
                    lines.append(f"{series} {told:g} {at}")
        return "\n".join([*lines, "# EOF", ""])


@contextmanager
def exporting(text: Callable[[], str]) -> Iterator[int]:
    """Answer with a text at /metrics; give the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
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
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def prometheus(program: Path, folder: Path, port: int = 0) -> Iterator[Prometheus]:
    """Run Prometheus on a folder, with one target or none, each second."""
    folder.mkdir(parents=True, exist_ok=True)
    # Other exporters may answer on the same port, under jobs of their own.
    job = {"job_name": "dcgm-exporter", "honor_labels": True, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    content = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [job] if port else []}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(content))
    one = Prometheus(free_port())
    argv = ["setpriv", "--pdeathsig", "KILL", "--", str(program), f"--config.file={folder / 'prometheus.yml'}"]
    argv += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{one.port}"]
    with (folder / "prometheus.log").open("ab") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        eventually(lambda: process.poll() is not None or answers(one), 60)
        assert process.poll() is None, (folder / "prometheus.log").read_text()[-2000:]
        yield one
    finally:
        process.terminate()
        process.wait()


def put_in(promtool: Path, folder: Path, gpus: Gpus) -> None:
    """Write a history into the folder of a Prometheus that does not run."""
    folder.mkdir(parents=True, exist_ok=True)
    text = folder / "history.txt"
    text.write_text(gpus.history(time.time()))
    argv = [str(promtool), "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "data")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
