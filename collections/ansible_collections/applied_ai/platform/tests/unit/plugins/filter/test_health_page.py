# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.filter.health_page import FilterModule

CHECK = {"id": "a", "status": "ok", "severity": "minor", "subject": "s", "seen": "x", "expected": "y"}
REPORT = {"verdict": "healthy", "checks": [CHECK], "duration_s": 1}
made = FilterModule().filters()["health_page"]


def test_a_report_is_written() -> None:
    assert '<h1 class="healthy">Healthy</h1>' in made(REPORT, "demo")


@pytest.mark.parametrize("report", [{}, {**REPORT, "checks": [{"id": "a"}]}])
def test_what_is_no_report_is_an_error_of_the_filter(report: dict[str, object]) -> None:
    with pytest.raises(AnsibleFilterError, match="health_page: "):
        made(report)
