# SPDX-License-Identifier: Apache-2.0
"""The rules of objectives by the real promtool: each alert fires, keeps still and recovers."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import documents, openslo, rules
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import count
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.report import Month, by_day
from support.tools import alert_tools

pytestmark = pytest.mark.lab

SERVICE = {"name": "api", "namespace": "services", "slo": {"availability": 99.9, "latency_p95_ms": 200}}
LIMIT = {
    "apiVersion": "openslo/v1",
    "kind": "SLO",
    "metadata": {"name": "queue-short"},
    "spec": {
        "service": "queue",
        "indicator": {
            "metadata": {"name": "length"},
            "spec": {"thresholdMetric": {"metricSource": {"type": "Prometheus", "spec": {"query": "queue_length"}}}},
        },
        "timeWindow": [{"duration": "28d", "isRolling": True}],
        "budgetingMethod": "Timeslices",
        "objectives": [{"op": "lte", "value": 100, "target": 0.99, "timeSliceWindow": "1m"}],
    },
}
SLOS = {one.name: one for one in openslo.read([*documents.of_services([SERVICE]), *documents.of_platform(), LIMIT])}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAST, SLOW, MISSING, EXHAUSTED = (
    "SloBudgetBurnsFast",
    "SloBudgetBurns",
    "SloMetricMissing",
    "SloBudgetExhausted",
)
USER = '{namespace="services",app="api",path="/ask",status="%s"}'
OK, ERROR = f"http_requests_total{USER % 200}", f"http_requests_total{USER % 500}"


@dataclass(frozen=True)
class Case:
    """Series, and at which times an alert fires or keeps still."""

    slo: str
    alert: str
    series: dict[str, str]
    fires: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    interval: str = "1m"
    """Between samples."""
    evaluated: str = ""
    """Between evaluations; empty is the same."""


def promtool(folder: Path, *arguments: str) -> None:
    """Run promtool, which must succeed."""
    argv = [str(alert_tools() / "promtool"), *arguments]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text(json.dumps({"groups": rules.groups(list(SLOS.values()))}))
    promtool(tmp_path, "check", "rules", "--lint=all", "--lint-fatal", "rules.json")


# Requests a minute: 600, of which errors come and go. Values are counters, so "0+600x60" is an hour of them.
CASES = {
    "a fast burn wakes somebody, and ends within minutes": Case(
        "api-availability",
        FAST,
        # An hour without errors, half an hour of 5 %, then none.
        {OK: "0+600x240", ERROR: "0x60 0+30x30 900x150"},
        fires=("80m", "90m"),
        still=("60m", "130m", "240m"),
    ),
    "an outage of everything wakes somebody": Case(
        "api-availability", FAST, {OK: "0+600x60 36000x60", ERROR: "0x60 0+600x60"}, fires=("70m",), still=("59m",)
    ),
    "the first errors ever count, although their series is new": Case(
        "api-availability", FAST, {OK: "0+600x120", ERROR: "_x60 0+60x60"}, fires=("75m",), still=("59m",)
    ),
    "a steady share that a budget bears is none": Case(
        "api-availability", FAST, {OK: "0+600x480", ERROR: "0+0.5x480"}, still=("60m", "240m", "480m")
    ),
    "six times too fast over six hours wakes somebody as well": Case(
        "api-availability",
        FAST,
        # 0.9 % for six hours: not 1.44 %.
        {OK: "0+600x720", ERROR: "0+5.4x480 2592x240"},
        fires=("420m", "480m"),
        still=("550m", "720m"),
    ),
    "one failure of few requests wakes nobody": Case(
        # 20 requests an hour, of which two fail, one after the other: 10 %.
        "api-availability",
        FAST,
        {OK: "0+0.3x240", ERROR: "0x60 1x60 2x120"},
        still=("70m", "125m", "180m"),
    ),
    "of few requests all failing is seen in six hours": Case(
        "api-availability", FAST, {OK: "0x480", ERROR: "0+0.1x480"}, fires=("240m",), still=("30m",)
    ),
    "without a metric nothing burns": Case(
        "api-availability", FAST, {OK: "0+600x60 _x60", ERROR: "0x60 _x60"}, still=("60m", "90m", "120m")
    ),
    "three times too fast over a day is a ticket": Case(
        "api-availability",
        SLOW,
        {OK: "0+600x2880", ERROR: "0+2.1x1440 3024x1440"},
        fires=("24h",),
        # Over three days it burned a little too fast as well, until six hours later.
        still=("31h", "48h"),
        evaluated="20m",
    ),
    "a little too fast over three days is a ticket": Case(
        "api-availability",
        SLOW,
        {OK: "0+600x5000", ERROR: "0+0.9x4320 3888x680"},
        fires=("70h",),
        still=("80h",),
        evaluated="20m",
    ),
    "as much as is allowed is no ticket": Case(
        "api-availability", SLOW, {OK: "0+600x4500", ERROR: "0+0.5x4500"}, still=("24h", "72h"), evaluated="20m"
    ),
    "few failures in a day are no ticket": Case(
        # 720 requests a day.
        "api-availability",
        SLOW,
        {OK: "0+0.5x2100", ERROR: "0x100 1x300 2x300 3x300 4x1100"},
        still=("3h", "10h", "20h", "33h"),
        evaluated="5m",
    ),
    "without a metric there is no ticket of a burn": Case(
        "api-availability",
        SLOW,
        {OK: "0+600x1440 _x1440", ERROR: "0x1440 _x1440"},
        still=("24h", "30h", "48h"),
        evaluated="20m",
    ),
    "a metric that vanishes is told, and that it is back": Case(
        "api-availability",
        MISSING,
        {OK: "0+600x60 _x60 0+600x60", ERROR: "0x60 _x60 0x60"},
        fires=("90m", "120m"),
        still=("60m", "70m", "130m"),
    ),
    "a metric that never was is told": Case(
        "api-availability", MISSING, {"up": "1x60"}, fires=("20m",), still=("10m",)
    ),
    "no requests are no missing metric": Case("api-availability", MISSING, {OK: "5x120"}, still=("30m", "120m")),
    "few requests are no missing metric": Case(
        "api-availability", MISSING, {OK: "0+0.05x240"}, still=("30m", "120m", "240m")
    ),
    "a bucket that is not there is told": Case(
        "api-latency",
        MISSING,
        {
            'http_request_duration_seconds_bucket{namespace="services",app="api",path="/ask",le="0.5"}': "0+600x60",
            'http_request_duration_seconds_count{namespace="services",app="api",path="/ask"}': "0+600x60",
        },
        fires=("30m",),
    ),
    "a budget that is used up is told, and that it is back": Case(
        "queue-short",
        EXHAUSTED,
        # 24 hours of a long queue in 28 days are more than the 1 % that is allowed, until they leave the window.
        {"queue_length": "10x40 500x4 10x120"},
        fires=("270h", "600h"),
        still=("240h", "960h"),
        interval="6h",
    ),
    "a budget that is left is none": Case(
        "queue-short", EXHAUSTED, {"queue_length": "10x100 500 10x10"}, still=("600h", "660h"), interval="6h"
    ),
    "an empty budget of few failures is none": Case(
        # Two hours with a request each minute, of which two fail.
        "api-availability",
        EXHAUSTED,
        {OK: "0+1x120", ERROR: "0x30 1x30 2x60"},
        still=("60m", "120m"),
    ),
    "without a metric no budget is used up": Case("queue-short", EXHAUSTED, {"up": "1x120"}, still=("60m", "120m")),
    "slow requests wake somebody": Case(
        "api-latency",
        FAST,
        {
            # 80 % of the requests take too long: 72 % are 14.4 times the budget.
            'http_request_duration_seconds_bucket{namespace="services",app="api",path="/ask",le="0.2"}': (
                "0+600x60 36000+120x60"
            ),
            'http_request_duration_seconds_count{namespace="services",app="api",path="/ask"}': "0+600x120",
        },
        fires=("115m",),
        still=("60m",),
    ),
    "probes are no users": Case(
        "api-availability",
        FAST,
        {
            OK: "0+600x120",
            'http_requests_total{namespace="services",app="api",path="/ready",status="503"}': "0+600x120",
        },
        still=("60m", "120m"),
    ),
    "an API server that fails wakes somebody, and watches do not hide it": Case(
        "platform-api",
        FAST,
        {
            'apiserver_request_total{verb="GET",code="200"}': "0+100x120",
            'apiserver_request_total{verb="GET",code="500"}': "0x60 0+10x60",
            'apiserver_request_total{verb="WATCH",code="200"}': "0+100000x120",
        },
        fires=("75m",),
        still=("60m",),
    ),
    "an API server that refuses too many is not broken": Case(
        "platform-api",
        FAST,
        {
            'apiserver_request_total{verb="GET",code="200"}': "0+100x120",
            'apiserver_request_total{verb="GET",code="429"}': "0+100x120",
        },
        still=("60m", "120m"),
    ),
    "half of the nodes are lost": Case(
        "platform-nodes",
        FAST,
        {
            'kube_node_status_condition{condition="Ready",status="true",node="a"}': "1x140",
            'kube_node_status_condition{condition="Ready",status="true",node="b"}': "1x60 0x30 1x50",
        },
        fires=("80m", "90m"),
        still=("60m", "130m"),
    ),
    "a Deployment without its pods": Case(
        "platform-deployments",
        FAST,
        {
            'kube_deployment_spec_replicas{namespace="a",deployment="x"}': "2x120",
            'kube_deployment_status_replicas_available{namespace="a",deployment="x"}': "2x60 1x60",
            # One that is scaled to nothing, and one that is rolled out with one pod more, are fine.
            'kube_deployment_spec_replicas{namespace="a",deployment="y"}': "0x120",
            'kube_deployment_status_replicas_available{namespace="a",deployment="y"}': "0x60 1x60",
        },
        fires=("80m",),
        still=("60m",),
    ),
}


def expected(case: Case) -> list[dict[str, Any]]:
    """Return what promtool shall compare: an alert's labels where it fires, nothing where it keeps still."""
    slo = SLOS[case.slo]
    severity = "critical" if case.alert == FAST else "warning"
    fired = {"exp_labels": {"slo": slo.name, "service": slo.service, "severity": severity}}
    return [
        {"eval_time": at, "alertname": case.alert, "exp_alerts": [fired] if at in case.fires else []}
        for at in (*case.fires, *case.still)
    ]


def without_annotations(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rules whose alerts say nothing, since promtool compares texts with a number that differs each time."""
    return [
        {**group, "rules": [{k: v for k, v in rule.items() if k != "annotations"} for rule in group["rules"]]}
        for group in groups
    ]


@pytest.mark.parametrize("name", CASES)
def test_alerts_fire_keep_still_and_recover(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    (tmp_path / "rules.json").write_text(json.dumps({"groups": without_annotations(rules.groups([SLOS[case.slo]]))}))
    test = {
        "interval": case.interval,
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
        "alert_rule_test": expected(case),
    }
    document = {"rule_files": ["rules.json"], "evaluation_interval": case.evaluated or case.interval, "tests": [test]}
    (tmp_path / "case.json").write_text(json.dumps(document))
    promtool(tmp_path, "test", "rules", "case.json")


def test_every_alert_is_tested_to_fire_to_keep_still_and_to_know_little() -> None:
    alerts = {
        rule["alert"] for group in rules.groups(list(SLOS.values())) for rule in group["rules"] if "alert" in rule
    }
    assert {case.alert for case in CASES.values() if case.fires and case.still} == alerts
    assert {CASES[name].alert for name in CASES if "few" in name} == alerts
    assert {CASES[name].alert for name in CASES if "metric" in name} == alerts


def test_what_people_read_has_the_figures(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text(json.dumps({"groups": rules.groups([SLOS["platform-nodes"]])}))
    fired = {
        "exp_labels": {"slo": "platform-nodes", "service": "platform", "severity": "warning"},
        "exp_annotations": {
            "summary": "Nobody knows whether platform keeps platform-nodes",
            "description": "Prometheus has no metric of its indicator. Run book: docs/runbooks/slo_metric.md.",
        },
    }
    test = {
        "input_series": [{"series": "up", "values": "1x30"}],
        "alert_rule_test": [{"eval_time": "20m", "alertname": MISSING, "exp_alerts": [fired]}],
    }
    (tmp_path / "case.json").write_text(json.dumps({"rule_files": ["rules.json"], "tests": [test]}))
    promtool(tmp_path, "test", "rules", "case.json")


def test_the_report_s_questions_count_each_day_s_events(tmp_path: Path) -> None:
    """A report asks for days at midnight; two days of 600 requests a minute, with 6 failures more on the second."""
    month = Month(EPOCH, EPOCH + timedelta(days=2), complete=True)
    (tmp_path / "rules.json").write_text(json.dumps({"groups": rules.groups([SLOS["api-availability"]])[:1]}))
    day = 1440
    counted = {rules.TOTAL: 2 * day * 600 + day * 6, rules.BAD: day * 6}
    test = {
        "interval": "1m",
        "input_series": [
            {"series": OK, "values": f"0+600x{2 * day}"},
            {"series": ERROR, "values": f"0x{day} 6+6x{day}"},
        ],
        "promql_expr_test": [
            {
                "expr": f"sum by (slo) (sum_over_time({by_day(count(name, '1d', '5m'), month)}))",
                "eval_time": "48h",
                "exp_samples": [{"labels": '{slo="api-availability"}', "value": value}],
            }
            for name, value in counted.items()
        ],
    }
    document = {"rule_files": ["rules.json"], "evaluation_interval": "5m", "tests": [test]}
    (tmp_path / "case.json").write_text(json.dumps(document))
    promtool(tmp_path, "test", "rules", "case.json")
