# SPDX-License-Identifier: Apache-2.0
"""Amounts that agree, and GPUs that are there."""

from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service import resources
from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import Service

FAMILIES = {"g4dn": "t4", "g5": "a10g", "g6": "l4", "p4d": "a100", "p5": "h100"}
GROUPS = {
    "general": {"instance_types": ["m5.large"]},
    "gpu": {"instance_types": ["g5.xlarge", "g5.2xlarge"]},
    "mixed": {"instance_types": ["g4dn.xlarge", "g5.xlarge"]},
}


def service(state="present", **effective):
    return Service("mvra", "services", state, {}, (), True, 2, effective=effective)


def amounts(request, limit):
    return service(resources={"requests": {"memory": request, "cpu": "1"}, "limits": {"memory": limit}})


@pytest.mark.parametrize(
    ("request_", "limit", "fine"),
    [("1Gi", "1Gi", True), ("1Gi", "1G", False), ("512Mi", "0.5Gi", True), ("2Gi", "1024Mi", False), (1, 2, True)],
)
def test_a_limit_is_not_below_its_request(request_, limit, fine):
    found = resources.amount_findings([amounts(request_, limit)])
    assert (found == []) == fine
    if not fine:
        assert f"resources.limits.memory {limit} is below resources.requests.memory {request_}" in found[0]


def gpu(model="", count=1, state="present"):
    return service(state, gpu={"count": count, "model": model})


@pytest.mark.parametrize(
    ("wanted", "groups", "pools", "expected"),
    [
        (gpu(), GROUPS, {}, ""),
        (gpu("a10g"), GROUPS, {}, ""),
        # A group of several models brings whichever it likes.
        (gpu("t4"), GROUPS, {}, "gpu.model t4 is of no node group, use one of a10g (node group gpu)"),
        (gpu("h100"), {"mixed": GROUPS["mixed"]}, {}, "leave it out to take any GPU"),
        (gpu(), {"general": GROUPS["general"]}, {}, "no node group has one"),
        (gpu("h100", count=0), {}, {}, ""),
        (gpu("h100", state="absent"), {}, {}, ""),
        (gpu("l4"), {}, {"gpu": {"requirements": {resources.INSTANCE_TYPE: ["g5.xlarge", "g6.xlarge"]}}}, ""),
        (gpu("h100"), {}, {"gpu": {"requirements": {resources.FAMILY: ["p5", "m5"]}}}, ""),
        (gpu("h100"), {}, {"gpu": {"requirements": {resources.GPU_NAME: ["h100"]}}}, ""),
        (gpu("h100"), {}, {"gpu": {"requirements": {resources.CATEGORY: ["p"]}}}, ""),
        (gpu("l4"), {}, {"gpu": {"requirements": {resources.CATEGORY: ["p"]}}}, "h100 (node pool gpu)"),
        (gpu("l4"), {}, {"cpu": {"requirements": {resources.CATEGORY: ["m"]}}}, "no node group has one"),
    ],
)
def test_a_gpu_is_of_some_node(wanted, groups, pools, expected):
    found = resources.gpu_findings([wanted], groups, pools, FAMILIES)
    assert bool(found) == bool(expected)
    assert expected in " ".join(found)
