# SPDX-License-Identifier: Apache-2.0
"""The estimate as a command: `python -m <this package> estimate PLAN.json`; docs/cost_estimate.md has it in full."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, date, datetime

from ansible_collections.applied_ai.platform.plugins.module_utils.cost import render
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.request import Request, estimated


def parser() -> argparse.ArgumentParser:
    """Return the command's arguments; their names are those of Request."""
    whole = argparse.ArgumentParser(prog="cost", description="Know what a Terraform plan costs a month.")
    one = whole.add_subparsers(dest="command", required=True).add_parser("estimate", help="price a plan")
    one.add_argument("plan_file", metavar="PLAN.json", help="what terraform show -json PLAN prints")
    one.add_argument("--usage-file", default="", help="usage in Infracost's format")
    one.add_argument("--price-book", default="", help="folder with prices; the collection's own when left out")
    one.add_argument("--price-book-override", dest="price_book_overrides", action="append", default=[])
    one.add_argument("--region", default="", help="for resources whose plan tells none")
    one.add_argument("--hours-per-month", default=Request.hours_per_month, help="how long instances run, at most 730")
    one.add_argument("--commitment-coverage", default="0", help="share from 0 to 1 of on-demand hours")
    one.add_argument("--commitment", default="", help="its name in the book, such as 1yr-standard-no-upfront")
    one.add_argument("--format", choices=("table", "json"), default="table")
    return whole


def main(arguments: list[str], today: date) -> tuple[int, str, str]:
    """Return the exit status, and what goes to standard output and to standard error."""
    given = vars(parser().parse_args(arguments))
    shape = given.pop("format")
    given.pop("command")
    try:
        found = estimated(Request(**{**given, "price_book_overrides": tuple(given["price_book_overrides"])}), today)
    except CostError as error:
        return 1, "", f"{error}\n"
    return 0, json.dumps(render.data(found), indent=2) + "\n" if shape == "json" else render.text(found), ""


if __name__ == "__main__":
    status, told, wrong = main(sys.argv[1:], datetime.now(UTC).date())
    sys.stdout.write(told)
    sys.stderr.write(wrong)
    sys.exit(status)
