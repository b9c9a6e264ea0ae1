# SPDX-License-Identifier: Apache-2.0
"""Steps that stop and start an environment: sizes come back, production is refused, what stays is told."""

from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import environment
from hypothesis import given
from hypothesis import strategies as st

GENERAL = {"minSize": 1, "maxSize": 5, "desiredSize": 2}
NONE = {"minSize": 0, "maxSize": 5, "desiredSize": 0}
POSTGRES = environment.Database("instance", "db", "available")


def group(sizes: dict[str, int], *, settled: bool = True) -> environment.NodeGroup:
    return environment.NodeGroup("general", sizes, settled)


def test_nodes_go_before_databases_and_come_after_them() -> None:
    stop = environment.plan("stopped", [group(GENERAL)], [POSTGRES], {})
    assert [(step.kind, step.name, step.after) for step in stop.steps] == [
        ("node_group", "general", "minSize 0, maxSize 5, desiredSize 0"),
        ("instance", "db", "stopped"),
    ]
    assert stop.saved == {"general": GENERAL}
    start = environment.plan("running", [group(NONE)], [environment.Database("instance", "db", "stopped")], stop.saved)
    assert [(step.kind, step.after) for step in start.steps] == [
        ("instance", "available"),
        ("node_group", "minSize 1, maxSize 5, desiredSize 2"),
    ]
    assert start.steps[1].sizes == GENERAL
    assert start.saved == {}


def test_a_group_that_had_no_nodes_gets_none() -> None:
    stop = environment.plan("stopped", [group(NONE)], [], {})
    assert (stop.steps, stop.saved) == ((), {})
    assert environment.plan("running", [group(NONE)], [], {}).steps == ()


def test_a_second_run_keeps_the_sizes_of_the_first() -> None:
    again = environment.plan(
        "stopped", [group(NONE)], [environment.Database("instance", "db", "stopped")], {"general": GENERAL}
    )
    assert (again.steps, again.saved, again.remaining) == ((), {"general": GENERAL}, ())


def test_nodes_that_terraform_brought_back_at_night_go_again_with_their_own_sizes() -> None:
    grown = {**GENERAL, "desiredSize": 3}
    again = environment.plan("stopped", [group(grown)], [], {"general": GENERAL})
    assert again.saved == {"general": grown}


def test_what_cannot_be_stopped_or_is_on_its_way_is_told() -> None:
    databases = [
        environment.Database("instance", "copy", "available", "RDS stops no instance that has or is a read replica"),
        environment.Database("docdb", "moving", "stopping"),
        environment.Database("cluster", "broken", "failed"),
    ]
    found = environment.plan("stopped", [group(GENERAL, settled=False)], databases, {})
    assert found.steps == ()
    assert found.remaining == (
        "Node group general is being changed; the next run stops it.",
        "instance copy keeps running: RDS stops no instance that has or is a read replica.",
        "docdb moving is stopping; the next run looks again.",
        "cluster broken is failed; the next run looks again.",
    )


def test_a_group_that_is_gone_is_told_and_one_that_changes_is_waited_for() -> None:
    assert environment.plan("running", [], [], {"general": GENERAL}).remaining == (
        "Node group general was stopped and is not there any more.",
    )
    with pytest.raises(environment.EnvironmentStateError, match="run again when it is ACTIVE"):
        environment.plan("running", [group(NONE, settled=False)], [], {"general": GENERAL})


def test_production_is_refused() -> None:
    with pytest.raises(environment.EnvironmentStateError, match="production is production by its name"):
        environment.require_stoppable("production")
    environment.require_stoppable("development")


SIZES = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 5)).map(
    lambda one: {"minSize": min(one[:2]), "desiredSize": max(one[:2]), "maxSize": max(one)}
)


@given(st.dictionaries(st.sampled_from("abc"), SIZES))
def test_what_is_stopped_comes_back_as_it_was(sizes: dict[str, dict[str, int]]) -> None:
    groups = [environment.NodeGroup(name, size) for name, size in sizes.items()]
    stop = environment.plan("stopped", groups, [], {})
    after = {**sizes, **{step.name: step.sizes for step in stop.steps}}
    assert not any(size["minSize"] or size["desiredSize"] for size in after.values())
    start = environment.plan(
        "running", [environment.NodeGroup(name, size) for name, size in after.items()], [], stop.saved
    )
    assert {**after, **{step.name: step.sizes for step in start.steps}} == sizes
