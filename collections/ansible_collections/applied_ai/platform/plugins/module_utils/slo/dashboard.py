# SPDX-License-Identifier: Apache-2.0
"""The dashboard of objectives for Grafana: it reads what the rules record, so that one serves all objectives."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

UID: Final = "applied-ai-objectives"
CHOSEN: Final = 'slo=~"$slo"'
WIDTH: Final = 12
HEIGHT: Final = 8
# Where colours begin.
Steps = list[tuple[str, float | None]]
# Kind, title, unit, colours, PromQL
Row = tuple[str, str, str, Steps, str]
GOOD: Final[Steps] = [("green", None)]
BUDGET: Final[Steps] = [("red", None), ("orange", 0.0), ("green", 0.25)]
PAGES: Final[Steps] = [("green", None), ("orange", 6.0), ("red", 14.4)]
TICKETS: Final[Steps] = [("green", None), ("orange", 1.0)]


def burn(window: str) -> str:
    """Return the burn rate of a window as PromQL."""
    return f"slo:error_ratio:{window}{{{CHOSEN}}} / on (slo) group_left () max by (slo) (slo:budget:ratio)"


def left() -> str:
    """Return the share of the budgets that is left as PromQL."""
    return f"1 - {burn('window')}"


def panels() -> list[Json]:
    """Return the panels, two in a row."""
    share, rate, plain = "percentunit", "eps", "short"
    recorded = f"{{{CHOSEN}}}"
    rows: list[Row] = [
        ("bargauge", "Error budget left", share, BUDGET, left()),
        ("bargauge", "Good events in the window", share, GOOD, f"1 - slo:error_ratio:window{recorded}"),
        ("timeseries", "Burn rate over an hour", plain, PAGES, burn("1h")),
        ("timeseries", "Burn rate over three days", plain, TICKETS, burn("3d")),
        ("timeseries", "Bad events a second", rate, GOOD, f"slo:events_bad:rate5m{recorded}"),
        ("timeseries", "Events a second", rate, GOOD, f"slo:events_total:rate5m{recorded}"),
        ("timeseries", "Error budget left over time", share, GOOD, left()),
        ("table", "Alerts of objectives", plain, GOOD, f'ALERTS{{alertname=~"Slo.*",{CHOSEN}}}'),
    ]
    return [panel(number, row) for number, row in enumerate(rows)]


def dashboard() -> Json:
    """Return the dashboard as Grafana imports it."""
    return {
        "title": "Objectives",
        "uid": UID,
        "schemaVersion": 41,
        "timezone": "browser",
        "refresh": "1m",
        "tags": ["slo"],
        "time": {"from": "now-7d", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}, choice()]},
        "panels": panels(),
    }


def choice() -> Json:
    """Return the variable that chooses objectives."""
    return {
        "name": "slo",
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": "label_values(slo:budget:ratio, slo)",
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "current": {"text": "All", "value": "$__all"},
    }


def panel(number: int, row: Row) -> Json:
    """Return a panel, half as wide as the page."""
    kind, title, unit, steps, expression = row
    colours = [{"color": colour, "value": value} for colour, value in steps]
    return {
        "id": number + 1,
        "type": kind,
        "title": title,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": number % 2 * WIDTH, "y": number // 2 * HEIGHT},
        "fieldConfig": {
            "defaults": {"unit": unit, "thresholds": {"mode": "absolute", "steps": colours}},
            "overrides": [],
        },
        "targets": [{"refId": "A", "expr": expression, "legendFormat": "{{slo}}", "instant": kind != "timeseries"}],
    }
