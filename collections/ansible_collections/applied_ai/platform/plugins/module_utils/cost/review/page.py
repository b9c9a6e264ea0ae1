# SPDX-License-Identifier: Apache-2.0
"""The monthly review: a report of cost_report_info as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import decimal_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.review import charts

Json = Mapping[str, Any]

HERE: Final = Path(__file__).parent
SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
WHOLE: Final = Decimal(1)
CENT: Final = Decimal("0.01")
# Below this, cents matter.
SMALL: Final = Decimal(100)
# Typographic: an en dash and a minus sign.
DASH: Final = "\N{EN DASH}"
MINUS: Final = "\N{MINUS SIGN}"
TABLE_ROWS: Final = 8
ACTION_ROWS: Final = 15
VERDICTS: Final = {
    "none": "no budget is set",
    "within": "within budget",
    "at_risk": "budget at risk",
    "likely_over": "likely over budget",
    "over": "over budget",
}
NEEDED: Final = ("currency", "month", "period", "totals", "by_service", "by_day", "budget", "trend", "savings")


def page(report: Json, findings: Sequence[Json] = (), title: str = "Platform", made: str = "") -> str:
    """Return the page.

    Args:
        report: What cost_report_info returns.
        findings: What cost_optimize_info found, the most money first; empty when nobody asked.
        title: What the review is of.
        made: When it was made, as it shall be read; empty is not told.

    Raises:
        CostError: The report is none.

    """
    if missing := [name for name in NEEDED if name not in report]:
        raise CostError(f"The report has no {', '.join(missing)}; give what cost_report_info returns.")
    try:
        import jinja2  # noqa: PLC0415 # Ansible has it
    except ImportError as error:
        raise CostError(f"The Python library jinja2 is missing ({error}); run make setup.") from error
    # Names in a bill are foreign text: all of it is escaped, and the page's policy runs no script.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "money": lambda value: money(value, report["currency"]),
        "signed": lambda value: signed(value, report["currency"]),
        "percent": percent,
        "table": table,
    }
    days = in_month(report["by_day"], report["month"])
    return environment.get_template("page.html.j2").render(
        r=report,
        title=title,
        made=made,
        month=f"{date.fromisoformat(report['month'] + '-01'):%B %Y}",
        verdict=VERDICTS[report["budget"]["verdict"]],
        saved=total_saved(report),
        findings=findings[:ACTION_ROWS],
        more_findings=max(0, len(findings) - ACTION_ROWS),
        possible=sum((decimal_of(str(one["monthly_saving"]), "monthly_saving") for one in findings), Decimal(0)),
        movers=[one for one in report["movers"] if decimal_of(one["change"], "change")][:TABLE_ROWS],
        charts={
            "days": charts.by_day(days) if days else "",
            "burn": burn_chart(report, days),
            "months": charts.by_month(report["trend"]) if report["trend"] else "",
        },
    )


def in_month(days: Sequence[Json], month: str) -> list[Json]:
    """Return the days of a month alone: a correction bears an older one."""
    return [one for one in days if str(one["name"]).startswith(month)]


def burn_chart(report: Json, days: Sequence[Json]) -> str:
    """Return the chart of the month's cumulative cost up to its last settled day, and from there on the forecast's."""
    if not days:
        return ""
    first, through = report["period"]["first"], report["period"]["through"]
    costs = {one["name"]: Decimal(one["billed"]) for one in days}
    start, end = date.fromisoformat(first), date.fromisoformat(through)
    spent, total = [], Decimal(0)
    for index in range((end - start).days + 1):
        total += costs.get(str(start.replace(day=index + 1)), Decimal(0))
        spent.append(total)
    ahead = []
    for one in report["budget"]["forecast"]["days"]:
        total += Decimal(one["billed"])
        ahead.append(total)
    limit = report["budget"]["limit"]
    return charts.burn(spent, ahead, Decimal(limit) if limit else None)


def total_saved(report: Json) -> Decimal:
    """Return what spot and commitments saved."""
    return sum((Decimal(one["saved"]) for one in report["savings"].values()), Decimal(0))


def money(value: str | Decimal | None, currency: str) -> str:
    """Return an amount for people: ``$1,234``, cents where they matter, a dash where it is not known."""
    if value is None:
        return DASH
    amount = Decimal(value)
    step = CENT if abs(amount) < SMALL else WHOLE
    mark = SYMBOLS.get(currency, f"{currency} ")
    rounded = amount.quantize(step, ROUND_HALF_UP)
    return f"{MINUS if rounded < 0 else ''}{mark}{abs(rounded):,f}"


def signed(value: str | Decimal, currency: str) -> str:
    """Return a change for people, with its sign."""
    text = money(value, currency)
    return f"+{text}" if Decimal(value) > 0 else text


def percent(value: str | None) -> str:
    """Return a share for people: ``62.5 %``."""
    return DASH if value is None else f"{Decimal(value) * 100:.1f} %"


def table(entries: Sequence[Json], rows: int = TABLE_ROWS) -> list[dict[str, Any]]:
    """Return a breakdown's first rows, the rest as one, each with its width as a share of the largest in percent."""
    first, rest = list(entries[:rows]), entries[rows:]
    if rest:
        left = sum((Decimal(one["effective"]) for one in rest), Decimal(0))
        first.append({"name": f"{len(rest)} others", "effective": str(left)})
    most = max((abs(Decimal(one["effective"])) for one in first), default=Decimal(0))
    return [
        {**one, "width": f"{max(Decimal(0), Decimal(one['effective'])) / most * 100:.1f}" if most else "0"}
        for one in first
    ]
