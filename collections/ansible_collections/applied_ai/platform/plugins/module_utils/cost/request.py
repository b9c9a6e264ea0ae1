# SPDX-License-Identifier: Apache-2.0
"""An estimate from files: what the module and the command have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ansible_collections.applied_ai.platform.plugins.module_utils.cost import plan, usage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import estimate
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Estimate, Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH, decimal_of


@dataclass(frozen=True)
class Request:
    """What to estimate; numbers are decimal texts, as people write them, and an empty text is not given."""

    plan_file: str
    usage_file: str = ""
    price_book: str = ""
    price_book_overrides: tuple[str, ...] = ()
    region: str = ""
    hours_per_month: str = str(HOURS_PER_MONTH)
    commitment_coverage: str = "0"
    commitment: str = ""


def estimated(request: Request, today: date) -> Estimate:
    """Read the files of a request and return the estimate.

    Raises:
        CostError: A file cannot be read or is none of its kind, or an option is out of its range.

    """
    options = Options(
        today=today,
        region=request.region,
        hours=decimal_of(request.hours_per_month, "hours_per_month"),
        coverage=decimal_of(request.commitment_coverage, "commitment_coverage"),
        commitment=request.commitment,
    )
    found = plan.load(text_of(request.plan_file, "plan_file"), request.plan_file)
    book = PriceBook(
        Path(request.price_book) if request.price_book else FOLDER,
        tuple(Path(one) for one in request.price_book_overrides),
    )
    used = usage.Usage()
    if request.usage_file:
        used = usage.load(text_of(request.usage_file, "usage_file"), request.usage_file)
    return estimate(found, book, used, options)


def text_of(where: str, option: str) -> str:
    """Return a file's text.

    Raises:
        CostError: It cannot be read or is not UTF-8.

    """
    try:
        return Path(where).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CostError(f"{where} ({option}) is not UTF-8; it must be a text file.") from error
    except OSError as error:
        raise CostError(f"{where} ({option}) cannot be read: {error.strerror}; name a file that is there.") from error
