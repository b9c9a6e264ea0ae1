# SPDX-License-Identifier: Apache-2.0
"""Decide what to do about a verdict: every proposal before every guard, in order. Nothing is done here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.cases import (
    BY_ID,
    CASES,
    Case,
    Proposal,
    proposals,
    rank,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.ledger import (
    STARTED,
    Entry,
    Record,
    recent,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.policy import Policy

Json = dict[str, Any]

ACT, DRY_RUN, REFUSED = "act", "dry_run", "refused"
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# A verdict in which so much could not be seen is no ground to act on.
MOST_UNKNOWN: Final = 0.5


@dataclass(frozen=True)
class Node:
    """What guards must know of a node."""

    zone: str = ""
    group: str = ""
    # Ready and not cordoned.
    usable: bool = True


@dataclass(frozen=True)
class Situation:
    """All that guards look at; ``chosen`` grows while deciding."""

    policy: Policy
    record: Record
    now: datetime
    taken_at: datetime
    checks: Sequence[Json]
    # None where nobody could list the nodes.
    nodes: Mapping[str, Node] | None = field(default_factory=dict)

    def zone(self, proposal: Proposal) -> str:
        """Return the zone that a proposal takes something from, or nothing where it takes nothing or nobody knows."""
        if not BY_ID[proposal.case].zonal:
            return ""
        node = (self.nodes or {}).get(proposal.target["name"])
        return node.zone if node else ""

    def with_action(self, proposal: Proposal) -> Situation:
        """Return the situation in which this has begun: later proposals must know it, even in a dry run."""
        entry = Entry(
            at=self.now,
            id=f"{proposal.case} {proposal.subject}",
            case=proposal.case,
            action=BY_ID[proposal.case].action,
            subject=proposal.subject,
            outcome=STARTED,
            zone=self.zone(proposal),
        )
        taken = dict(self.nodes) if self.nodes is not None else None
        name = proposal.target.get("name", "")
        if taken is not None and BY_ID[proposal.case].zonal and name in taken:
            taken[name] = replace(taken[name], usable=False)
        record = Record((*self.record.entries, entry), self.record.unreadable)
        return replace(self, record=record, nodes=taken)


@dataclass(frozen=True)
class Decision:
    """What shall be done about one subject, or why not; ``guard`` is the one that refused."""

    case: str
    action: str
    subject: str
    target: Mapping[str, str]
    zone: str
    decision: str
    reasons: tuple[str, ...]
    guard: str = ""
    why_not: str = ""

    def to_json(self) -> Json:
        """Return plain data."""
        return {**asdict(self), "reasons": list(self.reasons), "target": dict(self.target)}


# A guard returns why a proposal must not be done, or nothing.
Guard = Callable[[Proposal, Situation], str]


def case_listed(proposal: Proposal, situation: Situation) -> str:
    """Only what is listed may act."""
    return "" if proposal.case in situation.policy.enabled else f"{proposal.case} is not enabled"


def verdict_fresh(_proposal: Proposal, situation: Situation) -> str:
    """Only what was seen just now is a ground to act; so is nothing from the future."""
    age = (situation.now - situation.taken_at).total_seconds()
    if age < 0:
        return "the verdict is from the future; a clock is wrong"
    limit = situation.policy.verdict_seconds
    return f"the verdict is {age:.0f} s old, more than {limit} s" if age > limit else ""


def cluster_seen(_proposal: Proposal, situation: Situation) -> str:
    """Judge whether enough was seen: one who sees little must not act on it."""
    states = Counter(str(one.get("status")) for one in situation.checks)
    if any(one.get("id") == "api_answers" and one.get("status") != "ok" for one in situation.checks):
        return "the API server does not answer"
    unknown, all_of_them = states["unknown"], len(situation.checks)
    if unknown > MOST_UNKNOWN * all_of_them:
        return f"{unknown} of {all_of_them} checks are unknown"
    return ""


def subject_allowed(proposal: Proposal, situation: Situation) -> str:
    """Judge whether it may be touched: some things are for people only."""
    pattern = next((one for one in situation.policy.never if fnmatchcase(proposal.subject, one)), "")
    return f"never lists {pattern}" if pattern else ""


def remedy_helps(proposal: Proposal, _situation: Situation) -> str:
    """Return the case's own objection."""
    return proposal.against


def long_enough(proposal: Proposal, situation: Situation) -> str:
    """Judge whether it has lasted: what has just begun may heal by itself."""
    least = situation.policy.least(proposal.case)
    if not least:
        return ""
    begin = time_of(proposal.since)
    if begin is None:
        return "since when is not known"
    lasted = situation.now - begin
    return f"so for {minutes(lasted)} min only, less than {minutes(least)}" if lasted < least else ""


def not_again(proposal: Proposal, situation: Situation) -> str:
    """Judge whether to try again: what did not help twice is for people, and one at a time is enough."""
    policy, now = situation.policy, situation.now
    mine = [one for one in recent(situation.record, now - DAY) if one.subject == proposal.subject]
    if any(situation.record.ended(one) is None for one in mine):
        return "an action on it is under way, or was cut off; close it in the record when it is not"
    if len(mine) >= policy.attempts_per_day:
        return f"{len(mine)} actions on it in a day; a person must look"
    pause = timedelta(minutes=policy.cooldown_minutes)
    latest = max((one.at for one in mine), default=None)
    if latest and now - latest < pause:
        return f"the last action on it was {minutes(now - latest)} min ago, less than {policy.cooldown_minutes}"
    return ""


def rate_kept(proposal: Proposal, situation: Situation) -> str:
    """Few actions an hour: a fault that is everywhere is not cured by acting everywhere."""
    policy, record = situation.policy, situation.record
    hour = list(recent(record, situation.now - HOUR))
    note = f", {record.unreadable} of them lines that cannot be read" if record.unreadable else ""
    same = sum(one.case == proposal.case for one in hour) + record.unreadable
    if same >= policy.limit(proposal.case):
        return f"{same} actions of this case in an hour{note}; at most {policy.limit(proposal.case)}"
    total = len(hour) + record.unreadable
    if total >= policy.total_per_hour:
        return f"{total} actions in an hour{note}; at most {policy.total_per_hour}"
    return ""


def one_zone(proposal: Proposal, situation: Situation) -> str:
    """Never two zones at once: the other zone is what the platform lives on meanwhile."""
    if not BY_ID[proposal.case].zonal:
        return ""
    zone = situation.zone(proposal)
    if not zone:
        return "its zone is not known"
    quiet = timedelta(minutes=situation.policy.zone_quiet_minutes)
    for one in recent(situation.record, situation.now - DAY):
        if not BY_ID.get(one.case, UNKNOWN_CASE).zonal or one.zone == zone:
            continue
        ended = situation.record.ended(one)
        if ended is None or situation.now - max(one.at, ended) < quiet:
            return f"an action in {one.zone or 'a zone that is not told'} ({one.subject}) is not over for long enough"
    return ""


def group_holds(proposal: Proposal, situation: Situation) -> str:
    """Judge whether the node group keeps most of its nodes."""
    if not BY_ID[proposal.case].zonal:
        return ""
    nodes = situation.nodes
    mine = (nodes or {}).get(proposal.target["name"])
    if nodes is None or mine is None:
        return "its node group is not known"
    if not mine.group:
        return "it belongs to no node group, so that nobody would replace it"
    members = {name: one for name, one in nodes.items() if one.group == mine.group}
    away = sum(not one.usable for name, one in members.items() if name != proposal.target["name"]) + 1
    limit = situation.policy.unavailable_percent
    # A group of one has nothing to keep.
    if len(members) > 1 and away * 100 > limit * len(members):
        return f"{away} of {len(members)} nodes of {mine.group} would be away, more than {limit} %"
    return ""


# Of a case that this version does not know: as careful as with the worst.
UNKNOWN_CASE: Final = Case("", "", "", lambda *_: None, zonal=True)

# In the order in which they are asked; the first that objects is told.
GUARDS: Final[Mapping[str, Guard]] = {
    "case_listed": case_listed,
    "verdict_fresh": verdict_fresh,
    "cluster_seen": cluster_seen,
    "subject_allowed": subject_allowed,
    "remedy_helps": remedy_helps,
    "long_enough": long_enough,
    "not_again": not_again,
    "rate_kept": rate_kept,
    "one_zone": one_zone,
    "group_holds": group_holds,
}


def decide(situation: Situation, cases: Iterable[Case] = CASES) -> list[Decision]:
    """Return a decision for each proposal: the worst finding first, and of equals what harms least.

    Args:
        situation: The checks of one verdict, the policy, the record and the nodes.
        cases: The table of known cases.

    """
    decisions = []
    for proposal in ordered(situation.checks, cases):
        decision = judged(proposal, situation)
        decisions.append(decision)
        if decision.decision != REFUSED:
            situation = situation.with_action(proposal)
    return decisions


def ordered(checks: Iterable[Json], cases: Iterable[Case] = CASES) -> list[Proposal]:
    """Return what could be done about checks: the worst finding first, and of equals what harms least."""
    order = {case.id: number for number, case in enumerate(CASES)}
    return sorted(proposals(checks, cases), key=lambda one: (rank(one.severity), order[one.case], one.subject))


def judged(proposal: Proposal, situation: Situation) -> Decision:
    """Return what the guards say of one proposal."""
    objections = ((name, guard(proposal, situation)) for name, guard in GUARDS.items())
    guard, why_not = next(((name, why) for name, why in objections if why), ("", ""))
    allowed = DRY_RUN if situation.policy.dry_run else ACT
    return Decision(
        case=proposal.case,
        action=BY_ID[proposal.case].action,
        subject=proposal.subject,
        target=proposal.target,
        zone=situation.zone(proposal),
        decision=REFUSED if why_not else allowed,
        reasons=proposal.reasons,
        guard=guard,
        why_not=why_not,
    )


def time_of(text: str) -> datetime | None:
    """Read an RFC 3339 time, or nothing."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def minutes(span: timedelta) -> int:
    """Return whole minutes."""
    return int(span.total_seconds() // 60)
