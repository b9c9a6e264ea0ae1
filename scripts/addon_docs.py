#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write docs/addons.md, the table of add-ons, from the catalogue and the roles; `--check` only compares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "docs/addons.md"
HEAD: Final = """\
# Add-ons

Written by `make docs` from `roles/addon/vars/main.yml`, in the order of installation. An add-on without a chart
consists of objects alone.
Where a column "with" says something, that variable decides whether the add-on is there.

| add-on | what it does | chart | version | with |
| --- | --- | --- | --- | --- |
"""
Json = dict[str, Any]


def read(path: Path) -> Json:
    """Read a YAML file."""
    content: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def row(name: str, entry: Mapping[str, Any], description: str) -> str:
    """Return one line of the table."""
    choice = ", ".join(f"`{key}: {' or '.join(values)}`" for key, values in (entry.get("choice") or {}).items())
    cells = [
        f"[{name}](../roles/{name}/README.md)",
        description,
        entry.get("chart", ""),
        entry.get("version", ""),
        choice,
    ]
    return f"| {' | '.join(cells)} |"


def document(root: Path = ROOT) -> str:
    """Return the whole page."""
    catalogue: Json = read(root / "roles/addon/vars/main.yml")["addon_catalogue"]
    rows = [
        row(name, entry, read(root / f"roles/{name}/meta/main.yml")["galaxy_info"]["description"])
        for name, entry in catalogue.items()
    ]
    return HEAD + "\n".join(rows) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Write the page, or say that it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail when the page is out of date")
    options = parser.parse_args(argv)
    text = document()
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    if options.check:
        print(f"{TARGET.relative_to(ROOT)} is out of date; run: make docs.", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
