# SPDX-License-Identifier: Apache-2.0
"""An objective and the rates at which its error budget may burn: the same for rules, figures and reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

DAY_H: Final = 24
MONTH_DAYS: Final = 30
# Failed events below which nobody is woken: one failure of ten requests is no burnt budget.
MINIMUM_FAILURES: Final = 5
# A loose objective allows so much that 14.4 times of it is more than everything; nearly everything must do.
MOST: Final = 0.9


@dataclass(frozen=True)
class Slo:
    """One objective, its indicator as PromQL.

    ``bad`` and ``total`` are events per second, of which each gives at most one series. An event is a request, or one
    thing (a node, a Deployment) for one minute. ``bad`` has no series where it cannot be told.
    """

    name: str
    service: str
    target: float
    """The share of good events, such as 0.999."""
    window_days: int
    bad: str
    total: str
    title: str = ""
    team: str = ""
    minimum_failures: int = MINIMUM_FAILURES

    @property
    def budget(self) -> float:
        """Return the share of events that may be bad."""
        return round(1 - self.target, 12)

    @property
    def percent(self) -> str:
        """Return the target as people write it: ``99.9``."""
        return f"{self.target * 100:.10g}"


@dataclass(frozen=True)
class Burn:
    """A burn that somebody must know of: the share of a budget of 30 days that is gone after the long window."""

    severity: str
    share: float
    long: str
    short: str

    @property
    def factor(self) -> float:
        """Return how many times faster than evenly a budget of 30 days burns then."""
        return round(self.share * MONTH_DAYS * DAY_H / HOURS[self.long], 6)

    def threshold(self, slo: Slo) -> float:
        """Return the share of bad events above which it burns so fast, for the objective's own window."""
        return round(min(self.factor * slo.window_days / MONTH_DAYS * slo.budget, MOST), 12)


HOURS: Final = {"5m": 1 / 12, "30m": 0.5, "1h": 1, "2h": 2, "6h": 6, "1d": 24, "3d": 72}
PAGE: Final = "critical"
TICKET: Final = "warning"
# The SRE workbook's chapter on alerting: the long window says that it matters, the short one that it still goes on.
BURNS: Final = (
    Burn(PAGE, 0.02, "1h", "5m"),
    Burn(PAGE, 0.05, "6h", "30m"),
    Burn(TICKET, 0.10, "1d", "2h"),
    Burn(TICKET, 0.10, "3d", "6h"),
)
# Resolution at which events of a window are counted from their rates.
STEPS: Final = {"1h": "1m", "6h": "1m", "1d": "5m", "3d": "5m"}
STEP_S: Final = {"1m": 60, "5m": 300}


def count(series: str, window: str, step: str) -> str:
    """Return as PromQL how many events there were by their rate: what was not recorded is not made up."""
    return f"sum_over_time({series}[{window}:{step}]) * {STEP_S[step]}"
