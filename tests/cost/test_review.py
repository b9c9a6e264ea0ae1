# SPDX-License-Identifier: Apache-2.0
"""The monthly review: made by its playbook from a bill of months, opened in a browser without a network."""

from __future__ import annotations

import json
import os
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cost.bills import months, write_csv
from support.browser import measured, opened, printed

REPO = Path(__file__).parents[2]
NAME = "<img src=x onerror=alert(1)>"
FINDINGS = [
    {
        "id": "volume_gp3:vol-0a1b",
        "subject": "vol-0a1b",
        "owner": "ml",
        "seen": "1000 GB of gp2 for $100.00",
        "proposed": "gp3 with 3000 IOPS for $85.00",
        "risk": "low",
        "monthly_saving": "15.00",
    },
    {
        "id": "x" * 90,
        "subject": "arn:aws:elasticloadbalancing:us-east-1:222222222222:" + "loadbalancer/app/" * 4,
        "owner": "nobody (no Team tag)",
        "seen": "no requests",
        "proposed": "delete it",
        "risk": "medium",
        "monthly_saving": "16.43",
    },
]


def play(folder: Path, *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:
    """Run the playbook into a folder."""
    given = {"report_costs_dir": str(folder), "report_costs_made": "2026-11-28", **variables}
    return subprocess.run(
        [str(REPO / ".venv/bin/ansible-playbook"), "playbooks/report_costs.yml", "-e", json.dumps(given), *options],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a bill of four months in which a service bears a hostile name."""
    lines = months()
    lines[-1] = {**lines[-1], "ServiceName": NAME}
    return write_csv(tmp_path_factory.mktemp("bill") / "focus.csv", lines)


@pytest.fixture(scope="module")
def made(bill: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the playbook and return the page and what was printed."""
    folder = tmp_path_factory.mktemp("review")
    done = play(
        folder,
        report_costs_sources=[str(bill)],
        report_costs_budget="25000",
        report_costs_findings=FINDINGS,
        report_costs_gpu_utilisation=[{"model": "A10G", "utilisation": "0.62"}],
        report_costs_title="demo platform",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "2026-11.html", done.stdout


def test_the_figures_are_those_of_the_bill(made: tuple[Path, str]) -> None:
    page, said = made
    figures = json.loads(page.with_suffix(".json").read_text())
    november = [line for line in months() if line["BillingPeriodStart"].startswith("2026-11")]
    assert Decimal(figures["totals"]["billed"]) == sum(Decimal(line["BilledCost"]) for line in november)
    assert figures["anomalies"][0]["first"] == "2026-11-18"
    assert figures["findings"] == FINDINGS
    assert "budget 25000" in said


def test_a_second_run_changes_nothing_and_check_mode_writes_nothing(
    bill: Path, made: tuple[Path, str], tmp_path: Path
) -> None:
    given = {
        "report_costs_sources": [str(bill)],
        "report_costs_budget": "25000",
        "report_costs_findings": FINDINGS,
        "report_costs_gpu_utilisation": [{"model": "A10G", "utilisation": "0.62"}],
        "report_costs_title": "demo platform",
    }
    again = play(made[0].parent, **given)
    assert "changed=0" in again.stdout, again.stdout
    would = play(tmp_path / "new", "--check", "--diff", **given)
    assert would.returncode == 0, would.stdout
    assert "changed=3" in would.stdout, would.stdout
    assert not (tmp_path / "new").exists()


def test_the_page_opens_without_an_error_and_asks_for_nothing(made: tuple[Path, str], tmp_path: Path) -> None:
    """Its policy forbids every request, so that each attempt would be an error on the console."""
    done = opened(made[0], tmp_path, "--dump-dom")
    assert "CONSOLE" not in done.stderr, done.stderr
    text = made[0].read_text()
    assert "default-src 'none'" in text
    assert not re.findall(r"<(?:script|link|iframe|img|object)\b|@import|url\((?!#)", text)
    for part in ("November 2026", "Budget burn", "Top movers", "Anomalies", "vol-0a1b", "A10G", "&lt;img src=x"):
        assert part in done.stdout, part
    assert done.stdout.count("<svg") == 3


@pytest.mark.parametrize("width", [1100, 800, 520])
def test_nothing_is_wider_than_the_page(made: tuple[Path, str], tmp_path: Path, width: int) -> None:
    found = measured(made[0], tmp_path, width)
    assert found["wide"] == []
    assert found["scroll"] <= found["client"]
    assert len(found["svgs"]) == 3
    assert min(found["svgs"]) > 100
    assert found["outside"] == []


def test_the_page_prints_and_is_drawn(made: tuple[Path, str], tmp_path: Path) -> None:
    sheets = printed(made[0], tmp_path)
    assert set(sheets) == {(595, 842)}
    assert len(sheets) <= 5
    opened(made[0], tmp_path, f"--screenshot={tmp_path / 'a.png'}")
    assert (tmp_path / "a.png").stat().st_size > 50_000


def test_a_bill_that_cannot_be_read_stops_the_playbook_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.parquet").touch()
    done = play(tmp_path / "out", report_costs_sources=[str(tmp_path / "empty.parquet")])
    assert done.returncode != 0
    assert "is empty (0 bytes); export it again" in re.sub(r"\s+", " ", done.stdout + done.stderr)
    assert not (tmp_path / "out").exists()
