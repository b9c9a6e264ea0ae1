# SPDX-License-Identifier: Apache-2.0
"""What a bill says: sums of the cube (see scan.py) as plain data, with amounts as decimal texts in full precision.

Every breakdown adds up to the month's total. The parts of a report are made by small functions from rows of the cube;
``report`` puts them together.
"""

# ruff: noqa: S608 # SQL is put together from constants; foreign text goes through quoted()
from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import gpu, savings
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.anomalies import anomalies
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.exports import Duplicates, Export
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.forecast import forecast
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.formats import gaps, quoted
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.scan import (
    Part,
    Settings,
    ask,
    database,
    fill,
    label,
    parts,
    repeated,
    resources,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import CURRENCIES, shown

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Json = dict[str, Any]
# First and last day → shares of time in which GPUs were busy
Asked = Callable[[date, date], Mapping[str, Decimal]]

ZERO: Final = Decimal(0)
MONTH: Final = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")
# Those of list prices, and others that clouds send bills in.
BILLED_IN: Final = CURRENCIES | {
    *("AED", "CLP", "COP", "CZK", "HKD", "HUF", "ILS", "PEN", "PHP", "SAR", "SGD", "THB", "TRY", "ZAR")
}
BREAKDOWNS: Final = {
    "by_service": "ServiceName",
    "by_account": "SubAccountId",
    "by_region": "RegionId",
    "by_charge": "ChargeCategory",
    "by_pricing": "PricingCategory",
}
SHARE: Final = Decimal("0.0001")
# As many names have room in a sentence.
NAMED: Final = 5


@dataclass(frozen=True)
class Request:
    """What is asked of a bill.

    ``month`` is such as ``2026-11``, empty for the bill's latest; ``currency`` chooses one where there are several;
    ``budget`` is money per month; ``settling_days`` are the last days of an unfinished month, which the cloud still
    adds lines to; ``least_anomaly`` is money per day; ``utilisation`` are shares of time in which GPUs were busy,
    ``asked`` asks for those of a time, which do not replace what is given.
    """

    month: str = ""
    currency: str = ""
    budget: Decimal | None = None
    confidence: Decimal = Decimal("0.9")
    settling_days: int = 1
    least_anomaly: Decimal = Decimal(10)
    duplicates: Duplicates = "fail"
    utilisation: Mapping[str, Decimal] = field(default_factory=dict)
    asked: Asked = lambda _first, _through: {}
    gpus: gpu.Gpus = lambda _instance: ("", 0)


@dataclass(frozen=True)
class Cube:
    """The cube of one month and currency, with what it needs to be asked."""

    connection: DuckDBPyConnection
    currency: str
    month: date

    def rows(self, select: str, more: str = "", rest: str = "", month: date | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the month's part of the cube."""
        where = f"BillingCurrency = {quoted(self.currency)} AND Month = DATE '{month or self.month}' {more}"
        return ask(self.connection, f"SELECT {select} FROM cube WHERE {where} {rest}", "The bill")


def report(exports: Sequence[Export], request: Request, settings: Settings) -> Json:
    """Return the report on a bill's files.

    Raises:
        CostError: The bill cannot be read, or its total would be wrong.

    """
    with database(settings) as connection:
        given = parts(connection, exports)
        fill(connection, given, settings)
        if again := repeated(connection, given):
            raise CostError(
                f"The bill has {again} duplicate lines (the same identity more than once), which would be counted"
                " twice; take files that overlap away, or set duplicates=newest for exports that keep versions."
            )
        no_overlap(connection)
        warnings = sorted({gap for part in given for gap in gaps(part.form, part.types)})
        currency = chosen_currency(connection, request.currency, warnings)
        months = month_sums(connection, currency)
        cube = Cube(connection, currency, chosen_month(months, request.month, warnings))
        return {
            "currency": currency,
            "month": f"{cube.month:%Y-%m}",
            "formats": sorted({part.form.name for part in given}),
            "files": len(exports),
            "months": months,
            **figures(cube, given, request, settings, warnings),
            "warnings": warnings,
        }


def figures(cube: Cube, given: Sequence[Part], request: Request, settings: Settings, warnings: list[str]) -> Json:
    """Return the report's figures of a month; what cannot be told is added to the warnings."""
    negative(cube, warnings)
    history = daily(cube)
    through, complete = settled(cube, history, request.settling_days)
    sums = priced(cube)
    return {
        "period": {"first": str(cube.month), "through": str(through), "complete": complete},
        "totals": totals(cube),
        **{name: breakdown(cube, column) for name, column in BREAKDOWNS.items()},
        "by_tag": {tag: breakdown(cube, label(tag)) for tag in settings.tags},
        "by_day": breakdown(cube, "Day", "1"),
        "untagged": untagged(cube, list(settings.tags)),
        "budget": budget(cube, request, history, (through, complete), warnings),
        "trend": trend(cube),
        "movers": movers(cube, through),
        "anomalies": odd_days(cube, through, request.least_anomaly),
        "commitments": commitment_figures(sums),
        "savings": saving_figures(sums, cube, warnings),
        "gpu": gpu_figures(cube, given, request, through, warnings),
    }


def amount(value: Decimal | None) -> str | None:
    """Return money as text, None where it is not known."""
    return None if value is None else shown(value + ZERO)


def part_of(value: Decimal | None) -> str | None:
    """Return a share as text with four digits, None where it is not known."""
    return None if value is None else f"{value.quantize(SHARE):f}"


def no_overlap(connection: DuckDBPyConnection) -> None:
    """Refuse the same month of the same account in two formats: it would be counted twice."""
    rows = ask(
        connection,
        "SELECT SubAccountId, strftime(Month, '%Y-%m') FROM cube WHERE SubAccountId <> '' GROUP BY ALL"
        " HAVING count(DISTINCT Format) > 1 ORDER BY ALL LIMIT 1",
        "The bill",
    )
    if rows:
        raise CostError(
            f"Account {rows[0][0]} has {rows[0][1]} both as CUR 2.0 and as FOCUS, which would count it twice; name one."
        )


def chosen_currency(connection: DuckDBPyConnection, wanted: str, warnings: list[str]) -> str:
    """Return the currency to report in.

    Raises:
        CostError: There are several and none was chosen, or one that is no currency.

    """
    rows = ask(connection, "SELECT BillingCurrency, sum(Lines) FROM cube GROUP BY 1 ORDER BY 1", "The bill")
    found = {str(code): int(lines) for code, lines in rows}
    for code in found:
        if code not in BILLED_IN:
            raise CostError(f"The bill has lines in the currency {code!r}, which is unknown; export it again.")
    listed = ", ".join(f"{code} ({lines} lines)" for code, lines in found.items())
    if wanted and wanted not in found:
        raise CostError(f"currency is {wanted}, in which the bill has no line; it has {listed}.")
    if not wanted and len(found) > 1:
        raise CostError(f"The bill mixes currencies: {listed}; set currency to one of them.")
    if len(found) > 1:
        warnings.append(f"Only {wanted} is reported: the bill has {listed}.")
    return wanted or next(iter(found))


def month_sums(connection: DuckDBPyConnection, currency: str) -> list[Json]:
    """Return the sums of each month in the bill, the oldest first."""
    rows = ask(
        connection,
        "SELECT strftime(Month, '%Y-%m'), sum(BilledCost), sum(EffectiveCost), sum(Lines) FROM cube"
        f" WHERE BillingCurrency = {quoted(currency)} GROUP BY 1 ORDER BY 1",
        "The bill",
    )
    return [
        {"month": month, "billed": amount(billed), "effective": amount(effective), "lines": int(lines)}
        for month, billed, effective, lines in rows
    ]


def chosen_month(months: Sequence[Json], wanted: str, warnings: list[str]) -> date:
    """Return the first day of the month to report on.

    Raises:
        CostError: The bill does not have it.

    """
    names = [str(one["month"]) for one in months]
    if wanted and not MONTH.match(wanted):
        raise CostError(f"month is {wanted!r}; it must be such as 2026-11.")
    if wanted and wanted not in names:
        raise CostError(f"month is {wanted}, which the bill does not have; it has {', '.join(names)}.")
    month = wanted or names[-1]
    if len(names) > 1:
        warnings.append(f"The bill has the months {', '.join(names)}: figures are of {month}, the others are its past.")
    return date.fromisoformat(f"{month}-01")


def negative(cube: Cube, warnings: list[str]) -> None:
    """Tell usage below zero, which counts as it stands."""
    [(lines, cost)] = cube.rows("sum(Negative), sum(BilledCost) FILTER (Negative > 0)")
    if lines:
        warnings.append(
            f"{lines} lines have usage below zero, among costs of {amount(cost)}; they count as they stand."
        )


def totals(cube: Cube) -> Json:
    """Return the month's totals. ``list_known`` is the effective cost of those lines whose list price is known."""
    [(billed, effective, listed, known, lines)] = cube.rows(
        "sum(BilledCost), sum(EffectiveCost), sum(ListCost), sum(ListedCost), sum(Lines)"
    )
    return {
        "billed": amount(billed),
        "effective": amount(effective),
        "list": amount(listed),
        "list_known": amount(known),
        "lines": int(lines),
    }


def breakdown(cube: Cube, column: str, order: str = "3 DESC, 2 DESC, 1") -> list[Json]:
    """Return a month's costs by a column of the cube, the dearest first."""
    rows = cube.rows(
        f"CAST({column} AS VARCHAR), sum(BilledCost), sum(EffectiveCost)", rest=f"GROUP BY 1 ORDER BY {order}"
    )
    return [{"name": name, "billed": amount(billed), "effective": amount(cost)} for name, billed, cost in rows]


def untagged(cube: Cube, tags: Sequence[str]) -> Json:
    """Return what usage without each tag costs and its share, and of which services it is."""
    [(whole,)] = cube.rows("coalesce(sum(EffectiveCost), 0)", "AND ChargeCategory = 'Usage'")
    found: Json = {}
    for tag in tags:
        rows = cube.rows(
            "ServiceName, sum(EffectiveCost)",
            f"AND ChargeCategory = 'Usage' AND {label(tag)} = ''",
            "GROUP BY 1 ORDER BY 2 DESC, 1",
        )
        missing = sum((cost for _, cost in rows), ZERO)
        found[tag] = {
            "effective": amount(missing),
            "share": part_of(savings.share(missing, whole)),
            "services": [{"name": name, "effective": amount(cost)} for name, cost in rows[:5]],
        }
    return found


def daily(cube: Cube) -> list[tuple[date, Decimal]]:
    """Return what is billed per day up to the month's end, without holes, over all months of the bill.

    That is usage, and fees of commitments that are billed day by day.
    """
    end = last_day(cube.month)
    mine = f"BillingCurrency = {quoted(cube.currency)} AND Day <= DATE '{end}'"
    # A fee on so many days of the last fortnight comes again tomorrow; one at the month's beginning does not.
    recurring = (
        f"SELECT CommitmentDiscountId FROM cube WHERE {mine} AND ChargeCategory = 'Purchase'"
        f" AND Day > (SELECT max(Day) FROM cube WHERE {mine}) - 14 GROUP BY 1 HAVING count(DISTINCT Day) >= 10"
    )
    rows = ask(
        cube.connection,
        f"SELECT Day, sum(BilledCost) FROM cube WHERE {mine} AND (ChargeCategory = 'Usage'"
        f" OR (ChargeCategory = 'Purchase' AND CommitmentDiscountId IN ({recurring}))) GROUP BY 1 ORDER BY 1",
        "The bill",
    )
    return filled(rows)


def filled(rows: Sequence[tuple[date, Decimal]]) -> list[tuple[date, Decimal]]:
    """Return days without holes, where a missing day costs nothing."""
    if not rows:
        return []
    there = dict(rows)
    first, last = rows[0][0], rows[-1][0]
    days = (first + timedelta(days=index) for index in range((last - first).days + 1))
    return [(day, there.get(day, ZERO)) for day in days]


def last_day(month: date) -> date:
    """Return a month's last day."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def settled(cube: Cube, history: Sequence[tuple[date, Decimal]], settling: int) -> tuple[date, bool]:
    """Return the last day that nothing is added to any more, and whether the month is complete."""
    end = last_day(cube.month)
    newest = history[-1][0] if history else end
    if newest >= end:
        return end, True
    return max(cube.month, newest - timedelta(days=settling)), False


def budget(
    cube: Cube,
    request: Request,
    history: Sequence[tuple[date, Decimal]],
    end: tuple[date, bool],
    warnings: list[str],
) -> Json:
    """Return what was spent, what the month will have cost, and both against the budget.

    Usage and daily fees are forecast. Other fees, taxes and credits stay as they are billed so far.
    """
    through, complete = end
    limit, confidence = request.budget, request.confidence
    [(billed,)] = cube.rows("sum(BilledCost)")
    past = [(day, cost) for day, cost in history if day <= through]
    later = sum((cost for day, cost in history if day > through), ZERO)
    ahead = (last_day(cube.month) - through).days
    if complete or not past:
        low = total = high = billed
        said: Json = {"trials": 0, "days": []}
    else:
        seen = forecast(past, ahead, confidence)
        low, total, high = (billed - later + one for one in (seen.low, seen.total, seen.high))
        said = {
            "trials": seen.trials,
            "days": [{"day": str(day), "billed": amount(round(cost, 2))} for day, cost in seen.days],
        }
        if not seen.trials:
            warnings.append("The bill has too few days to test a forecast: its interval is a quarter to either side.")
    elapsed = Decimal((through - cube.month).days + 1) / last_day(cube.month).day
    return {
        "limit": amount(limit),
        "spent": amount(billed),
        "spent_share": part_of(savings.share(billed, limit)) if limit else None,
        "elapsed_share": part_of(elapsed),
        "forecast": {
            "low": amount(round(low, 2)),
            "total": amount(round(total, 2)),
            "high": amount(round(high, 2)),
            "confidence": amount(confidence),
            **said,
        },
        "verdict": verdict(limit, low, total, high),
    }


def verdict(limit: Decimal | None, low: Decimal, total: Decimal, high: Decimal) -> str:
    """Return how a forecast lies to a budget: none, within, at_risk, likely_over or over."""
    if limit is None:
        return "none"
    if low > limit:
        return "over"
    if total > limit:
        return "likely_over"
    return "at_risk" if high > limit else "within"


def trend(cube: Cube) -> list[Json]:
    """Return effective cost per month and service up to this month, the oldest first."""
    rows = ask(
        cube.connection,
        "SELECT strftime(Month, '%Y-%m'), ServiceName, sum(EffectiveCost) FROM cube"
        f" WHERE BillingCurrency = {quoted(cube.currency)} AND Month <= DATE '{cube.month}'"
        " GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
        "The bill",
    )
    months: dict[str, list[Json]] = {}
    for month, service, cost in rows:
        months.setdefault(month, []).append({"name": service, "effective": amount(cost)})
    return [{"month": month, "services": services} for month, services in months.items()]


def movers(cube: Cube, through: date) -> list[Json]:
    """Return how each service's usage changed against as many days of the month before, the largest change first."""
    before = (cube.month - timedelta(days=1)).replace(day=1)
    until = min(last_day(before), before + timedelta(days=(through - cube.month).days))
    if through == last_day(cube.month):
        until = last_day(before)
    usage = "AND ChargeCategory = 'Usage'"
    sql = "ServiceName, sum(EffectiveCost)"
    now = dict(cube.rows(sql, f"{usage} AND Day <= DATE '{through}'", "GROUP BY 1"))
    then = dict(cube.rows(sql, f"{usage} AND Day <= DATE '{until}'", "GROUP BY 1", before))
    if not then:
        return []
    names = sorted(now | then, key=lambda name: (-abs(now.get(name, ZERO) - then.get(name, ZERO)), name))
    return [
        {
            "name": name,
            "before": amount(then.get(name, ZERO)),
            "now": amount(now.get(name, ZERO)),
            "change": amount(now.get(name, ZERO) - then.get(name, ZERO)),
        }
        for name in names
    ]


def odd_days(cube: Cube, through: date, least: Decimal) -> list[Json]:
    """Return the month's anomalies of each service's usage."""
    rows = ask(
        cube.connection,
        "SELECT ServiceName, Day, sum(EffectiveCost) FROM cube WHERE ChargeCategory = 'Usage'"
        f" AND BillingCurrency = {quoted(cube.currency)} AND Day <= DATE '{through}' GROUP BY 1, 2 ORDER BY 1, 2",
        "The bill",
    )
    services: dict[str, list[tuple[date, Decimal]]] = {}
    for service, day, cost in rows:
        services.setdefault(service, []).append((day, cost))
    found = anomalies({name: filled([*days, *silence(days, through)]) for name, days in services.items()}, least)
    return [
        {
            "service": one.service,
            "first": str(one.first),
            "last": str(one.last),
            "actual": amount(one.actual),
            "expected": amount(round(one.expected, 2)),
            "excess": amount(round(one.excess, 2)),
        }
        for one in found
        if one.last >= cube.month
    ]


def silence(days: Sequence[tuple[date, Decimal]], through: date) -> list[tuple[date, Decimal]]:
    """Return the last day as one without cost, for a service that fell silent before it."""
    return [] if days[-1][0] >= through else [(through, ZERO)]


def priced(cube: Cube) -> list[savings.Sum]:
    """Return the month's sums by what savings depend on."""
    rows = cube.rows(
        "PricingCategory, CommitmentDiscountStatus, CommitmentDiscountId, InstanceType <> '', sum(EffectiveCost),"
        " sum(ListedCost), sum(ListCost)",
        rest="GROUP BY ALL ORDER BY ALL",
    )
    return [savings.Sum(*row) for row in rows]


def commitment_figures(sums: Sequence[savings.Sum]) -> Json:
    """Return coverage and utilisation, of all commitments and of each."""
    each = savings.commitments(sums)
    used, unused = sum((one.used for one in each), ZERO), sum((one.unused for one in each), ZERO)
    utilisation = savings.share(used, used + unused)
    return {
        "coverage": part_of(savings.coverage(sums)),
        "utilisation": part_of(utilisation),
        "target": amount(savings.TARGET),
        "reached": None if utilisation is None else utilisation > savings.TARGET,
        "used": amount(used),
        "unused": amount(unused),
        "each": [
            {
                "id": one.id,
                "used": amount(one.used),
                "unused": amount(one.unused),
                "utilisation": part_of(one.utilisation),
            }
            for one in each
        ],
    }


def saving_figures(sums: Sequence[savings.Sum], cube: Cube, warnings: list[str]) -> Json:
    """Return what spot and commitments saved against list prices."""
    [(lines, cost)] = cube.rows(
        "sum(Lines - Listed), sum(EffectiveCost - ListedCost)", "AND PricingCategory = 'Dynamic'"
    )
    if lines:
        warnings.append(
            f"{lines} lines of spot usage, of {amount(cost)}, have no list price; their savings are unknown."
        )
    return {
        name: {
            "paid": amount(one.paid),
            "on_demand": amount(one.on_demand),
            "saved": amount(one.saved),
            "share": part_of(savings.share(one.saved, one.on_demand)),
        }
        for name, one in (("spot", savings.spot(sums)), ("commitments", savings.committed(sums)))
    }


def gpu_figures(cube: Cube, given: Sequence[Part], request: Request, through: date, warnings: list[str]) -> Json:
    """Return GPU hours by model and the cost of idle GPUs."""
    rows = cube.rows(
        "InstanceType, sum(ConsumedQuantity), sum(EffectiveCost)",
        "AND ChargeCategory = 'Usage' AND InstanceType <> ''",
        "GROUP BY 1 ORDER BY 1",
    )
    usages = [gpu.Usage(*row) for row in rows]
    unknown_types(usages, request.gpus, warnings)
    mine = [one.instance for one in usages if (shape := request.gpus(one.instance)) and shape[1]]
    busy: Mapping[str, Decimal] = {}
    if mine:
        try:
            busy = {**request.asked(cube.month, through), **request.utilisation}
        except CostError as error:
            busy = request.utilisation
            warnings.append(str(error))
    if busy:
        usages = [
            gpu.Usage(instance, hours, cost, resource)
            for month, instance, resource, hours, cost in resources(cube.connection, given, mine)
            if month == cube.month
        ]
    found = gpu.models(usages, request.gpus, busy)
    unknown = sum((one.unknown for one in found), ZERO)
    if unknown:
        warnings.append(f"GPUs of {amount(unknown)} have no utilisation; whether they were idle is unknown.")
    return {
        "hours": amount(sum((one.hours for one in found), ZERO)),
        "effective": amount(sum((one.effective for one in found), ZERO)),
        "idle": amount(sum((one.idle for one in found), ZERO)),
        "unknown": amount(unknown),
        "models": [
            {
                "model": one.model,
                "hours": amount(one.hours),
                "effective": amount(one.effective),
                "idle": amount(one.idle),
                "unknown": amount(one.unknown),
            }
            for one in found
        ],
    }


def unknown_types(usages: Sequence[gpu.Usage], gpus: gpu.Gpus, warnings: list[str]) -> None:
    """Tell instance types of which nobody knows whether they have GPUs."""
    if not usages:
        warnings.append("No line tells an instance type: GPU hours and the coverage of instances cannot be told.")
    strange = [one for one in usages if gpus(one.instance) is None]
    if strange:
        names = ", ".join(one.instance for one in strange[:NAMED])
        more = f" and {len(strange) - NAMED} more" if len(strange) > NAMED else ""
        cost = amount(sum((one.effective for one in strange), ZERO))
        warnings.append(f"The price book does not know {names}{more}, of {cost}: whether they have GPUs is unknown.")
