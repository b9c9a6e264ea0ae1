# SPDX-License-Identifier: Apache-2.0
"""Which files of a folder a builder is given: the rules of a .dockerignore file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Rule:
    """One line: what it matches, and whether that is taken back in."""

    pattern: re.Pattern[str]
    included: bool


def parse(text: str) -> list[Rule]:
    """Return the rules of a .dockerignore file."""
    rules = []
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or line.startswith("#"):
            continue
        included = stripped.startswith("!")
        pattern = stripped.removeprefix("!").strip().strip("/")
        rules.append(Rule(re.compile(translate(pattern)), included))
    return rules


def translate(pattern: str) -> str:
    """Return a pattern as a regular expression: ** is any number of folders, * and ? stay in one."""
    out, rest = "", pattern
    while rest:
        if rest.startswith("**/"):
            out, rest = out + "(?:.*/)?", rest[3:]
        elif rest.startswith("**"):
            out, rest = out + ".*", rest[2:]
        elif rest[0] == "*":
            out, rest = out + "[^/]*", rest[1:]
        elif rest[0] == "?":
            out, rest = out + "[^/]", rest[1:]
        else:
            out, rest = out + re.escape(rest[0]), rest[1:]
    return f"{out}\\Z"


def ignored(path: str, rules: Iterable[Rule]) -> bool:
    """Say whether a file stays away: the last rule that matches it or a folder above it decides."""
    names = [path, *(str(parent) for parent in PurePosixPath(path).parents if str(parent) != ".")]
    verdict = False
    for rule in rules:
        if any(rule.pattern.match(name) for name in names):
            verdict = not rule.included
    return verdict
