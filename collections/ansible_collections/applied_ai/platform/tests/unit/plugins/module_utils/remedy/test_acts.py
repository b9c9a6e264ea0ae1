# SPDX-License-Identifier: Apache-2.0
"""Acts, where a real cluster does not give the fault; the others are in tests/health/test_remediate.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy import acts
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.cases import CASES
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.decide import Decision
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.remedy.world import World, pod

ENDING = "2026-11-28T11:00:00Z"
LEAST = timedelta(minutes=15)


def decision(case: str, **target: str) -> Decision:
    action = {one.id: one.action for one in CASES}[case]
    return Decision(case, action, target.get("owner") or "Node n", target, "", "act", ())


def stuck(reason: str) -> Decision:
    return decision("stuck_pod", kind="Pods", owner="Deployment s/app", reason=reason)


def test_every_case_has_an_act() -> None:
    assert {case.action for case in CASES} == set(acts.ACTS)


def test_only_pods_of_the_owner_that_have_been_ending_for_long_are_deleted() -> None:
    ending = {"deletionTimestamp": ENDING}
    other = {**ending, "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5f", "controller": True}]}
    young = pod("young", meta={"deletionTimestamp": "2026-11-28T11:50:00Z"})
    world = World(pod("old", meta=ending), young, pod("other", meta=other), pod("well"))
    assert acts.delete(world.tools(), stuck("Terminating"), LEAST) == "deleted 1 pod by force: s/old"
    ((method, path, body),) = world.sent
    assert (method, path, body["gracePeriodSeconds"]) == ("DELETE", "/api/v1/namespaces/s/pods/old", 0)
    assert body["preconditions"] == {"uid": "uid-old"}


def test_dead_pods_are_not_forced() -> None:
    dead = {"phase": "Failed", "reason": "Evicted", "startTime": ENDING}
    world = World(*(pod(f"p{number}", status=dead) for number in range(5)))
    told = acts.delete(world.tools(), stuck("Evicted"), LEAST)
    assert told == "deleted 5 pods: s/p0, s/p1, s/p2 and 2 more"
    assert all("gracePeriodSeconds" not in body for _, _, body in world.sent)


def test_what_has_ended_meanwhile_is_fine() -> None:
    assert acts.delete(World().tools(), stuck("Terminating"), LEAST) == "no such pod is there any more"
    world = World(pod("old", meta={"deletionTimestamp": ENDING}))

    def answer(_method: str, _path: str) -> int:
        world.pods = []
        return 404

    world.answers = answer
    assert acts.delete(world.tools(), stuck("Terminating"), LEAST).startswith("deleted 1 pod")


def test_a_pod_that_stays_is_a_failure_in_bounded_time() -> None:
    world = World(pod("old", meta={"deletionTimestamp": ENDING}))
    tools = world.tools(send=lambda _method, _path, _body: {}, end_seconds=30)
    with pytest.raises(RemedyError, match=r"Failed to delete s/old: the node does not end it\. See docs/runbooks"):
        acts.delete(tools, stuck("Terminating"), LEAST)
    assert 30 <= world.seconds < 32


def test_a_refused_delete_is_told() -> None:
    world = World(pod("old", meta={"deletionTimestamp": ENDING}))
    world.answers = lambda _method, _path: 403
    with pytest.raises(KubeError, match="403"):
        acts.delete(world.tools(), stuck("Terminating"), LEAST)


def test_a_rollout_that_is_paused_is_left() -> None:
    world = World(app={"metadata": {"uid": "u"}, "spec": {"paused": True}})
    with pytest.raises(RemedyError, match="its rollout is paused"):
        acts.restart(world.tools(), decision("failed_rollout", kind="Deployment", namespace="s", name="app"), LEAST)
    assert world.sent == []


def test_a_restart_is_of_the_very_workload() -> None:
    world = World(app={"metadata": {"uid": "u"}, "spec": {}})
    acts.restart(world.tools(), decision("failed_rollout", kind="Deployment", namespace="s", name="app"), LEAST)
    ((method, path, body),) = world.sent
    assert (method, path) == ("PATCH", "/apis/apps/v1/namespaces/s/deployments/app")
    assert body["metadata"] == {"uid": "u"}
    assert body["spec"]["template"]["metadata"]["annotations"] == {acts.RESTARTED_AT: "2026-11-28T12:00:00Z"}


def test_what_was_changed_meanwhile_is_not_written_over() -> None:
    old = {"type": "Issuing", "status": "False"}
    meta = {"generation": 3, "resourceVersion": "7"}
    world = World(tls={"metadata": meta, "status": {"conditions": [old, {"type": "Ready"}]}})
    acts.renew(world.tools(), decision("expired_certificate", kind="Certificate", namespace="s", name="tls"), LEAST)
    ((method, path, body),) = world.sent
    assert (method, path) == ("PUT", "/apis/cert-manager.io/v1/namespaces/s/certificates/tls/status")
    assert body["metadata"]["resourceVersion"] == "7"
    assert [(one["type"], one.get("status")) for one in body["status"]["conditions"]] == [
        ("Ready", None),
        ("Issuing", "True"),
    ]


def gpu_node(**spec: Any) -> World:
    return World(pod("a"), n={"metadata": {"name": "n", "uid": "u"}, "spec": spec})


def test_a_node_of_another_cloud_is_emptied_and_its_machine_left() -> None:
    world = gpu_node(providerID="gce://project/zone/n")
    told = acts.cordon_and_replace(world.tools(), decision("xid_node", kind="Node", name="n"), LEAST)
    assert told == "cordoned, drained of 1 pod; its machine is gce://project/zone/n and stays: replace it by hand"


def test_a_machine_that_cannot_be_found_is_not_emptied() -> None:
    world = gpu_node(providerID="aws:///zone/i-0abc")
    with pytest.raises(RemedyError, match="its region is not known"):
        acts.cordon_and_replace(world.tools(), decision("xid_node", kind="Node", name="n"), LEAST)
    assert [method for method, _, _ in world.sent] == ["PATCH"]


def test_a_node_that_is_not_empty_keeps_its_machine() -> None:
    world = gpu_node(providerID="aws:///zone/i-0abc")
    world.answers = lambda method, _path: 429 if method == "POST" else 0

    class Ec2:
        def describe_instances(self, **_asked: Any) -> Any:
            return {"Reservations": [{"Instances": [{"State": {"Name": "running"}}]}]}

        def describe_auto_scaling_instances(self, **_asked: Any) -> Any:
            return {"AutoScalingInstances": []}

    tools = world.tools(clients=lambda _service, _region: Ec2(), region="r")
    # The client knows no way to end anything: whoever tried would fail otherwise.
    with pytest.raises(RemedyError, match=r"Failed to drain n in 60 s: 1 pod left\. s/a: refused with 429"):
        acts.cordon_and_replace(tools, decision("xid_node", kind="Node", name="n"), LEAST)
