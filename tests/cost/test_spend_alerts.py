# SPDX-License-Identifier: Apache-2.0
"""Budgets of the inventory as Prometheus's rules, by the real promtool; rules that stand in a file: tests/alerts."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract import charts
from support.tools import alert_tools

pytestmark = pytest.mark.lab


def check(folder: Path, inputs: dict[str, Any], name: str, tests: list[dict[str, Any]]) -> None:
    """Run promtool's tests against a rule object of the role."""
    (rule,) = [one for one in charts.rendered_objects("opencost", inputs) if one["metadata"]["name"] == name]
    (folder / "rules.yml").write_text(yaml.safe_dump(charts.plain(rule["spec"])))
    (folder / "case.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": tests}))
    promtool = str(alert_tools() / "promtool")
    for argv in (["check", "rules", "--lint=all", "--lint-fatal", "rules.yml"], ["test", "rules", "case.yml"]):
        done = subprocess.run([promtool, *argv], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def alert(at: str, name: str, *fired: dict[str, Any]) -> dict[str, Any]:
    return {"eval_time": at, "alertname": name, "exp_alerts": list(fired)}


def test_a_rate_of_twice_the_budget_is_critical_and_recovers(tmp_path: Path) -> None:
    # 1 dollar an hour is 730 a month, 3 are 2190.
    fired = {
        "exp_labels": {"severity": "critical"},
        "exp_annotations": {
            "summary": "At this rate a month costs 2190 dollars, more than twice the budget",
            "description": "1000 dollars are planned. The dashboard of costs tells who asks.",
        },
    }
    case = {
        "interval": "10m",
        "input_series": [{"series": "platform:hourly_cost:sum", "values": "1x30 3x30 1x30 _x60"}],
        "alert_rule_test": [
            alert("4h", "CostFarOverBudget"),
            alert("8h", "CostFarOverBudget", fired),
            alert("14h", "CostFarOverBudget"),
            alert("22h", "CostFarOverBudget"),
        ],
    }
    check(tmp_path, {"opencost_monthly_budget": 1000}, "opencost-budget", [case])


def test_a_team_is_told_of_its_own_budget(tmp_path: Path) -> None:
    def over(team: str, money: int, planned: int) -> dict[str, Any]:
        return {
            "exp_labels": {"severity": "warning", "team": team, "label_team": team},
            "exp_annotations": {
                "summary": f"At this rate a month of team {team} costs {money} dollars",
                "description": f"{planned} dollars are planned. The dashboard of costs tells for what.",
            },
        }

    case = {
        "interval": "10m",
        "input_series": [
            # 10 dollars an hour are 7300 a month; half a day of 20 is no day of more than the plan.
            {"series": 'platform:team_hourly_cost:sum{label_team="research"}', "values": "10x300 2x300 _x200"},
            {"series": 'platform:team_hourly_cost:sum{label_team="search"}', "values": "2x200 6x60 2x540"},
        ],
        "alert_rule_test": [
            alert("40h", "TeamOverBudget", over("research", 7300, 6000)),
            alert("90h", "TeamOverBudget"),
            alert("130h", "TeamOverBudget"),
        ],
    }
    inputs = {"opencost_team_budgets": {"research": 6000, "search": 3000}}
    check(tmp_path, inputs, "opencost-team-budgets", [case])


def test_without_budgets_there_are_no_rules() -> None:
    assert charts.rendered_objects("opencost", {}) == []
