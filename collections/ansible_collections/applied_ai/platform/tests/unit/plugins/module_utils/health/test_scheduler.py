# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health import scheduler

TAINT = "2 node(s) had untolerated taint {nvidia.com/gpu: present}"
SELECTOR = "5 node(s) didn't match Pod's node affinity/selector"


@pytest.mark.parametrize(
    ("causes", "words"),
    [
        ([SELECTOR, TAINT, "3 Insufficient nvidia.com/gpu"], "gpus_advertised"),
        ([TAINT, "3 Insufficient cpu"], "lower the requests"),
        (["1 Insufficient memory", "3 node(s) had volume node affinity conflict"], "lies in a zone"),
        ([SELECTOR, TAINT], "toleration"),
        ([SELECTOR], "labels that the pod selects"),
        (["1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }"], "nodes_ready"),
        (["1 node(s) had untolerated taint(s)"], "nodes_ready: a node"),
        (["1 node(s) were unschedulable"], "nodes_schedulable"),
        (["3 Too many pods"], "all the pods they can"),
        (["2 node(s) didn't match pod topology spread constraints"], "spread"),
        (["pod has unbound immediate PersistentVolumeClaims"], "claims_bound"),
        (["something new"], ""),
    ],
)
def test_advice_is_for_the_cause_that_holds_the_pod(causes: list[str], words: str) -> None:
    message = f"0/9 nodes are available: {', '.join(causes)}. preemption: 0/9 nodes are available: 9 Insufficient cpu."
    told = scheduler.advice(message)
    assert words in told
    assert bool(told) == bool(words)


def test_brief_leaves_the_repetition_out() -> None:
    assert scheduler.brief("0/1 nodes are available: 1 Too many pods. preemption: 0/1 x") == (
        "0/1 nodes are available: 1 Too many pods."
    )


def test_brief_leaves_device_claims_out() -> None:
    seen = "0/5 nodes are available: 1 node(s) were unschedulable."
    assert scheduler.brief(f"{seen} no new claims to deallocate, preemption: 0/5 nodes are available.") == seen


def test_the_most_telling_reason_is_first() -> None:
    few, claim = "1 node(s) were unschedulable", "pod has unbound immediate PersistentVolumeClaims"
    message = f"0/9 nodes are available: {few}, {TAINT}, 4 Insufficient nvidia.com/gpu. preemption: 0/9 x"
    assert scheduler.telling(message) == (f"0/9 nodes are available: 4 Insufficient nvidia.com/gpu, {few}, {TAINT}.")
    assert scheduler.telling(f"0/9 nodes are available: {few}, {claim}.") == f"0/9 nodes are available: {claim}, {few}."
    assert scheduler.telling("running PreBind plugin: a, 2 b") == "running PreBind plugin: a, 2 b"
