# SPDX-License-Identifier: Apache-2.0
"""Which of Azure's meters are taken, and as what; tests/cost/test_prices_refresh.py reads whole pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh import azure_retail
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.fetch import UnreachableError
from cost.price_apis import azure_item

DISK = {"serviceName": "Storage", "unitOfMeasure": "1/Month"}


def told(**given: Any) -> list[tuple[str, str, str]]:
    found = azure_retail.read({"Items": [azure_item(**{"retailPrice": 1, **given})]})
    return [(one.key.service, one.key.sku, one.key.unit) for one in found]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({}, ("virtual-machines", "Standard_D4s_v5", "hour")),
        ({"skuName": "D4s v5 Spot"}, ("virtual-machines-spot", "Standard_D4s_v5", "hour")),
        (
            {**DISK, "productName": "Standard SSD Managed Disks", "skuName": "E10 ZRS", "meterName": "E10 ZRS Disk"},
            ("managed-disk", "standard-ssd-E10-ZRS", "disk-month"),
        ),
        (
            {**DISK, "productName": "Standard HDD Managed Disks", "skuName": "S4 LRS", "meterName": "S4 LRS Disk"},
            ("managed-disk", "standard-hdd-S4-LRS", "disk-month"),
        ),
    ],
)
def test_meters_that_are_taken(item: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert told(**item) == [expected]


@pytest.mark.parametrize(
    "item",
    [
        {"productName": "Virtual Machines Dsv5 Series Windows"},
        {"productName": "Virtual Machines Dsv5 Series CloudServices"},
        {"skuName": "D4s v5 Low Priority"},
        {"unitOfMeasure": "1/Month"},
        {"type": "DevTestConsumption"},
        {"tierMinimumUnits": 100},
        {"isPrimaryMeterRegion": False},
        {"retailPrice": 0},
        {"retailPrice": -1},
        {"retailPrice": None},
        {"currencyCode": ""},
        {**DISK, "productName": "Premium SSD Managed Disks", "skuName": "P10 LRS", "meterName": "P10 LRS Disk Mount"},
    ],
)
def test_meters_that_are_left_out(item: dict[str, Any]) -> None:
    assert told(**item) == []


def test_a_page_without_meters_is_an_error() -> None:
    with pytest.raises(UnreachableError, match="no Items"):
        list(azure_retail.read({"error": "later"}))


def test_a_region_is_asked_for_by_the_documented_filter() -> None:
    asked = urlsplit(azure_retail.address("https://prices.azure.com/", "westeurope", azure_retail.FILTERS["machines"]))
    assert (asked.netloc, asked.path) == ("prices.azure.com", "/api/retail/prices")
    assert parse_qs(asked.query)["$filter"] == [
        "serviceName eq 'Virtual Machines' and armRegionName eq 'westeurope' and priceType eq 'Consumption'"
    ]
