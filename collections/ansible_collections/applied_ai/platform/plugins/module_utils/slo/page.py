# SPDX-License-Identifier: Apache-2.0
"""The monthly report of objectives as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError

Json = Mapping[str, Any]

HERE: Final = Path(__file__).parent
DASH: Final = "\N{EN DASH}"
NEEDED: Final = ("month", "complete", "objectives", "health", "repairs", "warnings")
# Share of a day's allowed failures: above 1 a day used more than its part.
MARKS: Final = {"kept": "\N{MIDDLE DOT}", "over": "!", "none": "?", "quiet": DASH}
WIDEST: Final = 100


def page(report: Json, title: str = "Platform", made: str = "") -> str:
    """Return the page.

    Args:
        report: What slo_report_info returns.
        title: What the report is of.
        made: When it was made, as it shall be read; empty is not told.

    Raises:
        SloError: The report is none.

    """
    if missing := [name for name in NEEDED if name not in report]:
        raise SloError(f"The report has no {', '.join(missing)}; give what slo_report_info returns.")
    try:
        import jinja2  # noqa: PLC0415 # Ansible has it
    except ImportError as error:
        raise SloError(f"The Python library jinja2 is missing ({error}); run make setup.") from error
    # Names come from documents and a history: all of it is escaped, and the page's policy runs no script.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "number": number, "mark": mark, "width": width, "day": day_kind}
    return environment.get_template("page.html.j2").render(
        r=report,
        title=title,
        made=made,
        month=f"{date.fromisoformat(report['month'] + '-01'):%B %Y}",
        objectives=sorted(report["objectives"], key=urgency),
        incidents=incidents(report["health"]),
    )


def urgency(one: Json) -> tuple[int, float, str]:
    """Return by what objectives are sorted: the broken ones first, then those nobody knows, by what is spent."""
    order = ("broken", "unknown", "kept").index(one["verdict"])
    return order, -float(one["budget_spent"] or 0.0), str(one["name"])


def incidents(health: object) -> list[dict[str, Any]]:
    """Return the incidents of all subjects, the longest first."""
    found = [
        {"subject": part["subject"], "kind": part["kind"], **one}
        for part in (health if isinstance(health, list | tuple) else ())
        for one in part["list"]
    ]
    return sorted(found, key=lambda one: (-float(one["minutes"]), str(one["begin"])))


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share for people; never 100 % for what was less."""
    if value is None:
        return DASH
    text = f"{value * 100:.{digits}f}"
    if value < 1 and float(text) >= WIDEST:
        text = f"{value * 100:.10g}"
    return f"{text} %"


def number(value: float | None, digits: int = 0) -> str:
    """Return a number for people: ``1,234``, a dash where it is not known."""
    return DASH if value is None else f"{value:,.{digits}f}"


def width(value: float | None) -> str:
    """Return how wide the bar of a spent budget is, in percent."""
    return f"{min(max(value or 0.0, 0.0), 1.0) * 100:.0f}"


def day_kind(day: Json, target: float) -> str:
    """Return how a day is drawn: kept, over (more failures than its part), quiet (no events) or none (not recorded)."""
    if day["failures"] is None:
        return "none"
    if day["sli"] is None:
        return "quiet"
    return "kept" if day["sli"] >= target else "over"


def mark(kind: str) -> str:
    """Return a day's letter, so that it is read without colours as well."""
    return MARKS[kind]
