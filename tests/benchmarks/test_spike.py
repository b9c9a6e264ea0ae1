# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of the benchmark spike.py: load, pods at their limit, waiting, and what the time is made of."""

from __future__ import annotations

import math

import pytest
from benchmarks import spike_cluster, spike_keda
from benchmarks import spike_model as model
from benchmarks.spike_model import Life, Load, Queue, Sample, Service
from contract import charts, house
from hypothesis import given
from hypothesis import strategies as st

LOAD = Load(base=10, factor=10, ramp=10)
# A pod serves 20 requests a second at its limit, 7 at its target.
SERVICE = Service(cost=0.05, request=0.5, limit=1.0, target=0.7)


@pytest.mark.parametrize(("at", "rate"), [(-60, 10), (0, 10), (5, 55), (10, 100), (500, 100)])
def test_load_rises_in_a_straight_line_and_stays(at: float, rate: float) -> None:
    assert LOAD.rate(at) == pytest.approx(rate)


def test_the_wanted_pods_are_those_that_content_the_autoscaler() -> None:
    assert SERVICE.per_pod() == pytest.approx(7)
    # 13 pods use 77 % of their request, which is 10 % above the target of 70 %: near enough; 12 are not.
    assert SERVICE.wanted(100) == 13
    assert SERVICE.wanted(1) == 1


def test_pods_share_the_work_and_use_what_it_costs() -> None:
    queue, used = model.advance(Queue(), SERVICE, arriving=14, ready=2, seconds=1)
    assert queue.waiting == 0
    assert used == pytest.approx(0.35)


def test_pods_at_their_limit_let_the_rest_wait_and_serve_it_later() -> None:
    queue, used = model.advance(Queue(), SERVICE, arriving=100, ready=2, seconds=1)
    assert (queue.waiting, used) == (pytest.approx(60), pytest.approx(1.0))
    queue, used = model.advance(queue, SERVICE, arriving=10, ready=4, seconds=1)
    assert (queue.waiting, used) == (0, pytest.approx(0.875))


def test_without_a_ready_pod_everybody_waits() -> None:
    queue, used = model.advance(Queue(), SERVICE, arriving=5, ready=0, seconds=0.5)
    assert (queue.waiting, used) == (5, 0)


@given(st.lists(st.tuples(st.floats(0, 500), st.integers(0, 40), st.floats(0.1, 2)), max_size=50))
def test_nobody_is_lost_and_no_pod_works_above_its_limit(rounds: list[tuple[float, int, float]]) -> None:
    queue = Queue()
    for arriving, ready, seconds in rounds:
        queue, used = model.advance(queue, SERVICE, arriving, ready, seconds)
        assert queue.waiting >= -1e-6
        assert used <= SERVICE.limit + 1e-9
    assert queue.arrived == pytest.approx(sum(arriving for arriving, _ready, _seconds in rounds))


def test_a_pod_announces_the_mean_of_what_it_used_since_it_is_ready() -> None:
    used = [(float(until), 1.0, 0.5 if until <= 10 else 1.0) for until in range(1, 16)]
    assert model.announced(used[:10], since=-60, now=10, window=10) == pytest.approx(0.5)
    assert model.announced(used, since=-60, now=15, window=10) == pytest.approx(0.75)
    # Its counter began at nothing.
    assert model.announced(used, since=12, now=15, window=10) == pytest.approx(0.3)


def played(ready_at: dict[float, int], until: int) -> list[Sample]:
    """Return the samples of a run with so many ready pods from each time on."""
    samples, queue, ready = [], Queue(), 2
    for at in range(-5, until + 1):
        ready = ready_at.get(at, ready)
        queue, _used = model.advance(queue, SERVICE, LOAD.rate(at), ready, 1)
        samples.append(Sample(at, LOAD.rate(at), ready, ready, 1, 0, queue))
    return samples


LIVES = [Life(-60, -60, -60), Life(-60, -60, -60), *(Life(15, 16, 30) for _ in range(2)), *(Life(30, 75, 90),) * 9]


def test_a_run_is_told_by_when_capacity_was_there_and_nobody_waited() -> None:
    result = model.evaluate(played({30: 4, 90: 13}, 300), LIVES, SERVICE, LOAD)
    assert result.wanted == 13
    assert result.capacity == 90
    assert result.enough == 90
    assert result.parts == {"signal": 15, "steps": 15, "node": 45, "start": 15}
    assert sum(result.parts.values()) == result.capacity
    assert result.desired == [(-5, 2), (30, 4), (90, 13)]
    # Until then 100 came and 80 or fewer were served each second; after that 260 were.
    assert 90 < result.drained < 130
    assert result.longest_wait > 20
    assert result.waited > 1000


def test_the_longest_wait_is_that_of_the_last_who_found_too_few_pods() -> None:
    samples = played({30: 4, 90: 13}, 300)
    by_hand = 0.0
    for one in samples:
        end = next(later.at for later in samples if later.queue.served >= one.queue.arrived - 1e-6)
        by_hand = max(by_hand, end - one.at)
    assert model.evaluate(samples, LIVES, SERVICE, LOAD).longest_wait == by_hand


def test_a_run_without_waiting_has_no_waits() -> None:
    result = model.evaluate(played({-5: 13}, 60), [Life(-60, -60, -60)] * 13, SERVICE, LOAD)
    assert (result.drained, result.longest_wait, result.waited) == (0, 0, 0)


def test_what_was_not_reached_is_not_told_as_a_time() -> None:
    result = model.evaluate(played({}, 60), LIVES[:2], SERVICE, LOAD)
    assert (result.capacity, result.drained, result.longest_wait) == (math.inf, math.inf, math.inf)
    assert result.parts == {}


def test_keda_is_that_of_the_charts_version() -> None:
    catalogue = charts.read(house.ROLES / "addon/vars/main.yml")["addon_catalogue"]
    assert spike_keda.version() == f"v{catalogue['keda']['version']}"


def test_the_node_pool_is_the_roles_but_for_what_only_aws_knows() -> None:
    pool = spike_cluster.node_pool()
    template = pool["spec"]["template"]["spec"]
    requirements = {one["key"]: one["values"] for one in template["requirements"]}
    assert requirements["karpenter.sh/capacity-type"] == ["on-demand"]
    assert requirements["node.kubernetes.io/instance-type"] == list(spike_cluster.TYPES)
    assert template["nodeClassRef"] == spike_cluster.NODE_CLASS
    assert pool["spec"]["disruption"]["consolidateAfter"] == "1m"


def test_placeholders_have_the_size_of_the_services_pods() -> None:
    _namespace, made = spike_cluster.placeholders(14, 0.5, "512Mi")
    assert made["spec"]["replicas"] == 14
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["requests"] == {"cpu": "500m", "memory": "512Mi"}
