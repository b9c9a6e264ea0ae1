# SPDX-License-Identifier: Apache-2.0
"""The playbook of predictive scaling: files that a service takes, written once, and what goes wrong in one sentence."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from support.rehearsal import BIN, REPO, Run

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def write_history(path: Path, weeks: int) -> None:
    """Write hours with 500 on working days from nine to five, and 60 at all other times."""
    with path.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["at", "value"])
        for hour in range(weeks * 168):
            at = MONDAY + timedelta(hours=hour)
            rows.writerow([at.isoformat(), 500 if at.weekday() < 5 and 9 <= at.hour < 17 else 60])


def playbook(folder: Path, *arguments: str) -> Run:
    variables: dict[str, Any] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "platform_state_dir": str(folder / "state"),
        "predictive_scaling_services": {
            "vibe_coder": {"history_file": str(folder / "history.csv"), "per_replica": 50, "maximum": 40}
        },
    }
    inventory = folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"one": variables}}}))
    done = subprocess.run(
        [str(BIN / "ansible-playbook"), "playbooks/predict_scaling.yml", "-i", str(inventory), *arguments],
        cwd=REPO,
        env={**os.environ, "ANSIBLE_FORCE_COLOR": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Run(done.returncode, done.stdout + done.stderr)


def test_triggers_are_written_once(tmp_path: Path) -> None:
    write_history(tmp_path / "history.csv", 3)
    written = tmp_path / "state/predicted/vibe_coder.yml"
    checked = playbook(tmp_path, "--check", "--diff")
    assert checked.status == 0, checked.output
    assert "desiredReplicas" in checked.output
    assert not written.exists()
    first = playbook(tmp_path)
    assert first.status == 0, first.output
    assert yaml.safe_load(written.read_text()) == {
        "min_replicas": 2,
        "triggers": [
            {
                "type": "cron",
                "metadata": {
                    "timezone": "UTC",
                    "start": "45 8 * * 1,2,3,4,5",
                    "end": "0 17 * * 1,2,3,4,5",
                    "desiredReplicas": "10",
                },
            }
        ],
    }
    assert playbook(tmp_path).recap.changed == 0


def test_a_history_that_is_too_short_writes_nothing(tmp_path: Path) -> None:
    write_history(tmp_path / "history.csv", 1)
    done = playbook(tmp_path)
    assert done.status != 0
    assert "give at least 2 weeks without gaps" in re.sub(r"\s+", " ", done.output)
    assert not (tmp_path / "state").exists()
