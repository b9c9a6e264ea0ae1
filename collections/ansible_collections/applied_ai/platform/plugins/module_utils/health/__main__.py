# SPDX-License-Identifier: Apache-2.0
"""Verdicts for pipelines: `python -m <this package> health.json …` prints them, and ends with the worst one's code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Verdict
from ansible_collections.applied_ai.platform.plugins.module_utils.health.report import EXIT_CODES

# Worst first. What nobody knows is worse than what is known to be half well.
ORDER: Final = (Verdict.UNHEALTHY, Verdict.UNKNOWN, Verdict.DEGRADED, Verdict.HEALTHY)


def parser() -> argparse.ArgumentParser:
    """Return the command's arguments."""
    one = argparse.ArgumentParser(prog="health", description="Print verdicts; end with 0 healthy, 1, 2 or 3 unknown.")
    one.add_argument("reports", type=Path, nargs="+", metavar="health.json", help="what check_health.yml wrote")
    one.add_argument("--max-age", type=int, default=900, help="seconds after which a report says nothing any more")
    return one


def verdict_of(path: Path, now: datetime, max_age: int) -> tuple[Verdict, list[str]]:
    """Return the verdict of a report and its summary.

    Raises:
        HealthError: The file cannot be read, is no report, or is too old.

    """
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        verdict, lines, made = Verdict(report["verdict"]), list(report["summary"]), datetime.fromisoformat(report["at"])
        age = (now - made).total_seconds()
    except (OSError, KeyError, TypeError, ValueError) as error:
        msg = f"{path} is no report ({error!r}); name a health.json that playbooks/check_health.yml wrote."
        raise HealthError(msg) from error
    if not 0 <= age <= max_age:
        msg = f"{path} is of {report['at']}, {age:.0f} seconds ago, and --max-age is {max_age}; run the check again."
        raise HealthError(msg)
    return verdict, [str(line) for line in lines]


def main(argv: Sequence[str], out: TextIO, now: datetime) -> int:
    """Print each report's summary, and return the exit code of the worst."""
    given = parser().parse_args(argv)
    found: list[Verdict] = []
    for path in given.reports:
        try:
            verdict, lines = verdict_of(path, now, given.max_age)
        except HealthError as error:
            verdict, lines = Verdict.UNKNOWN, [f"unknown: {error.message}"]
        found.append(verdict)
        out.writelines(f"{line}\n" for line in lines)
    return EXIT_CODES[min(found, key=ORDER.index)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout, datetime.now(UTC)))
