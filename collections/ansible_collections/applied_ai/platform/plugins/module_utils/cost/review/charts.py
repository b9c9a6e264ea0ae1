# SPDX-License-Identifier: Apache-2.0
"""The review's charts as SVG without script, font or address of anything else."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

Json = Mapping[str, Any]

# Dark to light, so that they differ in grey as well.
COLOURS: Final = ("#12355b", "#2a7f9e", "#e0a030", "#8db9c7", "#c3cdd4", "#e6eaed")
FONT: Final = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
SCRIPT: Final = re.compile(r"<script.*?</script>", re.DOTALL)
# Widths in pixels at the page's full width, so that letters are as large as those around.
FULL: Final = 950
HALF: Final = 460
SHOWN: Final = 5
# At most so many steps on an axis.
TICKS: Final = 5
THOUSAND: Final = 1000


def short(value: float) -> str:
    """Return a number for an axis: 850, 12k, 1.5M."""
    size = abs(value)
    for step, letter in ((THOUSAND**2, "M"), (THOUSAND, "k")):
        if size >= step:
            return f"{value / step:.1f}".removesuffix(".0") + letter
    return f"{value:.0f}"


def number(amount: str | Decimal) -> float:
    """Return money for a drawing, where a float's last digits are far below a pixel."""
    return float(amount)


def drawn(
    name: str,
    kind: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None], Json]],
    **more: object,
) -> str:
    """Return a chart of pygal as SVG for a page.

    Args:
        name: What its parts are called within the page.
        kind: Its class in pygal.
        labels: What stands below the axis.
        series: Name, one value per label and options of each.
        more: Options of the chart.

    """
    import pygal  # type: ignore[import-untyped] # noqa: PLC0415 # where it is missing, everything else works
    from pygal.style import Style  # type: ignore[import-untyped] # noqa: PLC0415

    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="#3b4650",
        foreground_strong="#1d262d",
        foreground_subtle="#9aa5ad",
        guide_stroke_color="#dfe4e8",
        major_guide_stroke_color="#dfe4e8",
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        opacity="1",
        opacity_hover="1",
        transition="0s",
        font_family=FONT,
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        colors=more.pop("colours", COLOURS),
    )
    options = {
        "style": style,
        "js": [],
        "width": HALF,
        "height": 300,
        "margin": 4,
        "legend_at_bottom": True,
        "legend_box_size": 10,
        "legend_at_bottom_columns": 2,
        "show_minor_x_labels": False,
        "disable_xml_declaration": True,
        "value_formatter": short,
        "truncate_label": -1,
        "include_x_axis": True,
        "show_dots": False,
        "spacing": 6,
        **more,
    }
    chart = getattr(pygal, kind)(**options)
    # A random one would make every page differ from the one before.
    chart.uuid = name
    chart.x_labels = labels
    chart.y_labels = ticks(heights(kind, [values for _, values, _ in series]))
    for title, values, given in series:
        chart.add(title, values, **given)
    return SCRIPT.sub("", chart.render(is_unicode=True))


def heights(kind: str, series: Sequence[Sequence[float | None]]) -> list[float]:
    """Return how high a chart's values stand: in a stack, those of a label add up."""
    if kind.startswith("Stacked"):
        return [sum(value for value in values if value) for values in zip(*series, strict=True)]
    return [value for values in series for value in values if value is not None]


def ticks(values: Sequence[float]) -> list[float]:
    """Return round numbers for an axis from 0, or from below it, to above the largest value."""
    low, high = min([0.0, *values]), max([0.0, *values])
    step = 10.0 ** math.floor(math.log10((high - low) or 1.0))
    step = next(step * part for part in (0.1, 0.2, 0.25, 0.5, 1, 2) if (high - low) <= step * part * TICKS)
    return [step * index for index in range(math.floor(low / step), math.ceil(high / step) + 1)]


def majors(labels: Sequence[str], most: int = 8) -> list[str]:
    """Return the labels that have room."""
    return list(labels[:: max(1, -(-len(labels) // most))])


def by_day(days: Sequence[Json]) -> str:
    """Return the amortised cost per day as bars."""
    labels = [str(int(one["name"][-2:])) for one in days]
    return drawn(
        "days",
        "Bar",
        labels,
        [("Amortised cost", [number(one["effective"]) for one in days], {})],
        x_labels_major=majors(labels, 10),
        show_legend=False,
        height=240,
    )


def burn(spent: Sequence[Decimal], ahead: Sequence[Decimal], limit: Decimal | None) -> str:
    """Return the month's cumulative billed cost, its forecast and the budget as lines, one value per day."""
    length = len(spent) + len(ahead)
    labels = [str(index + 1) for index in range(length)]
    done: list[float | None] = [number(one) for one in spent]
    rest: list[float | None] = [None] * max(0, len(spent) - 1) + done[-1:] + [number(one) for one in ahead]
    lines: list[tuple[str, Sequence[float | None], Json]] = [
        ("Billed", done, {"stroke_style": {"width": 3}}),
    ]
    if ahead:
        lines.append(("Forecast", rest, {"stroke_style": {"width": 3, "dasharray": "6, 5"}}))
    if limit is not None:
        lines.append(("Budget", [number(limit)] * length, {"stroke_style": {"width": 2, "dasharray": "2, 3"}}))
    colours = ("#12355b", *(("#2a7f9e",) if ahead else ()), "#b4541a")
    return drawn(
        "burn",
        "Line",
        labels,
        lines,
        x_labels_major=majors(labels, 10),
        colours=colours,
        width=FULL,
        legend_at_bottom_columns=3,
    )


def by_month(months: Sequence[Json]) -> str:
    """Return the amortised cost of each month, stacked by the services that are dearest in the last one."""
    labels = [one["month"] for one in months]
    costs = [{one["name"]: Decimal(one["effective"]) for one in month["services"]} for month in months]
    top = [one["name"] for one in months[-1]["services"]][:SHOWN]
    series: list[tuple[str, Sequence[float | None], Json]] = [
        (name, [number(cost.get(name, Decimal(0))) for cost in costs], {}) for name in top
    ]
    rest = [sum((value for name, value in cost.items() if name not in top), Decimal(0)) for cost in costs]
    if any(rest):
        series.append(("Others", [number(one) for one in rest], {}))
    return drawn("months", "StackedBar", labels, series, x_labels_major=majors(labels, 6), truncate_legend=24)
