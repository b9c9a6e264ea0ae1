# SPDX-License-Identifier: Apache-2.0
"""The event log becomes progress, and progress one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import events

NOW = datetime(2026, 11, 23, 12, 0, 41, tzinfo=UTC)


def planned(address: str, action: str = "create") -> dict[str, Any]:
    return {"type": "planned_change", "change": {"resource": {"addr": address}, "action": action}}


def hook(kind: str, address: str, action: str = "create", second: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "@timestamp": f"2026-11-23T12:00:{second:02d}.000000Z",
        "hook": {"resource": {"addr": address}, "action": action, **more},
    }


def log(*items: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(item)}\n" for item in items)


def test_counts_what_is_done_and_what_runs() -> None:
    found = events.read(
        log(
            planned("a"),
            planned("b", "replace"),
            planned("c", "update"),
            planned("d", "noop"),
            hook("apply_start", "a"),
            hook("apply_complete", "a", id_value="id-a"),
            hook("apply_start", "c", "update", 1),
        )
    )
    assert (found.total, found.done) == (4, 1)
    assert found.created == {"a": "id-a"}
    assert list(found.running) == ["c"]
    assert not found.finished


def test_half_written_line_waits_for_the_next_look() -> None:
    text = log(planned("a"), hook("apply_start", "a"))
    assert events.read(text + '{"type": "apply_comp').done == 0
    assert list(events.read(text + '{"type": "apply_comp').running) == ["a"]


def test_replacement_forgets_the_old_object() -> None:
    found = events.follow(
        [
            hook("apply_start", "a", "delete"),
            hook("apply_complete", "a", "delete"),
            hook("apply_start", "a"),
            hook("apply_complete", "a", id_value="new"),
        ]
    )
    assert (found.done, found.created) == (2, {"a": "new"})
    gone = events.follow([hook("apply_complete", "a", id_value="x"), hook("apply_complete", "a", "delete")])
    assert gone.created == {}


def test_data_sources_are_no_progress() -> None:
    found = events.follow([hook("apply_start", "data.x", "read"), hook("apply_complete", "data.x", "read")])
    assert (found.done, dict(found.running)) == (0, {})


def test_end_and_errors() -> None:
    summary = {
        "type": "change_summary",
        "changes": {"add": 1, "change": 0, "import": 0, "remove": 0, "operation": "apply"},
    }
    plan_summary = {"type": "change_summary", "changes": {"add": 1, "operation": "plan"}}
    error = {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "no"}}
    assert not events.follow([plan_summary]).finished
    assert events.follow([summary]).changes == {"add": 1, "change": 0, "import": 0, "remove": 0}
    found = events.follow([hook("apply_start", "a"), hook("apply_errored", "a"), error])
    assert found.failed == ["a"]
    assert [item.summary for item in found.errors] == ["no"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (41, "0:41"), (671, "11:11"), (3725, "1:02:05"), (-3, "0:00")]
)
def test_elapsed(seconds: float, text: str) -> None:
    assert events.elapsed(seconds) == text


def test_line_shows_what_runs_longest_first() -> None:
    done = [hook("apply_complete", f"x{number}") for number in range(14)]
    found = events.follow(
        [
            *(planned(f"x{number}") for number in range(63)),
            *done,
            hook("apply_start", "aws_db_instance.this", second=1),
            hook("apply_start", "aws_eks_cluster.this", second=0),
        ]
    )
    assert events.render(found, NOW) == "Terraform 14/63 · aws_eks_cluster.this 0:41 · aws_db_instance.this 0:40"


def test_line_stays_short_and_names_failures() -> None:
    found = events.follow(
        [
            planned("z"),
            *(hook("apply_start", name, second=index) for index, name in enumerate("abcde")),
            hook("apply_errored", "e"),
        ]
    )
    assert events.render(found, NOW) == "Terraform 0/1 · a 0:41 · b 0:40 · c 0:39 · 1 more · failed: e"


def test_line_before_anything_is_known() -> None:
    assert events.render(events.Progress(), NOW) == "Terraform is starting"
