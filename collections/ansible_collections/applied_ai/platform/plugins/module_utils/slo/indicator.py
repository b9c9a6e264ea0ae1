# SPDX-License-Identifier: Apache-2.0
"""Indicators of OpenSLO as PromQL: how many bad and how many events there are a second."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError

Json = Mapping[str, Any]

SELECTOR: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^{}]*\})?")
# A histogram that is there has all its buckets: one that is missing was never cut there, so nobody can tell.
BUCKET: Final = re.compile(r"_bucket\{.*\ble\s*=")
OPERATORS: Final = {"lte": "<=", "lt": "<", "gte": ">=", "gt": ">"}
PAIRS: Final = {")": "(", "]": "[", "}": "{"}
TEXT: Final = re.compile(r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'|`[^`]*`")


class Indicator(NamedTuple):
    """Events per second as PromQL, at most one series each."""

    bad: str
    total: str


def compiled(sli: Json, objective: Json, where: str) -> Indicator:
    """Return an indicator as PromQL.

    Args:
        sli: The spec of an SLI of OpenSLO v1, with ratioMetric or thresholdMetric.
        objective: The objective it is for, whose op and value a thresholdMetric needs.
        where: What messages call it.

    Raises:
        SloError: It is none, or one that Prometheus cannot be asked for.

    """
    found = [kind for kind in ("ratioMetric", "thresholdMetric") if sli.get(kind)]
    if len(found) != 1:
        raise SloError(
            f"{where} must have either ratioMetric or thresholdMetric, and has {' and '.join(found) or 'none'}."
        )
    if found == ["thresholdMetric"]:
        return threshold(query_of(sli["thresholdMetric"], f"{where}.thresholdMetric"), objective, where)
    return ratio(mapping(sli["ratioMetric"], f"{where}.ratioMetric"), f"{where}.ratioMetric")


def ratio(metric: Json, where: str) -> Indicator:
    """Return the indicator of a ratioMetric: good or bad of total, or a raw share."""
    if "raw" in metric:
        return raw(metric, where)
    sides = [side for side in ("good", "bad") if side in metric]
    if len(sides) != 1 or "total" not in metric:
        raise SloError(f"{where} must have total and one of good and bad, or raw with rawType.")
    counter = metric.get("counter", False)
    if not isinstance(counter, bool):
        raise SloError(f"{where}.counter is {counter!r}; it must be true for counters and false for gauges.")
    part, total = (query_of(metric[side], f"{where}.{side}") for side in (sides[0], "total"))
    if counter:
        for side, query in ((sides[0], part), ("total", total)):
            require_selector(query, f"{where}.{side}")
        part_rate, total_rate = f"sum(rate({part}[5m]))", f"sum(rate({total}[5m]))"
    else:
        # One thing for one minute is an event.
        part_rate, total_rate = f"sum({part}) / 60", f"sum({total}) / 60"
    # A counter of failures appears with the first of them: before that there were none.
    part_or_none = part_rate if BUCKET.search(part) else f"({part_rate} or 0 * {total_rate})"
    bad = part_or_none if sides[0] == "bad" else f"clamp_min({total_rate} - {part_or_none}, 0)"
    return Indicator(bad, total_rate)


def raw(metric: Json, where: str) -> Indicator:
    """Return the indicator of a share that is measured as such, each minute one event."""
    kind = metric.get("rawType")
    if kind not in ("success", "failure"):
        raise SloError(f"{where}.rawType is {kind!r}; it must be success or failure.")
    share = f"avg({query_of(metric['raw'], f'{where}.raw')})"
    bad = f"clamp(1 - {share}, 0, 1) / 60" if kind == "success" else f"clamp({share}, 0, 1) / 60"
    return Indicator(bad, f"(0 * {share} + 1) / 60")


def threshold(query: str, objective: Json, where: str) -> Indicator:
    """Return the indicator of a value that must keep to a limit, each series and minute one event."""
    operator, value = objective.get("op"), objective.get("value")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise SloError(f"{where} needs op at its objective, one of {', '.join(OPERATORS)}; it is {operator!r}.")
    if (limit := finite(value)) is None:
        raise SloError(f"{where} needs value at its objective, a number; it is {value!r}.")
    # What is not a number, such as a quantile of no requests, is no event.
    total = f"count(({query}) > -Inf)"
    good = f"count(({query}) {OPERATORS[operator]} {limit:.10g})"
    return Indicator(f"clamp_min({total} - ({good} or 0 * {total}), 0) / 60", f"{total} / 60")


def query_of(metric: object, where: str) -> str:
    """Return the query of a metric whose source is Prometheus."""
    source = mapping(mapping(metric, where).get("metricSource"), f"{where}.metricSource")
    kind = source.get("type", "Prometheus")
    if str(kind).lower() != "prometheus":
        raise SloError(f"{where}.metricSource.type is {kind!r}; only Prometheus can be asked.")
    query = mapping(source.get("spec"), f"{where}.metricSource.spec").get("query")
    if not isinstance(query, str) or not query.strip():
        raise SloError(f"{where}.metricSource.spec.query is {query!r}; it must be PromQL.")
    # One line, so that a comment would swallow the rest.
    text = " ".join(query.split())
    if "#" in TEXT.sub("", text) or not balanced(text):
        raise SloError(f"{where}.metricSource.spec.query has a comment or an open bracket or quote: {text}")
    return text


def balanced(query: str) -> bool:
    """Say whether each bracket and quote of a query is closed."""
    rest = TEXT.sub("", query)
    opened: list[str] = []
    for letter in rest:
        if letter in PAIRS.values():
            opened.append(letter)
        elif letter in PAIRS and (not opened or opened.pop() != PAIRS[letter]):
            return False
    return not opened and not set(rest) & set("\"'`")


def require_selector(query: str, where: str) -> None:
    """Require a query that a range can be put behind."""
    if not SELECTOR.fullmatch(TEXT.sub('""', query)):
        raise SloError(
            f"{where}.metricSource.spec.query is {query}; with counter: true it must be one selector, such as"
            ' http_requests_total{app="x"}, of which the rate is made here.'
        )


def finite(value: object) -> float | None:
    """Return a number that can be calculated with, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def mapping(value: object, where: str) -> Json:
    """Return a dictionary."""
    if not isinstance(value, Mapping):
        raise SloError(f"{where} is {value!r}; it must be a dictionary.")
    return value
