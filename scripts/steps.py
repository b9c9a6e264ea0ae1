#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run named steps one after the other, say what is being done, and end with a table of how long each took.

`steps.py 'Set up=python3 scripts/setup.py' 'Build tools=make tools'`: a step is `NAME=COMMAND`.
The first step that fails ends the run with its exit status.
Standard library alone: it runs before `.venv` exists.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

Row = tuple[str, float, str]


def parse_step(text: str) -> tuple[str, list[str]]:
    """Split `NAME=COMMAND` into the name and the command's words."""
    name, separator, command = text.partition("=")
    if not (name and separator and command.strip()):
        raise SystemExit(f"'{text}' is not a step: write NAME=COMMAND.")
    return name, shlex.split(command)


def table(rows: list[Row]) -> str:
    """Return the timing table, one row a step and one for the total, seconds to one decimal."""
    total = sum(seconds for _name, seconds, _result in rows)
    lines = [*rows, ("Total", total, "")]
    width = max(len(name) for name, _seconds, _result in lines)
    return "\n".join(f"  {name:<{width}}  {seconds:8.1f} s  {result}".rstrip() for name, seconds, result in lines)


def run(steps: list[tuple[str, list[str]]], clock: Callable[[], float]) -> tuple[int, list[Row]]:
    """Run the steps in order; return the exit status and one row for each step that ran."""
    rows: list[Row] = []
    for number, (name, argv) in enumerate(steps, 1):
        print(f"\n[{number}/{len(steps)}] {name}", flush=True)
        began = clock()
        try:
            status = subprocess.run(argv, cwd=ROOT, check=False).returncode
        except KeyboardInterrupt:
            status = 130
        rows.append((name, clock() - began, "" if status == 0 else f"failed with exit status {status}"))
        if status:
            return status, rows
    return 0, rows


def main(arguments: list[str]) -> int:
    """Run the steps given on the command line and print the table."""
    status, rows = run([parse_step(argument) for argument in arguments], time.monotonic)
    print(f"\nSteps\n{table(rows)}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
