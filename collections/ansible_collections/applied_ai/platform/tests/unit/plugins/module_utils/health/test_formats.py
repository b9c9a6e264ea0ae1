# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from xml.etree import ElementTree

from ansible_collections.applied_ai.platform.plugins.module_utils.health.formats import junit, prometheus
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Check, Severity, Status
from hypothesis import given
from hypothesis import strategies as st

CHECKS = [
    Check("a", Status.FAILED, Severity.CRITICAL, "Node x", 'gone "now"', "there", "", "Do it.", "docs/runbooks/a.md"),
    Check("b", Status.UNKNOWN, Severity.MAJOR, "cluster", "403", "readable"),
    Check("c", Status.EXCEPTED, Severity.MINOR, "Node y", "odd", "even"),
    Check("d", Status.OK, Severity.MAJOR, "cluster", "all", "all"),
]


def parsed(text: str) -> ElementTree.Element:
    """Parse what this collection wrote itself."""
    return ElementTree.fromstring(text)  # noqa: S314  no foreign document


def report(*checks: Check) -> dict[str, object]:
    return {"verdict": "unhealthy", "checks": [check.to_json() for check in checks], "duration_s": 1.25}


def test_junit_tells_failures_errors_and_what_is_skipped() -> None:
    suite = parsed(junit(report(*CHECKS), "demo"))[0]
    assert suite.attrib == {
        "name": "demo",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
        "time": "1.25",
    }
    assert [[part.tag for part in case] for case in suite] == [["failure"], ["error"], ["skipped"], []]
    failure = suite[0][0]
    assert (suite[0].get("classname"), suite[0].get("name")) == ("a", "Node x")
    assert (failure.get("type"), failure.get("message")) == ("critical", 'gone "now"')
    assert "docs/runbooks/a.md" in (failure.text or "")
    assert (failure.text or "").endswith("Do it.")


SERIES = re.compile(r'[a-z_]+(\{([a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? [0-9.]+')


def test_prometheus_text() -> None:
    lines = prometheus(report(*CHECKS), 1764288000.0, {"environment": "demo"}).splitlines()
    assert 'platform_health_verdict{environment="demo",verdict="unhealthy"} 1' in lines
    assert 'platform_health_verdict{environment="demo",verdict="healthy"} 0' in lines
    assert 'platform_health_checks{environment="demo",status="failed",severity="critical"} 1' in lines
    assert 'platform_health_checks{environment="demo",status="failed",severity="minor"} 0' in lines
    found = [line for line in lines if line.startswith("platform_health_finding")]
    assert [re.findall('id="(.)"', line) for line in found] == [["a"], ["b"]]
    assert 'platform_health_last_run_timestamp_seconds{environment="demo"} 1764288000.0' in lines
    assert all(line.startswith("# ") or SERIES.fullmatch(line) for line in lines)
    assert prometheus(report(*CHECKS), 0).count("platform_health_duration_seconds 1.25") == 1


def test_the_same_finding_twice_is_one_series() -> None:
    assert prometheus(report(CHECKS[0], CHECKS[0]), 0).count("platform_health_finding{") == 1


@given(st.text(), st.text())
def test_foreign_text_breaks_no_format(subject: str, seen: str) -> None:
    checks = [Check("a", status, Severity.MAJOR, subject, seen, seen) for status in Status]
    assert len(parsed(junit(report(*checks), subject))[0]) == 4
    lines = prometheus(report(*checks), 1, {"name": seen}).rstrip("\n").split("\n")
    assert all(line.startswith("# ") or SERIES.fullmatch(line) for line in lines)
