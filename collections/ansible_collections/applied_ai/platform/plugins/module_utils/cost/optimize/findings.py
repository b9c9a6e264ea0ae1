# SPDX-License-Identifier: Apache-2.0
"""What a rule says, and how findings are put together so that no dollar is saved twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import NoPrice, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import CENT, HOURS_PER_MONTH, cents
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Facts, Tags, Unknown

LOW: Final = "low"
MEDIUM: Final = "medium"
HIGH: Final = "high"
UNOWNED: Final = "nobody (no Team tag)"


@dataclass(frozen=True)
class Limits:
    """From where on something is worth a finding; shares from 0 to 1."""

    snapshot_days: int = 180
    log_days: int = 90
    node_idle: Decimal = Decimal("0.15")
    gpu_idle: Decimal = Decimal("0.10")
    node_target: Decimal = Decimal("0.75")
    database_cpu: Decimal = Decimal("0.40")
    database_memory: Decimal = Decimal("0.50")
    request_margin: Decimal = Decimal("1.15")
    # A commitment is used in at least this share of the hours of the history.
    commitment_used: Decimal = Decimal("0.9")
    commitment_term: str = "1yr-standard-no-upfront"
    office_hours: Decimal = Decimal(60)
    arbitrage: Decimal = Decimal("0.10")
    minimum_saving: Decimal = Decimal(1)
    compare_regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """Prices, the clock and limits, beside the facts; ``used`` gathers the dates of the prices that were asked for."""

    facts: Facts
    book: PriceBook
    now: datetime
    limits: Limits = field(default_factory=Limits)
    used: set[str] = field(default_factory=set)

    def price(self, service: str, sku: str, unit: str) -> Decimal:
        """Return a price in the facts' region, in dollars.

        Raises:
            NoPrice: The book has none.
            CostError: It is in another currency, so that savings could not be added up.

        """
        found = self.book.price(self.facts.provider, service, self.facts.region, sku, unit)
        if found.currency != "USD":
            raise CostError(
                f"The price of {sku} in {self.facts.region} is in {found.currency}; savings are told in USD alone."
            )
        self.used.add(found.as_of)
        return found.amount

    def hour(self, instance_type: str, service: str = "ec2") -> Decimal:
        """Return an instance's price of a month."""
        return self.price(service, instance_type, "hour") * HOURS_PER_MONTH

    def terraform(self, identity: str, tags: Tags) -> bool:
        """Say whether Terraform owns something: by tag, or because its state has it."""
        return tags.get("ManagedBy", "").lower() == "terraform" or identity in self.facts.terraform


@dataclass(frozen=True)
class Finding:
    """One way to pay less; ``saving`` in dollars a month, exact.

    ``resource`` is what the money is paid for. Of findings with the same resource, or of which one's ``conflicts`` name
    the other's resource, only one can be had in full. ``action`` is what optimize_costs.yml does for a safe one.
    """

    rule: str
    resource: str
    subject: str
    owner: str
    saving: Decimal
    seen: str
    proposed: str
    risk: str
    why: str
    how: str
    action: Mapping[str, Any] = field(default_factory=dict)
    conflicts: frozenset[str] = frozenset()
    excluded_by: str = ""

    @property
    def id(self) -> str:
        """Return a name that stays the same from run to run, for approvals."""
        return f"{self.rule}:{self.subject}"

    @property
    def safe(self) -> bool:
        """Say whether optimize_costs.yml may do it when it is approved."""
        return bool(self.action)

    def document(self) -> dict[str, Any]:
        """Return it as plain data; money as text."""
        return {
            "id": self.id,
            "rule": self.rule,
            "subject": self.subject,
            "owner": self.owner,
            "monthly_saving": cents(self.saving),
            "seen": self.seen,
            "proposed": self.proposed,
            "risk": self.risk,
            "safe": self.safe,
            "why": self.why,
            "how": self.how,
            "action": dict(self.action),
            "excluded_by": self.excluded_by,
        }


# One subject → what is found, what stays unknown, or nothing.
Judge = Callable[[Any, Context], Finding | Unknown | None]


@dataclass(frozen=True)
class Rule:
    """A name, the facts that it looks at one by one, and its judgement."""

    name: str
    subjects: Callable[[Facts], Iterable[Any]]
    judge: Judge


@dataclass(frozen=True)
class Result:
    """Findings, those with most money first, and what nobody knows."""

    findings: tuple[Finding, ...]
    unknown: tuple[Unknown, ...]

    @property
    def saving(self) -> Decimal:
        """Return what all findings together save, none counted twice."""
        return sum((one.saving for one in self.findings if not one.excluded_by), Decimal(0))

    def document(self) -> dict[str, Any]:
        """Return it as plain data; the total is the sum of exact amounts, rounded once."""
        return {
            "findings": [one.document() for one in self.findings],
            "monthly_saving": cents(self.saving),
            "currency": "USD",
            "unknown": [dataclasses.asdict(one) for one in self.unknown],
        }


def owner(tags: Tags) -> str:
    """Return the team that a resource's tags name."""
    return tags.get("Team") or tags.get("team") or UNOWNED


def find(rules: Iterable[Rule], context: Context) -> Result:
    """Ask all rules; a subject without a price is unknown and stops no other."""
    found: list[Finding] = []
    unknown = list(context.facts.unknown)
    for rule in rules:
        for subject in rule.subjects(context.facts):
            try:
                answer = rule.judge(subject, context)
            except NoPrice as error:
                answer = Unknown(f"{rule.name}:{name_of(subject)}", str(error))
            if isinstance(answer, Unknown):
                unknown.append(answer)
            elif answer and answer.saving >= context.limits.minimum_saving:
                found.append(answer)
    return Result(tuple(ranked(found)), tuple(dict.fromkeys(unknown)))


def name_of(subject: Any) -> str:  # noqa: ANN401  any of the facts
    """Return what a subject is called."""
    return str(
        next(value for key in ("id", "name", "instance_type") if (value := getattr(subject, key, None)) is not None)
    )


def ranked(found: Iterable[Finding]) -> list[Finding]:
    """Return findings by money, each told which larger one makes it impossible or smaller."""
    kept: list[Finding] = []
    result = []
    for one in sorted(found, key=lambda finding: (-finding.saving, finding.id)):
        larger = next((other for other in kept if clash(one, other)), None)
        if larger is None:
            kept.append(one)
        result.append(dataclasses.replace(one, excluded_by=larger.id if larger else ""))
    return result


def clash(one: Finding, other: Finding) -> bool:
    """Say whether two findings would save the same money."""
    return one.resource == other.resource or one.resource in other.conflicts or other.resource in one.conflicts


def dollars(amount: Decimal) -> str:
    """Return an amount for a sentence; what is less than a cent keeps its digits."""
    return f"${cents(amount)}" if amount >= CENT else f"${amount.normalize():f}"


def percent(share: Decimal) -> str:
    """Return a share from 0 to 1 as whole per cent."""
    return f"{share * 100:.0f} %"
