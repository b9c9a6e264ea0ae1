# SPDX-License-Identifier: Apache-2.0
"""What a pricer yields for a resource, by the collection's own book."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws.tables import PRICERS
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.machines import sure
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Free,
    Gap,
    Options,
    Part,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope

TODAY = date(2026, 11, 28)


@dataclass(frozen=True)
class Parts:
    """Parts by kind, so that tests look at quantities, which a new price does not change."""

    found: tuple[Part, ...]

    @property
    def quantities(self) -> dict[str, Decimal]:
        return {one.name: one.quantity for one in self.found if isinstance(one, Component)}

    @property
    def components(self) -> list[Component]:
        return [one for one in self.found if isinstance(one, Component)]

    @property
    def gaps(self) -> list[str]:
        return [one.reason for one in self.found if isinstance(one, Gap)]

    @property
    def free(self) -> list[str]:
        return [one.reason for one in self.found if isinstance(one, Free)]

    @property
    def missing(self) -> set[str]:
        return {one.key for one in self.found if isinstance(one, UsageMissing)}


def made(address: str, values: dict[str, Any], **given: Any) -> Resource:
    kind, _, name = address.rpartition("/")[2].partition(".")
    index = given.pop("index", None)
    return Resource(
        address=address.replace("/", ".") + ("" if index is None else f"[{json.dumps(index)}]"),
        type=kind,
        name=name,
        module=address.rpartition("/")[0],
        region="us-east-1",
        values=values,
        index=index,
        **given,
    )


@pytest.fixture(scope="session")
def book() -> PriceBook:
    return PriceBook(FOLDER)


@pytest.fixture
def parts(book: PriceBook) -> Callable[..., Parts]:
    def of(
        subject: Resource,
        *peers: Resource,
        usage: dict[str, int | str] | None = None,
        words: dict[str, str] | None = None,
        **options: Any,
    ) -> Parts:
        by_type = defaultdict(list)
        for one in (subject, *peers):
            by_type[one.type].append(one)
        told = {key: Decimal(value) for key, value in (usage or {}).items()}
        scope = Scope(subject, book, told, Options(**{"today": TODAY, **options}), by_type, words or {})
        return Parts(tuple(sure(PRICERS[subject.type](subject, scope))))

    return of


@pytest.fixture
def make() -> Callable[..., Resource]:
    return made
