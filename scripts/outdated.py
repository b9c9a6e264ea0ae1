#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the pins of the add-ons' charts with the newest that their repositories offer. Needs a network and Helm."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from packaging.version import InvalidVersion, Version

ROOT: Final = Path(__file__).resolve().parent.parent
CATALOGUE: Final = ROOT / "roles/addon/vars/main.yml"
TIMEOUT: Final = 60
Run = Callable[[list[str]], subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Row:
    """One chart: its pin, the newest version, and what to say of the two."""

    addon: str
    pinned: str
    newest: str
    word: str


def command(entry: Mapping[str, Any]) -> list[str]:
    """Return the command that prints the newest stable release of a chart: Helm takes it where no version is given."""
    repository = str(entry["repository"]).rstrip("/")
    if repository.startswith("oci://"):
        return ["helm", "show", "chart", f"{repository}/{entry['chart']}"]
    return ["helm", "show", "chart", str(entry["chart"]), "--repo", repository]


def word(pinned: str, newest: str) -> str:
    """Say how a pin stands to the newest version."""
    try:
        mine, theirs = Version(pinned), Version(newest)
    except InvalidVersion:
        return "the same" if pinned == newest else "differs"
    if mine >= theirs:
        return "newest"
    return "major behind" if mine.major < theirs.major else "behind"


def look(addon: str, entry: Mapping[str, Any], run: Run) -> Row:
    """Ask a chart's repository."""
    pinned = str(entry["version"])
    done = run(command(entry))
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        return Row(addon, pinned, "?", f"not found out: {said[-1]}")
    newest = str((yaml.safe_load(done.stdout) or {}).get("version", "?"))
    return Row(addon, pinned, newest, word(pinned, newest))


def call(argv: list[str]) -> subprocess.CompletedProcess[str]:
    """Run Helm; one that does not answer in time has failed."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(argv, 1, "", f"no answer within {TIMEOUT} s")


def table(rows: list[Row]) -> Iterator[str]:
    """Return the rows as aligned lines."""
    lines = [("add-on", "pinned", "newest", ""), *((row.addon, row.pinned, row.newest, row.word) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    for line in lines:
        yield "  ".join([*(text.ljust(width) for text, width in zip(line, widths, strict=False)), line[3]]).rstrip()


def main(argv: list[str] | None = None, run: Run = call) -> int:
    """Print the table; the exit status is 1 where a pin is behind, 2 where a repository did not answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE, help="file with addon_catalogue")
    options = parser.parse_args(argv)
    catalogue = yaml.safe_load(options.catalogue.read_text(encoding="utf-8"))["addon_catalogue"]
    charts = {name: entry for name, entry in catalogue.items() if "chart" in entry}
    with ThreadPoolExecutor(max_workers=8) as pool:
        rows = list(pool.map(lambda item: look(item[0], item[1], run), charts.items()))
    print("\n".join(table(rows)))
    if any(row.newest == "?" for row in rows):
        return 2
    return 1 if any(row.word not in ("newest", "the same") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
