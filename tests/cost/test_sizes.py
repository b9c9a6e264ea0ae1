# SPDX-License-Identifier: Apache-2.0
"""The tables of the three sizes are what their plans cost, by real Terraform."""

from __future__ import annotations

import pytest
from cost import sizes

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture(scope="module")
def found() -> list[sizes.Size]:
    """Plan and price all sizes on both sides, once."""
    return sizes.sizes()


def test_documents_tell_what_plans_cost(found: list[sizes.Size]) -> None:
    for path, text in sizes.documents(found).items():
        assert text == path.read_text(encoding="utf-8"), (
            "PYTHONPATH=tests:collections .venv/bin/python tests/cost/sizes.py"
        )


def test_every_line_is_in_the_sum_and_none_got_dearer_in_silence(found: list[sizes.Size]) -> None:
    for one in found:
        assert sum(line.ours for line in one.lines) == one.ours
        dearer = [line.name for line in one.lines if line.ours > line.plain]
        assert dearer == [], f"{one.name} pays more for {dearer} than without what saves"


def test_the_target_is_met_by_all_three_together(found: list[sizes.Size]) -> None:
    """40 % of the requirements (KPI cost efficiency), under the assumptions of sizes.yml."""
    plain, ours = sum(one.plain for one in found), sum(one.ours for one in found)
    assert (plain - ours) / plain >= 0.4
