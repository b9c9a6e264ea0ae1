# SPDX-License-Identifier: Apache-2.0
"""What role verdict writes: read back as JSON and JUnit, by promtool, and opened in a browser without a network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from support.browser import measured, opened, printed
from support.tools import alert_tools

REPO = Path(__file__).parents[2]
HOSTILE = "Pod services/<img src=x onerror=alert(1)>"
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: verdict, tasks_from: write}
"""


def check(name: str, status: str, severity: str, subject: str, seen: str) -> dict[str, str]:
    """Return a check as modules do."""
    return {
        "id": name,
        "status": status,
        "severity": severity,
        "subject": subject,
        "seen": seen,
        "expected": "as it should be",
        "since": "2026-11-28T08:00:00Z" if status == "failed" else "",
        "advice": "Read the run book, then act." if status != "ok" else "",
        "runbook": f"docs/runbooks/{name}.md",
    }


CHECKS = [
    check("dns_answers", "failed", "critical", "Service kube-system/kube-dns", "no ready endpoint"),
    check("pods_settled", "failed", "major", HOSTILE, "1 pod CrashLoopBackOff: " + "very long words " * 12),
    check(
        "gpus_advertised",
        "failed",
        "major",
        "Node ip-10-0-1-7.ec2.internal",
        "4 nvidia.com/gpu advertised, 3 allocatable",
    ),
    check("gpus_cool", "unknown", "minor", "cluster", "The Prometheus at http://127.0.0.1:9 does not answer"),
    check("nodes_schedulable", "excepted", "minor", "Node gpu-2", "cordoned"),
    *(check(name, "ok", "major", "cluster", "all well") for name in ("nodes_ready", "claims_bound", "jobs_succeed")),
]
REPORT = {
    "verdict": "unhealthy",
    "exit_code": 2,
    "summary": ["unhealthy: 4 findings, 1 excepted"],
    "checks": CHECKS,
    "duration_s": 1.234,
}


def play(folder: Path, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Let the role write a report into a folder."""
    playbook = folder / "play.yml"
    playbook.write_text(PLAY)
    given: dict[str, Any] = {
        "verdict_report": REPORT,
        "verdict_report_dir": str(target),
        "verdict_title": "demo platform",
        "verdict_made": "2026-11-28 09:00 UTC",
        "verdict_kubeconfig": "/nonexistent",
    }
    return subprocess.run(
        [str(REPO / ".venv/bin/ansible-playbook"), str(playbook), "-e", json.dumps(given), *options],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the role wrote into."""
    folder = tmp_path_factory.mktemp("health")
    done = play(folder, folder / "report")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "report"


def test_the_figures_and_the_pipelines_report_say_the_same(written: Path) -> None:
    told = json.loads((written / "health.json").read_text())
    assert told["checks"] == CHECKS
    assert datetime.fromisoformat(told["at"]) <= datetime.now(UTC)
    suite = ET.parse(written / "health.xml").getroot()  # noqa: S314 # our own file
    found = {kind: len(suite.findall(f".//{kind}")) for kind in ("testcase", "failure", "error", "skipped")}
    assert found == {"testcase": 8, "failure": 3, "error": 1, "skipped": 1}


def test_a_pipeline_ends_with_the_verdict(written: Path) -> None:
    module = "ansible_collections.applied_ai.platform.plugins.module_utils.health"
    done = subprocess.run(
        [sys.executable, "-m", module, str(written / "health.json")],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": "collections"},
    )
    assert (done.returncode, done.stdout) == (2, "unhealthy: 4 findings, 1 excepted\n"), done.stderr


def test_prometheus_takes_the_metrics(written: Path) -> None:
    text = (written / "health.prom").read_text()
    done = subprocess.run(
        [str(alert_tools() / "promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert 'platform_health_verdict{verdict="unhealthy"} 1' in text


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    done = play(tmp_path, tmp_path / "report", "--check", "--diff")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed=2" in done.stdout, done.stdout
    assert not (tmp_path / "report").exists()


def test_the_page_opens_without_an_error_and_asks_for_nothing(written: Path, tmp_path: Path) -> None:
    """Its policy forbids every request, so that each attempt would be an error on the console."""
    page = written / "health.html"
    done = opened(page, tmp_path, "--dump-dom")
    assert "CONSOLE" not in done.stderr, done.stderr
    assert not re.findall(r"<(?:script|link|iframe|img|object)\b|@import|url\((?!#)", page.read_text())
    shown = [
        done.stdout.index(part) for part in ("Unhealthy", "kube-dns", "&lt;img src=x", "gpus_advertised", "gpus_cool")
    ]
    assert shown == sorted(shown), "the worst is not first"


@pytest.mark.parametrize("width", [1100, 800, 400])
def test_nothing_is_wider_than_the_page(written: Path, tmp_path: Path, width: int) -> None:
    found = measured(written / "health.html", tmp_path, width)
    assert (found["wide"], found["outside"]) == ([], [])
    assert found["scroll"] <= found["client"]


def test_the_page_prints_on_a4(written: Path, tmp_path: Path) -> None:
    sheets = printed(written / "health.html", tmp_path)
    assert set(sheets) == {(595, 842)}
    assert len(sheets) <= 2
