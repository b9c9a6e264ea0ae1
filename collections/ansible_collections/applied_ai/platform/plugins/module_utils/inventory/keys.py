# SPDX-License-Identifier: Apache-2.0
"""Keys of an inventory against what the roles declare. Ansible itself is silent about a misspelt one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

Json = dict[str, Any]
# Connection settings are Ansible's; an underscore marks what only the inventory itself uses.
FREE_PREFIXES: Final = ("ansible_", "_")


def options_of(role: str, spec: Mapping[str, Any]) -> dict[str, Json]:
    """Return the variables of a role's argument_specs, over all entry points.

    An entry point may also describe the entries of a variable: its keys do not bear the role's name.
    """
    entries: Json = spec.get("argument_specs") or {}
    return {
        name: option or {}
        for entry in entries.values()
        for name, option in (entry.get("options") or {}).items()
        if name.startswith(f"{role}_")
    }


def unknown_keys(keys: Iterable[str], declared: Iterable[str], places: Mapping[str, str]) -> list[str]:
    """Return one sentence per key that no role declares."""
    known = sorted(declared)
    return [
        f"{places.get(key, 'the inventory')} sets {key}, which no role declares; {suggestion(key, known)}."
        for key in sorted(keys)
        if not key.startswith(FREE_PREFIXES) and key not in known
    ]


def suggestion(word: str, known: Iterable[str], otherwise: str = "remove it, or declare it in a role") -> str:
    """Return words that name the likeliest right word, or what else to do."""
    close = get_close_matches(word, list(known), n=5, cutoff=0.75)
    # Two letters changed places: the commonest slip, which similarity alone does not rank first.
    close.sort(key=lambda candidate: sorted(candidate) != sorted(word))
    return f"did you mean {close[0]}" if close else otherwise


def locate(key: str, texts: Iterable[tuple[str, str]]) -> str:
    """Return ``file:line`` where a key is set; the last of ``texts`` (name, content) has precedence."""
    pattern = re.compile(rf"^\s*(?:\?\s*)?[\"']?{re.escape(key)}[\"']?\s*[:=]", re.MULTILINE)
    found = ""
    for name, content in texts:
        if match := pattern.search(content):
            found = f"{name}:{content.count(chr(10), 0, match.end()) + 1}"
    return found
