# SPDX-License-Identifier: Apache-2.0
"""Which capacity to reserve: what ran in nearly every hour of the history, and what happens when usage falls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Unknown, Usage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import (
    HIGH,
    LOW,
    MEDIUM,
    Context,
    Finding,
    Rule,
    dollars,
    percent,
)

# Two weeks see weekdays and weekends twice.
LEAST_HOURS: Final = 336
FALLS: Final = (Decimal("0.2"), Decimal("0.5"))


def reserved(hourly: Sequence[int], used: Decimal) -> int:
    """Return the greatest number of instances that ran in at least the share ``used`` of all hours."""
    ordered = sorted(hourly, reverse=True)
    return ordered[max(math.ceil(used * len(ordered)) - 1, 0)]


def monthly_saving(hourly: Sequence[Decimal], count: int, price: Decimal, discount: Decimal) -> Decimal:
    """Return what ``count`` reserved instances save in a month against on demand; below nought they cost more.

    ``price`` is the on-demand price of an hour, ``discount`` a share. A reserved hour is paid, used or not.
    """
    used = sum((min(running, Decimal(count)) for running in hourly), Decimal(0)) / len(hourly)
    return (used - count * (1 - discount)) * price * HOURS_PER_MONTH


def commitment(usage: Usage, context: Context) -> Finding | Unknown | None:
    """Reserve what is always there."""
    kind = usage.instance_type
    if len(usage.hourly) < LEAST_HOURS:
        return Unknown(
            f"commitment:{kind}",
            f"{len(usage.hourly)} hours of usage are known; {LEAST_HOURS} are needed, better a year.",
        )
    limits = context.limits
    family = kind.partition(".")[0]
    discount = context.price("ec2-reserved-discount", f"{family}:{limits.commitment_term}", "percent") / 100
    count = reserved(usage.hourly, limits.commitment_used)
    if not count or limits.commitment_used <= 1 - discount:
        return None
    price = context.price("ec2", kind, "hour")
    hourly = [Decimal(running) for running in usage.hourly]
    saving = monthly_saving(hourly, count, price, discount)
    fallen = [monthly_saving([running * (1 - fall) for running in hourly], count, price, discount) for fall in FALLS]
    break_even = 1 - discount
    told = ", ".join(
        f"{dollars(after) if after >= 0 else f'a loss of {dollars(-after)}'} when usage falls by {percent(fall)}"
        for fall, after in zip(FALLS, fallen, strict=True)
    )
    return Finding(
        rule="commitment",
        resource=f"commitment/{kind}",
        subject=kind,
        owner=usage.team or "finance",
        saving=saving,
        seen=f"At least {count} x {kind} in {percent(limits.commitment_used)} of {len(usage.hourly)} hours, on demand",
        proposed=f"{count} x {kind} reserved ({limits.commitment_term}), {percent(discount)} less",
        risk=LOW if fallen[1] > 0 else MEDIUM if fallen[0] > 0 else HIGH,
        why=f"It pays from {break_even * HOURS_PER_MONTH:.0f} of {HOURS_PER_MONTH} hours a month. It saves {told}.",
        how="Buy it in the account that pays; nothing buys here. Do what makes usage smaller first.",
        # Idle nodes, spot and schedules take away what would be reserved.
        conflicts=frozenset(
            [f"node_group/{group.name}" for group in context.facts.node_groups if group.instance_type == kind]
            + [f"environment/{one.name}" for one in context.facts.environments if not one.scheduled]
        ),
    )


RULES: Final = (Rule("commitment", lambda facts: facts.usage, commitment),)
