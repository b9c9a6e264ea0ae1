# SPDX-License-Identifier: Apache-2.0
"""The Cloud Billing Catalog API of Google: pages of SKUs, for which an API key is needed.

It sells cores and memory; a machine type's price is put together from its size, which the names of plain machine types
tell. Format: https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.changes import Fresh, Key
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.fetch import (
    Http,
    Json,
    UnreachableError,
    pages,
)

BASE: Final = "https://cloudbilling.googleapis.com"
SOURCE: Final = "gcp-billing-catalog"
COMPUTE_ENGINE: Final = "6F81-5844-456A"
PAGE_SIZE: Final = 5000
SERVICES: Final = ("compute", "compute-spot", "compute-disk", "compute-gpu", "compute-gpu-spot")
NANO: Final = Decimal("1e-9")
# GiB per core of machine types.
MEMORY: Final[Mapping[str, Mapping[str, Decimal]]] = {
    "n1": {"standard": Decimal("3.75"), "highmem": Decimal("6.5"), "highcpu": Decimal("0.9")},
    **{
        family: {"standard": Decimal(4), "highmem": Decimal(8), "highcpu": Decimal(1)} for family in ("n2", "n2d", "e2")
    },
    **{
        family: {"standard": Decimal(4), "highmem": Decimal(8), "highcpu": Decimal(2)}
        for family in ("c2d", "c3", "c3d", "n4")
    },
    **{family: {"standard": Decimal(4)} for family in ("c2", "t2d", "t2a")},
}
MACHINE: Final = re.compile(r"([a-z0-9]+)-(standard|highmem|highcpu)-(\d+)")
PART: Final = re.compile(
    r"(?P<spot>Spot Preemptible )?"
    r"(?:(?P<family>[A-Z]\d[A-Z]?) (?:Predefined |AMD |Arm )?Instance|(?P<c2>Compute optimized)) "
    r"(?P<what>Core|Ram) running in .+"
)
GPU: Final = re.compile(r"Nvidia Tesla (?P<model>\w+) GPU (?P<spot>attached to Spot Preemptible VMs )?running in .+")
DISKS: Final = (
    (re.compile(r"Storage PD Capacity( in .+)?"), "pd-standard"),
    (re.compile(r"Balanced PD Capacity( in .+)?"), "pd-balanced"),
    (re.compile(r"SSD backed PD Capacity( in .+)?"), "pd-ssd"),
)

# (family, spot, Core or Ram, region) -> price and currency.
Rates = Mapping[tuple[str, bool, str, str], tuple[Decimal, str]]


def fresh(
    http: Http, base: str, regions: Iterable[str], services: Iterable[str], machine_types: Iterable[str]
) -> Iterator[Fresh]:
    """Yield the prices of some services in some regions.

    Args:
        http: Way to the network, with the API key among its headers.
        base: Address of the API.
        regions: Regions to keep.
        services: Services of the book to keep.
        machine_types: Machine types whose prices to put together.

    Raises:
        UnreachableError: The API does not answer, or with something else.

    """
    places, asked = set(regions), set(services)
    first = f"{base.rstrip('/')}/v1/services/{COMPUTE_ENGINE}/skus"
    skus = [sku for page in pages(http, address(first, ""), lambda page: after(first, page)) for sku in skus_of(page)]
    yield from (one for one in read(skus) if one.key.region in places and one.key.service in asked)
    yield from (one for one in machines(rates(skus), places, machine_types) if one.key.service in asked)


def address(first: str, token: str) -> str:
    """Return the address of a page."""
    asked = {"pageSize": PAGE_SIZE, "currencyCode": "USD", **({"pageToken": token} if token else {})}
    return f"{first}?{urlencode(asked)}"


def after(first: str, page: Json) -> str:
    """Return the address of the next page, empty on the last."""
    token = str(page.get("nextPageToken") or "")
    return address(first, token) if token else ""


def skus_of(page: Json) -> list[Json]:
    """Return a page's SKUs.

    Raises:
        UnreachableError: It has none.

    """
    skus = page.get("skus")
    if not isinstance(skus, list):
        raise UnreachableError("An answer of the Cloud Billing Catalog has no skus, so its format has changed.")
    return skus


def price_of(sku: Json, unit: str) -> tuple[Decimal, str] | None:
    """Return the newest price per unit and its currency; None in another unit, or with several steps that cost."""
    infos = sku.get("pricingInfo") or [{}]
    expression = infos[-1].get("pricingExpression") or {}
    if expression.get("usageUnit") != unit:
        return None
    prices = [rate.get("unitPrice") or {} for rate in expression.get("tieredRates") or ()]
    amounts = {
        (Decimal(str(one.get("units") or 0)) + Decimal(str(one.get("nanos") or 0)) * NANO, str(one.get("currencyCode")))
        for one in prices
    }
    costing = [one for one in amounts if one[0] > 0]
    return costing[0] if len(costing) == 1 else None


def rates(skus: Iterable[Json]) -> Rates:
    """Return what cores and memory cost."""
    found = {}
    for sku in skus:
        match = PART.fullmatch(str(sku.get("description") or ""))
        price = price_of(sku, "h" if match["what"] == "Core" else "GiBy.h") if match else None
        if match and price:
            family = (match["family"] or "C2").lower()
            for region in sku.get("serviceRegions") or ():
                found[family, bool(match["spot"]), match["what"], region] = price
    return found


def machines(known: Rates, regions: Iterable[str], machine_types: Iterable[str]) -> Iterator[Fresh]:
    """Yield the prices of machine types that can be put together."""
    for region in regions:
        for name in machine_types:
            match = MACHINE.fullmatch(name)
            each = MEMORY.get(match[1], {}).get(match[2]) if match else None
            if not match or each is None:
                continue
            for spot, service in ((False, "compute"), (True, "compute-spot")):
                core, ram = (known.get((match[1], spot, what, region)) for what in ("Core", "Ram"))
                if core and ram and core[1] == ram[1]:
                    cores = Decimal(match[3])
                    price = cores * core[0] + cores * each * ram[0]
                    yield Fresh(Key("gcp", service, region, name, "hour"), price, core[1])


def read(skus: Iterable[Json]) -> Iterator[Fresh]:
    """Yield the prices of disks and accelerators."""
    for sku in skus:
        found = other(str(sku.get("description") or ""))
        price = price_of(sku, found[3]) if found else None
        if found and price:
            service, name, unit, _ = found
            for region in sku.get("serviceRegions") or ():
                yield Fresh(Key("gcp", service, region, name, unit), *price)


def other(description: str) -> tuple[str, str, str, str] | None:
    """Return service, sku and unit of the book and the API's unit for what is sold whole."""
    if match := GPU.fullmatch(description):
        service = "compute-gpu-spot" if match["spot"] else "compute-gpu"
        return service, f"nvidia-tesla-{match['model'].lower()}", "hour", "h"
    for pattern, name in DISKS:
        if pattern.fullmatch(description):
            return "compute-disk", name, "GB-month", "GiBy.mo"
    return None
