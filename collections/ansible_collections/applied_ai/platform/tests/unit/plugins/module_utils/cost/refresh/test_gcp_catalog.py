# SPDX-License-Identifier: Apache-2.0
"""Which SKUs of Google's catalog are taken, and how machine types are put together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh import gcp_catalog
from cost.price_apis import gcp_sku

PLACE = ["us-central1"]


@pytest.mark.parametrize(
    ("description", "unit", "key"),
    [
        ("N1 Predefined Instance Core running in Americas", "h", ("n1", False, "Core", "us-central1")),
        ("N2D AMD Instance Ram running in Iowa", "GiBy.h", ("n2d", False, "Ram", "us-central1")),
        ("Compute optimized Core running in Americas", "h", ("c2", False, "Core", "us-central1")),
        ("T2A Arm Instance Core running in Iowa", "h", ("t2a", False, "Core", "us-central1")),
        ("Spot Preemptible Compute optimized Ram running in Iowa", "GiBy.h", ("c2", True, "Ram", "us-central1")),
    ],
)
def test_descriptions_tell_cores_and_memory(description: str, unit: str, key: tuple[Any, ...]) -> None:
    assert gcp_catalog.rates([gcp_sku(description, (0, 5), unit, PLACE)]) == {key: (Decimal("5e-9"), "USD")}


@pytest.mark.parametrize(
    "description",
    [
        "N2 Custom Instance Core running in Iowa",
        "N1 Predefined Sole Tenancy Instance Core running in Iowa",
        "Commitment v1: N2 Cpu in Iowa for 1 Year",
        "Reserved N2 Instance Core in Iowa",
    ],
)
def test_other_descriptions_are_left_out(description: str) -> None:
    assert gcp_catalog.rates([gcp_sku(description, (0, 5), "h", PLACE)]) == {}


def test_a_price_in_several_steps_is_not_taken_and_a_free_first_step_is_passed_over() -> None:
    sku = gcp_sku("Storage PD Capacity", (0, 40_000_000), "GiBy.mo", PLACE)
    rates = sku["pricingInfo"][0]["pricingExpression"]["tieredRates"]
    free = {"startUsageAmount": 0, "unitPrice": {"currencyCode": "USD", "units": "0", "nanos": 0}}
    rates.insert(0, free)
    assert gcp_catalog.price_of(sku, "GiBy.mo") == (Decimal("0.04"), "USD")
    rates.append({"startUsageAmount": 99, "unitPrice": {"currencyCode": "USD", "units": "1", "nanos": 0}})
    assert gcp_catalog.price_of(sku, "GiBy.mo") is None
    assert gcp_catalog.price_of(sku, "h") is None
    assert gcp_catalog.price_of({}, "h") is None


@pytest.mark.parametrize(
    ("description", "unit", "expected"),
    [
        ("Nvidia Tesla T4 GPU running in Iowa", "h", ("compute-gpu", "nvidia-tesla-t4")),
        (
            "Nvidia Tesla V100 GPU attached to Spot Preemptible VMs running in Iowa",
            "h",
            ("compute-gpu-spot", "nvidia-tesla-v100"),
        ),
        ("Balanced PD Capacity", "GiBy.mo", ("compute-disk", "pd-balanced")),
        ("SSD backed PD Capacity in Iowa", "GiBy.mo", ("compute-disk", "pd-ssd")),
    ],
)
def test_what_is_sold_whole(description: str, unit: str, expected: tuple[str, str]) -> None:
    (found,) = gcp_catalog.read([gcp_sku(description, (1, 0), unit, PLACE)])
    assert (found.key.service, found.key.sku, found.price) == (*expected, 1)


def test_a_machine_type_of_unknown_size_or_half_a_price_is_left_out() -> None:
    known = {("n2", False, "Core", "us-central1"): (Decimal(1), "USD")}
    assert list(gcp_catalog.machines(known, PLACE, ["n2-standard-8", "n2-custom-8-1", "a2-highgpu-1g"])) == []


@pytest.mark.parametrize("family", ["n1", "n2", "n2d", "e2", "c2d", "c3", "c3d", "n4"])
def test_the_memory_of_machine_types_agrees_with_the_books_prices(family: str) -> None:
    """Two types of a family give the price of a core and a GiB; the third type must then come out as in the book."""
    book, ratio = PriceBook(FOLDER), gcp_catalog.MEMORY[family]
    price = {kind: book.price("gcp", "compute", "us-central1", f"{family}-{kind}-8", "hour").amount for kind in ratio}
    memory = (price["highmem"] - price["standard"]) / (8 * (ratio["highmem"] - ratio["standard"]))
    core = price["standard"] / 8 - ratio["standard"] * memory
    rates = {
        (family, False, "Core", "us-central1"): (core, "USD"),
        (family, False, "Ram", "us-central1"): (memory, "USD"),
    }
    (found,) = gcp_catalog.machines(rates, PLACE, [f"{family}-highcpu-8"])
    assert abs(found.price - price["highcpu"]) < Decimal("0.000001")
