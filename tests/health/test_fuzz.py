# SPDX-License-Identifier: Apache-2.0
"""Whatever the cluster, Prometheus or an inventory says: it ends in an answer, and nonsense is never healthy."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils import quantity
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import scheduler
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.health.exceptions import KEYS, exemptions
from ansible_collections.applied_ai.platform.plugins.module_utils.health.fields import keeper
from ansible_collections.applied_ai.platform.plugins.module_utils.health.metrics import vector
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Snapshot, Unreadable, Verdict
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS, deprecated
from ansible_collections.applied_ai.platform.plugins.module_utils.health.report import result
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import policy
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import judge, roll_up
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health import test_faults as faults
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
TODAY = datetime(2026, 11, 28, tzinfo=UTC).date()
few = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
# Fields that rules look at, and none that would be right by itself.
FIELDS = st.sampled_from(
    [
        *("metadata", "spec", "status", "conditions", "type", "reason", "message", "lastTransitionTime"),
        *("name", "namespace", "labels", "ownerReferences", "kind", "deletionTimestamp", "creationTimestamp"),
        *("phase", "containerStatuses", "state", "waiting", "lastState", "terminated", "taints", "key"),
        *("capacity", "allocatable", "nvidia.com/gpu", "hard", "used", "webhooks", "clientConfig", "service", "rules"),
        *("endpoints", "ready", "renewTime", "notAfter", "renewalTime", "data", "annotations", "group", "version"),
        *("removed_release", "volumes", "persistentVolumeClaim", "nodeInfo", "kubeletVersion", "observedGeneration"),
    ]
)
ANY = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4), max_leaves=20
)
OBJECT = st.dictionaries(FIELDS, ANY, max_size=4)
# Kinds whose objects all say how they are: one that says nothing that can be understood is not fine. Those left out
# may be silent, such as a job that has not ended.
TELLING = ("nodes", "pods", "deployments", "statefulsets", "hpas", "apiservices", "releases", "claims", "volumes")
TELLING += ("certificates",)
PIECE = st.sampled_from(
    ["apiserver_requested_deprecated_apis", "{", "}", '"', "=", 'group="a"', " ", "1", "0", "\n", ",", "\\", "NaN", "é"]
)


def unlike_any_state(value: object) -> bool:
    """Say whether nothing in an object reads as one of the words that mean that all is well."""
    text = json.dumps(value)
    return not any(word in text for word in ("True", "Running", "Succeeded", "Bound", "Available", "deployed"))


@few
@given(st.text() | st.lists(PIECE).map("".join))
def test_any_text_of_metrics_is_read(text: str) -> None:
    for one in deprecated(text):
        assert all(isinstance(part, str) for pair in one.items() for part in pair)


@few
@given(st.text(), st.text(), st.sampled_from(["1", "2.5e+07", "+Inf", "NaN"]))
def test_an_api_in_use_is_found_among_anything(before: str, after: str, value: str) -> None:
    line = f'apiserver_requested_deprecated_apis{{group="old",removed_release="1.37",version="v1"}} {value}'
    found = deprecated("\n".join((before, line, after)))
    assert {"group": "old", "removed_release": "1.37", "version": "v1"} in found


VECTOR = st.fixed_dictionaries(
    {
        "status": st.just("success") | SCALARS,
        "data": st.fixed_dictionaries(
            {
                "result": st.lists(
                    st.fixed_dictionaries({"metric": ANY, "value": st.tuples(st.integers(), SCALARS).map(list) | ANY}),
                    max_size=3,
                )
                | ANY
            }
        )
        | ANY,
    }
)


@few
@given(VECTOR)
@example({"status": "success", "data": {"result": [{"metric": {"a": "b"}, "value": [0, "1e999"]}]}})
@example({"status": "success", "data": {"result": [{"metric": [["a", "b"]], "value": [0, 1]}]}})
@example({"status": "success", "data": {"result": "ab"}})
def test_any_answer_of_prometheus_is_read(answer: Json) -> None:
    found = vector(answer)
    if answer["status"] != "success":
        assert isinstance(found, Unreadable)
    if not isinstance(found, Unreadable):
        assert all(isinstance(one["metric"], dict) and math.isfinite(one["value"]) for one in found)


@few
@given(st.text())
def test_any_message_of_the_scheduler_is_read(message: str) -> None:
    assert isinstance(scheduler.advice(message), str)
    assert scheduler.brief(message) in message


@few
@given(st.text(alphabet=st.characters(exclude_characters="\n")), st.integers(0, 9999))
def test_a_known_cause_is_found_in_any_message(around: str, count: int) -> None:
    told = f"0/{count} nodes are available: {count} Insufficient cpu, {around}".partition(" preemption: ")[0]
    assert scheduler.advice(told)


@few
@given(st.text(max_size=12) | st.from_regex(r"[0-9.eEkMGTPEinum+-]{1,8}", fullmatch=True) | ANY)
def test_any_amount_is_a_number_or_none(text: object) -> None:
    amount = quantity.parse(text)
    assert amount is None or (amount.is_finite() and amount >= 0)


@few
@given(st.integers(0, 10**6), st.sampled_from(sorted(quantity.SUFFIXES)))
def test_an_amount_is_its_number_times_its_suffix(number: int, suffix: str) -> None:
    assert quantity.parse(f"{number}{suffix}") == Decimal(number) * quantity.SUFFIXES[suffix]


@few
@given(ANY, ANY)
def test_a_quota_of_no_amount_is_never_room(used: object, limit: object) -> None:
    if quantity.parse(limit) is None:
        with pytest.raises(HealthError):
            policy.is_full(used, limit)


ENTRY = ANY | st.fixed_dictionaries(dict.fromkeys(KEYS, ANY))


@few
@given(st.lists(ENTRY, max_size=3))
def test_any_exception_is_read_or_refused_in_a_sentence(entries: list[object]) -> None:
    try:
        given_ = exemptions(entries)
    except HealthError as error:
        assert error.message.startswith("exceptions[")
        return
    assert len(given_) == len(entries)


def looked_at(kind: str, objects: list[Json], change: Callable[[str, Json], Json] = lambda _kind, one: one) -> Json:
    """Return what the module returns of a healthy cluster with these objects in addition."""
    kinds = faults.healthy()
    kinds[kind] = [*kinds[kind], *(change(kind, one) for one in objects)]
    checks = judge(Snapshot("v1.36.3", kinds), faults.EXPECTED, faults.NOW)
    assert {check.id for check in checks} == {rule.id for rule in RULES}
    return result(checks, given=[], today=TODAY, lines=10, duration=0.0)


@settings(few, max_examples=200)
@given(st.sampled_from(sorted(KINDS)), st.lists(OBJECT, min_size=1, max_size=3))
def test_any_object_ends_in_a_verdict(kind: str, objects: list[Json]) -> None:
    told = looked_at(kind, objects)
    assert told["exit_code"] in {0, 1, 2, 3}
    assert 1 < len(told["summary"]) <= 10
    json.dumps(told)


@settings(few, max_examples=200)
@given(st.sampled_from(TELLING), OBJECT.filter(unlike_any_state))
def test_an_object_that_makes_no_sense_is_never_healthy(kind: str, nonsense: Json) -> None:
    told = looked_at(kind, [nonsense])
    assert told["verdict"] != "healthy", told["summary"]


def reduced(kind: str, one: Json) -> Json:
    """Return an object as it is read."""
    keep = keeper(kind)
    return keep(one) if keep else one


@settings(few, max_examples=200)
@given(st.sampled_from(sorted(KINDS)), st.lists(OBJECT, min_size=1, max_size=2))
def test_any_object_says_the_same_reduced_to_its_fields(kind: str, objects: list[Json]) -> None:
    assert looked_at(kind, objects, reduced) == looked_at(kind, objects)


@few
@given(st.dictionaries(st.sampled_from(sorted(KINDS)), st.text(max_size=20), min_size=1))
def test_what_cannot_be_read_is_unknown_whatever_else_is_fine(lost: dict[str, str]) -> None:
    kinds = {**faults.healthy(), **{kind: Unreadable(reason) for kind, reason in lost.items()}}
    checks = judge(Snapshot("v1.36.3", kinds), faults.EXPECTED, faults.NOW)
    unknown = {check.id for check in checks if check.status.value == "unknown"}
    assert unknown == {rule.id for rule in RULES if set(rule.needs) & set(lost)}
    assert roll_up(checks) is Verdict.UNKNOWN
