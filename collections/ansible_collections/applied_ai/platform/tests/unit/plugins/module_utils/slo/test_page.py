# SPDX-License-Identifier: Apache-2.0
"""The page says what the report says, and takes nothing from anywhere else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history import History, Record
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import Slo
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.page import day_kind, page, percent
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.report import month_of, report

NOW = datetime(2026, 11, 28, tzinfo=UTC)
EVIL = "<img src=x onerror=alert(1)>"


def answering(events: float, failures: float) -> dict[str, Any]:
    """Return the report of a month with one day of events."""

    def ask(query: str) -> dict[str, Any]:
        value = 1.0 if "count" in query else events if "events_total" in query else failures
        at = datetime(2026, 10, 6, tzinfo=UTC).timestamp()
        series = {"metric": {"slo": "api"}, "values": [[at, str(value)]]}
        return {"status": "success", "data": {"resultType": "matrix", "result": [series]}}

    slo = Slo("api", "api", 0.999, 30, "B", "T", title=EVIL, team="research")
    record = Record(datetime(2026, 10, 3, tzinfo=UTC), "verdict", EVIL, "unhealthy", reasons=("nodes_ready",))
    return report([slo], month_of("", NOW), ask, History((record,), 0), NOW)


def test_a_broken_objective_is_read_first() -> None:
    text = page(answering(1000, 5), "demo", "2026-11-28")
    assert "October 2026" in text
    assert "1 broken, 0 unknown" in text
    assert "99.500 %" in text
    assert "500.0 %" in text
    assert 'class="over" title="2026-10-05: 99.500 %, 5 of 1,000">!' in text
    assert "not over" in text


def test_foreign_text_is_escaped_and_nothing_is_loaded() -> None:
    text = page(answering(1000, 0), EVIL)
    assert "<img" not in text
    assert "<script" not in text
    assert re.findall(r"(?:src|href)=", text.replace("src=x", "")) == []


def test_what_is_not_known_is_no_number() -> None:
    text = page(answering(0, 0))
    assert ">unknown<" in text
    assert "0 of 1" in text


def test_a_report_that_is_none_is_a_sentence() -> None:
    with pytest.raises(SloError, match="give what slo_report_info returns"):
        page({"month": "2026-11"})


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "\N{EN DASH}"), (1.0, "100.000 %"), (0.9999999, "99.99999 %"), (0.999999, "99.9999 %"), (0.9, "90.000 %")],
)
def test_less_than_all_is_not_rounded_to_all(value: float | None, text: str) -> None:
    assert percent(value, 3) == text


@pytest.mark.parametrize(
    ("failures", "sli", "kind"), [(None, None, "none"), (0.0, None, "quiet"), (1.0, 0.9, "over"), (0.0, 1.0, "kept")]
)
def test_days_are_drawn_by_what_is_known(failures: float | None, sli: float | None, kind: str) -> None:
    assert day_kind({"failures": failures, "sli": sli}, 0.99) == kind
