# SPDX-License-Identifier: Apache-2.0
"""Findings put together: order, exclusion, and a total in which no dollar is twice."""

from __future__ import annotations

from decimal import Decimal

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import findings
from hypothesis import given
from hypothesis import strategies as st


def finding(subject: str, saving: str, resource: str = "", conflicts: frozenset[str] = frozenset()) -> findings.Finding:
    return findings.Finding(
        **{"rule": "rule", "resource": resource or subject, "subject": subject, "owner": "team", "risk": "low"},
        **{"saving": Decimal(saving), "seen": "", "proposed": "", "why": "", "how": "", "conflicts": conflicts},
    )


ANY = st.lists(
    st.builds(
        lambda number, saving, resource, conflicts: finding(f"f{number}", str(saving), resource, conflicts),
        st.integers(0, 10_000),
        st.integers(1, 500),
        st.sampled_from("abcde"),
        st.frozensets(st.sampled_from("abcde"), max_size=2),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@given(ANY, st.randoms())
def test_order_does_not_matter_and_nothing_counts_twice(found: list[findings.Finding], chance: object) -> None:
    result = findings.ranked(found)
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert findings.ranked(mixed) == result
    assert sorted((-one.saving, one.id) for one in found) == [(-one.saving, one.id) for one in result]
    counted = [one for one in result if not one.excluded_by]
    assert not any(findings.clash(one, other) for one in counted for other in counted if one is not other)
    for one in result:
        if one.excluded_by:
            (larger,) = [other for other in counted if other.id == one.excluded_by]
            assert findings.clash(one, larger)
            assert larger.saving >= one.saving


def test_the_total_is_rounded_once() -> None:
    result = findings.Result((finding("a", "1.004"), finding("b", "1.004"), finding("c", "1.004")), ())
    assert result.document()["monthly_saving"] == "3.01"
    assert [one["monthly_saving"] for one in result.document()["findings"]] == ["1.00"] * 3
    assert findings.Result((), ()).document()["monthly_saving"] == "0.00"


def test_an_owner_is_the_team_of_the_tags() -> None:
    assert findings.owner({"Team": "search"}) == "search"
    assert findings.owner({}).startswith("nobody")
    assert findings.dollars(Decimal("0.0025")) == "$0.0025"
    assert findings.percent(Decimal("0.125")) == "12 %"
