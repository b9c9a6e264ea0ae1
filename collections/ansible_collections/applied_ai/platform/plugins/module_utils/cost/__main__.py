# SPDX-License-Identifier: Apache-2.0
"""The estimate as a command: `python -m <this package> estimate PLAN.json`; docs/cost_estimate.md has it in full."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.files import Files, estimate_files
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Estimate, Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH, decimal_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.summary import as_json, as_text

WRONG = 2


def parser() -> argparse.ArgumentParser:
    """Return the command's arguments."""
    whole = argparse.ArgumentParser(prog="cost", description="Know what a Terraform plan costs a month.")
    one = whole.add_subparsers(dest="command", required=True).add_parser("estimate", help="price a plan")
    one.add_argument("plan", type=Path, metavar="PLAN.json", help="what terraform show -json PLAN prints")
    one.add_argument("--usage", type=Path, help="usage in Infracost's format")
    one.add_argument("--book", type=Path, default=FOLDER, help="folder with prices; the collection's own if left out")
    one.add_argument("--override", type=Path, action="append", default=[], help="folder of newer prices above it")
    one.add_argument("--region", default="", help="for resources whose plan tells none")
    one.add_argument("--hours", default=str(HOURS_PER_MONTH), help="how many of 730 hours a month instances run")
    one.add_argument("--coverage", default="0", help="share (0 to 1) of on-demand hours under the commitment")
    one.add_argument("--commitment", default="", help="its name in the book, such as 1yr-standard-no-upfront")
    one.add_argument("--format", choices=("table", "json"), default="table")
    return whole


def estimated(given: argparse.Namespace) -> Estimate:
    """Return the estimate that the arguments ask for.

    Raises:
        CostError: A file or an argument is none of its kind.

    """
    options = Options(
        today=datetime.now(UTC).date(),
        region=given.region,
        hours=decimal_of(given.hours, "--hours"),
        coverage=decimal_of(given.coverage, "--coverage"),
        commitment=given.commitment,
    )
    return estimate_files(Files(given.plan, given.usage, given.book, tuple(given.override)), options)


def main(argv: Sequence[str], out: TextIO, err: TextIO) -> int:
    """Print an estimate, or one sentence on what is wrong; return the exit status."""
    given = parser().parse_args(argv)
    try:
        found = estimated(given)
    except CostError as error:
        err.write(f"{error}\n")
        return WRONG
    out.write(json.dumps(as_json(found), indent=2) + "\n" if given.format == "json" else as_text(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout, sys.stderr))
