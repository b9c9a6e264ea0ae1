# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory import tools


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Terraform v1.11.4\non linux_amd64", (1, 11, 4)),
        ("v4.3.1+g012345", (4, 3, 1)),
        ("aws-cli/2.17.0 Python/3.11.8", (2, 17, 0)),
        ("1.9", (1, 9)),
        ("nothing", ()),
    ],
)
def test_parse_version(text: str, version: tuple[int, ...]) -> None:
    assert tools.parse_version(text) == version


@pytest.mark.parametrize(
    ("found", "said", "sentence"),
    [
        ("/bin/terraform", "Terraform v1.11.4", ""),
        ("/bin/terraform", "Terraform v1.10.0", ""),
        (None, "", "The program terraform is not on PATH; install terraform 1.10 or newer"),
        (
            "/bin/terraform",
            "Terraform v1.9.8",
            "The program /bin/terraform has version 1.9.8, but older ones cannot lock",
        ),
        ("/bin/terraform", "Segmentation fault", "The program /bin/terraform does not tell its version"),
    ],
    ids=["new", "just new enough", "missing", "old", "broken"],
)
def test_tool_findings(found: str | None, said: str, sentence: str) -> None:
    asked: list[list[str]] = []

    def run(argv: list[str]) -> str:
        asked.append(argv)
        return said

    findings = tools.tool_findings([tools.TERRAFORM], lambda _name: found, run)
    assert len(findings) == bool(sentence)
    assert all(told.startswith(sentence) and told.endswith(".") for told in findings)
    assert asked == ([["/bin/terraform", "version"]] if found else [])


@pytest.mark.parametrize(("version", "count"), [((3, 12, 0), 0), ((3, 14, 1), 0), ((3, 11, 9), 1)])
def test_python_findings(version: tuple[int, ...], count: int) -> None:
    findings = tools.python_findings(version, "/usr/bin/python3")
    assert len(findings) == count
    assert all("3.11.9 (/usr/bin/python3), but needs 3.12 or newer" in told for told in findings)
