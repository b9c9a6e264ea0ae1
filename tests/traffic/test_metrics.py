# SPDX-License-Identifier: Apache-2.0
"""What Prometheus knows of a service, by the chart's own ServiceMonitor and rules, against what its callers saw."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support.balancer import Balancer
from support.cluster import eventually
from support.load import Report
from support.prometheus import Prometheus
from support.rehearsal import ask_module
from support.traffic import Traffic

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
RATE, SECONDS = 100, 20
STABLE, CANARY = "1.0.0", "2.0.0"
BAD = 0.2
BUCKETS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# What work takes; a busy machine adds to it.
FAST_MS, SLOW_MS = 250, 1100
OF = 'namespace="services",app="till"'
WINDOW = f"[{SECONDS}s]"


@dataclass(frozen=True)
class Seen:
    """One canary under load: what callers saw, and who measured it."""

    report: Report
    prometheus: Prometheus
    balancer: Balancer


def values(tag: str) -> Json:
    """Return the chart's values for two stable pods and a canary."""
    return {
        "replicaCount": 2,
        "team": "sales",
        "slo": {"availability": 99, "latencyP95Milliseconds": 500},
        "canary": {"enabled": True, "image": {"tag": tag}, "replicas": 1, "weight": 20},
    }


def beside(traffic: Traffic, tag: str) -> None:
    """Put a canary of this version beside the stable one."""
    traffic.upgrade("till", **values(tag))
    for name in ("till", "till-canary"):
        traffic.rolled_out(name)


@pytest.fixture(scope="module")
def canary(traffic: Traffic) -> Iterator[Seen]:
    """Give a fifth of the requests to a canary that fails now and then and is slow."""
    traffic.registry.faults[STABLE] = {"LATENCY_MS": str(FAST_MS)}
    traffic.registry.faults[CANARY] = {"LATENCY_MS": str(SLOW_MS), "FAIL_RATE": str(BAD)}
    beside(traffic, CANARY)
    weights = {"till-stable": 80, "till-canary": 20}
    with traffic.prometheus("till", **values(CANARY)) as prometheus, traffic.balancer(weights) as balancer:
        eventually(lambda: len(balancer.servers) == 3, 20)
        with traffic.load(balancer.address, RATE, SECONDS) as load:
            report = load.finish()
        time.sleep(2)  # the last scrape
        yield Seen(report, prometheus, balancer)


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
    # A histogram knows its buckets and no more; for callers comes the way to the pod and back.
    for track, least in {"stable": FAST_MS, "canary": SLOW_MS}.items():
        measured, felt = bisect_left(BUCKETS, p95[track]), bisect_left(BUCKETS, seen[track])
        assert measured >= bisect_left(BUCKETS, least / 1000) and abs(felt - measured) <= 1, (p95, seen)


def test_samples_carry_the_labels_that_queries_ask_for(canary: Seen) -> None:
    series = canary.prometheus.get("series", **{"match[]": f'http_requests_total{{{OF},track="canary"}}'})
    assert {one["status"] for one in series} == {"200", "500"}
    for one in series:
        assert one["version"] == CANARY and one["team"] == "sales" and one["pod"].startswith("till-canary-")
        assert (one["method"], one["path"]) == ("GET", "/")


def verdict(canary: Seen, traffic: Traffic, window: int) -> Json:
    """Return what the role's module thinks of the canary, under load."""
    service = {"name": "till", "namespace": "services", "slo": {"availability": 99, "latency_p95_ms": 2000}}
    asked = {"url": canary.prometheus.url, "services": [service], "compare": True, "window": window, "limit": window}
    with traffic.load(canary.balancer.address, RATE):
        answer = ask_module("service_verdict_info", asked)
    (one,) = answer["verdicts"]
    return dict(one)


def test_the_roles_verdict_is_bad_for_the_bad_and_good_for_the_good(
    canary: Seen, traffic: Traffic, record_property: Callable[..., None]
) -> None:
    bad = verdict(canary, traffic, 20)
    assert bad["verdict"] == "bad" and "requests failed" in bad["reason"], bad
    assert bad["figures"]["canary"]["error_ratio"] == pytest.approx(BAD, abs=0.05)
    assert bad["figures"]["stable"]["error_ratio"] == 0

    traffic.registry.faults["2.1.0"] = traffic.registry.faults[STABLE]
    beside(traffic, "2.1.0")
    time.sleep(5)  # the balancer and Prometheus find it
    good = verdict(canary, traffic, 10)
    record_property("verdicts", {"bad": bad, "good": good})
    assert good["verdict"] == "good", good
