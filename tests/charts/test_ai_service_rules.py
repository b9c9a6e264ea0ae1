# SPDX-License-Identifier: Apache-2.0
"""The rules that the chart makes of a service's slo, by the real promtool."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.tools import alert_tools

pytestmark = pytest.mark.lab

CASES = Path(__file__).with_name("rules.yml")
SLO = {
    "team": "research",
    "monitoring": {"enabled": True},
    "slo": {"availability": 99.9, "latencyP95Milliseconds": 200},
}


def rules(chart: Any, values: dict[str, Any]) -> dict[str, Any]:
    (rule,) = (one for one in yaml.safe_load_all(chart.text(values)) if one and one["kind"] == "PrometheusRule")
    spec: dict[str, Any] = rule["spec"]
    return spec


def promtool(folder: Path, *arguments: str) -> None:
    argv = [str(alert_tools() / "promtool"), *arguments]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_fire_keep_still_and_recover(chart, tmp_path):
    (tmp_path / "rules.json").write_text(json.dumps(rules(chart, SLO)))
    shutil.copy(CASES, tmp_path)
    promtool(tmp_path, "check", "rules", "--lint=all", "--lint-fatal", "rules.json")
    promtool(tmp_path, "test", "rules", CASES.name)


def test_every_alert_is_tested_to_fire(chart):
    alerts = {one["alert"] for group in rules(chart, SLO)["groups"] for one in group["rules"] if "alert" in one}
    tested = yaml.safe_load(CASES.read_text())["tests"]
    assert alerts == {one["alertname"] for case in tested for one in case["alert_rule_test"] if one["exp_alerts"]}


def test_only_what_is_promised_is_watched(chart):
    latency = rules(chart, {**SLO, "slo": {"latencyP95Milliseconds": 200}})
    assert [one["alert"] for one in latency["groups"][0]["rules"] if "alert" in one] == ["ServiceSlow"]
