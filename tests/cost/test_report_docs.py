# SPDX-License-Identifier: Apache-2.0
"""What docs/cost_report.md tells operators to run, is run; its figures are those of the code."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import gpu
from cost import bill_histories as histories
from cost.bills import months, write_csv

REPO = Path(__file__).parents[2]
TEXT = (REPO / "docs/cost_report.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


COMMANDS = [line for line in blocks("sh")[0].splitlines() if line]


@pytest.mark.parametrize("command", COMMANDS, ids=["playbook", "module"])
def test_commands_do_what_they_say(command: str, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    write_csv(exports / "focus.csv", months())
    # The same words; only the folders are the test's.
    argv = shlex.split(command.replace('"exports/"', json.dumps(str(exports))))
    if "ansible-playbook" in command:
        argv += ["-e", json.dumps({"report_costs_dir": str(tmp_path / "out")})]
    done = subprocess.run(
        argv, cwd=REPO, capture_output=True, text=True, check=False, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if "ansible-playbook" in command:
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["2026-11.html", "2026-11.json"]
    else:
        assert re.search(r"\bverdict\b", done.stdout)
        assert "AmazonCloudWatch" in done.stdout


def test_the_table_of_utilisation_is_one() -> None:
    (text,) = blocks("yaml")
    entries = yaml.safe_load(text)["report_costs_gpu_utilisation"]
    assert len(gpu.table(entries, "docs")) == 3


def test_variables_are_those_of_the_playbook() -> None:
    playbook = (REPO / "playbooks/report_costs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"`(report_costs_\w+)`", TEXT))
    used = set(re.findall(r"(?<!_)\breport_costs_\w+", playbook)) - {"report_costs_made"}
    assert named == used


def test_the_back_test_is_what_the_code_does() -> None:
    (table,) = blocks("text")
    assert table.splitlines() == histories.table()
