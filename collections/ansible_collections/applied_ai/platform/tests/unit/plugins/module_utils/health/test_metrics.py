# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.metrics import asked, vector
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Unreadable


def answer(*values: str) -> dict[str, Any]:
    return {"status": "success", "data": {"result": [{"metric": {"gpu": "0"}, "value": [1, one]} for one in values]}}


def test_a_vector_becomes_objects_and_what_is_no_number_is_left_out() -> None:
    assert vector(answer("2", "NaN", "+Inf")) == [{"metric": {"gpu": "0"}, "value": 2.0}]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"status": "error", "error": "bad query"}, "Prometheus refuses the question: bad query"),
        ({}, "Prometheus refuses the question: no reason given"),
        ({"status": "success"}, "Prometheus' answer is not a vector"),
        (
            {"status": "success", "data": {"result": [{"metric": {}, "value": ["x"]}]}},
            "Prometheus' answer is not a vector",
        ),
        ({"status": "success", "data": {"result": 5}}, "Prometheus' answer is not a vector"),
    ],
)
def test_what_is_no_vector_is_unreadable(document: dict[str, Any], reason: str) -> None:
    assert vector(document) == Unreadable(reason)


def test_a_silent_prometheus_is_asked_once() -> None:
    queries = []

    def ask(query: str) -> dict[str, Any]:
        queries.append(query)
        raise PlatformError("Prometheus does not answer")

    found = asked(ask, {"a": "1", "b": "2"})
    assert queries == ["1"]
    assert found == dict.fromkeys("ab", Unreadable("Prometheus does not answer"))


def test_a_refused_question_hides_no_other() -> None:
    found = asked(lambda query: answer("1") if query == "good" else {"error": "no"}, {"a": "bad", "b": "good"})
    assert isinstance(found["a"], Unreadable)
    assert found["b"] == [{"metric": {"gpu": "0"}, "value": 1.0}]


def test_without_prometheus_nothing_is_known() -> None:
    assert asked(None, {"a": "1"}) == {"a": Unreadable("No Prometheus was named")}
