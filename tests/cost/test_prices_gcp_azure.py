# SPDX-License-Identifier: Apache-2.0
"""Prices of GCP and Azure resources against amounts reckoned by hand (accuracy_gcp_azure.yml)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import azure, gcp
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import estimate
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Gap,
    Options,
    Part,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import cents
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.plan import load, region_in
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.usage import Usage

DOCUMENT = yaml.safe_load((Path(__file__).parent / "accuracy_gcp_azure.yml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = DOCUMENT["cases"]


@pytest.fixture(scope="module")
def book() -> PriceBook:
    """Return the collection's own book."""
    return PriceBook(FOLDER)


def resource(given: dict[str, Any]) -> Resource:
    """Return a resource of a case; what refers to `subject` refers to the case's own resource."""
    kind = given["type"]
    provider = "azure" if kind.startswith("azurerm_") else "gcp"
    values = given.get("values") or {}
    address = given.get("address", f"{kind}.subject")
    return Resource(
        address=address,
        type=kind,
        name="subject",
        module="",
        region=region_in(provider, values),
        values=values,
        provider=provider,
        refs={name: tuple(refs) for name, refs in (given.get("refs") or {}).items()},
    )


def parts(case: dict[str, Any], book: PriceBook) -> Iterator[Part]:
    """Yield what the case's pricer yields."""
    subject = resource(case)
    peers = defaultdict(list, {subject.type: [subject]})
    for given in case.get("peers", ()):
        refs = {
            name: [ref.replace("subject", subject.address, 1) for ref in refs]
            for name, refs in given.get("refs", {}).items()
        }
        peer = resource({**given, "refs": refs})
        peers[peer.type].append(peer)
    usage = {key: Decimal(value) for key, value in case.get("usage", {}).items()}
    scope = Scope(subject, book, usage, Options(today=date(2026, 11, 28)), peers)
    yield from {**gcp.PRICERS, **azure.PRICERS}[subject.type](subject, scope)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_resource_costs_what_was_reckoned_by_hand(case: dict[str, Any], book: PriceBook) -> None:
    found = list(parts(case, book))
    priced = [part for part in found if isinstance(part, Component)]
    gaps = [part.reason for part in found if isinstance(part, Gap)]
    assert cents(sum((part.monthly for part in priced), Decimal(0))) == case["monthly"], [*priced, *gaps]
    assert len(gaps) == case.get("gaps", 0), gaps
    for end in ("low", "high"):
        if end in case:
            assert cents(sum((getattr(part, end) for part in priced), Decimal(0))) == case[end], priced
    missing = {part.key for part in found if isinstance(part, UsageMissing)}
    if "missing" in case or "usage" in case:
        assert missing == set(case.get("missing", ())), found


def test_a_plan_of_all_of_them_costs_their_sum(book: PriceBook) -> None:
    alone = [case for case in CASES if "peers" not in case and "refs" not in case]
    plan = {
        "format_version": "1.2",
        "planned_values": {
            "root_module": {
                "resources": [
                    {
                        "address": f"{case['type']}.n{number}",
                        "mode": "managed",
                        "type": case["type"],
                        "name": f"n{number}",
                        "provider_name": f"registry.terraform.io/hashicorp/{case['type'].partition('_')[0]}",
                        "values": case["values"],
                    }
                    for number, case in enumerate(alone)
                ]
            }
        },
    }
    usage = {
        f"{case['type']}.n{number}": {key: Decimal(value) for key, value in case["usage"].items()}
        for number, case in enumerate(alone)
        if "usage" in case
    }
    found = estimate(
        load(json.dumps(plan), "plan.json"), book, Usage(by_address=usage), Options(today=date(2026, 11, 28))
    )
    assert [cents(one.monthly) for one in found.resources] == [
        case["monthly"] for _, case in sorted((f"{case['type']}.n{number}", case) for number, case in enumerate(alone))
    ]
    assert len(found.unpriced) == sum(case.get("gaps", 0) for case in alone)
    assert cents(found.monthly) == cents(sum((one.monthly for one in found.resources), Decimal(0)))


ODD: list[Any] = [None, "", [], {}, "x", 0, True, [None], [{}], {"a": 1}, Decimal("1.5"), "1"]


def odd_cases(value: Any) -> Iterator[Any]:
    """Yield the values with one of them, at any depth, replaced by something odd."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: odd} for odd in (*ODD, *odd_cases(inner)))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], odd, *value[place + 1 :]] for odd in (*ODD, *odd_cases(inner)))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_values_of_an_odd_kind_are_gaps_or_errors_in_a_sentence(case: dict[str, Any], book: PriceBook) -> None:
    asked = 0
    for values in odd_cases(case["values"]):
        asked += 1
        try:
            found = list(parts({**case, "values": values}, book))
        except CostError as error:
            assert str(error).endswith(".")
        else:
            assert all(part.monthly >= 0 for part in found if isinstance(part, Component))
    assert asked >= len(ODD)


def test_cases_are_of_both_clouds_and_name_their_page() -> None:
    assert {case["type"].partition("_")[0] for case in CASES} == {"google", "azurerm"}
    assert {case["page"] for case in CASES} <= DOCUMENT["pages"].keys()


def test_no_type_is_both_priced_and_free() -> None:
    assert not (gcp.PRICERS.keys() & gcp.FREE.keys() or azure.PRICERS.keys() & azure.FREE.keys())
