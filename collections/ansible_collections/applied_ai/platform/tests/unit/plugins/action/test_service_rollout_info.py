# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

from ansible_collections.applied_ai.platform.plugins.action.service_rollout_info import (
    progress_line,
    verdict,
    wait_in_slices,
)

Json = dict[str, Any]


def outcome(*states: str, waited: float = 15.0, **more: Any) -> Json:
    services = [{"name": f"s{number}", "state": state, "reason": "late"} for number, state in enumerate(states)]
    return {"services": services, "findings": [], "waited_s": waited, **more}


def test_each_slice_goes_on_where_the_last_one_stopped() -> None:
    asked: list[Json] = []
    answers = [
        outcome("waiting", "ready"),
        outcome("waiting", "ready", waited=30),
        outcome("ready", "ready", waited=33),
    ]
    said: list[str] = []

    def look(more: Json) -> Json:
        asked.append(more)
        return answers[len(asked) - 1]

    assert wait_in_slices(look, 15, said.append)["waited_s"] == 33
    assert asked == [
        {"at_most": 15},
        {"at_most": 15, "before": answers[0]["services"], "waited": 15.0},
        {"at_most": 15, "before": answers[1]["services"], "waited": 30},
    ]
    assert said == [
        "1 of 2 services ready after 15 s; waiting for s0 (late)",
        "1 of 2 services ready after 30 s; waiting for s0 (late)",
    ]


def test_a_module_that_fails_ends_the_wait() -> None:
    assert wait_in_slices(lambda _: {"failed": True, "msg": "no cluster"}, 15, print) == {
        "failed": True,
        "msg": "no cluster",
    }


def test_a_line_names_a_few() -> None:
    line = progress_line(outcome(*["waiting"] * 6, "failed"))
    assert line == "0 of 7 services ready after 15 s; waiting for s0 (late), s1 (late), s2 (late), s3 (late) and 2 more"


def test_what_failed_is_told_in_sentences() -> None:
    assert verdict(outcome("ready")) == ""
    found = outcome("failed", "failed", findings=["service a: it crashes.", "service b: no node"])
    assert verdict(found) == "Not every service runs after 15.0 s. Service a: it crashes. Service b: no node."
