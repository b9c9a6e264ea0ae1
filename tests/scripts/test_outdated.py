# SPDX-License-Identifier: Apache-2.0
"""Pins against a repository: a real Helm, a real HTTP server with a chart repository's index."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

REPO = Path(__file__).resolve().parents[2]
HELM = REPO / ".lab/bin/helm"


def load() -> ModuleType:
    """Load the script, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("outdated", REPO / "scripts/outdated.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["outdated"] = module
    spec.loader.exec_module(module)
    return module


outdated = load()


@pytest.mark.parametrize(
    ("pinned", "newest", "word"),
    [
        ("1.2.3", "1.2.3", "newest"),
        ("v1.2.3", "1.2.3", "newest"),
        ("1.2.3", "1.10.0", "behind"),
        ("1.2.3", "2.0.0", "major behind"),
        ("odd-one", "odd-two", "differs"),
    ],
)
def test_a_pin_is_compared_by_version_and_not_by_letters(pinned: str, newest: str, word: str) -> None:
    assert outdated.word(pinned, newest) == word


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[str]:
    """Serve a chart repository with two versions of one chart."""
    for version in ("1.2.0", "1.10.0"):
        chart = tmp_path / "demo"
        chart.mkdir(exist_ok=True)
        (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: demo\nversion: {version}\n")
        subprocess.run([HELM, "package", chart, "--destination", tmp_path], check=True, capture_output=True)
    subprocess.run([HELM, "repo", "index", tmp_path], check=True, capture_output=True)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run_with(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the script on a catalogue, with the rehearsal's Helm."""
    monkeypatch.setenv("PATH", f"{HELM.parent}:/usr/bin:/bin")
    status: int = outdated.main(["--catalogue", str(catalogue)])
    return status


@pytest.mark.lab
@pytest.mark.parametrize(("pin", "status", "said"), [("1.2.0", 1, "1.10.0  behind"), ("1.10.0", 0, "1.10.0  newest")])
def test_the_newest_version_is_read_from_the_repository(  # noqa: PLR0917  fixtures
    pin: str,
    status: int,
    said: str,
    repository: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    catalogue = tmp_path / "catalogue.yml"
    catalogue.write_text(
        f"addon_catalogue:\n  objects_only: {{}}\n  demo: {{chart: demo, repository: '{repository}', version: {pin}}}\n"
    )
    assert run_with(catalogue, monkeypatch) == status
    assert said in capsys.readouterr().out


@pytest.mark.lab
def test_a_repository_that_does_not_answer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = tmp_path / "catalogue.yml"
    catalogue.write_text("addon_catalogue:\n  demo: {chart: demo, repository: 'http://127.0.0.1:9', version: 1.0.0}\n")
    assert run_with(catalogue, monkeypatch) == 2
    assert "demo    1.0.0   ?       not found out: " in capsys.readouterr().out
