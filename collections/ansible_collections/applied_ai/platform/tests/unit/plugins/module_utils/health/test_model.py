# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Check,
    Expected,
    ExpectedGroup,
    ExpectedWorkload,
    Severity,
    Snapshot,
    Status,
    Unreadable,
)


def test_expected_from_json() -> None:
    expected = Expected.from_json(
        {
            "node_groups": {"gpu": {"count": 2, "gpus_per_node": 4}, "general": {"count": 3}},
            "workloads": [{"kind": "Deployment", "namespace": "n", "name": "a"}],
            "node_group_label": "pool",
            "grace": 0,
        }
    )
    assert expected.node_groups == {"gpu": ExpectedGroup(2, 4), "general": ExpectedGroup(3, 0)}
    assert expected.workloads == (ExpectedWorkload("Deployment", "n", "a"),)
    assert (expected.node_group_label, expected.grace) == ("pool", 0)


def test_nothing_expected_has_defaults() -> None:
    assert Expected.from_json({}) == Expected()


@pytest.mark.parametrize(
    "groups", [{"gpu": 3}, {"gpu": {"count": "many"}}, {"gpu": {"cuont": 3}}, {"gpu": {"count": -1}}]
)
def test_a_node_group_that_makes_no_sense_is_one_sentence(groups: dict[str, object]) -> None:
    with pytest.raises(PlatformError, match=r"^expected\.node_groups\.gpu is .*; give .*\.$"):
        Expected.from_json({"node_groups": groups})


def test_snapshot_refuses_to_return_what_was_not_read() -> None:
    with pytest.raises(PlatformError, match="403"):
        Snapshot("v1", {"pods": Unreadable("403")})["pods"]


def test_check_becomes_plain_data() -> None:
    told = Check("a", Status.OK, Severity.MINOR, "s", "x", "y").to_json()
    assert told == {
        "id": "a",
        "status": "ok",
        "severity": "minor",
        "subject": "s",
        "seen": "x",
        "expected": "y",
        "since": "",
        "advice": "",
        "runbook": "",
    }
