# SPDX-License-Identifier: Apache-2.0
"""One refresh of a price book from a cloud's price API into an override folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh import (
    aws_list,
    azure_retail,
    gcp_catalog,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.changes import (
    Change,
    Comparison,
    Fresh,
    Key,
    compare,
    override_files,
    wanted_keys,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.fetch import Http

BASES: Final = {"aws": aws_list.BASE, "gcp": gcp_catalog.BASE, "azure": azure_retail.BASE}
SERVICES: Final = {"aws": aws_list.SERVICES, "gcp": gcp_catalog.SERVICES, "azure": azure_retail.SERVICES}
SOURCES: Final = {"aws": aws_list.SOURCE, "gcp": gcp_catalog.SOURCE, "azure": azure_retail.SOURCE}


@dataclass(frozen=True)
class Request:
    """What to refresh: a provider's services in some regions, and further keys that the book need not have.

    ``as_of`` is today, YYYY-MM-DD. A price that moves by more than ``most_percent`` needs ``confirmed``.
    """

    provider: str
    regions: tuple[str, ...]
    services: tuple[str, ...]
    base: str
    as_of: str
    folder: Path
    most_percent: Decimal
    confirmed: bool = False
    needed: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Update:
    """What a refresh found, the files to write, and the moves that nobody has confirmed."""

    comparison: Comparison
    files: dict[str, str]
    unconfirmed: tuple[Change, ...]


def request_services(provider: str, services: list[str]) -> tuple[str, ...]:
    """Return the services to refresh, all that can be without a choice.

    Raises:
        CostError: One of them cannot be refreshed.

    """
    if unknown := sorted(set(services) - set(SERVICES[provider])):
        raise CostError(
            f"services names {unknown[0]!r}, which the price API of {provider} does not refresh;"
            f" use {', '.join(SERVICES[provider])}."
        )
    return tuple(services) or SERVICES[provider]


def answer(http: Http, request: Request, wanted: set[Key]) -> Iterator[Fresh]:
    """Yield what the provider's API tells; wanted machine types are put together where the API sells parts.

    Raises:
        UnreachableError: It does not answer, or with something else.

    """
    if request.provider == "aws":
        return aws_list.fresh(http, request.base, request.regions, request.services)
    if request.provider == "azure":
        return azure_retail.fresh(http, request.base, request.regions, request.services)
    types = sorted({key.sku for key in wanted if key.service in {"compute", "compute-spot"}})
    return gcp_catalog.fresh(http, request.base, request.regions, request.services, types)


def update(book: PriceBook, http: Http, request: Request) -> Update:
    """Return what a refresh changes; nothing is written.

    Raises:
        UnreachableError: The API does not answer, or with something else.
        CostError: The book or the override folder cannot be read, or no price that is wanted was in the answer.

    """
    wanted = wanted_keys(book, request.provider, request.services, request.regions) | set(request.needed)
    if not wanted:
        raise CostError(
            f"The price book has no {request.provider} prices of {', '.join(request.services)} in"
            f" {', '.join(request.regions)} to refresh; name such regions, or tell what is needed."
        )
    comparison = compare(book, wanted, answer(http, request, wanted))
    if not comparison.fresh:
        raise CostError(
            f"The answer of {request.base} has none of the {len(wanted)} prices that were asked for,"
            " so its format or the regions' names have changed; the old prices stay."
        )
    moved = tuple(one for one in comparison.largest if one.moves_over(request.most_percent))
    files = override_files(request.folder, comparison.fresh, request.as_of, SOURCES[request.provider])
    return Update(comparison, files, () if request.confirmed else moved)
