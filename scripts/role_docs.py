#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the variable tables of the roles' READMEs from their argument specifications; `--check` only compares."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
BEGIN: Final = "<!-- BEGIN VARIABLES -->"
END: Final = "<!-- END VARIABLES -->"
# Ansible's markup for code, options, values and variables.
MARKUP: Final = re.compile(r"\b[COVE]\(([^)]*)\)")
Json = dict[str, Any]


class DocsError(Exception):
    """A README has no place for the table."""


def role_options(role: str, specs: Mapping[str, Any]) -> dict[str, Json]:
    """Return a role's variables over all entry points: those of `main` first, then in the order of appearance."""
    options: dict[str, Json] = {}
    entries = specs.get("argument_specs") or {}
    for entry in sorted(entries, key=lambda name: name != "main"):
        for name, option in (entries[entry].get("options") or {}).items():
            if name.startswith(f"{role}_"):
                options.setdefault(name, option)
    return options


def shapes(role: str, specs: Mapping[str, Any]) -> dict[str, Json]:
    """Return the entry points that describe the entries of a variable and not the role's own variables."""
    return {
        name: entry
        for name, entry in (specs.get("argument_specs") or {}).items()
        if (keys := entry.get("options") or {}) and not any(key.startswith(f"{role}_") for key in keys)
    }


def tables(role: str, specs: Mapping[str, Any]) -> str:
    """Return the Markdown tables of a role: its variables, then the shapes it declares."""
    parts = [table(role_options(role, specs))]
    for entry in shapes(role, specs).values():
        parts += [f"{str(entry.get('short_description', '')).rstrip('.')}:", table(entry["options"])]
    return "\n\n".join(parts)


def table(options: Mapping[str, Json]) -> str:
    """Return the Markdown table of some options."""
    if not options:
        return "This role has no variables."
    head = ["| variable | type | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows(options))])


def rows(options: Mapping[str, Json], prefix: str = "") -> Iterator[list[str]]:
    """Return a row per option, an option's own keys below it."""
    for name, option in options.items():
        path = f"{prefix}{name}"
        yield [f"`{path}`", type_of(option), default_of(option, nested=bool(prefix)), meaning(option)]
        inner = option.get("options")
        if inner:
            separator = "[]." if option.get("type") == "list" else "."
            yield from rows(inner, f"{path}{separator}")


def type_of(option: Mapping[str, Any]) -> str:
    """Return an option's type as one reads it."""
    kind = str(option.get("type", "str"))
    return f"{kind} of {option['elements']}" if "elements" in option else kind


def default_of(option: Mapping[str, Any], *, nested: bool) -> str:
    """Return an option's default as YAML writes it on one line."""
    if option.get("required"):
        return "(required)"
    if "default" not in option:
        return "" if nested else "(none)"
    default = option["default"]
    text = default if isinstance(default, str) and default else json.dumps(default, ensure_ascii=False)
    return f"`{escape(text)}`"


def meaning(option: Mapping[str, Any]) -> str:
    """Return an option's description and choices on one line."""
    description = option.get("description") or ""
    sentences = description if isinstance(description, list) else [description]
    choices = ", ".join(f"`{choice}`" for choice in option.get("choices") or [])
    text = " ".join([*sentences, *([f"One of {choices}."] if choices else [])])
    return escape(MARKUP.sub(r"`\1`", text))


def escape(text: str) -> str:
    """Return text that stays inside one cell."""
    return " ".join(text.split()).replace("|", "\\|")


def replace_table(readme: str, content: str, place: str) -> str:
    """Return a README with the table between its markers replaced."""
    before, found, rest = readme.partition(BEGIN)
    _old, closed, after = rest.partition(END)
    if not found or not closed:
        message = f"{place} has no place for the variables; add the lines {BEGIN} and {END}."
        raise DocsError(message)
    return f"{before}{BEGIN}\n\n{content}\n\n{END}{after}"


def expected_readme(spec: Path) -> tuple[Path, str]:
    """Return a role's README and what it should say."""
    role = spec.parent.parent
    readme = role / "README.md"
    if not readme.is_file():
        message = f"The role {role.name} has no README.md; write one with the lines {BEGIN} and {END}."
        raise DocsError(message)
    content = tables(role.name, yaml.safe_load(spec.read_text(encoding="utf-8")) or {})
    return readme, replace_table(readme.read_text(encoding="utf-8"), content, str(readme))


def main(argv: list[str] | None = None) -> int:
    """Write the tables, or say which are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail when a table is out of date")
    parser.add_argument("--roles", type=Path, default=ROOT / "roles", help="folder of the roles")
    arguments = parser.parse_args(argv)
    failed = False
    for spec in sorted(arguments.roles.glob("*/meta/argument_specs.yml")):
        try:
            readme, text = expected_readme(spec)
        except DocsError as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        if readme.read_text(encoding="utf-8") == text:
            continue
        if arguments.check:
            print(f"The table of {readme} is out of date; run: make docs.", file=sys.stderr)
            failed = True
        else:
            readme.write_text(text, encoding="utf-8")
            print(f"wrote {readme}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
