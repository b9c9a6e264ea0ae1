# SPDX-License-Identifier: Apache-2.0
"""The Azure Retail Prices API: pages of meters, for which no account is needed.

Format: https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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

BASE: Final = "https://prices.azure.com"
VERSION: Final = "2023-01-01-preview"
SOURCE: Final = "azure-retail-prices"
MACHINES: Final = ("virtual-machines", "virtual-machines-spot")
SERVICES: Final = (*MACHINES, "managed-disk")
FILTERS: Final = {"machines": "serviceName eq 'Virtual Machines'", "disks": "serviceName eq 'Storage'"}
DISKS: Final = {
    "Premium SSD Managed Disks": "premium-ssd",
    "Standard SSD Managed Disks": "standard-ssd",
    "Standard HDD Managed Disks": "standard-hdd",
}


def fresh(http: Http, base: str, regions: Iterable[str], services: Iterable[str]) -> Iterator[Fresh]:
    """Yield the prices of some services in some regions.

    Raises:
        UnreachableError: The API does not answer, or with something else.

    """
    asked = set(services)
    kinds = [kind for kind, some in (("machines", MACHINES), ("disks", ("managed-disk",))) if asked & set(some)]
    for region in regions:
        for kind in kinds:
            for page in pages(http, address(base, region, FILTERS[kind]), following):
                yield from (one for one in read(page) if one.key.service in asked)


def address(base: str, region: str, condition: str) -> str:
    """Return the address of the first page of a region's meters."""
    wanted = f"{condition} and armRegionName eq '{region}' and priceType eq 'Consumption'"
    return f"{base.rstrip('/')}/api/retail/prices?{urlencode({'api-version': VERSION, '$filter': wanted})}"


def following(page: Json) -> str:
    """Return the address of the next page, empty on the last."""
    return str(page.get("NextPageLink") or "")


def read(page: Json) -> Iterator[Fresh]:
    """Yield the prices that a page tells.

    Raises:
        UnreachableError: It is no page of meters.

    """
    items = page.get("Items")
    if not isinstance(items, list):
        raise UnreachableError("An answer of the Azure Retail Prices API has no Items, so its format has changed.")
    for item in items:
        price, currency = item.get("retailPrice"), item.get("currencyCode")
        if not (isinstance(price, (int, Decimal)) and price > 0 and currency) or not current(item):
            continue
        if key := key_of(item):
            yield Fresh(key, Decimal(price), str(currency))


def current(item: Json) -> bool:
    """Say whether a meter is pay-as-you-go from the first unit on, and no copy of another region's meter."""
    return (
        item.get("type") == "Consumption"
        and not item.get("tierMinimumUnits")
        and item.get("isPrimaryMeterRegion") is not False
    )


def key_of(item: Json) -> Key | None:
    """Return what a meter is of, None for what the book does not have."""
    product, region = str(item.get("productName") or ""), str(item.get("armRegionName") or "")
    sku, unit = str(item.get("skuName") or ""), item.get("unitOfMeasure")
    if item.get("serviceName") == "Virtual Machines" and unit == "1 Hour":
        if re.search(r"Windows|Cloud ?Services|Dedicated", product) or "Low Priority" in sku:
            return None
        service = "virtual-machines-spot" if sku.endswith(" Spot") else "virtual-machines"
        return Key("azure", service, region, str(item.get("armSkuName") or ""), "hour")
    size = re.fullmatch(r"([PES]\d+) (LRS|ZRS)", sku)
    if product in DISKS and unit == "1/Month" and size and item.get("meterName") == f"{sku} Disk":
        return Key("azure", "managed-disk", region, f"{DISKS[product]}-{size[1]}-{size[2]}", "disk-month")
    return None
