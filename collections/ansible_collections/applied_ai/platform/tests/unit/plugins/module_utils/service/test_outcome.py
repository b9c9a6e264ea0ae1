# SPDX-License-Identifier: Apache-2.0
"""How a run ended: what is recorded, and what is said."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service.outcome import Facts, entries, findings

Json = dict[str, Any]
OLD, NEW = {"repository": "r/api", "tag": "1"}, {"repository": "r/api", "tag": "2"}


def service(revision: int = 3, base: int = 3, unfinished: bool = False) -> Json:
    rollout = {"revision": revision, "base": base, "base_image": OLD if base else {}, "unfinished": unfinished}
    return {"name": "api", "namespace": "services", "image": NEW, "strategy": "rolling", "rollout": rollout}


def recorded(one: Json, **facts: Any) -> list[tuple[str, int, str]]:
    return [(entry["outcome"], entry["revision"], entry["strategy"]) for entry in entries([one], Facts(**facts))]


CHANGED = frozenset({"api"})
CRASH = {"api": "it crashes"}
BACK = {"api": {"before": 4, "revision": 5}}


@pytest.mark.parametrize(
    ("one", "facts", "expected"),
    [
        (service(), {"changed": CHANGED, "revisions": {"api": 4}}, [("good", 4, "rolling")]),
        (service(0, 0), {"changed": CHANGED, "revisions": {"api": 1}}, [("good", 1, "rolling")]),
        (service(), {"revisions": {"api": 3}}, []),
        (service(unfinished=True), {"revisions": {"api": 3}}, [("good", 3, "rolling")]),
        (service(), {"failures": CRASH, "revisions": {"api": 3}}, []),
        (service(), {"changed": CHANGED, "failures": CRASH, "revisions": {"api": 4}}, [("failed", 4, "rolling")]),
        (
            service(),
            {"changed": CHANGED, "failures": CRASH, "revisions": {"api": 5}, "back": BACK},
            [("rolled_back", 4, "rolling"), ("good", 5, "rollback")],
        ),
        (
            service(),
            {"changed": CHANGED, "failures": CRASH, "back": {"api": {"before": 4, "revision": 5, "reason": "no node"}}},
            [("rolled_back", 4, "rolling"), ("failed", 5, "rollback")],
        ),
        (
            service(),
            {
                "changed": CHANGED,
                "failures": CRASH,
                "revisions": {"api": 3},
                "back": {"api": {"before": 3, "revision": 3}},
            },
            [],
        ),
        (service(0, 0), {"changed": CHANGED, "failures": CRASH}, []),
    ],
    ids=[
        "good",
        "first",
        "nothing happened",
        "an interrupted run is finished",
        "a failure of what was not changed",
        "failed",
        "rolled back",
        "rolled back in vain",
        "refused before anything was made",
        "never installed",
    ],
)
def test_what_is_recorded(one: Json, facts: Json, expected: list[tuple[str, int, str]]) -> None:
    assert recorded(one, **facts) == expected


def test_an_entry_has_all_that_one_asks_for_later() -> None:
    facts = Facts(
        changed=CHANGED,
        revisions={"api": 4},
        chart="0.2.0",
        verdicts={"api": {"name": "api", "verdict": "good", "reason": "fine", "figures": {"stable": {}}}},
    )
    (entry,) = entries([service()], facts)
    assert entry == {
        "service": "api",
        "namespace": "services",
        "outcome": "good",
        "image": NEW,
        "revision": 4,
        "chart": "0.2.0",
        "strategy": "rolling",
        "reason": "",
        "back_to": 0,
        "verdict": {"verdict": "good", "reason": "fine", "figures": {"stable": {}}},
    }


SAID: dict[str, tuple[Json, Json, bool, str]] = {
    "rolled back": (
        service(),
        {"changed": CHANGED, "back": BACK},
        True,
        "It was rolled back to revision 3 (r/api:1) and runs that.",
    ),
    "in vain": (
        service(),
        {"changed": CHANGED, "back": {"api": {"before": 4, "revision": 5, "reason": "no node"}}},
        True,
        "It was rolled back to revision 3 (r/api:1), which does not come up either: no node.",
    ),
    "nothing rolled out": (
        service(),
        {"changed": CHANGED, "back": {"api": {"before": 3, "revision": 3}}},
        True,
        "Nothing of it was rolled out, revision 3 (r/api:1) runs on.",
    ),
    "first": (service(0, 0), {"changed": CHANGED}, True, "There is no version to go back to, so it stays as it is"),
    "not changed": (service(), {}, True, "This run did not change it, so nothing was rolled back."),
    "switched off": (service(), {"changed": CHANGED}, False, "(service_rollback is false)"),
    "no metrics": (service(), {"changed": CHANGED}, True, "It was not rolled back."),
}


@pytest.mark.parametrize(("one", "facts", "rollback", "said"), SAID.values(), ids=SAID)
def test_what_is_said(one: Json, facts: Json, rollback: bool, said: str) -> None:
    (found,) = findings([one], Facts(failures={"api": "it crashes."}, **facts), rollback=rollback)
    assert found.startswith("service api in namespace services: it crashes. ")
    assert said in found


def test_nothing_is_said_of_what_is_well() -> None:
    assert findings([service()], Facts(changed=CHANGED), rollback=True) == []
