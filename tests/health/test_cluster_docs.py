# SPDX-License-Identifier: Apache-2.0
"""docs/health.md says what the rules say."""

from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.health import exceptions, probe_run, report
from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Known, Rule
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import accelerators, helm, services
from contract import house

LOOKS: tuple[tuple[str, tuple[Rule | Known, ...]], ...] = (
    ("health_cluster_info", RULES),
    ("health_gpu_info", accelerators.RULES),
    ("health_gpu_probe", probe_run.KNOWN),
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


def rows(title: str) -> list[str]:
    """Return the rows of the table below a title."""
    text = (house.REPO / "docs/health.md").read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    return [line for line in text.splitlines() if line.startswith("| ")][2:]


def test_the_table_of_checks_is_complete() -> None:
    assert rows("Checks") == checks_table()
