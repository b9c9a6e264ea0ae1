# SPDX-License-Identifier: Apache-2.0
"""Rollouts under real load: the chart, the cluster's own controllers, pods as processes, a real load balancer."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from support.balancer import LAG_S, Balancer
from support.cluster import eventually
from support.load import Report
from support.traffic import Traffic

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
Record = Callable[[str, object], None]
RATE = 100
# A balancer slower than kube-proxy, as those of clouds are, and far quicker than the chart's drain.
NOTICES_AFTER_S = 3
# Nothing but the chart's drain stands between callers and a server that ends at once; some requests are always open.
HASTY = {"DRAIN_SECONDS": 0, "LATENCY_MS": 50}


@pytest.fixture(scope="module")
def shop(traffic: Traffic) -> Traffic:
    """Install a service of three pods."""
    traffic.release("shop", replicaCount=3, env=HASTY)
    return traffic


def replaced(traffic: Traffic, balancer: Balancer, name: str, **over: Any) -> Report:
    """Put another version in the place of all instances under load; return what became of the requests meanwhile."""
    before = {pod["metadata"]["uid"] for pod in traffic.pods(f"app={name}")}
    with traffic.load(balancer.address, RATE) as load:
        time.sleep(2)
        traffic.release(name, **over)
        time.sleep(2)
        report = load.stop()
    after = {pod["metadata"]["uid"] for pod in traffic.pods(f"app={name}")}
    assert after and not before & after
    assert {one.version for one in report.answers} >= {"1.0.0", "2.0.0"}, "both versions answered"
    return report


def test_a_rolling_update_loses_no_request(shop: Traffic, record_property: Record) -> None:
    with shop.balancer({"shop": 1}, NOTICES_AFTER_S) as balancer:
        report = replaced(shop, balancer, "shop", replicaCount=3, env=HASTY, image={"tag": "2.0.0"})
    record_property("rolling update", str(report))
    assert len(report.answers) > 10 * RATE
    assert report.failed == 0, str(report)


def test_with_a_shorter_drain_than_the_balancer_needs_requests_are_lost(
    traffic: Traffic, record_property: Record
) -> None:
    values: Json = {"replicaCount": 2, "env": HASTY, "termination": {"drainSeconds": 1}}
    traffic.release("rude", **values)
    with traffic.balancer({"rude": 1}, NOTICES_AFTER_S) as balancer:
        report = replaced(traffic, balancer, "rude", **values, image={"tag": "2.0.0"})
    record_property("rolling update without drain", str(report))
    assert report.failed > 0, str(report)
    traffic.cluster.must("helm", "uninstall", "rude", "-n", "services", "--wait")


def test_scaling_down_loses_no_request(shop: Traffic, record_property: Record) -> None:
    with shop.balancer({"shop": 1}) as balancer, shop.load(balancer.address, RATE // 2) as load:
        time.sleep(1)
        shop.cluster.must("kubectl", "scale", "deployment/shop", "--replicas=1", "-n", "services")
        eventually(lambda: len(shop.pods("app=shop")) == 1, 60)
        time.sleep(1)
        report = load.stop()
        assert len(balancer.servers) == 1
    record_property("scale down", str(report))
    assert report.failed == 0, str(report)
    shop.cluster.must("kubectl", "scale", "deployment/shop", "--replicas=3", "-n", "services")
    shop.rolled_out("shop")


def restarts(pod: Json) -> int:
    """Return how often a pod's container was started again."""
    return int(pod["status"]["containerStatuses"][0]["restartCount"])


def test_a_killed_process_is_taken_out_and_started_again(shop: Traffic, record_property: Record) -> None:
    (victim, *_others) = shop.pods("app=shop")
    name = victim["metadata"]["name"]
    with shop.balancer({"shop": 1}) as balancer, shop.load(balancer.address, RATE) as load:
        eventually(lambda: len(balancer.servers) == 3, 20)
        time.sleep(2)
        killed = time.time()
        shop.signal(victim, signal.SIGKILL)
        eventually(lambda: len(balancer.servers) == 2, 20)
        eventually(lambda: len(balancer.servers) == 3, 40)
        time.sleep(2)
        report = load.stop()
    (found,) = [pod for pod in shop.pods("app=shop") if pod["metadata"]["name"] == name]
    assert restarts(found) == 1
    assert found["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 137
    out = next(when for when, servers in balancer.changes if when > killed and len(servers) == 2)
    lost = report.between(killed - 1, out + 1)
    record_property("killed", f"{report}; out of the balancer after {out - killed:.1f} s")
    assert lost.failed == report.failed, "lost only until it was taken out"
    assert out - killed < LAG_S + 2 and report.failed < RATE * (out - killed + 1)


def test_probes_take_out_what_is_unready_and_restart_what_is_ill(traffic: Traffic, record_property: Record) -> None:
    quick = {"periodSeconds": 1, "timeoutSeconds": 3, "failureThreshold": 3}
    probes = {"liveness": {"path": "/health", "initialDelaySeconds": 1, **quick}}
    probes["readiness"] = {"path": "/ready", "initialDelaySeconds": 1, **quick}
    traffic.release("frail", replicaCount=2, probes=probes, termination={"drainSeconds": 3})
    unready, ill = (pod["metadata"]["name"] for pod in traffic.pods("app=frail"))

    def now(name: str) -> Json:
        (found,) = [pod for pod in traffic.pods("app=frail") if pod["metadata"]["name"] == name]
        return found

    with traffic.balancer({"frail": 1}) as balancer, traffic.load(balancer.address, RATE // 2) as load:
        time.sleep(1)
        traffic.signal(now(unready), signal.SIGUSR1)
        eventually(lambda: len(balancer.servers) == 1, 20)
        time.sleep(1)
        traffic.signal(now(unready), signal.SIGUSR1)
        eventually(lambda: len(balancer.servers) == 2, 20)
        report = load.stop()
        assert restarts(now(unready)) == 0
        record_property("unready", str(report))
        assert report.failed == 0, str(report)

    with traffic.balancer({"frail": 1}) as balancer, traffic.load(balancer.address, RATE // 2) as load:
        traffic.signal(now(ill), signal.SIGUSR2)
        eventually(lambda: restarts(now(ill)) == 1, 30)
        eventually(lambda: now(ill)["status"]["containerStatuses"][0]["ready"], 30)
        time.sleep(LAG_S + 1)
        # Not a promise: a pod that is restarted is ready until its server is gone, and nobody drains it before.
        record_property("ill", str(load.stop()))
    ended = now(ill)["status"]["containerStatuses"][0]["lastState"]["terminated"]
    assert ended["exitCode"] == 0, "it was asked to end, and did"
    traffic.cluster.must("helm", "uninstall", "frail", "-n", "services", "--wait")


def test_an_image_that_cannot_be_pulled_takes_nothing_away(shop: Traffic) -> None:
    with shop.balancer({"shop": 1}) as balancer, shop.load(balancer.address, RATE) as load:
        before = balancer.servers
        shop.upgrade("shop", replicaCount=3, env=HASTY, image={"tag": "missing"})

        def reasons() -> set[str]:
            new = [pod["status"].get("containerStatuses") for pod in shop.pods("app=shop,version=missing")]
            return {one[0]["state"].get("waiting", {}).get("reason") if one else "" for one in new}

        eventually(lambda: reasons() == {"ImagePullBackOff"}, 30)
        time.sleep(LAG_S + 1)
        report = load.stop()
        assert balancer.servers == before
    assert report.failed == 0, str(report)
    shop.cluster.must("helm", "rollback", "shop", "-n", "services")
    shop.rolled_out("shop")
