# SPDX-License-Identifier: Apache-2.0
"""What base images are made with: the health check against a real server, hardening of a real folder."""

from __future__ import annotations

import contextlib
import http.server
import importlib.util
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from support.rehearsal import REPO

BASE = REPO / "images/base"


def load(name: str) -> ModuleType:
    """Import a script of the base image."""
    spec = importlib.util.spec_from_file_location(name, BASE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


harden = load("harden")


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers each path with the status in it."""

    def do_GET(self) -> None:
        time.sleep(2 if "slow" in self.path else 0)
        with contextlib.suppress(BrokenPipeError):
            self.send_response(int(self.path.rsplit("/", 1)[1]))
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Run a server."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def check(**environment: str) -> tuple[int, str]:
    """Run the health check as an image does."""
    argv = [sys.executable, "-I", str(BASE / "healthcheck.py")]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (204, True), (301, False), (404, False), (503, False)])
def test_health_follows_the_status(port: int, status: int, healthy: bool) -> None:
    code, line = check(PORT=str(port), HEALTH_PATH=f"/{status}")
    assert (code == 0) is healthy
    assert line == f"port {port} answers /{status} with {status}"


def test_a_server_that_is_slow_is_unhealthy(port: int) -> None:
    code, line = check(PORT=str(port), HEALTH_PATH="/slow/200", HEALTH_TIMEOUT="0.2")
    assert (code, line) == (1, f"port {port} does not answer /slow/200: timed out")


def test_nobody_listening_is_unhealthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    code, line = check(PORT=str(port))
    assert code == 1
    assert line.startswith(f"port {port} does not answer /health: ")


def test_a_proxy_is_not_asked(port: int) -> None:
    assert (
        check(PORT=str(port), HEALTH_PATH="/200", http_proxy="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9")[0]
        == 0
    )


def test_a_port_that_is_no_number_is_told() -> None:
    assert check(PORT="http") == (
        1,
        "PORT or HEALTH_TIMEOUT is no number: invalid literal for int() with base 10: 'http'",
    )


def test_the_user_is_added_once(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    for _ in range(2):
        harden.add_user(tmp_path)
    assert (tmp_path / "etc/passwd").read_text().splitlines() == [
        "root:x:0:0::/root:/bin/sh",
        "app:x:10001:10001:app:/tmp:/usr/sbin/nologin",
    ]
    assert (tmp_path / "etc/group").read_text() == "app:x:10001:\n"


def test_no_program_keeps_more_rights_than_its_caller(tmp_path: Path) -> None:
    for name, mode in (("su", 0o4755), ("wall", 0o2755), ("ls", 0o755), ("proc/su", 0o4755)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        path.chmod(mode)
    (tmp_path / "link").symlink_to("su")
    assert harden.strip_privileges(tmp_path) == ["su", "wall"]
    assert stat.S_IMODE((tmp_path / "su").stat().st_mode) == 0o755
    assert harden.strip_privileges(tmp_path) == []
    assert (tmp_path / "proc/su").stat().st_mode & stat.S_ISUID


def test_tools_go_and_the_rest_stays(tmp_path: Path) -> None:
    library, scripts, packages = (tmp_path / name for name in ("lib", "bin", "packages"))
    gone = ["lib/ensurepip/__init__.py", "packages/pip/__init__.py", "packages/pip-26.0.dist-info/RECORD", "bin/pip3"]
    kept = ["lib/json/__init__.py", "packages/pipeline/__init__.py", "bin/python3"]
    for name in [*gone, *kept]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert len(harden.remove_tools(library, scripts, [packages, tmp_path / "none"])) == 4
    assert [name for name in gone if (tmp_path / name).exists()] == []
    assert [name for name in kept if not (tmp_path / name).exists()] == []


def test_bytecode_does_not_depend_on_the_clock(tmp_path: Path) -> None:
    found = []
    for day in (1, 2):
        (tmp_path / "lib/__pycache__").mkdir(parents=True, exist_ok=True)
        (tmp_path / "lib/one.py").write_text("ANSWER = {'a', 'b', 'c'}\n")
        os.utime(tmp_path / "lib/one.py", (day * 86400, day * 86400))
        assert harden.compile_library(tmp_path / "lib")
        found.append(next((tmp_path / "lib/__pycache__").glob("*.pyc")).read_bytes())
    assert found[0] == found[1]


def test_another_python_than_the_versions_file_says_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert harden.main(["common", "2.7"]) == 1
    assert "versions.yml says 2.7" in capsys.readouterr().err
