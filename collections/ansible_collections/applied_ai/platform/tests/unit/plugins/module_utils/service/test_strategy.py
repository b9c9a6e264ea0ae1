# SPDX-License-Identifier: Apache-2.0
"""How a new version comes, and what it would be taken back to."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.releases import Release
from ansible_collections.applied_ai.platform.plugins.module_utils.service import strategy
from ansible_collections.applied_ai.platform.plugins.module_utils.service.record import Entry

Json = dict[str, Any]
OLD = {"repository": "r/api", "tag": "1"}
NEW = {"repository": "r/api", "tag": "2", "digest": ""}


def release(
    revision: int, image: Json = OLD, status: str = "superseded", canary: bool = False, **values: Any
) -> Release:
    given = {"image": image, **values, **({"canary": {"enabled": True}} if canary else {})}
    return Release("api", "services", revision, status, "ai-service", "0.2.0", "", "", f"s{revision}", given)


def entry(revision: int, outcome: str = "good") -> Entry:
    return Entry(at="", by="", outcome=outcome, image="", revision=revision)


def service(kind: str = "canary", image: Json = NEW, **canary: Any) -> Json:
    options = {"steps": [100] if kind == "blue_green" else [10, 50], "replicas": 1, **canary}
    return {"name": "api", "strategy": kind, "image": image, "canary": options, "values": {"image": image, "new": True}}


def planned(
    one: Json, history: list[Release], entries: list[Entry] | None = None, replicas: int = 4, *, mesh: bool = True
) -> strategy.Rollout:
    return strategy.plan(one, history, entries or [], replicas, mesh=mesh)


DEPLOYED = [release(3, status="deployed"), release(2), release(1)]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ({"repository": "r/api", "tag": "1", "digest": "sha256:aa"}, "r/api@sha256:aa"),
        ({"repository": "r/api", "tag": "1"}, "r/api:1"),
        ({"repository": "r/api"}, "r/api"),
        ({}, ""),
    ],
)
def test_an_image_is_named_as_the_chart_does(image: Json, name: str) -> None:
    assert strategy.image_name(image) == name


def test_a_first_installation_has_neither_steps_nor_a_way_back() -> None:
    assert planned(service(), []) == strategy.Rollout()


def test_what_never_came_up_has_no_way_back() -> None:
    found = planned(service(), [release(1, status="failed")])
    assert (found.revision, found.base, found.steps) == (1, 0, [])


@pytest.mark.parametrize("one", [service("rolling"), service(image=OLD), service("blue_green", OLD)])
def test_without_another_image_or_strategy_there_are_no_steps(one: Json) -> None:
    assert planned(one, DEPLOYED).steps == []


def test_a_canary_grows_and_keeps_its_share_until_the_stable_pods_are_new() -> None:
    steps = planned(service(), [release(3, status="deployed", env={"A": "1"})]).steps
    assert [(step.weight, step.replicas, step.watched, step.smoke) for step in steps] == [
        (10, 1, True, False),
        (50, 1, True, False),
        (50, 1, False, False),
    ]
    assert [step.values["image"]["tag"] for step in steps] == ["1", "1", "2"]
    assert all(step.values["canary"]["image"] == {"tag": "2", "digest": ""} for step in steps)
    assert [step.values.get("env") for step in steps] == [{"A": "1"}, {"A": "1"}, None]


def test_blue_and_green_are_as_many() -> None:
    steps = planned(service("blue_green"), DEPLOYED, replicas=7).steps
    assert [(step.weight, step.replicas, step.watched, step.smoke) for step in steps] == [
        (0, 7, False, True),
        (100, 7, True, False),
        (100, 7, False, False),
    ]


def test_an_interrupted_canary_starts_again_from_the_stable_version() -> None:
    left = release(4, status="deployed", canary=True)
    found = planned(service(), [left, *DEPLOYED[1:]], [entry(2)])
    assert (found.base, found.unfinished) == (2, True)
    assert found.steps[0].values["canary"]["weight"] == 10
    assert found.steps[0].values["image"] == OLD


def test_an_interrupted_canary_that_nobody_wants_any_more_goes() -> None:
    assert planned(service(image=OLD), [release(4, status="deployed", canary=True), *DEPLOYED[1:]]).steps == []


def test_another_repository_comes_pod_by_pod() -> None:
    found = planned(service(image={**NEW, "repository": "r/other"}), DEPLOYED)
    assert found.steps == []
    assert "another repository" in found.notes[0]


def test_beside_a_version_that_never_came_up_nothing_is_compared() -> None:
    assert planned(service(), DEPLOYED, [entry(3, "failed")]).steps == []


def test_without_a_mesh_it_says_what_the_share_really_is() -> None:
    (note,) = planned(service(), DEPLOYED, mesh=False).notes
    assert note == (
        "service api: no mesh keeps shares of 10, 50 %, its 1 pods beside 4 get about 20 % in all of these steps "
        "(canary.replicas)"
    )
    assert planned(service("blue_green"), DEPLOYED, mesh=False).notes == []


WAYS_BACK: dict[str, tuple[list[Release], list[Entry], int, bool]] = {
    "what runs": (DEPLOYED, [entry(3)], 3, False),
    "what runs, though nothing is recorded": (DEPLOYED, [], 3, True),
    "the last good one, where what runs was left for inspection": (DEPLOYED, [entry(3, "failed"), entry(2)], 2, True),
    "the last good one, where a run was interrupted": (DEPLOYED, [entry(2), entry(1)], 2, True),
    "not a revision that Helm did not complete": ([release(4, status="failed"), *DEPLOYED], [entry(3)], 3, True),
    "not what was taken back": (DEPLOYED, [entry(3, "rolled_back"), entry(2, "withdrawn"), entry(1)], 1, False),
    "nothing": ([release(1, status="deployed")], [entry(1, "failed")], 0, True),
}


@pytest.mark.parametrize(("history", "entries", "base", "unfinished"), WAYS_BACK.values(), ids=WAYS_BACK)
def test_the_way_back(history: list[Release], entries: list[Entry], base: int, unfinished: bool) -> None:
    found = planned(service("rolling"), history, entries)
    assert (found.base, found.unfinished) == (base, unfinished)
    assert found.base_image == (OLD if base else {})


SCALED = [
    release(5, NEW, "deployed", autoscaling={"minReplicas": 5, "maxReplicas": 9}),
    release(4, NEW, autoscaling={"minReplicas": 2, "maxReplicas": 9}),
    release(3, OLD, autoscaling={"minReplicas": 2, "maxReplicas": 9}),
    release(2, OLD, autoscaling={"minReplicas": 2, "maxReplicas": 8}),
]


def test_the_version_before_is_not_the_same_with_fewer_pods() -> None:
    found = planned(service("rolling"), SCALED, [entry(5), entry(4), entry(3)])
    assert (found.earlier, found.same) == (3, [5, 4])


def test_what_was_left_by_hand_is_not_the_version_before() -> None:
    again = [release(6, OLD, "deployed", autoscaling={"minReplicas": 2, "maxReplicas": 9}), *SCALED]
    entries = [entry(6), entry(5, "withdrawn"), entry(4, "withdrawn"), entry(3), entry(2)]
    assert planned(service("rolling"), again, entries).earlier == 2


def recorded(*images: str, outcome: str = "good") -> list[Entry]:
    """Return a record in which these images came one after the other."""
    return [
        Entry(at="", by="", outcome=outcome, image=f"r/api:{tag}", revision=number)
        for number, tag in reversed(list(enumerate(images, 1)))
    ]


WAYS: dict[str, tuple[list[Entry], str, str, bool]] = {
    "to one that was good before": (recorded("1", "2"), "2", "1", True),
    "to a new one": (recorded("1", "2"), "2", "3", False),
    "to the same one": (recorded("1", "2"), "2", "2", False),
    "forth again after going back": (recorded("1", "2", "1"), "1", "2", False),
    "to one that failed": (recorded("1", outcome="failed"), "2", "1", False),
    "from one that nobody recorded": (recorded("1"), "2", "1", True),
}


@pytest.mark.parametrize(("entries", "present", "wanted", "back"), WAYS.values(), ids=WAYS)
def test_going_back_is_told_apart(entries: list[Entry], present: str, wanted: str, back: bool) -> None:
    assert strategy.goes_back(entries, f"r/api:{present}", f"r/api:{wanted}") is back
