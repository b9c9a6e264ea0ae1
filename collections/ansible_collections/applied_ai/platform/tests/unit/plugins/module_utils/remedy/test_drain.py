# SPDX-License-Identifier: Apache-2.0
"""A drain moves what must move, keeps to its time, and says what was in the way."""

from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.drain import (
    MIRROR,
    PAUSE,
    cordon,
    drain,
    movable,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.remedy.world import World, pod

BARE = {"ownerReferences": [{"kind": "ReplicaSet", "controller": False}]}


def test_only_what_must_move_moves() -> None:
    stay = [
        pod("of-daemonset", meta={"ownerReferences": [{"kind": "DaemonSet", "name": "d", "controller": True}]}),
        pod("of-kubelet", meta={"annotations": {MIRROR: "x"}}),
        pod("done", status={"phase": "Succeeded"}),
        pod("dead", status={"phase": "Failed"}),
    ]
    world = World(*stay, pod("a"), pod("b", status={"phase": "Pending"}))
    assert [one["metadata"]["name"] for one in movable(world.pods)] == ["a", "b"]
    assert drain(world.tools(), "n") == "drained of 2 pods"
    assert world.pods == stay


def test_an_empty_node_needs_no_time() -> None:
    world = World()
    assert drain(world.tools(drain_seconds=0), "n") == "drained of 0 pods"
    assert world.seconds == 0


def test_each_eviction_is_of_the_very_pod_that_was_seen() -> None:
    world = World(pod("a", "u1"))
    drain(world.tools(), "n")
    ((method, path, body),) = world.sent
    assert (method, path) == ("POST", "/api/v1/namespaces/s/pods/a/eviction")
    assert body["deleteOptions"]["preconditions"] == {"uid": "u1"}


def test_nothing_is_evicted_where_one_pod_would_not_come_back() -> None:
    world = World(pod("a"), pod("b", meta=BARE))
    with pytest.raises(RemedyError, match=r"Failed to drain n: nothing would make s/b anew\."):
        drain(world.tools(), "n")
    assert world.sent == []


def test_a_budget_is_asked_again_until_it_lets_go() -> None:
    world = World(pod("a"))
    world.answers = lambda _method, _path: 429 if world.seconds < 20 else 0
    assert drain(world.tools(), "n") == "drained of 1 pod"
    assert 20 <= world.seconds < 30


@pytest.mark.parametrize("seconds", [0, 1, 7, 60])
def test_a_budget_that_never_lets_go_ends_the_drain_in_time(seconds: int) -> None:
    world = World(*(pod(f"p{number}") for number in range(5)))
    world.answers = lambda _method, _path: 429
    with pytest.raises(RemedyError) as caught:
        drain(world.tools(drain_seconds=seconds), "n")
    assert seconds <= world.seconds <= seconds + PAUSE
    told = caught.value.message
    assert told.startswith(f"Failed to drain n in {seconds} s: 5 pods left. s/p0: ")
    assert told.endswith("and 2 more")


def test_a_pod_that_ends_slowly_is_waited_for_and_asked_once() -> None:
    world = World(pod("a", meta={"deletionTimestamp": "2026-11-28T12:00:00Z"}))
    with pytest.raises(RemedyError, match="s/a: it does not end"):
        drain(world.tools(), "n")
    assert world.sent == []


@pytest.mark.parametrize("status", [404, 409])
def test_a_pod_that_has_gone_meanwhile_is_no_trouble(status: int) -> None:
    world = World(pod("a"))

    def answer(_method: str, _path: str) -> int:
        world.pods = []
        return status

    world.answers = answer
    assert drain(world.tools(), "n") == "drained of 1 pod"


def test_a_pod_that_comes_back_to_the_cordoned_node_is_evicted_once() -> None:
    world = World(pod("a", "u1"))

    def answer(_method: str, _path: str) -> int:
        world.pods.append(pod("a", "u2"))
        return 0

    world.answers = answer
    with pytest.raises(RemedyError, match=r"Failed to drain n: s/a came although it is cordoned\."):
        drain(world.tools(), "n")
    assert len(world.sent) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_without_the_right_to_evict_nobody_waits(status: int) -> None:
    world = World(pod("a"))
    world.answers = lambda _method, _path: status
    with pytest.raises(KubeError, match=str(status)):
        drain(world.tools(), "n")
    assert world.seconds == 0


def test_an_api_server_that_is_away_for_a_moment_is_no_empty_node() -> None:
    world = World(pod("a"))
    world.answers = lambda _method, _path: 500 if world.seconds < 10 else 0
    tools = world.tools()

    def sleep(seconds: float) -> None:
        world.sleep(seconds)
        world.silent = 1 if world.seconds < 10 else 0

    assert drain(tools.__class__(**{**vars(tools), "sleep": sleep}), "n") == "drained of 1 pod"


def test_a_cordon_is_of_the_very_node() -> None:
    world = World()
    cordon(world.tools(), {"metadata": {"name": "n", "uid": "u"}})
    assert world.sent == [
        ("PATCH", "/api/v1/nodes/n", {"metadata": {"uid": "u"}, "spec": {"unschedulable": True}}),
    ]
