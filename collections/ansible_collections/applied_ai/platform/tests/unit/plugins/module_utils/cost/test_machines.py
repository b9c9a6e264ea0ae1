# SPDX-License-Identifier: Apache-2.0
"""Counts, spot ranges and references between resources."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import machines
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Gap,
    Options,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope

HEADER = "region,sku,unit,currency,price,as_of,source,note\n"


@pytest.fixture
def book(tmp_path: Path) -> PriceBook:
    (tmp_path / "gcp").mkdir()
    (tmp_path / "gcp/m.csv").write_text(f"{HEADER}here,big,hour,USD,2,2026,s,\nhere,cheap,GB,USD,1,2026,s,\n")
    (tmp_path / "gcp/m-spot.csv").write_text(f"{HEADER}here,big,hour,USD,0.5,2026,s,\nhere,odd,hour,USD,0.5,2026,s,\n")
    return PriceBook(tmp_path)


def scope(book: PriceBook, usage: dict[str, Decimal] | None = None, *peers: Resource, **given: Any) -> Scope:
    resource = Resource(
        address="t.a", type="t", name="a", region="here", provider="gcp", **{"values": {}, "module": "", **given}
    )
    by_type = defaultdict(list)
    for peer in peers:
        by_type[peer.type].append(peer)
    return Scope(resource, book, usage or {}, Options(today=date(2026, 1, 1), hours=Decimal(100)), by_type)


def other(address: str, **given: Any) -> Resource:
    kind = address.split(".")[-2]
    return Resource(address=address, type=kind, name="x", region="here", **{"module": "", "values": {}, **given})


@pytest.mark.parametrize(
    ("least", "wanted", "most", "expected"),
    [(1, 3, 5, 3), (1, None, 5, 1), (2, 1, 5, 2), (1, 9, 5, 5), (0, 0, 0, 0)],
)
def test_an_autoscaled_group_stays_within_its_limits(least: int, wanted: int | None, most: int, expected: int) -> None:
    count = machines.between(Decimal(least), None if wanted is None else Decimal(wanted), Decimal(most))
    assert (count.low, count.expected, count.high) == (least, expected, most)


def test_spot_costs_at_most_what_is_on_demand(book: PriceBook) -> None:
    count = machines.Count(Decimal(1), Decimal(2), Decimal(3))
    part = machines.machine_hours(scope(book), "Nodes", count, machines.Meter("m", "big"), "m-spot")
    assert isinstance(part, Component)
    assert (part.low, part.monthly, part.high) == (50, 100, 600)


def test_spot_without_a_price_on_demand_keeps_its_own(book: PriceBook) -> None:
    part = machines.machine_hours(scope(book), "Nodes", machines.fixed(1), machines.Meter("m", "odd"), "m-spot")
    assert isinstance(part, Component)
    assert part.high == part.monthly == 50


def test_spot_without_a_price_is_a_gap_and_never_the_price_on_demand(book: PriceBook) -> None:
    part = machines.machine_hours(scope(book), "Nodes", machines.fixed(1), machines.Meter("m", "big"), "m-none")
    assert isinstance(part, Gap)


@pytest.mark.parametrize("used", [0, 1, 10, 11, 25])
def test_tiers_add_up_to_the_usage(book: PriceBook, used: int) -> None:
    meter = machines.Meter("m", "cheap", "GB")
    parts = list(
        machines.metered_tiers(scope(book, {"k": Decimal(used)}), "T", "k", ((Decimal(10), meter), (None, meter)))
    )
    assert sum(part.quantity for part in parts if isinstance(part, Component)) == used
    assert all(isinstance(part, Component) and part.usage == "k" for part in parts)


def test_usage_tells_how_many_machines_run_and_how_long(book: PriceBook) -> None:
    used = scope(book, {"nodes": Decimal(6), "monthly_hrs": Decimal(73)})
    count = machines.told(used, machines.Count(Decimal(1), Decimal(2), Decimal(5)), "nodes")
    assert (count.low, count.expected, count.high) == (1, 6, 6)
    assert machines.kept(used, count).expected == Decimal("0.6")
    part = machines.machine_hours(used, "Nodes", count, machines.Meter("m", "big"))
    assert isinstance(part, Component)
    assert part.quantity == 6 * 73
    assert machines.told(scope(book), count, "nodes") is count
    assert machines.hours(scope(book)) == 100


def test_usage_that_nobody_told_is_missing(book: PriceBook) -> None:
    meter = machines.Meter("m", "big")
    assert isinstance(machines.usage_hours(scope(book), "U", "k", meter), UsageMissing)
    part = machines.usage_hours(scope(book, {"k": Decimal(2)}), "U", "k", meter)
    assert isinstance(part, Component)
    assert part.quantity == 1460


def test_an_error_becomes_a_gap_behind_what_was_told(book: PriceBook) -> None:
    def parts() -> Any:
        yield Gap("first")
        raise CostError("second")

    assert [part.reason for part in machines.sure(parts())] == ["first", "second"]


def test_an_attribute_leads_to_what_it_refers_to(book: PriceBook) -> None:
    near, far = other("module.a.c.main", module="module.a"), other("c.main")
    inside = scope(book, None, near, far, module="module.a", refs={"cluster": ("c.main.name", "c.main")})
    assert list(machines.referred(inside, "cluster", "c")) == [near]
    outside = scope(book, None, near, refs={"cluster": ("c.main.name",)})
    assert list(machines.referred(outside, "cluster", "c")) == []


def test_instances_of_for_each_lead_to_their_own(book: PriceBook) -> None:
    one, two = other('c.main["one"]', index="one"), other('c.main["two"]', index="two")
    seen = scope(book, None, one, two, index="two", refs={"cluster": ("c.main", "each.key")})
    assert list(machines.referred(seen, "cluster", "c")) == [two]


def test_instances_of_a_module_lead_to_their_own(book: PriceBook) -> None:
    one, two = (other(f"module.a[{n}].c.main", module=f"module.a[{n}]") for n in (0, 1))
    seen = scope(book, None, one, two, module="module.a[1]", refs={"cluster": ("c.main.id",)})
    assert list(machines.referred(seen, "cluster", "c")) == [two]


def test_a_known_name_leads_to_a_resource_without_a_reference(book: PriceBook) -> None:
    named = other("c.main", values={"name": "prod"})
    seen = scope(book, None, named, other("c.rest", values={"name": "dev"}), values={"cluster": "prod"})
    assert list(machines.referred(seen, "cluster", "c")) == [named]


def test_no_name_begins_another(book: PriceBook) -> None:
    seen = scope(book, None, other("c.main2"), refs={"cluster": ("c.main",)})
    assert list(machines.referred(seen, "cluster", "c")) == []
