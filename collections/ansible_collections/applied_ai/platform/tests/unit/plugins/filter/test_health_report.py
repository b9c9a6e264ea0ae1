# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.filter.health_report import FilterModule, health_report

CHECK = {"id": "a", "status": "failed", "severity": "minor", "subject": "s", "seen": "x", "expected": "y"}
EXCEPTION = {"check": "a", "subject": "s", "owner": "o", "reason": "r", "until": "2026-12-01"}


@pytest.mark.parametrize(
    ("exceptions", "today", "verdict"),
    [([], "2026-11-28", "degraded"), ([EXCEPTION], "2026-12-01", "healthy"), ([EXCEPTION], "2026-12-02", "degraded")],
)
def test_exceptions_hold_until_their_day(exceptions: list[Any], today: str, verdict: str) -> None:
    assert health_report([{"checks": [CHECK]}], exceptions, today)["verdict"] == verdict


def test_what_is_wrong_is_an_error_of_the_filter() -> None:
    with pytest.raises(AnsibleFilterError, match=r"health_report: .* is no check"):
        health_report([{"checks": [{}]}])
    with pytest.raises(AnsibleFilterError, match="health_report: Invalid isoformat"):
        health_report([], today="soon")


def test_it_is_found_by_its_name() -> None:
    assert FilterModule().filters() == {"health_report": health_report}
