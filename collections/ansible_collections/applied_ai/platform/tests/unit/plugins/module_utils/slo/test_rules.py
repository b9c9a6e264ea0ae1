# SPDX-License-Identifier: Apache-2.0
"""What is recorded and watched; that Prometheus takes it and fires is tested with promtool in tests/slo."""

from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.slo import rules
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import HOURS, Slo

SLO = Slo("api-availability", "api", 0.999, 30, "BAD", "TOTAL", team="research", minimum_failures=7)


def of(slo: Slo) -> dict[str, dict[str, object]]:
    return {rule.get("alert") or rule["record"]: rule for group in rules.groups([slo]) for rule in group["rules"]}


def test_each_window_is_recorded_by_events() -> None:
    found = of(SLO)
    assert {f"slo:error_ratio:{window}" for window in (*HOURS, "window")} <= found.keys()
    assert "[30d]" in found["slo:error_ratio:window"]["expr"]
    assert found["slo:budget:ratio"]["expr"] == "vector(0.001)"


def test_alerts_name_objective_service_and_team() -> None:
    alerts = {name: rule for name, rule in of(SLO).items() if "alert" in rule}
    assert alerts.keys() == {"SloBudgetBurnsFast", "SloBudgetBurns", "SloMetricMissing", "SloBudgetExhausted"}
    for rule in alerts.values():
        assert rule["labels"].items() >= {"slo": "api-availability", "service": "api", "team": "research"}.items()
        assert "docs/runbooks/slo_" in rule["annotations"]["description"]


def test_burns_need_as_many_failures_as_the_objective_says() -> None:
    assert of(SLO)["SloBudgetBurnsFast"]["expr"].count(">= 7)") == 2


def test_the_object_is_one_of_prometheus_s_operator() -> None:
    (found,) = rules.prometheus_rules([SLO], "objectives", "monitoring", {"release": "x"})
    assert (found["kind"], found["metadata"]["labels"]) == ("PrometheusRule", {"release": "x"})
    assert [group["name"] for group in found["spec"]["groups"]] == [
        "slo-api-availability",
        "slo-api-availability-window",
    ]
