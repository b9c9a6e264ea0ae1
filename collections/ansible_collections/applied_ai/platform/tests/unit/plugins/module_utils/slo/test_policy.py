# SPDX-License-Identifier: Apache-2.0
"""Deployments without an error budget are refused, unless somebody says so by name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import Slo
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.policy import approvals, decide
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.standing import Standing

TODAY = date(2026, 11, 28)
APPROVAL = {"service": "api", "approved_by": "Ada", "reason": "a repair", "until": "2026-11-28"}


def standing(failures: float, **more: Any) -> Standing:
    service = more.pop("service", "api")
    return Standing(Slo(f"{service}-up", service, 0.999, 30, "BAD", "TOTAL"), events=1e5, failures=failures, **more)


def test_a_budget_that_is_left_allows() -> None:
    assert decide("api", [standing(99)], (), TODAY).allowed


def test_a_budget_that_is_gone_refuses_and_tells_the_way() -> None:
    found = decide("api", [standing(150)], (), TODAY)
    told = found.to_json("slo_approvals")
    assert not found.allowed
    assert told["reasons"] == ["api-up has used 150% of its error budget (99.9 % promised over 30 days)"]
    assert "\n" not in told["refusal"]
    assert "by an entry in slo_approvals with service: api, approved_by, reason and until" in told["refusal"]


def test_that_of_another_service_does_not_matter() -> None:
    assert decide("api", [standing(150, service="other"), standing(1)], (), TODAY).allowed


def test_an_approval_lets_pass_and_keeps_the_reasons() -> None:
    found = decide("api", [standing(150)], approvals([APPROVAL], "a", TODAY), TODAY).to_json("a")
    assert (found["allowed"], found["approved_by"], len(found["reasons"])) == (True, "Ada", 1)


@pytest.mark.parametrize("changes", [{"until": "2026-11-27"}, {"service": "other"}])
def test_an_approval_that_ended_or_is_of_another_does_not(changes: dict[str, str]) -> None:
    given = approvals([{**APPROVAL, **changes}], "a", TODAY)
    assert not decide("api", [standing(150)], given, TODAY).allowed


def test_a_spent_budget_counts_although_its_metric_vanished() -> None:
    assert not decide("api", [standing(150, unknown="no metric")], (), TODAY).allowed


@pytest.mark.parametrize("known", [{"unknown": "no rules"}, {}, {"events": 100.0, "failures": 4.0}])
def test_what_is_not_known_is_told_and_refused_on_request(known: dict[str, Any]) -> None:
    one = Standing(standing(0).slo, **known)
    assert decide("api", [one], (), TODAY).allowed
    assert decide("api", [one], (), TODAY).unknown
    assert not decide("api", [one], (), TODAY, require_known=True).allowed


def test_a_service_without_objectives_is_refused_on_request() -> None:
    assert decide("api", [], (), TODAY).allowed
    assert decide("api", [], (), TODAY, require_known=True).reasons == ("it has no objective",)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "must be a list of approvals"),
        (["x"], "must be an approval"),
        ([{**APPROVAL, "who": "x"}], "has the key who"),
        ([{**APPROVAL, "reason": " "}], "has no reason"),
        ([{key: value for key, value in APPROVAL.items() if key != "until"}], "has no until"),
        ([{**APPROVAL, "until": "soon"}], "must be a day"),
        ([{**APPROVAL, "until": "2027-11-28"}], "lasts 14 days at most"),
    ],
)
def test_an_approval_that_is_not_complete_is_a_sentence(document: object, said: str) -> None:
    with pytest.raises(SloError, match=said):
        approvals(document, "slo_approvals", TODAY)


def test_a_day_of_yaml_is_a_day() -> None:
    assert approvals([{**APPROVAL, "until": TODAY}], "a", TODAY)[0].until == TODAY
    assert approvals(None, "a", TODAY) == ()
