# SPDX-License-Identifier: Apache-2.0
"""docs/health_faults.md says what the table of faults says; only the seconds are a run's own."""

from __future__ import annotations

import re

from health.faults import FAULTS
from health.faults_page import DOCUMENT, rows_of, table, without_seconds


def test_the_rows_are_those_of_the_table() -> None:
    rows = rows_of(DOCUMENT.read_text())
    assert [without_seconds(one) for one in rows] == [without_seconds(one) for one in table({})]
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 36


def test_each_row_has_the_seconds_of_a_run() -> None:
    assert all(re.fullmatch(r"\d+", one.split(" | ")[4]) for one in rows_of(DOCUMENT.read_text()))
