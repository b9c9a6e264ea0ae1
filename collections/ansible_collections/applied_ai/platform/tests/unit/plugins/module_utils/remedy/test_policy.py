# SPDX-License-Identifier: Apache-2.0
"""The policy: careful when nothing is said, and strict about what is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.cases import CASES
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.policy import NUMBERS, Policy


def test_nothing_is_enabled_by_itself() -> None:
    assert Policy.from_json({}) == Policy()
    assert Policy().enabled == ()


def test_a_limit_of_its_own_goes_before_the_cases() -> None:
    policy = Policy.from_json({"enabled": ["xid_node"], "per_hour": {"xid_node": 2}})
    assert policy.limit("xid_node") == 2
    assert {case.id: policy.limit(case.id) for case in CASES if case.id != "xid_node"} == {
        case.id: case.per_hour for case in CASES if case.id != "xid_node"
    }


def test_a_time_of_its_own_goes_before_the_cases() -> None:
    policy = Policy.from_json({"least_minutes": {"stuck_pod": 0, "xid_node": 5}})
    assert {case.id: policy.least(case.id) for case in CASES} == {
        "expired_certificate": timedelta(0),
        "stuck_pod": timedelta(0),
        "failed_rollout": timedelta(minutes=10),
        "xid_node": timedelta(minutes=5),
    }


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [-1, "5", 1.5, True])
def test_numbers_are_whole_and_not_negative(name: str, value: Any) -> None:
    with pytest.raises(RemedyError, match=rf"{name} is .*; give a whole number from 0 on\."):
        Policy.from_json({name: value})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"enable": ["xid_node"]}, "has enable; it may have"),
        ({"enabled": ["reboot"]}, "names 'reboot'; the cases are expired_certificate"),
        ({"enabled": "xid_node"}, "enabled is 'xid_node'; give a list of names"),
        ({"per_hour": {"reboot": 1}}, "names 'reboot'"),
        ({"per_hour": {"xid_node": -1}}, r"per_hour\.xid_node is -1"),
        ({"per_hour": 3}, "per_hour is 3; give a number for each case"),
        ({"least_minutes": {"reboot": 1}}, "names 'reboot'"),
        ({"least_minutes": {"stuck_pod": -1}}, r"least_minutes\.stuck_pod is -1"),
        ({"least_minutes": [1]}, r"least_minutes is \[1\]; give a number for each case"),
        ({"never": [3]}, r"never is \[3\]; give a list of names"),
        # The word "false" is true for Python.
        ({"dry_run": "false"}, "dry_run is 'false'; give true or false"),
    ],
)
def test_what_makes_no_sense_is_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(RemedyError, match=message):
        Policy.from_json(data)
