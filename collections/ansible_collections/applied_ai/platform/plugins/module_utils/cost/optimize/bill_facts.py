# SPDX-License-Identifier: Apache-2.0
"""How many instances ran on demand in each hour, from a bill by the hour: what a commitment could cover."""

# ruff: noqa: S608 # SQL is put together from constants; foreign text goes through quoted()
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.exports import Export
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.formats import WIDE, expression, quoted
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.scan import (
    Part,
    Settings,
    ask,
    database,
    parts,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Unknown, Usage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HOUR: Final = timedelta(hours=1)
# What CUR 2.0 and FOCUS call EC2.
SERVICES: Final = ("AmazonEC2", "Amazon Elastic Compute Cloud")
NEEDED: Final = ("InstanceType", "ConsumedQuantity", "RegionId")


def usage(exports: Sequence[Export], region: str, settings: Settings) -> tuple[tuple[Usage, ...], tuple[Unknown, ...]]:
    """Return the on-demand instances of EC2 in a region by the hour, from the bill's first hour to its last.

    Raises:
        CostError: A file cannot be read, or is no bill.

    """
    with database(settings) as connection:
        given = parts(connection, exports)
        lacking = sorted(
            {name for part in given for name in NEEDED if expression(part.form, name, part.types) == "NULL"}
        )
        if lacking:
            return (), (Unknown("bill", f"The bill has no {', '.join(lacking)}, so that usage by type is not known."),)
        first, last, latest = _span(connection, given)
        if first is None:
            return (), ()
        if not latest:
            return (), (Unknown("bill", "The bill is not by the hour; export it with hourly granularity."),)
        rows = ask(connection, _hours(given, region), str(given[0].paths[0]))
    return hourly(rows, first, last), ()


def _times(given: Sequence[Part]) -> str:
    return " UNION ALL ".join(
        f"SELECT CAST({expression(part.form, 'ChargePeriodStart', part.types)} AS TIMESTAMP) AS Start"
        f" FROM {part.source} WHERE {_running(part)}"
        for part in given
    )


def _running(part: Part) -> str:
    """Return the SQL for a line about an EC2 instance that ran, whoever paid for it in advance."""
    names = ", ".join(quoted(one) for one in SERVICES)
    named = {name: expression(part.form, name, part.types) for name in ("ServiceName", "InstanceType")}
    category = expression(part.form, "ChargeCategory", part.types)
    return f"({named['ServiceName']}) IN ({names}) AND ({named['InstanceType']}) IS NOT NULL AND ({category}) = 'Usage'"


def _span(connection: DuckDBPyConnection, given: Sequence[Part]) -> tuple[Any, ...]:
    """Return the first and the last hour of the bill's instances, and the latest hour of a day (0: a bill by day)."""
    sql = f"SELECT min(Start), max(Start), max(hour(Start)) FROM ({_times(given)})"
    return ask(connection, sql, str(given[0].paths[0]))[0]


def _hours(given: Sequence[Part], region: str) -> str:
    lines = " UNION ALL ".join(
        f"SELECT {expression(part.form, 'InstanceType', part.types)} AS Kind,"
        f" date_trunc('hour', CAST({expression(part.form, 'ChargePeriodStart', part.types)} AS TIMESTAMP)) AS Start,"
        f" CAST({expression(part.form, 'ConsumedQuantity', part.types)} AS {WIDE}) AS Hours"
        f" FROM {part.source} WHERE {_running(part)}"
        f" AND ({expression(part.form, 'PricingCategory', part.types)}) = 'Standard'"
        f" AND ({expression(part.form, 'RegionId', part.types)}) = {quoted(region)}"
        for part in given
    )
    return f"SELECT Kind, Start, sum(Hours) FROM ({lines}) GROUP BY ALL ORDER BY ALL"


def hourly(rows: Iterable[tuple[Any, ...]], first: datetime, last: datetime) -> tuple[Usage, ...]:
    """Return usage by type with an entry for each hour from the first to the last; one without a row had none.

    A part of an hour is no instance that a commitment could count on, so that it is rounded down.
    """
    count = (last.replace(minute=0, second=0, microsecond=0) - first) // HOUR + 1
    found: dict[str, list[int]] = {}
    for kind, start, hours in rows:
        place = (start - first) // HOUR
        running = Decimal(hours).to_integral_value(ROUND_FLOOR)
        found.setdefault(str(kind), [0] * count)[place] = max(int(running), 0)
    return tuple(Usage(kind, tuple(counts)) for kind, counts in sorted(found.items()) if any(counts))
