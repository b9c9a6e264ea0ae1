# SPDX-License-Identifier: Apache-2.0
"""A report in the formats that other programs read: JUnit for pipelines, text for Prometheus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.etree import ElementTree

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Check, Severity, Status, Verdict
from ansible_collections.applied_ai.platform.plugins.module_utils.health.report import check_of
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import sentence

# What a status is in JUnit; ok is a case without anything in it.
ELEMENTS: Final = {Status.FAILED: "failure", Status.UNKNOWN: "error", Status.EXCEPTED: "skipped"}
# Messages come from programs of others, and XML 1.0 has no place for these.
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# Labels and value
Series = tuple[dict[str, str], float]


def plain(text: str) -> str:
    """Return a text that XML can hold."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def junit(report: Mapping[str, Any], name: str = "health") -> str:
    """Return a report as JUnit XML: a case per check, failed is a failure, unknown an error, excepted skipped."""
    checks = [check_of(one) for one in report["checks"]]
    count = Counter(check.status for check in checks)
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name=plain(name),
        tests=str(len(checks)),
        failures=str(count[Status.FAILED]),
        errors=str(count[Status.UNKNOWN]),
        skipped=str(count[Status.EXCEPTED]),
        time=f"{report.get('duration_s') or 0}",
    )
    for check in checks:
        case = ElementTree.SubElement(suite, "testcase", classname=check.id, name=plain(check.subject), time="0")
        if check.status in ELEMENTS:
            part = ElementTree.SubElement(case, ELEMENTS[check.status], message=plain(check.seen))
            part.set("type", check.severity.value)
            part.text = plain(f"{sentence(check)}\n{check.advice}")
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=False) + "\n"


def prometheus(report: Mapping[str, Any], when: float, labels: Mapping[str, str] | None = None) -> str:
    """Return a report in Prometheus' text format.

    Args:
        report: What a health module or the filter health_report returns.
        when: When it was made, in seconds since 1970.
        labels: Put on every series.

    """
    checks = [check_of(one) for one in report["checks"]]
    more = dict(labels or {})
    verdicts: list[Series] = [({"verdict": one.value}, int(one.value == report["verdict"])) for one in Verdict]
    families: tuple[tuple[str, str, list[Series]], ...] = (
        ("platform_health_verdict", "1 for the verdict that holds.", verdicts),
        ("platform_health_checks", "Checks by how they ended.", counted(checks)),
        ("platform_health_finding", "1 for each check that failed or could not be made.", findings(checks)),
        ("platform_health_duration_seconds", "How long the look took.", [({}, report.get("duration_s") or 0)]),
        ("platform_health_last_run_timestamp_seconds", "When the look was made.", [({}, round(when, 3))]),
    )
    return "".join(line for family in families for line in lines(*family, more))


def counted(checks: Sequence[Check]) -> list[Series]:
    """Return how many checks ended in each way; those without any are zero, so that a change can be seen."""
    count = Counter((check.status, check.severity) for check in checks)
    return [
        ({"status": status.value, "severity": severity.value}, count[status, severity])
        for status in Status
        for severity in Severity
    ]


def findings(checks: Sequence[Check]) -> list[Series]:
    """Return a series per check that failed or is unknown, each once."""
    bad = {
        (check.id, check.subject): check
        for check in reversed(checks)
        if check.status in {Status.FAILED, Status.UNKNOWN}
    }
    return [
        ({"id": key[0], "subject": key[1], "severity": check.severity.value, "status": check.status.value}, 1)
        for key, check in sorted(bad.items())
    ]


def lines(name: str, text: str, series: Sequence[Series], more: Mapping[str, str]) -> Iterator[str]:
    """Return one metric, all of its series together, as the format wants it."""
    yield f"# HELP {name} {text}\n# TYPE {name} gauge\n"
    for labels, value in series:
        told = ",".join(f'{key}="{escaped(one)}"' for key, one in {**more, **labels}.items())
        yield f"{name}{{{told}}} {value}\n" if told else f"{name} {value}\n"


def escaped(text: object) -> str:
    """Return a label's value."""
    return str(text).replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
