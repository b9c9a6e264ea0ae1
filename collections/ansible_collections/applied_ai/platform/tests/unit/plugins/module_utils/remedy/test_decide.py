# SPDX-License-Identifier: Apache-2.0
"""Decisions: each guard refuses what it should, and no mixture of findings gets past them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.cases import BY_ID, CASES
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.decide import (
    ACT,
    DRY_RUN,
    GUARDS,
    REFUSED,
    Decision,
    Node,
    Situation,
    decide,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.ledger import Entry, Record
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.policy import Policy
from hypothesis import given
from hypothesis import strategies as st

Json = dict[str, Any]
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ALL = tuple(BY_ID)


def ago(**kwargs: float) -> datetime:
    return NOW - timedelta(**kwargs)


def failed(rule: str, subject: str, seen: str, severity: str = "major", minutes: float = 60) -> Json:
    since = ago(minutes=minutes).isoformat()
    return {"id": rule, "status": "failed", "severity": severity, "subject": subject, "seen": seen, "since": since}


def gpu(node: str, severity: str = "major") -> Json:
    return failed("gpus_without_errors", f"GPU 0 of node {node}", "XID 79, GPU has fallen off the bus", severity)


def pods(name: str, minutes: float = 60) -> Json:
    return failed("pods_settled", f"Deployment s/{name}", "1 pod Terminating: it does not end", "major", minutes)


def rollout(name: str) -> Json:
    return failed("workloads_ready", f"Deployment s/{name}", "0 of 2 pods available: it has timed out progressing.")


def certificate(name: str) -> Json:
    return failed("certificates_valid", f"Certificate s/{name}", "expired 2 h ago")


NODES = {
    **{f"a{number}": Node("zone-a", "gpu") for number in range(3)},
    **{f"b{number}": Node("zone-b", "gpu") for number in range(3)},
}


def situation(*checks: Json, record: Record | None = None, nodes: Any = NODES, **policy: Any) -> Situation:
    limits = {"enabled": ALL, "total_per_hour": 50, **policy}
    return Situation(Policy(**limits), record or Record(), NOW, NOW, checks, nodes)


def told(found: list[Decision]) -> list[tuple[str, str, str]]:
    return [(one.subject, one.decision, one.guard) for one in found]


def done(subject: str, case: str, at: datetime, zone: str = "", *, ended: bool = True) -> list[Entry]:
    begin = Entry(at, f"{subject} {at}", case, BY_ID[case].action, subject, "started", zone)
    return [begin, replace(begin, outcome="succeeded", at=at + timedelta(minutes=1))] if ended else [begin]


def test_nothing_is_done_unless_it_is_listed() -> None:
    everything = (gpu("a0"), pods("x"), rollout("y"), certificate("z"))
    found = decide(situation(*everything, enabled=()))
    assert Counter(one.guard for one in found) == {"case_listed": 4}
    assert {one.decision for one in decide(situation(*everything))} == {ACT}


def test_the_worst_comes_first_and_of_equals_what_harms_least() -> None:
    found = decide(situation(gpu("a0"), rollout("y"), pods("x"), certificate("z"), gpu("a1", "critical")))
    assert [one.subject for one in found] == [
        "Node a1",
        "Certificate s/z",
        "Deployment s/x",
        "Deployment s/y",
        "Node a0",
    ]


def test_a_decision_says_what_why_and_where() -> None:
    (found,) = decide(situation(gpu("a0")))
    assert found.to_json() == {
        "case": "xid_node",
        "action": "cordon_and_replace",
        "subject": "Node a0",
        "target": {"kind": "Node", "name": "a0"},
        "zone": "zone-a",
        "decision": "act",
        "reasons": ["GPU 0 of node a0: XID 79, GPU has fallen off the bus"],
        "guard": "",
        "why_not": "",
    }


def test_a_dry_run_decides_the_same_and_acts_on_nothing() -> None:
    checks = (gpu("a0"), gpu("b0"), rollout("y"), certificate("z"))
    real, dry = decide(situation(*checks)), decide(situation(*checks, dry_run=True))
    assert {one.decision for one in dry} == {DRY_RUN, REFUSED}
    assert [replace(one, decision=ACT if one.decision == DRY_RUN else REFUSED) for one in dry] == real


def test_never_two_zones_in_one_go() -> None:
    found = decide(situation(gpu("a0"), gpu("b0"), per_hour={"xid_node": 9}, unavailable_percent=100))
    assert told(found) == [("Node a0", ACT, ""), ("Node b0", REFUSED, "one_zone")]
    assert "zone-a (Node a0)" in found[1].why_not


@pytest.mark.parametrize(
    ("at", "ended", "decision"),
    [
        (ago(minutes=50), True, REFUSED),
        (ago(minutes=70), True, ACT),
        # Nobody said that it is over.
        (ago(hours=20), False, REFUSED),
        (ago(hours=25), False, ACT),
        # A clock that was wrong.
        (NOW + timedelta(hours=3), True, REFUSED),
    ],
)
def test_never_two_zones_one_after_the_other(at: datetime, ended: bool, decision: str) -> None:
    record = Record(tuple(done("Node a0", "xid_node", at, "zone-a", ended=ended)))
    (found,) = decide(situation(gpu("b0"), record=record, per_hour={"xid_node": 9}))
    assert (found.decision, found.guard) == (decision, "one_zone" if decision == REFUSED else "")


def test_the_same_zone_may_go_on() -> None:
    record = Record(tuple(done("Node a0", "xid_node", ago(minutes=50), "zone-a")))
    (found,) = decide(situation(gpu("a1"), record=record, per_hour={"xid_node": 9}))
    assert found.decision == ACT


def test_an_action_of_a_case_that_nobody_knows_blocks_other_zones() -> None:
    later = Entry(ago(minutes=5), "9", "reboot_node", "reboot", "Node a0", "started", "zone-a")
    (found,) = decide(situation(gpu("b0"), record=Record((later,)), per_hour={"xid_node": 9}))
    assert found.guard == "one_zone"


@pytest.mark.parametrize(
    ("nodes", "guard"),
    [
        (None, "one_zone"),
        ({}, "one_zone"),
        ({"a0": Node("", "gpu")}, "one_zone"),
        ({"a0": Node("zone-a", "")}, "group_holds"),
    ],
)
def test_a_node_that_nobody_knows_is_left_alone(nodes: Any, guard: str) -> None:
    assert told(decide(situation(gpu("a0"), nodes=nodes))) == [("Node a0", REFUSED, guard)]


def test_a_group_keeps_most_of_its_nodes() -> None:
    short = {**NODES, "a1": Node("zone-a", "gpu", usable=False), "b1": Node("zone-b", "gpu", usable=False)}
    (found,) = decide(situation(gpu("a0"), nodes=short))
    assert found.guard == "group_holds"
    assert found.why_not == "3 of 6 nodes of gpu would be away, more than 34 %"
    # The node itself being away already is no reason to leave it so.
    (found,) = decide(situation(gpu("a0"), nodes={**NODES, "a0": Node("zone-a", "gpu", usable=False)}))
    assert found.decision == ACT
    (found,) = decide(situation(gpu("a0"), nodes={"a0": Node("zone-a", "gpu")}))
    assert found.decision == ACT


def test_nodes_chosen_in_one_go_count_as_away() -> None:
    found = decide(situation(gpu("a0"), gpu("a1"), gpu("a2"), per_hour={"xid_node": 9}))
    assert [one.guard for one in found] == ["", "", "group_holds"]


def test_a_case_acts_so_often_in_an_hour() -> None:
    found = decide(situation(*(rollout(name) for name in "abcdef")))
    assert [one.guard for one in found] == ["", "", "", *["rate_kept"] * 3]


def test_all_cases_together_act_so_often_in_an_hour() -> None:
    found = decide(
        situation(*(rollout(name) for name in "ab"), *(certificate(name) for name in "ab"), total_per_hour=3)
    )
    assert Counter(one.guard for one in found) == {"": 3, "rate_kept": 1}


def test_lines_that_cannot_be_read_count_as_actions_of_every_case() -> None:
    found = decide(situation(gpu("a0"), certificate("z"), record=Record((), 1)))
    assert told(found) == [("Certificate s/z", ACT, ""), ("Node a0", REFUSED, "rate_kept")]
    assert "1 of them lines that cannot be read" in found[1].why_not


def test_a_limit_of_none_is_off() -> None:
    assert decide(situation(certificate("z"), per_hour={"expired_certificate": 0}))[0].guard == "rate_kept"


@pytest.mark.parametrize(
    ("ages", "ended", "guard"),
    [
        ((20,), True, "not_again"),
        ((40,), True, ""),
        ((200, 400), True, "not_again"),
        ((200, 1500), True, ""),
        ((200,), False, "not_again"),
    ],
)
def test_one_subject_is_not_acted_on_again_and_again(ages: tuple[int, ...], ended: bool, guard: str) -> None:
    entries = [one for age in ages for one in done("Deployment s/a", "failed_rollout", ago(minutes=age), ended=ended)]
    (found,) = decide(situation(rollout("a"), record=Record(tuple(entries))))
    assert found.guard == guard


def test_two_cases_do_not_act_on_one_workload_at_once() -> None:
    assert told(decide(situation(rollout("a"), pods("a")))) == [
        ("Deployment s/a", ACT, ""),
        ("Deployment s/a", REFUSED, "not_again"),
    ]


@pytest.mark.parametrize(("minutes", "guard"), [(14, "long_enough"), (15, "")])
def test_what_has_just_begun_is_given_time(minutes: float, guard: str) -> None:
    assert decide(situation(pods("a", minutes)))[0].guard == guard


def test_what_nobody_knows_since_when_is_given_time() -> None:
    assert decide(situation({**pods("a"), "since": ""}))[0].why_not == "since when is not known"


@pytest.mark.parametrize(("taken", "guard"), [(ago(seconds=300), ""), (ago(seconds=301), "verdict_fresh")])
def test_an_old_verdict_is_no_ground(taken: datetime, guard: str) -> None:
    assert decide(replace(situation(certificate("z")), taken_at=taken))[0].guard == guard


def test_a_verdict_from_the_future_is_no_ground() -> None:
    found = decide(replace(situation(certificate("z")), taken_at=NOW + timedelta(seconds=1)))
    assert found[0].guard == "verdict_fresh"


def test_one_who_sees_little_does_not_act() -> None:
    unknown = {"id": "x", "status": "unknown", "subject": "cluster", "seen": "no"}
    assert decide(situation(certificate("z"), unknown))[0].decision == ACT
    assert decide(situation(certificate("z"), unknown, unknown))[0].guard == "cluster_seen"
    down = {"id": "api_answers", "status": "failed", "subject": "cluster", "seen": "no"}
    assert decide(situation(certificate("z"), down))[0].why_not == "the API server does not answer"


def test_what_is_never_to_be_touched_is_not() -> None:
    found = decide(situation(rollout("a"), certificate("a"), never=("Deployment s/*",)))
    assert told(found) == [("Certificate s/a", ACT, ""), ("Deployment s/a", REFUSED, "subject_allowed")]


def test_the_objection_of_a_case_is_told() -> None:
    blocked = failed("pods_settled", "Deployment s/a", "2 pods ImagePullBackOff: no such tag")
    (found,) = decide(situation(rollout("a"), blocked))
    assert (found.guard, "ImagePullBackOff" in found.why_not) == ("remedy_helps", True)


# --- whatever comes ---------------------------------------------------------------------------------------------

names = st.sampled_from(sorted(NODES))
verdicts = st.lists(
    st.one_of(
        names.map(gpu),
        st.sampled_from("abcd").map(pods),
        st.sampled_from("abcd").map(rollout),
        st.sampled_from("abcd").map(certificate),
        st.just({"id": "other", "status": "unknown", "subject": "x", "seen": "y"}),
    ),
    max_size=14,
)
records = st.builds(
    lambda entries, unreadable: Record(tuple(one for pair in entries for one in pair), unreadable),
    st.lists(
        st.builds(
            lambda name, age, ended: done(f"Node {name}", "xid_node", ago(minutes=age), NODES[name].zone, ended=ended),
            names,
            st.integers(0, 2000),
            st.booleans(),
        ),
        max_size=5,
    ),
    st.integers(0, 2),
)
policies = st.builds(
    Policy,
    enabled=st.lists(st.sampled_from(ALL), unique=True).map(tuple),
    dry_run=st.booleans(),
    per_hour=st.dictionaries(st.sampled_from(ALL), st.integers(0, 4)),
    total_per_hour=st.integers(0, 6),
    attempts_per_day=st.integers(0, 3),
    cooldown_minutes=st.integers(0, 90),
    zone_quiet_minutes=st.integers(1, 120),
    unavailable_percent=st.integers(0, 100),
)


@given(verdicts, records, policies)
def test_no_mixture_gets_past_the_limits(seen: list[Json], record: Record, policy: Policy) -> None:
    found = decide(Situation(policy, record, NOW, NOW, seen, NODES))
    acted = [one for one in found if one.decision != REFUSED]
    assert {one.case for one in acted} <= set(policy.enabled)
    assert all(count <= policy.limit(case) for case, count in Counter(one.case for one in acted).items())
    assert len(acted) <= policy.total_per_hour
    assert len({one.subject for one in acted}) == len(acted)
    zones = {one.zone for one in acted if BY_ID[one.case].zonal}
    quiet = timedelta(minutes=policy.zone_quiet_minutes)
    if zones:
        zones |= {one.zone for one in record.started if one.at > NOW - quiet}
    assert len(zones) <= 1
    assert not (policy.dry_run and any(one.decision == ACT for one in found))
    assert all((one.decision == REFUSED) == bool(one.guard) == bool(one.why_not) for one in found)


@given(verdicts, records, policies)
def test_each_known_finding_gets_one_decision(seen: list[Json], record: Record, policy: Policy) -> None:
    found = decide(Situation(policy, record, NOW, NOW, seen, NODES))
    known = {case.check for case in CASES}
    assert len({(one.case, one.subject) for one in found}) == len(found)
    assert len(found) == len({(one["id"], one["subject"]) for one in seen if one["id"] in known})
    assert {one.guard for one in found} <= {"", *GUARDS}
