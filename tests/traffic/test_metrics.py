# SPDX-License-Identifier: Apache-2.0
"""What Prometheus knows of a service, by the chart's own ServiceMonitor and rules, against what its callers saw."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from support.cluster import eventually
from support.load import Report
from support.prometheus import Prometheus
from support.traffic import Traffic

pytestmark = [pytest.mark.lab, pytest.mark.slow]

RATE, SECONDS = 100, 20
STABLE, CANARY = "1.0.0", "2.0.0"
BAD = 0.2
# Buckets in which the answers' times lie.
FAST, SLOW = (0.05, 0.1), (0.2, 0.5)
OF = 'namespace="services",app="till"'
WINDOW = f"[{SECONDS}s]"


@dataclass(frozen=True)
class Seen:
    """One canary under load: what callers saw, and who measured it."""

    report: Report
    prometheus: Prometheus


@pytest.fixture(scope="module")
def canary(traffic: Traffic) -> Iterator[Seen]:
    """Give a fifth of the requests to a canary that fails now and then and is slow."""
    traffic.registry.faults[STABLE] = {"LATENCY_MS": "60"}
    traffic.registry.faults[CANARY] = {"LATENCY_MS": "250", "FAIL_RATE": str(BAD)}
    values = {
        "replicaCount": 2,
        "team": "sales",
        "slo": {"availability": 99, "latencyP95Milliseconds": 200},
        "canary": {"enabled": True, "image": {"tag": CANARY}, "replicas": 1, "weight": 20},
    }
    traffic.upgrade("till", **values)
    for name in ("till", "till-canary"):
        traffic.rolled_out(name)
    weights = {"till-stable": 80, "till-canary": 20}
    with traffic.prometheus("till", **values) as prometheus, traffic.balancer(weights) as balancer:
        eventually(lambda: len(balancer.servers) == 3, 20)
        with traffic.load(balancer.address, RATE, SECONDS) as load:
            report = load.finish()
        time.sleep(2)  # the last scrape
        yield Seen(report, prometheus)


def share_of_errors(report: Report) -> float:
    """Return what share of the requests failed for their callers."""
    return report.failed / len(report.answers)


def test_every_request_is_counted_once(canary: Seen) -> None:
    counted = canary.prometheus.vector(f"sum by (track) (http_requests_total{{{OF}}})")
    assert counted == {
        "stable": len(canary.report.of(STABLE).answers),
        "canary": len(canary.report.of(CANARY).answers),
    }
    assert sum(counted.values()) == len(canary.report.answers) == RATE * SECONDS
    assert counted["canary"] == pytest.approx(0.2 * RATE * SECONDS, rel=0.02)


def test_the_error_ratio_by_track_is_what_callers_saw(canary: Seen, record_property: Callable[..., None]) -> None:
    of_all = f"sum by (track) (rate(http_requests_total{{{OF}}}{WINDOW}))"
    bad = f'(sum by (track) (rate(http_requests_total{{{OF},status=~"5.."}}{WINDOW})) or 0 * {of_all}) / {of_all}'
    ratio = canary.prometheus.vector(bad)
    record_property("error ratio", ratio)
    assert ratio["stable"] == 0 == share_of_errors(canary.report.of(STABLE))
    assert ratio["canary"] == pytest.approx(share_of_errors(canary.report.of(CANARY)), abs=0.03)
    assert share_of_errors(canary.report.of(CANARY)) == pytest.approx(BAD, abs=0.01)


def test_the_95th_percentile_by_track_is_what_callers_saw(canary: Seen, record_property: Callable[..., None]) -> None:
    buckets = f"sum by (track, le) (rate(http_request_duration_seconds_bucket{{{OF}}}{WINDOW}))"
    p95 = canary.prometheus.vector(f"histogram_quantile(0.95, {buckets})")
    seen = {"stable": canary.report.of(STABLE).quantile(0.95), "canary": canary.report.of(CANARY).quantile(0.95)}
    record_property("p95", {"prometheus": p95, "callers": seen})
    # A histogram knows its buckets and no more.
    for track, (low, high) in {"stable": FAST, "canary": SLOW}.items():
        assert low < p95[track] <= high and low < seen[track] <= high, (p95, seen)


def test_the_rules_of_the_chart_tell_a_bad_canary_from_the_stable_version(canary: Seen) -> None:
    ratio = canary.prometheus.vector(f"service:http_requests:error_ratio_5m{{{OF}}}")
    assert ratio["stable"] == 0 and ratio["canary"] == pytest.approx(BAD, abs=0.03)
    slow = canary.prometheus.vector(f"service:http_request_duration_seconds:p95_5m{{{OF}}}")
    assert slow["stable"] <= FAST[1] < SLOW[0] < slow["canary"]


def test_samples_carry_the_labels_that_queries_ask_for(canary: Seen) -> None:
    series = canary.prometheus.get("series", **{"match[]": f'http_requests_total{{{OF},track="canary"}}'})
    assert {one["status"] for one in series} == {"200", "500"}
    for one in series:
        assert one["version"] == CANARY and one["team"] == "sales" and one["pod"].startswith("till-canary-")
        assert (one["method"], one["path"]) == ("GET", "/")
