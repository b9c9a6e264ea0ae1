# SPDX-License-Identifier: Apache-2.0
"""Programs that a run needs: are they on PATH, and new enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

Version = tuple[int, ...]
# Where a program is, or nothing; and what it says.
Which = Callable[[str], str | None]
Run = Callable[[list[str]], str]


@dataclass(frozen=True)
class Tool:
    """A program, how it tells its version, from which version on it will do, and why."""

    name: str
    arguments: tuple[str, ...]
    minimum: Version
    reason: str


TERRAFORM: Final = Tool("terraform", ("version",), (1, 10), "older ones cannot lock the state in S3 itself")
HELM: Final = Tool("helm", ("version", "--short"), (3, 17), "add-ons are Helm releases, and Helm 4 is what is tested")
AWS_CLI: Final = Tool("aws", ("--version",), (1, 27), "the kubeconfig gets its token with `aws eks get-token`")
PYTHON_MINIMUM: Final = (3, 12)


def tool_findings(tools: Iterable[Tool], which: Which, run: Run) -> list[str]:
    """Return one sentence per program that is missing or too old."""
    findings = []
    for tool in tools:
        found = which(tool.name)
        if not found:
            findings.append(
                f"The program {tool.name} is not on PATH; install {tool.name} {dotted(tool.minimum)} or newer,"
                " or add its folder to PATH in platform_process_environment."
            )
            continue
        version = parse_version(run([found, *tool.arguments]))
        if not version:
            findings.append(f"The program {found} does not tell its version; reinstall {tool.name}.")
        elif version < tool.minimum:
            findings.append(
                f"The program {found} has version {dotted(version)}, but {tool.reason};"
                f" install {tool.name} {dotted(tool.minimum)} or newer."
            )
    return findings


def python_findings(version: Version, executable: str) -> list[str]:
    """Return a sentence when Ansible itself runs under too old a Python."""
    if version >= PYTHON_MINIMUM:
        return []
    need = dotted(PYTHON_MINIMUM)
    return [f"Ansible runs under Python {dotted(version)} ({executable}), but needs {need} or newer; run make setup."]


def parse_version(text: str) -> Version:
    """Return the first dotted number of a text: ``Terraform v1.11.4`` is (1, 11, 4)."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in found.groups() if part) if found else ()


def dotted(version: Version) -> str:
    """Return a version as people write it."""
    return ".".join(str(part) for part in version)
