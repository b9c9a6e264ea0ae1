# SPDX-License-Identifier: Apache-2.0
"""What the stand-ins decide: probes, restarts, the order of an end, status; who gets traffic, and how much."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from support import balancer, load, pods, prometheus
from support.pods import Probe, Seen, Tally

Json = dict[str, Any]
THRICE = Probe("/", failures=3, successes=2)


@pytest.mark.parametrize(
    ("begin", "answers", "results"),
    [
        (True, "ff", [True, True]),
        (True, "fff", [True, True, False]),
        (True, "ffoff", [True] * 5),
        (False, "oo", [False, True]),
        (False, "ofoo", [False, False, False, True]),
        (True, "fffoo", [True, True, False, False, True]),
    ],
)
def test_a_probe_changes_its_result_after_enough_equal_answers(begin: bool, answers: str, results: list[bool]) -> None:
    tallies = accumulate((one == "o" for one in answers), lambda t, ok: t.with_answer(THRICE, ok), initial=Tally(begin))
    assert [one.result for one in tallies][1:] == results


def test_a_probe_is_read_with_the_defaults_of_the_api() -> None:
    container = {"readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5}}
    assert Probe.of(container, "readiness") == Probe("/ready", delay=0, period=5, timeout=1, failures=3, successes=1)
    assert Probe.of(container, "liveness") is None


def test_restarts_wait_longer_and_longer() -> None:
    assert [pods.back_off(count) for count in range(1, 9)] == [0, 10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(
    ("grace", "hook", "times"), [(60, 10, (10, 60)), (30, 0, (0, 30)), (5, 10, (5, 7)), (0, 0, (0, 2))]
)
def test_the_hook_is_part_of_the_grace_period(grace: float, hook: float, times: tuple[float, float]) -> None:
    assert pods.stop_times(grace, hook) == times


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [
        ("Always", 0, ""),
        ("Always", 1, ""),
        ("OnFailure", 1, ""),
        ("OnFailure", 0, "Succeeded"),
        ("Never", 0, "Succeeded"),
        ("Never", 1, "Failed"),
    ],
)
def test_a_pod_ends_as_its_restart_policy_says(policy: str, code: int, phase: str) -> None:
    assert pods.ends(policy, code) == phase


def test_a_signal_is_told_as_an_exit_code() -> None:
    assert [pods.exit_code(one) for one in (0, 2, -9, -15)] == [0, 2, 137, 143]


def test_the_status_keeps_the_time_of_the_last_transition() -> None:
    container = {"name": "api", "image": "x:1"}
    common = {"address": "10.244.0.1", "begun": "t0"}
    first = pods.status(container, Seen(phase="Running"), **common, before=[], now="t1")
    seen = Seen(phase="Running", state={"running": {"startedAt": "t1"}}, started=True, ready=True)
    second = pods.status(container, seen, **common, before=first["conditions"], now="t2")
    assert {one["type"]: (one["status"], one["lastTransitionTime"]) for one in second["conditions"]} == {
        "PodScheduled": ("True", "t1"),
        "Initialized": ("True", "t1"),
        "ContainersReady": ("True", "t2"),
        "Ready": ("True", "t2"),
    }
    # A merge patch keeps what it does not name: the old state is taken away by its name.
    assert second["containerStatuses"][0]["state"] == {
        "waiting": None,
        "running": {"startedAt": "t1"},
        "terminated": None,
    }


def endpoint(address: str, **conditions: bool) -> Json:
    return {"addresses": [address], "conditions": conditions}


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        ([endpoint("a", ready=True), endpoint("b", ready=False)], ["a"]),
        ([endpoint("a")], ["a"]),
        ([endpoint("a", ready=True), endpoint("b", ready=False, serving=True, terminating=True)], ["a"]),
        ([endpoint("a", ready=False, serving=True, terminating=True), endpoint("b", ready=False)], ["a"]),
        ([endpoint("a", ready=False, serving=False, terminating=True)], []),
        ([], []),
    ],
)
def test_traffic_goes_where_kube_proxy_would_lead_it(found: list[Json], chosen: list[str]) -> None:
    assert balancer.endpoints([{"endpoints": found}, {"endpoints": None}]) == chosen


@pytest.mark.parametrize(
    ("weights", "servers", "expected"),
    [
        ({"a": 1}, {"a": ["x", "y"]}, {"x": 1, "y": 1}),
        ({"a": 90, "b": 10}, {"a": ["x", "y", "z"], "b": ["c"]}, {"x": 3, "y": 3, "z": 3, "c": 1}),
        ({"a": 80, "b": 20}, {"a": ["x"], "b": []}, {"x": 1}),
        ({"a": 100, "b": 0}, {"a": ["x"], "b": ["c"]}, {"x": 1}),
        ({"a": 1}, {"a": []}, {}),
    ],
)
def test_a_services_weight_is_shared_by_its_pods(
    weights: dict[str, int], servers: dict[str, list[str]], expected: dict[str, int]
) -> None:
    assert balancer.shares(weights, servers) == expected


def answers(*seconds: float, status: int = 200) -> load.Report:
    return load.Report(tuple(load.Answer(number, status, one, "", "1") for number, one in enumerate(seconds)))


def test_a_report_counts_what_failed_and_how_long_it_took() -> None:
    report = load.Report((*answers(*(n / 100 for n in range(1, 100))).answers, *answers(9.0, status=0).answers))
    assert (report.failed, report.statuses) == (1, {200: 99, 0: 1})
    assert (report.quantile(0.5), report.quantile(0.95), report.quantile(1)) == (0.5, 0.95, 9.0)
    assert len(report.between(0, 10).answers) == 11 and report.between(0, 10).failed == 1


@pytest.mark.parametrize(("url", "seconds"), [("http://192.0.2.1:80/", 1), ("http://127.0.0.1:1/", 3600)])
def test_load_goes_to_this_machine_only_and_has_an_end(url: str, seconds: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only this machine"), load.running(tmp_path, tmp_path, url, 1, seconds):
        pass


def test_a_service_monitor_becomes_the_scrape_configuration_that_the_operator_makes() -> None:
    monitor = {
        "kind": "ServiceMonitor",
        "metadata": {"name": "shop", "namespace": "services"},
        "spec": {
            "selector": {"matchLabels": {"applied-ai.dev/scraped": "true"}},
            "podTargetLabels": ["track"],
            "endpoints": [{"port": "http", "path": "/metrics", "interval": "30s"}],
        },
    }
    made = prometheus.scrape(monitor, Path("kubeconfig"), "1s")
    assert made["kubernetes_sd_configs"][0]["kubeconfig_file"] == "kubeconfig"
    assert [one.get("target_label") for one in made["relabel_configs"]] == [
        None,
        None,
        "namespace",
        "service",
        "pod",
        "track",
        "__address__",
    ]
    assert made["relabel_configs"][0] == {
        "action": "keep",
        "source_labels": ["__meta_kubernetes_service_label_applied_ai_dev_scraped"],
        "regex": "true",
    }
