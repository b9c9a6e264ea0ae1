# SPDX-License-Identifier: Apache-2.0
"""What became of a pod that runs once."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service.once import explain

Json = dict[str, Any]


def pod(made: str = "2026-11-28T10:00:00Z", **status: Any) -> Json:
    return {
        "metadata": {"name": "m-1", "creationTimestamp": made},
        "spec": {"containers": [{"name": "m"}]},
        "status": status,
    }


def ended(code: int, reason: str = "Error", made: str = "2026-11-28T10:00:00Z") -> Json:
    return pod(
        made,
        phase="Failed" if code else "Succeeded",
        containerStatuses=[{"name": "m", "state": {"terminated": {"exitCode": code, "reason": reason}}}],
    )


@pytest.mark.parametrize(
    ("pods", "sentence"),
    [
        ([ended(1)], "container m ended with exit code 1"),
        ([ended(137, "OOMKilled")], "container m ended with exit code 137, it needs more memory than it may use"),
        ([ended(0), ended(2, made="2026-11-28T10:05:00Z")], "container m ended with exit code 2"),
        ([pod(phase="Failed", reason="DeadlineExceeded")], "pod m-1 was not done in time"),
        (
            [
                pod(
                    phase="Pending",
                    containerStatuses=[
                        {"name": "m", "image": "r/m:1", "state": {"waiting": {"reason": "ErrImagePull"}}}
                    ],
                )
            ],
            "the image r/m:1 cannot be pulled",
        ),
    ],
)
def test_the_newest_pod_tells(pods: list[Json], sentence: str) -> None:
    found = explain(pods, [])
    assert found is not None
    assert found.sentence == sentence


def test_nothing_is_told_of_what_succeeded_or_is_gone() -> None:
    assert explain([], []) is None
    assert explain([ended(2), ended(0, made="2026-11-28T10:05:00Z")], []) is None
