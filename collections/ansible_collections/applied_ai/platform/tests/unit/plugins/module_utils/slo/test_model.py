# SPDX-License-Identifier: Apache-2.0
"""The burns are those of the SRE workbook, for any window and target."""

from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import BURNS, Slo


def slo(target: float, days: int = 30) -> Slo:
    return Slo("x", "x", target, days, "bad", "total")


def test_a_budget_of_30_days_burns_as_in_the_workbook() -> None:
    assert [burn.factor for burn in BURNS] == [14.4, 6, 3, 1]


def test_a_shorter_window_has_a_smaller_budget() -> None:
    assert BURNS[0].threshold(slo(0.999)) == pytest.approx(0.0144)
    assert BURNS[0].threshold(slo(0.999, 28)) == pytest.approx(0.01344)


def test_total_failure_of_a_loose_objective_is_above_its_threshold() -> None:
    assert all(burn.threshold(slo(0.5)) < 1 for burn in BURNS)


def test_budget_and_percent_are_written_as_people_do() -> None:
    assert slo(0.999).budget == 0.001
    assert slo(0.9995).percent == "99.95"
