# SPDX-License-Identifier: Apache-2.0
"""Alerts by the real promtool, routes by the real amtool, both built from their Go modules."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract import charts, house
from lab import tools

pytestmark = pytest.mark.lab

HERE = Path(__file__).resolve().parents[1] / "alerts"
ROLES = sorted(path.parents[1].name for path in house.ROLES.glob("*/files/alerts.yml"))
SEVERITIES = {"critical", "warning", "info"}


@pytest.fixture(scope="session")
def programs() -> Path:
    """Return the folder with promtool and amtool."""
    cache = Path(os.environ.get("LAB_CACHE", Path.home() / ".cache/applied-ai-platform"))
    return tools.build_module(cache, "alerts", HERE / "tools", print)


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
    "critical": (EVERYWHERE, "severity=critical", "pagerduty,slack"),
    "warning": (EVERYWHERE, "severity=warning", "slack"),
    "info": (EVERYWHERE, "severity=info", "nobody"),
    "watchdog": (EVERYWHERE, "alertname=Watchdog severity=none", "heartbeat"),
    "inhibitor": (EVERYWHERE, "alertname=InfoInhibitor severity=none", "nobody"),
    "slack only": ({"kube_prometheus_stack_slack_secret": "slack"}, "severity=critical", "slack"),
    "pagerduty only": ({"kube_prometheus_stack_pagerduty_secret": "p"}, "severity=warning", "nobody"),
    "nobody": ({}, "severity=critical", "nobody"),
    "watchdog without a heartbeat": ({}, "alertname=Watchdog severity=none", "nobody"),
}


def alertmanager(inputs: Mapping[str, str], folder: Path) -> Path:
    """Write the Alertmanager configuration that the role gives to the chart."""
    (values,) = charts.rendered("kube_prometheus_stack", inputs)
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(values["alertmanager"]["config"]))
    return file


@pytest.mark.parametrize(("inputs", "labels", "receivers"), ROUTES.values(), ids=ROUTES)
def test_alerts_go_where_they_should(
    inputs: Mapping[str, str], labels: str, receivers: str, tmp_path: Path, programs: Path
) -> None:
    file = alertmanager(inputs, tmp_path)
    run(programs / "amtool", "check-config", file)
    said = run(programs / "amtool", "config", "routes", "test", f"--config.file={file}", *labels.split())
    assert said.strip() == receivers
