# SPDX-License-Identifier: Apache-2.0
"""The playbook of the monthly report: from an inventory's promises, a Prometheus and a history to a page."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from slo.prometheus import Json, matrix, serving
from support.rehearsal import BIN, REPO, Run

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
ENDS = [(OCTOBER + timedelta(days=day)).timestamp() for day in range(1, 32)]


def answer(query: str) -> Json:
    """Return a month of 1,000 requests a day, of which 3 fail on each day; 1 is promised."""
    day = 1.0 if "count_over_time" in query else 1000.0 if "events_total" in query else 3.0
    return matrix(vibe_coder_availability=[(at, day) for at in ENDS])


def playbook(folder: Path, url: str, *arguments: str) -> Run:
    variables: dict[str, Any] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "service_definitions": {"vibe_coder": {"slo": {"availability": 99.9}, "team": "research"}},
        "team_definitions": {"research": {"namespaces": ["lab"]}},
        "slo_platform": False,
        "verdict_history_file": str(folder / "health.jsonl"),
        "report_slo_url": url,
        "report_slo_month": "2026-10",
        "report_slo_made": "2026-11-28",
        "report_slo_dir": str(folder / "out"),
    }
    inventory = folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"one": variables}}}))
    done = subprocess.run(
        [str(BIN / "ansible-playbook"), "playbooks/report_slo.yml", "-i", str(inventory), *arguments],
        cwd=REPO,
        env={**os.environ, "ANSIBLE_FORCE_COLOR": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Run(done.returncode, done.stdout + done.stderr)


def test_a_report_is_written_once(tmp_path: Path) -> None:
    line = {"v": 1, "kind": "verdict", "subject": "cluster"}
    told = [("2026-10-03T10:00:00Z", "unhealthy"), ("2026-10-03T10:08:00Z", "healthy")]
    records = [json.dumps({**line, "at": at, "state": state}) for at, state in told]
    (tmp_path / "health.jsonl").write_text("\n".join(records) + '\n{"v": 1, "at": "2026-1')
    with serving(answer) as url:
        checked = playbook(tmp_path, url, "--check", "--diff")
        assert checked.status == 0, checked.output
        assert not (tmp_path / "out").exists()
        first = playbook(tmp_path, url)
        again = playbook(tmp_path, url)
    assert first.status == 0, first.output
    assert "1 broken, 0 unknown: vibe-coder-availability" in " ".join(first.output.replace("\n", " ").split())
    assert re.search(r"changed=0 ", again.output), again.output
    figures = json.loads((tmp_path / "out/2026-10.json").read_text())
    assert figures["objectives"][0]["budget_spent"] == 3
    assert figures["repairs"]["verdict"]["mttr_minutes"] == 8
    page = (tmp_path / "out/2026-10.html").read_text()
    assert "October 2026" in page
    assert "300.0 %" in page
    assert "1 lines of the history could not be read" in page


def test_a_prometheus_that_is_away_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    done = playbook(tmp_path, "http://127.0.0.1:9")
    assert done.status == 0, done.output
    figures = json.loads((tmp_path / "out/2026-10.json").read_text())
    assert (figures["kept"], figures["unknown"]) == (0, 1)
    assert "does not answer" in figures["objectives"][0]["reason"]


def test_a_month_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    done = playbook(tmp_path, "http://127.0.0.1:9", "-e", "report_slo_month=soon")
    assert done.status != 0
    assert "month is 'soon'; it must be such as" in " ".join(done.output.replace("\n", " ").split())
