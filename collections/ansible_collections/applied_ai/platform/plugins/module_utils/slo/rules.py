# SPDX-License-Identifier: Apache-2.0
"""Rules of Prometheus for objectives: what is recorded, and when somebody is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import (
    BURNS,
    HOURS,
    PAGE,
    STEPS,
    TICKET,
    Burn,
    Slo,
    count,
)

Json = dict[str, Any]

BAD: Final = "slo:events_bad:rate5m"
TOTAL: Final = "slo:events_total:rate5m"
WINDOW_INTERVAL: Final = "5m"
FOR: Final = {PAGE: "2m", TICKET: "15m"}
NAMES: Final = {PAGE: "SloBudgetBurnsFast", TICKET: "SloBudgetBurns"}


def groups(slos: Sequence[Slo]) -> list[Json]:
    """Return groups of rules as Prometheus has them, two for each objective.

    The second holds the whole window, whose samples are many, and is evaluated every five minutes.
    """
    return [group for slo in slos for group in (quick(slo), slow(slo))]


def prometheus_rules(slos: Sequence[Slo], name: str, namespace: str, labels: Json) -> list[Json]:
    """Return the groups as objects of Prometheus's operator, one for each service.

    One object for all would pass what the API server takes, at some hundred objectives.
    """
    services = sorted({slo.service for slo in slos})
    return [
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": f"{name}-{service}", "namespace": namespace, "labels": labels},
            "spec": {"groups": groups([slo for slo in slos if slo.service == service])},
        }
        for service in services
    ]


def quick(slo: Slo) -> Json:
    """Return what is recorded and watched at every evaluation."""
    return {
        "name": f"slo-{slo.name}",
        "rules": [
            record(slo, BAD, slo.bad),
            record(slo, TOTAL, slo.total),
            record(slo, "slo:budget:ratio", f"vector({number(slo.budget)})"),
            *(record(slo, f"slo:error_ratio:{window}", error_ratio(slo, window)) for window in HOURS),
            *(burn_alert(slo, severity) for severity in (PAGE, TICKET)),
            missing_alert(slo),
        ],
    }


def slow(slo: Slo) -> Json:
    """Return what is recorded and watched of the whole window."""
    return {
        "name": f"slo-{slo.name}-window",
        "interval": WINDOW_INTERVAL,
        "rules": [record(slo, "slo:error_ratio:window", error_ratio(slo, f"{slo.window_days}d")), exhausted_alert(slo)],
    }


def series(name: str, slo: Slo) -> str:
    """Return a recorded series of an objective."""
    return f'{name}{{slo="{slo.name}",service="{slo.service}"}}'


def error_ratio(slo: Slo, window: str) -> str:
    """Return the share of bad events in a window, by events and not by time; nothing where there were none."""
    bad, total = series(BAD, slo), series(TOTAL, slo)
    if window == "5m":
        return f"{bad} / ({total} > 0)"
    return f"sum_over_time({bad}[{window}]) / (sum_over_time({total}[{window}]) > 0)"


def failures(slo: Slo, window: str, step: str) -> str:
    """Return how many bad events there were in a window."""
    return count(series(BAD, slo), window, step)


def burning(slo: Slo, burn: Burn) -> str:
    """Return whether the budget burns so fast, and by enough events to say so."""
    limit = number(burn.threshold(slo))
    return (
        f"({series(f'slo:error_ratio:{burn.long}', slo)} > {limit}"
        f" and {series(f'slo:error_ratio:{burn.short}', slo)} > {limit}"
        f" and {failures(slo, burn.long, STEPS[burn.long])} >= {slo.minimum_failures})"
    )


def burn_alert(slo: Slo, severity: str) -> Json:
    """Return the alert of budgets that burn too fast; two windows each, and the faster of two burns suffices."""
    urgency = "too fast to wait" if severity == PAGE else "faster than it lasts"
    return alert(
        slo,
        NAMES[severity],
        severity,
        " or ".join(burning(slo, burn) for burn in BURNS if burn.severity == severity),
        (
            f"{slo.service} loses the error budget of {slo.name} {urgency}",
            f"{{{{ $value | humanizePercentage }}}} of its events are bad; {slo.percent} % good ones are promised."
            " Run book: docs/runbooks/slo_burn.md.",
        ),
    )


def missing_alert(slo: Slo) -> Json:
    """Return the alert of an objective that nobody can judge."""
    return alert(
        slo,
        "SloMetricMissing",
        TICKET,
        f"absent({series(BAD, slo)})",
        (
            f"Nobody knows whether {slo.service} keeps {slo.name}",
            "Prometheus has no metric of its indicator. Run book: docs/runbooks/slo_metric.md.",
        ),
    )


def exhausted_alert(slo: Slo) -> Json:
    """Return the alert of a budget that is used up."""
    return alert(
        slo,
        "SloBudgetExhausted",
        TICKET,
        f"{series('slo:error_ratio:window', slo)} > {number(slo.budget)}"
        f" and {failures(slo, f'{slo.window_days}d', '5m')} >= {slo.minimum_failures}",
        (
            f"{slo.service} has no error budget left of {slo.name}",
            f"{{{{ $value | humanizePercentage }}}} of its events of {slo.window_days} days are bad;"
            f" {slo.percent} % good ones are promised. Run book: docs/runbooks/slo_budget.md.",
        ),
    )


def alert(slo: Slo, name: str, severity: str, expression: str, said: tuple[str, str]) -> Json:
    """Return an alert."""
    return {
        "alert": name,
        "expr": expression,
        "for": FOR[severity],
        "labels": {**labels(slo), "severity": severity, **({"team": slo.team} if slo.team else {})},
        "annotations": {"summary": said[0], "description": said[1]},
    }


def record(slo: Slo, name: str, expression: str) -> Json:
    """Return a recording."""
    return {"record": name, "expr": expression, "labels": labels(slo)}


def labels(slo: Slo) -> dict[str, str]:
    """Return what all rules of an objective bear."""
    return {"slo": slo.name, "service": slo.service}


def number(value: float) -> str:
    """Return a number for PromQL: 0.001 and not 0.0010000000000000009."""
    return f"{value:.10g}"
