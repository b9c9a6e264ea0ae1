# SPDX-License-Identifier: Apache-2.0
"""OpenSLO documents become objectives, or a sentence."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import openslo
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from hypothesis import given, settings
from hypothesis import strategies as st

DOCUMENTS = """
- apiVersion: openslo/v1
  kind: Service
  metadata: {name: search}
  spec: {description: Finds things}
- apiVersion: openslo/v1
  kind: SLI
  metadata: {name: answered}
  spec:
    ratioMetric:
      counter: true
      bad: {metricSource: {type: Prometheus, spec: {query: 'hits_total{code=~"5.."}'}}}
      total: {metricSource: {type: Prometheus, spec: {query: hits_total}}}
- apiVersion: openslo/v1
  kind: SLO
  metadata:
    name: search-answers
    displayName: Search answers
    labels: {team: [research, other]}
    annotations: {applied-ai.platform/minimum-failures: "20"}
  spec:
    service: search
    indicatorRef: answered
    timeWindow: [{duration: 4w, isRolling: true}]
    budgetingMethod: Occurrences
    objectives: [{targetPercent: 99.9}]
"""


PARSED = yaml.safe_load(DOCUMENTS)


def documents() -> Any:
    return copy.deepcopy(PARSED)


def test_documents_become_objectives() -> None:
    (slo,) = openslo.read(documents())
    assert (slo.name, slo.service, slo.title, slo.team) == ("search-answers", "search", "Search answers", "research")
    assert (slo.target, slo.window_days, slo.minimum_failures) == (0.999, 28, 20)
    assert slo.total == "sum(rate(hits_total[5m]))"


def changed(path: str, value: object) -> Any:
    """Return the documents with one value of the SLO changed; None takes it out."""
    found = documents()
    *parents, last = path.split(".")
    place = found[2]
    for key in parents:
        place = place[int(key) if key.isdigit() else key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("apiVersion", "openslo/v1alpha", "must be openslo/v1"),
        ("kind", "AlertPolicy", "Alerts follow from each target"),
        ("metadata.name", "Search Answers", "small letters"),
        ("metadata.annotations", {"applied-ai.platform/minimum-failures": "none"}, "whole number"),
        ("spec", [], "must be a dictionary"),
        ("spec.service", None, "must be the name of a service"),
        ("spec.indicatorRef", "other", "the SLIs are answered"),
        ("spec.indicatorRef", {}, "the SLIs are answered"),
        ("spec.indicatorRef", None, "either indicator or indicatorRef"),
        ("spec.alertPolicies", [], "alertPolicies, which is not done here"),
        ("spec.budgetingMethod", "Timeslices", "must be Occurrences"),
        ("spec.objectives", [], "one entry"),
        ("spec.objectives", [{"target": 0.9}, {"target": 0.8}], "write one SLO for each"),
        ("spec.objectives", [{"target": 1}], "below 100 %"),
        ("spec.objectives", [{"target": 99.9}], "below 100 %"),
        ("spec.objectives", [{"target": True}], "must be a number"),
        ("spec.objectives", [{"target": 10**400}], "must be a number"),
        ("spec.objectives", [{}], "either target"),
        ("spec.objectives", [{"target": 0.9, "compositeWeight": 1}], "compositeWeight, which is not done here"),
        ("spec.objectives", [{"target": 0.9, "timeSliceWindow": "5m"}], "a slice is 1m"),
        ("spec.timeWindow", [{"duration": "1M", "calendar": {}}], "rolling window of days or weeks"),
        ("spec.timeWindow", [{"duration": "7d", "isRolling": True}], "from 28d to 90d"),
        ("spec.timeWindow", "28d", "isRolling: true"),
    ],
)
def test_what_is_not_done_is_a_sentence(path: str, value: object, said: str) -> None:
    with pytest.raises(SloError, match=said):
        openslo.read(changed(path, value))


def test_a_name_is_used_once() -> None:
    found = documents()
    with pytest.raises(SloError, match="two documents of kind SLO with the name search-answers"):
        openslo.read([*found, copy.deepcopy(found[2])])


@pytest.mark.parametrize("given_", [None, "x", {}, 1])
def test_objectives_are_a_list(given_: object) -> None:
    with pytest.raises(SloError, match="must be a list"):
        openslo.read(given_)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.sampled_from(
    [
        "apiVersion",
        "kind",
        "metadata",
        "metadata.name",
        "metadata.labels",
        "metadata.annotations",
        "spec",
        "spec.service",
        "spec.indicatorRef",
        "spec.timeWindow",
        "spec.timeWindow.0",
        "spec.objectives",
        "spec.objectives.0",
        "spec.objectives.0.targetPercent",
        "spec.budgetingMethod",
    ]
)


@settings(deadline=None)
@given(PATHS, JUNK)
def test_junk_is_refused_with_a_sentence_or_taken(path: str, junk: object) -> None:
    found = documents()
    *parents, last = path.split(".")
    place = found[2]
    for key in parents:
        place = place[int(key) if key.isdigit() else key]
    place[int(last) if last.isdigit() else last] = junk
    try:
        slos = openslo.read(found)
    except SloError as error:
        assert str(error).endswith(".")
        return
    assert all(0.5 <= slo.target < 1 for slo in slos)
