# SPDX-License-Identifier: Apache-2.0
"""What is thought of where objectives stand, as checks like those of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Check, Severity, Status
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import worst_first
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import PAGE, TICKET
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.standing import Standing

# Below this share of its hours, a window's figures are told with what they rest on.
WHOLE: Final = 0.95
DAYS_H: Final = 48


@dataclass(frozen=True)
class Rule:
    """One row of the table: what is wrong with a standing, if anything."""

    id: str
    severity: Severity
    evaluate: Callable[[Standing], Outcome]
    advice: str

    @property
    def runbook(self) -> str:
        """Where the way out is written down."""
        return f"docs/runbooks/{self.id}.md"


@dataclass(frozen=True)
class Outcome:
    """What a rule says of one objective."""

    status: Status
    seen: str
    expected: str
    severity: Severity | None = None


def measured(standing: Standing) -> Outcome:
    """Judge whether the objective is recorded, and by rules of its own target."""
    budget = standing.slo.budget
    expected = f"recorded with a target of {standing.slo.percent} %"
    if standing.unknown:
        return Outcome(Status.UNKNOWN, standing.unknown, expected)
    loaded = standing.loaded_budget
    if loaded is None or abs(loaded - budget) > budget / 1000:
        other = "of no target" if loaded is None else f"of a target of {(1 - loaded) * 100:.10g} %"
        return Outcome(Status.FAILED, f"Prometheus has rules {other}", expected)
    return Outcome(Status.OK, "recorded", expected)


def budget_left(standing: Standing) -> Outcome:
    """Judge whether anything is left of the error budget."""
    expected = f"{standing.slo.percent} % good in {standing.slo.window_days} days"
    left, sli = standing.budget_left, standing.sli
    if left is None or sli is None:
        return Outcome(Status.UNKNOWN, f"no events in {standing.slo.window_days} days", expected)
    seen = f"{sli * 100:.6g} % good, {left:.0%} of the budget left{basis(standing)}"
    if left > 0:
        return Outcome(Status.OK, seen, expected)
    if standing.sparse:
        few = f"{standing.failures or 0:.0f} of {standing.events or 0:.0f} events failed, too few to judge by"
        return Outcome(Status.UNKNOWN, few, expected)
    return Outcome(Status.FAILED, seen, expected)


def burns_evenly(standing: Standing) -> Outcome:
    """Judge whether the budget burns faster than it lasts, as the alerts do."""
    expected = "no faster than it lasts"
    rate = standing.burn_rate("1h")
    if not standing.ratios:
        return Outcome(Status.UNKNOWN, "no events in three days", expected)
    for name, severity in ((PAGE, Severity.CRITICAL), (TICKET, Severity.MINOR)):
        if burn := standing.burns(name):
            fast = standing.burn_rate(burn.long) or 0.0
            seen = f"its budget burns {fast:.3g} times too fast over {burn.long}{ending(standing)}"
            return Outcome(Status.FAILED, seen, expected, severity)
    return Outcome(Status.OK, "no events in an hour" if rate is None else f"burn rate {rate:.3g}", expected)


def basis(standing: Standing) -> str:
    """Return what figures rest on, where it is not the whole window."""
    share = standing.coverage
    if share is None or share >= WHOLE:
        return ""
    return f" ({share:.0%} of the {standing.slo.window_days} days were recorded)"


def ending(standing: Standing) -> str:
    """Return when the budget will be gone, in words."""
    hours = standing.hours_left()
    if hours is None:
        return ""
    if hours == 0:
        return ", nothing is left of it"
    return f", gone in {hours:.1f} hours" if hours < DAYS_H else f", gone in {hours / 24:.0f} days"


RULES: Final = (
    Rule("slo_metric", Severity.MINOR, measured, "Load its rules, and see whether what they ask for is scraped."),
    Rule("slo_budget", Severity.MAJOR, budget_left, "Deploy nothing but repairs until the budget is back."),
    Rule("slo_burn", Severity.MINOR, burns_evenly, "Look at the newest rollout first, and take it back."),
)


def judge(standings: Sequence[Standing]) -> list[Check]:
    """Return the checks of all objectives, worst first. What was never recorded has one check, not three."""
    return worst_first(
        check(rule, standing)
        for standing in standings
        for rule in (RULES[:1] if standing.unknown and standing.events is None else RULES)
    )


def check(rule: Rule, standing: Standing) -> Check:
    """Apply one rule to one objective."""
    outcome = rule.evaluate(standing)
    return Check(
        rule.id,
        outcome.status,
        outcome.severity or rule.severity,
        f"SLO {standing.slo.name}",
        outcome.seen,
        outcome.expected,
        advice="" if outcome.status is Status.OK else rule.advice,
        runbook=rule.runbook,
    )
