# SPDX-License-Identifier: Apache-2.0
"""Alerts by the real promtool, routes by the real amtool, both built from their Go modules."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract import charts, house
from support.tools import alert_tools

pytestmark = pytest.mark.lab

HERE = Path(__file__).resolve().parents[1] / "alerts"
ROLES = sorted(path.parents[1].name for path in house.ROLES.glob("*/files/alerts.yml"))
SEVERITIES = {"critical", "warning", "info"}


@pytest.fixture(scope="session")
def programs() -> Path:
    """Return the folder with promtool and amtool."""
    return alert_tools()


def run(*argv: str | Path) -> str:
    """Run a program that must succeed; return what it printed."""
    done = subprocess.run([*map(str, argv)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alerts(role: str) -> list[dict[str, Any]]:
    """Return a role's alerts."""
    content = yaml.safe_load((house.ROLES / role / "files/alerts.yml").read_text())
    return [rule for group in content["groups"] for rule in group["rules"] if "alert" in rule]


def test_there_are_alerts() -> None:
    assert ROLES


@pytest.mark.parametrize("role", ROLES)
def test_alerts_are_rules_that_prometheus_takes(role: str, programs: Path) -> None:
    run(programs / "promtool", "check", "rules", "--lint=all", "--lint-fatal", house.ROLES / role / "files/alerts.yml")


@pytest.mark.parametrize("role", ROLES)
def test_alerts_fire_and_keep_still_as_they_should(role: str, programs: Path) -> None:
    run(programs / "promtool", "test", "rules", HERE / f"{role}.yml")


@pytest.mark.parametrize("role", ROLES)
def test_every_alert_is_tested_to_fire(role: str) -> None:
    cases = yaml.safe_load((HERE / f"{role}.yml").read_text())["tests"]
    fired = {one["alertname"] for case in cases for one in case["alert_rule_test"] if one["exp_alerts"]}
    assert {alert["alert"] for alert in alerts(role)} == fired


@pytest.mark.parametrize("role", ROLES)
def test_alerts_say_how_bad_it_is_and_what_it_means(role: str) -> None:
    for alert in alerts(role):
        assert alert["labels"]["severity"] in SEVERITIES, alert["alert"]
        assert {"summary", "description"} <= set(alert["annotations"]), alert["alert"]


EVERYWHERE = {
    "kube_prometheus_stack_slack_secret": "slack",
    "kube_prometheus_stack_pagerduty_secret": "pagerduty",
    "kube_prometheus_stack_heartbeat_secret": "heartbeat",
}
ROUTES: dict[str, tuple[Mapping[str, str], str, str]] = {
    "critical": (EVERYWHERE, "severity=critical", "critical"),
    "critical and not ended in time": (
        EVERYWHERE,
        "alertname=CriticalAlertUnresolved severity=critical escalated=true",
        "escalation",
    ),
    "warning": (EVERYWHERE, "severity=warning", "warning"),
    "info": (EVERYWHERE, "severity=info", "nobody"),
    "watchdog": (EVERYWHERE, "alertname=Watchdog severity=none", "heartbeat"),
    "inhibitor": (EVERYWHERE, "alertname=InfoInhibitor severity=none", "nobody"),
    "watchdog without a heartbeat": ({}, "alertname=Watchdog severity=none", "nobody"),
}
SLACK, PAGERDUTY, HEARTBEAT = "slack_configs", "pagerduty_configs", "webhook_configs"
TOLD: dict[str, tuple[Mapping[str, str], dict[str, set[str]]]] = {
    "everywhere": (
        EVERYWHERE,
        {
            "heartbeat": {HEARTBEAT},
            "warning": {SLACK},
            "critical": {SLACK, PAGERDUTY},
            "escalation": {SLACK, PAGERDUTY},
        },
    ),
    "slack alone": (
        {"kube_prometheus_stack_slack_secret": "slack"},
        {"warning": {SLACK}, "critical": {SLACK}, "escalation": {SLACK}},
    ),
    "pagerduty alone": (
        {"kube_prometheus_stack_pagerduty_secret": "p"},
        {"critical": {PAGERDUTY}, "escalation": {PAGERDUTY}},
    ),
    "nobody": ({}, {}),
}


def alertmanager(inputs: Mapping[str, str], folder: Path) -> Path:
    """Write the Alertmanager configuration that the role gives to the chart."""
    (values,) = charts.rendered("kube_prometheus_stack", inputs)
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(charts.plain(values["alertmanager"]["config"])))
    return file


@pytest.mark.parametrize(("inputs", "labels", "receivers"), ROUTES.values(), ids=ROUTES)
def test_alerts_go_where_they_should(
    inputs: Mapping[str, str], labels: str, receivers: str, tmp_path: Path, programs: Path
) -> None:
    file = alertmanager(inputs, tmp_path)
    run(programs / "amtool", "check-config", file)
    said = run(programs / "amtool", "config", "routes", "test", f"--config.file={file}", *labels.split())
    assert said.strip() == receivers


@pytest.mark.parametrize(("inputs", "ways"), TOLD.values(), ids=TOLD)
def test_receivers_tell_by_what_there_is_a_secret_for(
    inputs: Mapping[str, str], ways: dict[str, set[str]], tmp_path: Path, programs: Path
) -> None:
    file = alertmanager(inputs, tmp_path)
    run(programs / "amtool", "check-config", file)
    receivers = yaml.safe_load(file.read_text())["receivers"]
    told = {one["name"]: {key for key in (SLACK, PAGERDUTY, HEARTBEAT) if one.get(key)} for one in receivers}
    assert {name: by for name, by in told.items() if by} == ways


def test_an_escalation_reaches_others(tmp_path: Path) -> None:
    inputs = {**EVERYWHERE, "kube_prometheus_stack_pagerduty_escalation_secret": "next-in-line"}
    (values,) = charts.rendered("kube_prometheus_stack", inputs)
    assert "next-in-line" in values["alertmanager"]["alertmanagerSpec"]["secrets"]
    receivers = {one["name"]: one for one in values["alertmanager"]["config"]["receivers"]}
    (further,) = receivers["escalation"]["pagerduty_configs"]
    assert further["routing_key_file"] == "/etc/alertmanager/secrets/next-in-line/routing-key"
    channels = [one["channel"] for name in ("warning", "critical", "escalation") for one in receivers[name][SLACK]]
    assert len(set(channels)) == 3


@pytest.mark.skipif(
    not charts.DATA.is_dir(), reason="the charts' published defaults are not beside this repository (../shared/charts)"
)
def test_nothing_of_the_charts_own_configuration_is_left() -> None:
    """Helm lays our map over the chart's."""
    own = charts.read(charts.DATA / "kube-prometheus-stack/values.yaml")["alertmanager"]["config"]
    (values,) = charts.rendered("kube_prometheus_stack", EVERYWHERE)
    ours = values["alertmanager"]["config"]
    assert charts.merge(own, ours) == ours


def test_a_budget_is_an_alert(tmp_path: Path, programs: Path) -> None:
    assert charts.rendered_objects("opencost", {}) == []
    (rule,) = charts.rendered_objects("opencost", {"opencost_monthly_budget": 1000})
    case = {
        "rule_files": ["rules.yml"],
        "tests": [
            {
                "interval": "10m",
                # 1.2 dollars an hour are 876 in a month, 1.5 are 1095.
                "input_series": [{"series": "platform:hourly_cost:sum", "values": "1.2x60 1.5x60"}],
                "alert_rule_test": [
                    {"eval_time": "9h", "alertname": "CostOverBudget", "exp_alerts": []},
                    {
                        "eval_time": "19h",
                        "alertname": "CostOverBudget",
                        "exp_alerts": [
                            {
                                "exp_labels": {"severity": "warning"},
                                "exp_annotations": {
                                    "summary": "At this rate a month costs 1095 dollars",
                                    "description": "1000 dollars are planned. The dashboard of costs tells who asks.",
                                },
                            }
                        ],
                    },
                ],
            }
        ],
    }
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(charts.plain(rule["spec"])))
    (tmp_path / "case.yml").write_text(yaml.safe_dump(case))
    run(programs / "promtool", "check", "rules", "--lint=all", "--lint-fatal", tmp_path / "rules.yml")
    run(programs / "promtool", "test", "rules", tmp_path / "case.yml")


def test_prometheus_understands_what_dashboards_ask(tmp_path: Path, programs: Path) -> None:
    asked = [
        target["expr"]
        for path in sorted(house.ROLES.glob("*/files/dashboards/*.json"))
        for panel in json.loads(path.read_text())["panels"]
        for target in panel["targets"]
    ]
    rules = [
        {"record": f"dashboard:{number}", "expr": re.sub(r"\$__\w+", "5m", expression)}
        for number, expression in enumerate(asked)
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    run(programs / "promtool", "check", "rules", file)
