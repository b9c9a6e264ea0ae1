# SPDX-License-Identifier: Apache-2.0
"""The step runner of the Makefile, run as make runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def steps(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/steps.py", *arguments], cwd=REPO, capture_output=True, text=True, check=False
    )


def test_every_step_has_a_row_and_the_total_is_their_sum() -> None:
    done = steps("One=true", "Two=sleep 0.3")
    assert done.returncode == 0
    rows = dict(re.findall(r"^  (\w+)\s+([\d.]+) s$", done.stdout, re.MULTILINE))
    assert set(rows) == {"One", "Two", "Total"}
    assert float(rows["Two"]) >= 0.3
    assert abs(float(rows["Total"]) - float(rows["One"]) - float(rows["Two"])) < 0.15


def test_the_first_failure_ends_the_run_with_its_status() -> None:
    done = steps("One=sh -c 'exit 7'", "Two=echo never")
    assert done.returncode == 7
    assert "failed with exit status 7" in done.stdout
    assert "never" not in done.stdout.replace("Two=echo never", "")


def test_what_is_no_step_is_refused() -> None:
    done = steps("just words")
    assert done.returncode == 1
    assert "'just words' is not a step: write NAME=COMMAND." in done.stderr
