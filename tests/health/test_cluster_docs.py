# SPDX-License-Identifier: Apache-2.0
"""docs/health.md says what the rules and the tests of faults say."""

from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.health import exceptions, report
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Known, Rule
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import accelerators, helm, services
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.test_faults import FAULTS
from contract import house

LOOKS: tuple[tuple[str, tuple[Rule | Known, ...]], ...] = (
    ("health_cluster_info", RULES),
    ("health_gpu_info", accelerators.RULES),
    ("health_release_info", helm.RULES),
    ("health_service_info", services.RULES),
    ("every report", (*exceptions.KNOWN, *report.KNOWN)),
)


def checks_table() -> list[str]:
    """Return the table of all checks as the document has it."""
    return [
        f"| [{one.id}](runbooks/{one.id}.md) | {look} | {one.severity.value} |"
        for look, rules in LOOKS
        for one in rules
    ]


def faults_table() -> list[str]:
    """Return the table of faults as the document has it."""
    return [f"| {fault} | {', '.join(sorted(ids))} |" for fault, (_change, ids) in FAULTS.items()]


def rows(title: str) -> list[str]:
    """Return the rows of the table below a title."""
    text = (house.REPO / "docs/health.md").read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    return [line for line in text.splitlines() if line.startswith("| ")][2:]


def test_the_table_of_checks_is_complete() -> None:
    assert rows("Checks") == checks_table()


def test_the_table_of_faults_is_that_of_the_tests() -> None:
    assert rows("Faults that are found") == faults_table()
    assert len(faults_table()) >= 30
