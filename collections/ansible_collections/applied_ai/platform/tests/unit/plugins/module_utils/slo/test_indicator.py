# SPDX-License-Identifier: Apache-2.0
"""Indicators of OpenSLO become PromQL, or a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.indicator import balanced, compiled
from hypothesis import given, settings
from hypothesis import strategies as st


def metric(query: object) -> dict[str, Any]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}


def ratio(**parts: Any) -> dict[str, Any]:
    return {"ratioMetric": parts}


COUNTED = {"counter": True, "total": metric("hits_total")}


def test_failures_are_none_before_the_first() -> None:
    found = compiled(ratio(**COUNTED, bad=metric('hits_total{code=~"5.."}')), {}, "x")
    assert found.total == "sum(rate(hits_total[5m]))"
    assert found.bad == '(sum(rate(hits_total{code=~"5.."}[5m])) or 0 * sum(rate(hits_total[5m])))'


def test_good_ones_are_taken_from_all() -> None:
    found = compiled(ratio(**COUNTED, good=metric("ok_total")), {}, "x")
    rate = "sum(rate(hits_total[5m]))"
    assert found.bad == f"clamp_min({rate} - (sum(rate(ok_total[5m])) or 0 * {rate}), 0)"


def test_a_bucket_that_is_not_there_is_not_zero() -> None:
    found = compiled(ratio(**COUNTED, good=metric('took_bucket{le="0.2"}')), {}, "x")
    assert " or " not in found.bad


def test_a_gauge_gives_an_event_a_minute() -> None:
    found = compiled(ratio(counter=False, good=metric("up == 1"), total=metric("up >= bool 0")), {}, "x")
    assert found.total == "sum(up >= bool 0) / 60"


def test_a_limit_counts_minutes_with_a_number() -> None:
    found = compiled({"thresholdMetric": metric("latency")}, {"op": "lte", "value": 0.2}, "x")
    assert found.total == "count((latency) > -Inf) / 60"
    assert "count((latency) <= 0.2)" in found.bad


@pytest.mark.parametrize(("kind", "share"), [("success", "1 - avg(s)"), ("failure", "avg(s)")])
def test_a_share_is_taken_as_it_is(kind: str, share: str) -> None:
    found = compiled(ratio(raw=metric("s"), rawType=kind), {}, "x")
    assert found.bad == f"clamp({share}, 0, 1) / 60"


@pytest.mark.parametrize(
    ("sli", "objective", "said"),
    [
        ({}, {}, "must have either ratioMetric or thresholdMetric"),
        (ratio(**COUNTED), {}, "one of good and bad"),
        (ratio(**COUNTED, good=metric("a"), bad=metric("b")), {}, "one of good and bad"),
        (ratio(counter="yes", total=metric("a"), bad=metric("b")), {}, "must be true for counters"),
        (ratio(**COUNTED, bad=metric("rate(a[5m])")), {}, "must be one selector"),
        (ratio(**COUNTED, bad=metric("")), {}, "must be PromQL"),
        (ratio(**COUNTED, bad=metric("a{")), {}, "open bracket or quote"),
        (ratio(**COUNTED, bad=metric("a # all")), {}, "comment"),
        (ratio(**COUNTED, bad={"metricSource": {"type": "Datadog", "spec": {}}}), {}, "only Prometheus"),
        (ratio(**COUNTED, bad=[]), {}, "must be a dictionary"),
        (ratio(raw=metric("a")), {}, "must be success or failure"),
        ({"thresholdMetric": metric("a")}, {"value": 1}, "needs op"),
        ({"thresholdMetric": metric("a")}, {"op": [], "value": 1}, "needs op"),
        ({"thresholdMetric": metric("a")}, {"op": "lt", "value": float("nan")}, "needs value"),
        ({"thresholdMetric": metric("a")}, {"op": "lt", "value": True}, "needs value"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(sli: dict[str, Any], objective: dict[str, Any], said: str) -> None:
    with pytest.raises(SloError, match=said):
        compiled(sli, objective, "SLO x")


def test_brackets_in_text_do_not_count() -> None:
    assert balanced('a{b=~"(["}')
    assert not balanced("a{(})")


@settings(deadline=None)
@given(st.text(alphabet="ab(){}[]\"'`\\#", max_size=30))
def test_a_query_is_taken_or_refused_and_never_anything_else(text: str) -> None:
    try:
        found = compiled(ratio(**COUNTED, bad=metric(text)), {}, "x")
    except SloError:
        return
    assert balanced(found.bad)
