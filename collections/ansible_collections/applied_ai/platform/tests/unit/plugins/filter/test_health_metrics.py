# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.filter.health_metrics import FilterModule

CHECK = {"id": "a", "status": "ok", "severity": "minor", "subject": "s", "seen": "x", "expected": "y"}
REPORT = {"verdict": "healthy", "checks": [CHECK], "duration_s": 1}
made = FilterModule().filters()["health_metrics"]


def test_a_report_is_written() -> None:
    assert 'platform_health_verdict{env="d",verdict="healthy"} 1' in made(REPORT, 5, {"env": "d"})


@pytest.mark.parametrize("report", [{}, {**REPORT, "checks": [{"id": "a"}]}])
def test_what_is_no_report_is_an_error_of_the_filter(report: dict[str, object]) -> None:
    with pytest.raises(AnsibleFilterError, match="health_metrics: "):
        made(report)
