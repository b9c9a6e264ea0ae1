# SPDX-License-Identifier: Apache-2.0
"""What Azure's resources tell of themselves; tests/cost/test_prices_gcp_azure.py compares whole amounts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import azure
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Gap,
    Options,
    Part,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope

BOOK = PriceBook(FOLDER)


def parts(kind: str, values: dict[str, Any], usage: dict[str, Decimal] | None = None) -> list[Part]:
    subject = Resource(f"{kind}.a", kind, "a", "", "", values, provider="azure")
    scope = Scope(subject, BOOK, usage or {}, Options(today=date(2026, 11, 28)), defaultdict(list, {kind: [subject]}))
    return list(azure.PRICERS[kind](subject, scope))


@pytest.mark.parametrize(
    ("kind", "size", "step"),
    [
        ("Premium", 1, "P1"),
        ("Premium", 4, "P1"),
        ("Premium", 5, "P2"),
        ("Premium", 32767, "P80"),
        ("Standard", 1, "S4"),
        ("StandardSSD", 100, "E10"),
    ],
)
def test_a_disk_is_sold_in_the_smallest_size_that_holds_it(kind: str, size: int, step: str) -> None:
    assert azure.disk_step(azure.DISKS[kind], Decimal(size)) == step


def test_a_disk_beyond_the_largest_size_is_an_error() -> None:
    with pytest.raises(CostError, match="at most 32767 GiB"):
        azure.disk_step(azure.DISKS["Premium"], Decimal(40000))


@pytest.mark.parametrize(
    ("size", "gigabytes"),
    [("Standard_D4s_v5", 128), ("Standard_D8s_v5", 256), ("Standard_NC24ads_A100_v4", 512), ("Standard_E96s_v5", 1024)],
)
def test_a_node_has_the_disk_that_aks_gives_it(size: str, gigabytes: int) -> None:
    assert azure.node_disk(size) == gigabytes


@pytest.mark.parametrize("size", ["Standard_DS3_v2", "Standard_D2_v2", "Standard_A4", "Basic_A1"])
def test_a_size_that_tells_no_cores_is_an_error(size: str) -> None:
    with pytest.raises(CostError, match="os_disk_size_gb is not set"):
        azure.node_disk(size)


@pytest.mark.parametrize(
    ("size", "able"),
    [
        ("Standard_D4s_v5", True),
        ("Standard_D4_v5", False),
        ("Standard_DS2_v2", True),
        ("Standard_E4-2s_v5", True),
        ("Standard_NC24ads_A100_v4", True),
    ],
)
def test_an_s_in_a_size_stands_for_premium_disks(size: str, able: bool) -> None:
    assert azure.premium(size) is able


def test_a_chosen_tier_stands_in_for_the_sizes() -> None:
    disk = {"location": "westeurope", "storage_account_type": "Premium_LRS", "disk_size_gb": 100, "tier": "P30"}
    (found,) = parts("azurerm_managed_disk", disk)
    assert isinstance(found, Component)
    assert found.price == Decimal("148.68")


def test_a_location_is_read_with_blanks_and_capitals() -> None:
    disk = {"location": "West Europe", "storage_account_type": "Premium_LRS", "disk_size_gb": 128}
    assert isinstance(parts("azurerm_managed_disk", disk)[0], Component)


def test_storage_faster_than_its_size_is_listed() -> None:
    server = {"location": "eastus", "sku_name": "B_Standard_B1ms", "storage_mb": 32768, "storage_tier": "P30"}
    gaps = [part.reason for part in parts("azurerm_postgresql_flexible_server", server) if isinstance(part, Gap)]
    assert [reason.partition(":")[0] for reason in gaps] == ["Storage tier P30"]
    assert not [
        part
        for part in parts("azurerm_postgresql_flexible_server", {**server, "storage_tier": "P4"})
        if isinstance(part, Gap)
    ]


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("Premium_LRS", []),
        ("StandardSSD_LRS", ["os_disk.monthly_disk_operations"]),
        ("Standard_LRS", ["os_disk.monthly_disk_operations"]),
    ],
)
def test_operations_of_standard_disks_are_asked_for(kind: str, missing: list[str]) -> None:
    disk = {"storage_account_type": kind, "disk_size_gb": 30}
    machine = {"location": "westeurope", "size": "Standard_D4s_v5", "os_disk": [disk]}
    found = parts("azurerm_linux_virtual_machine", machine)
    assert [part.key for part in found if isinstance(part, UsageMissing)] == missing
    assert len([part for part in found if isinstance(part, Component)]) == 2


def test_a_kind_of_disk_that_nobody_knows_is_a_gap() -> None:
    disk = {"location": "westeurope", "storage_account_type": "StandardZ_LRS", "disk_size_gb": 30}
    (found,) = parts("azurerm_managed_disk", disk)
    assert isinstance(found, Gap)


def test_premium_caches_have_shards_with_replicas() -> None:
    cache = {"location": "eastus", "sku_name": "Premium", "family": "P", "capacity": 1, "shard_count": 3}
    (found,) = parts("azurerm_redis_cache", cache)
    assert isinstance(found, Gap)
    assert "premium-P1" in found.reason


def test_a_balancer_whose_rules_are_made_elsewhere_asks_for_them() -> None:
    balancer = {"location": "westeurope", "sku": "Standard"}
    assert [part.key for part in parts("azurerm_lb", balancer)] == ["has_rules", "monthly_data_processed_gb"]
    told = parts("azurerm_lb", balancer, {"has_rules": Decimal(1), "monthly_data_processed_gb": Decimal(0)})
    assert [part.quantity for part in told] == [730, 0]


def test_a_spot_machine_of_windows_has_no_price() -> None:
    pool = {"location": "westeurope", "vm_size": "Standard_D4s_v5", "node_count": 1, "os_type": "Windows"}
    found = parts("azurerm_kubernetes_cluster_node_pool", pool)
    assert isinstance(found[0], Gap)
    assert "virtual-machines-windows" in found[0].reason
